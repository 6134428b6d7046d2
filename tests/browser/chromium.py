"""Drive a real, headless Chromium over the DevTools protocol.

One browser serves a test session, one `Page` a test. The protocol is JSON over a websocket: a
command is sent, and messages are read until its answer comes; the events met on the way (console
lines, exceptions) are kept. Nothing runs in the background, and nothing sleeps: waiting is done
by the page itself, which looks again on every frame until a condition holds.
"""

import json
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, Self

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
PATIENCE_MS = 5000
_ANNOUNCEMENT = "DevTools listening on "

# Resolves once the expression is truthy; says which one was not.
_UNTIL = """(async () => {
  const deadline = performance.now() + %(patience)d;
  for (;;) {
    const value = await (%(expression)s);
    if (value) return value;
    if (performance.now() > deadline) throw new Error("still not true: " + %(source)s);
    await new Promise((again) => setTimeout(again, 20));
  }
})()"""

_CENTRE = """(() => {
  const found = document.querySelector(%s);
  if (!found) return null;
  found.scrollIntoView({block: "nearest", inline: "nearest", behavior: "instant"});
  const box = found.getBoundingClientRect();
  return box.width && box.height ? [box.x + box.width / 2, box.y + box.height / 2] : null;
})()"""

_KEYS = {
    "Enter": (13, "\r"),
    "Escape": (27, ""),
    "Tab": (9, ""),
    "ArrowUp": (38, ""),
    "ArrowDown": (40, ""),
    "ArrowLeft": (37, ""),
    "ArrowRight": (39, ""),
    "Home": (36, ""),
    "End": (35, ""),
    "Backspace": (8, ""),
    " ": (32, " "),
}
_SHIFT = 8

Scheme = Literal["light", "dark"]


class PageError(AssertionError):
    """The page threw, or a condition did not come true in time."""


def binary() -> str | None:
    """The path of the first Chromium on PATH; None when there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Chromium:
    """A running browser process with a profile of its own."""

    def __init__(self, executable: str, profile: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603  (the path came from PATH, see `binary`)
            [executable, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stderr=subprocess.PIPE,
            text=True,
        )
        self._origin = self._announced_origin()

    def _announced_origin(self) -> str:
        stream = self._process.stderr
        assert stream is not None
        for line in stream:
            if line.startswith(_ANNOUNCEMENT):
                # Whatever it prints later must not fill the pipe and stop it.
                threading.Thread(target=stream.read, daemon=True).start()
                return "http://" + line.removeprefix(_ANNOUNCEMENT).split("/")[2]
        raise PageError("Chromium ended before it listened")

    def stop(self) -> None:
        """End the process and wait for it."""
        self._process.terminate()
        self._process.wait(timeout=10)
        if self._process.stderr:
            self._process.stderr.close()

    @asynccontextmanager
    async def page(
        self, *, width: int = 1440, height: int = 900, scheme: Scheme = "light"
    ) -> AsyncIterator["Page"]:
        """An empty tab of this size and colour scheme, closed at the end."""
        async with aiohttp.ClientSession(self._origin) as http:
            async with http.put("/json/new?about:blank") as answer:
                target = await answer.json(content_type=None)
            async with http.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                for domain in ("Page", "Runtime", "Log"):
                    await page.command(f"{domain}.enable")
                # A tab nobody looks at has no focus ring; this one is looked at.
                await page.command("Emulation.setFocusEmulationEnabled", enabled=True)
                await page.look(width=width, height=height, scheme=scheme)
                yield page
            await http.get(f"/json/close/{target['id']}")


class Page:
    """One tab: go somewhere, look, type, click, and ask what went wrong."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._last_id = 0
        self.problems: list[str] = []

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one DevTools command and return its result.

        Raises:
            PageError: the browser refused the command.
        """
        self._last_id += 1
        await self._socket.send_json({"id": self._last_id, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json(timeout=30)
            if message.get("id") == self._last_id:
                if "error" in message:
                    raise PageError(f"{method}: {message['error']['message']}")
                return dict(message["result"])
            self._notice(message)

    def _notice(self, message: dict[str, Any]) -> None:
        params = message.get("params", {})
        match message.get("method"):
            case "Runtime.exceptionThrown":
                self.problems.append(_exception_text(params["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                self.problems.append(" ".join(str(a.get("value")) for a in params["args"]))
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                entry = params["entry"]
                self.problems.append(f"{entry['text']} {entry.get('url', '')}".strip())

    async def look(self, *, width: int, height: int, scheme: Scheme) -> Self:
        """Resize the window and choose its colour scheme; motion is reduced, so shots are still."""
        await self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        features = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        await self.command(
            "Emulation.setEmulatedMedia",
            features=[{"name": name, "value": value} for name, value in features.items()],
        )
        return self

    async def open(self, url: str, *, until: str = "document.readyState === 'complete'") -> Self:
        """Go to the address and wait until the condition (a JavaScript expression) holds."""
        result = await self.command("Page.navigate", url=url)
        if "errorText" in result:
            raise PageError(f"{url}: {result['errorText']}")
        await self.until(f"location.href !== 'about:blank' && ({until})")
        return self

    async def evaluate(self, expression: str) -> Any:
        """The JSON value of a JavaScript expression; promises are awaited.

        Raises:
            PageError: it threw.
        """
        result = await self.command(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in result:
            raise PageError(_exception_text(result["exceptionDetails"]))
        return result["result"].get("value")

    async def until(self, expression: str, patience_ms: int = PATIENCE_MS) -> Any:
        """Wait until the expression is truthy and return its value.

        Raises:
            PageError: it was still false after `patience_ms`.
        """
        script = _UNTIL % {
            "patience": patience_ms,
            "expression": expression,
            "source": json.dumps(expression),
        }
        try:
            return await self.evaluate(script)
        except PageError as error:
            complaints = "; ".join(self.problems) or "nothing"
            raise PageError(f"{error}\nThe page complained of: {complaints}") from None

    async def frames(self, count: int) -> None:
        """Let the page draw that often, so that what it heard (a scroll, a resize) is handled."""
        for _ in range(count):
            await self.evaluate("new Promise((drawn) => requestAnimationFrame(() => drawn(null)))")

    async def text(self, selector: str) -> str:
        """The visible text of the first match; empty when there is none."""
        found = f"document.querySelector({json.dumps(selector)})"
        return str(await self.evaluate(f"{found}?.innerText ?? ''"))

    async def count(self, selector: str) -> int:
        """How many elements match."""
        return int(await self.evaluate(f"document.querySelectorAll({json.dumps(selector)}).length"))

    async def see(self, text: str, *, within: str = "body") -> None:
        """Wait until the text is shown inside the first match of `within`."""
        root = f"document.querySelector({json.dumps(within)})"
        await self.until(f"({root}?.innerText ?? '').includes({json.dumps(text)})")

    async def click(self, selector: str) -> None:
        """Press the real mouse button on the middle of the first match, once it has a size."""
        x, y = await self.until(_CENTRE % json.dumps(selector))
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            button = "none" if kind == "mouseMoved" else "left"
            await self.command(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, clickCount=1
            )

    async def hover(self, selector: str) -> None:
        """Move the mouse over the first match."""
        x, y = await self.until(_CENTRE % json.dumps(selector))
        await self.command("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    async def type(self, text: str) -> None:
        """Type into whatever has the focus, letter by letter as far as handlers can tell."""
        for letter in text:
            await self.command("Input.dispatchKeyEvent", type="keyDown", key=letter, text=letter)
            await self.command("Input.dispatchKeyEvent", type="keyUp", key=letter)

    async def press(self, key: str, *, shift: bool = False) -> None:
        """Press and release one named key."""
        code, text = _KEYS[key]
        common = {
            "key": key,
            "code": "Space" if key == " " else key,
            "windowsVirtualKeyCode": code,
            "modifiers": _SHIFT if shift else 0,
        }
        down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        await self.command("Input.dispatchKeyEvent", **common, **down)
        await self.command("Input.dispatchKeyEvent", **common, type="keyUp")


def _exception_text(details: dict[str, Any]) -> str:
    exception = details.get("exception", {})
    return str(exception.get("description") or exception.get("value") or details["text"])

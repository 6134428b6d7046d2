"""The page's line to its server: it comes back after a break and asks for what it missed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from adapters.chat.slack_simulator.server import STATIC
from adapters.listening import Listener
from tests.browser.chromium import Chromium

pytestmark = pytest.mark.browser

FOLLOW = """(async () => {
  const { openStream } = await import("/live.js");
  window.seen = [];
  window.states = [];
  window.end = openStream("/stream", {
    after: 4,
    events: ["message"],
    onEvent: (name, data, id) => window.seen.push([name, data.text, id]),
    onStatus: (status) => window.states.push(status),
  });
})()"""


@dataclass
class Stream:
    """A stream that breaks off after each event; `asked` is where each connection began."""

    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        after = request.query["after"]
        self.asked.append(after)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        number = int(after) + 1
        event = f'id: {number}\nevent: message\ndata: {{"text": "number {number}"}}\n\n'
        await response.write(event.encode())
        return response


@pytest.fixture
async def stream() -> AsyncIterator[tuple[Stream, str]]:
    made, server = Stream(), web.Application()
    server.router.add_get("/stream", made.answer)
    server.router.add_static("/", STATIC)
    runner = Listener(server, access_log=None)
    await runner.setup()
    port = await runner.listen("127.0.0.1", 0)
    yield made, f"http://127.0.0.1:{port}"
    await runner.cleanup()


async def test_a_broken_stream_goes_on_where_it_was(
    chromium: Chromium, stream: tuple[Stream, str]
) -> None:
    """It begins after what the page has, and each new connection begins after the last event."""
    served, url = stream
    async with chromium.page() as page:
        await page.open(f"{url}/favicon.svg")
        await page.evaluate(FOLLOW)
        await page.until("window.seen.length >= 3")
        await page.evaluate("window.end()")
        seen = await page.evaluate("window.seen.slice(0, 3)")
        assert seen == [["message", f"number {n}", str(n)] for n in (5, 6, 7)]
        assert served.asked[:3] == ["4", "5", "6"]
        assert await page.evaluate("window.states.slice(0, 2)") == ["live", "waiting"]

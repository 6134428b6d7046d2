"""The driving doors of the two servers: what a person or a checker may do and see, over HTTP."""

from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession

Json = dict[str, Any]


@dataclass(frozen=True)
class SlackDoor:
    """`/_sim/…` of the Slack workspace."""

    session: ClientSession
    url: str

    async def post(self, path: str, body: Json) -> Json:
        """Do something."""
        return await _call(self.session, "POST", f"{self.url}/_sim/{path}", body)

    async def messages(self, channel: str, thread: str = "") -> list[Json]:
        """List a channel's messages, or a thread's with its root first."""
        query = f"?thread_ts={thread}" if thread else ""
        answer = await _get(self.session, f"{self.url}/_sim/channels/{channel}/messages{query}")
        return _items(answer, "messages")

    async def private(self, user: str) -> list[Json]:
        """List what only this person sees, oldest first: in channels, and from the app directly."""
        answer = await _get(self.session, f"{self.url}/_sim/private?user={user}")
        told = [*_items(answer, "messages", "private", "items"), *await self._direct(user)]
        return sorted(told, key=lambda message: float(message["ts"]))

    async def _direct(self, user: str) -> list[Json]:
        """List what the app wrote to a person; strangers have no such conversation."""
        channel = f"D{user[1:]}"
        async with self.session.get(f"{self.url}/_sim/channels/{channel}/messages") as response:
            found = _items(await response.json(), "messages") if response.ok else []
        return [{**message, "channel": channel} for message in found if message.get("bot_id")]

    async def views(self, user: str) -> list[Json]:
        """List a person's open forms, the newest last."""
        return _items(await _get(self.session, f"{self.url}/_sim/views?user={user}"), "views")

    async def home(self, user: str) -> Json:
        """Look at a person's home tab."""
        answer = await _get(self.session, f"{self.url}/_sim/home?user={user}")
        view: Json = answer.get("view") or {}
        return view

    async def exchanges(self) -> list[Json]:
        """List the exchanges of the wire."""
        answer = await _get(self.session, f"{self.url}/_sim/exchanges?after=0")
        return _items(answer, "exchanges")

    async def rewrite(self, body: Json) -> None:
        """Edit a message, or delete it when there is no text."""
        method = "PUT" if body.get("text") else "DELETE"
        await _call(self.session, method, f"{self.url}/_sim/messages", body)

    async def heal(self) -> None:
        """Take back all faults."""
        await _call(self.session, "DELETE", f"{self.url}/_sim/faults", {})


@dataclass(frozen=True)
class PagerDoor:
    """`/_admin/…` of the company pager."""

    session: ClientSession
    url: str

    async def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Do something."""
        return await _call(self.session, method, f"{self.url}/_admin/{path}", body or {})

    async def phone(self, number: str) -> list[Json]:
        """List what a phone shows, newest last."""
        answer = await _get(self.session, f"{self.url}/_admin/mailboxes/{number}/messages")
        return _items(answer, "records")

    async def log(self) -> list[Json]:
        """List every accepted message."""
        return _items(await _get(self.session, f"{self.url}/_admin/log"), "records", "messages")

    async def exchanges(self) -> list[Json]:
        """List the exchanges of the wire."""
        answer = await _get(self.session, f"{self.url}/_admin/exchanges?after=0")
        return _items(answer, "exchanges", "records")

    async def heal(self) -> None:
        """Take back all faults."""
        await self.call("DELETE", "faults")


async def _get(session: ClientSession, url: str) -> Any:
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.json()


async def _call(session: ClientSession, method: str, url: str, body: Json) -> Json:
    async with session.request(method, url, json=body) as response:
        response.raise_for_status()
        if response.status == 204:  # noqa: PLR2004 - HTTP's own number
            return {}
        answer: Json = await response.json()
        return answer


def _items(answer: Any, *names: str) -> list[Json]:
    if isinstance(answer, list):
        return answer
    return next((list(answer[name]) for name in names if name in answer), [])


def shown_text(message: Json) -> str:
    """Flatten a Slack message to what a person reads: the app's blocks, a person's text."""
    blocks = message.get("blocks") or [] if "bot_id" in message or "source" in message else []
    pieces = [piece for block in blocks for piece in _block_text(block)]
    return "\n".join(pieces) if pieces else str(message.get("text", ""))


def _block_text(block: Json) -> list[str]:
    element = block.get("element") or {}
    filled = [{"text": str(element["initial_value"])}] if "initial_value" in element else []
    chosen = element.get("initial_options") or []
    texts = [
        block.get("text"),
        block.get("label"),
        *block.get("fields", []),
        *block.get("elements", []),
        *filled,
        *chosen,
    ]
    return [_plain(text) for text in texts if isinstance(text, dict)]


def _plain(text: Json) -> str:
    inner = text.get("text")
    return _plain(inner) if isinstance(inner, dict) else str(inner or "")


def buttons(message: Json) -> list[Json]:
    """List what can be pressed: a message's buttons, and the choices in its menus."""
    blocks = message.get("blocks") or []
    elements = [e for b in blocks if b.get("type") == "actions" for e in b.get("elements", [])]
    menus = [b["accessory"] for b in blocks if b.get("accessory", {}).get("type") == "overflow"]
    return [
        *(element for element in elements if element.get("type") == "button"),
        *(
            {**option, "action_id": menu["action_id"]}
            for menu in menus
            for option in menu["options"]
        ),
    ]


def label(button: Json) -> str:
    """Read what stands on a button."""
    return _plain(button)

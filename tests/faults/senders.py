"""People who page, reply and answer, and remember what they did: the senders' log.

Each thing said carries a token of its own (`no0017`) by which it is found again anywhere.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from pathlib import Path

from aiohttp import ClientError
from pydantic import TypeAdapter

from gateway.demo.doors import shown_text
from tests.faults.company import PROGRAM_TOKEN, Company, Json
from tests.faults.waiting import PATIENCE_S, until

_PAGES = "/api/v1/pages"
_ENDS = frozenset({"sent", "refused", "held"})
_REF = re.compile(r"\bpg_[0-9A-Z]{4,}\b")


class Ack(Enum):
    """What a command's author was told at once."""

    ACCEPTED = "accepted"
    NOT_RECORDED = "not recorded"
    REFUSED = "refused"
    NO_ANSWER = "no answer"
    """Slack's own words: it may be on record all the same."""


@dataclass(frozen=True)
class Paged:
    """A `/page` command. `ref` is there when it was accepted."""

    token: str
    user: str
    channel: str
    ack: Ack
    ref: str = ""


@dataclass(frozen=True)
class Said:
    """A message typed into a page's thread; `ts` is Slack's."""

    token: str
    user: str
    page: Paged
    ts: str


@dataclass(frozen=True)
class Phoned:
    """An answer from a phone, as the pager's log counts it."""

    token: str
    number: str
    page: Paged


@dataclass
class Ordered:
    """A page that a program asked for, under one key; `refs` are all answers it heard."""

    token: str
    to: str
    channel: str
    refs: set[str] = field(default_factory=set)
    state: str = ""


@dataclass
class SendersLog:
    """Everything the senders did, in order."""

    paged: list[Paged] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    phoned: list[Phoned] = field(default_factory=list)
    ordered: list[Ordered] = field(default_factory=list)
    barred: list[str] = field(default_factory=list)
    """Tokens of pages whose author lost the right to them before they were sent."""

    def tokens(self) -> Iterator[str]:
        """All tokens ever used."""
        yield from (one.token for one in self.paged)
        yield from (one.token for one in self.said)
        yield from (one.token for one in self.phoned)
        yield from (one.token for one in self.ordered)

    def save(self, file: Path) -> None:
        """Write it for the checker."""
        file.write_bytes(TypeAdapter(SendersLog).dump_json(self, indent=1))

    @classmethod
    def load(cls, file: Path) -> "SendersLog":
        """Read it again."""
        return TypeAdapter(SendersLog).validate_json(file.read_bytes())


@dataclass
class Senders:
    """Acts through the doors of both servers, as people do."""

    company: Company
    log: SendersLog = field(default_factory=SendersLog)
    patience_s: float = PATIENCE_S
    _last: int = 0

    def _next_token(self) -> str:
        """Make a token; later ones sort later."""
        self._last += 1
        return f"no{self._last:04d}"

    async def page(self, user: str, to: str, channel: str) -> Paged:
        """Type a command once."""
        token = self._next_token()
        typed = {"user": user, "channel": channel, "text": f"/page {to} {token} water in room 5"}
        paged = _read(await self.company.slack_door.post("commands", typed), token, user, channel)
        self.log.paged.append(paged)
        return paged

    async def freeze(self, number: str) -> None:
        """Freeze an extension; the gateway hears of it when it reads the directory again."""
        await self.company.pager_door.call("PATCH", f"extensions/{number}", {"status": "Frozen"})

    async def page_surely(self, user: str, to: str, channel: str) -> Paged:
        """Type commands until one is accepted: people try again when Slack shows a failure."""

        async def accepted() -> Paged | None:
            paged = await self.page(user, to, channel)
            return paged if paged.ack in {Ack.ACCEPTED, Ack.REFUSED} else None

        return await until(accepted, "an accepted command", self.patience_s)

    async def order_surely(self, to: str, channel: str) -> Ordered:
        """Ask as a program does: again under the same key until an answer is heard, and then on."""
        ordered = Ordered(self._next_token(), to, channel)
        self.log.ordered.append(ordered)

        async def answered() -> bool | None:
            await asyncio.gather(*(self._order(ordered) for _ in range(3)))
            return True if ordered.refs else None

        await until(answered, f"an answer to order {ordered.token}", self.patience_s)
        await self._order(ordered)
        return ordered

    async def _order(self, ordered: Ordered) -> None:
        body = {"to": [ordered.to], "text": f"{ordered.token} disk", "channel": ordered.channel}
        headers = {"Authorization": f"Bearer {PROGRAM_TOKEN}", "Idempotency-Key": ordered.token}
        asked = self.company.session.post(f"{self.company.url}{_PAGES}", json=body, headers=headers)
        with suppress(ClientError):
            async with asked as answer:
                if answer.status == HTTPStatus.ACCEPTED:
                    ordered.refs.add(str((await answer.json())["ref"]))

    async def hear(self, ordered: Ordered) -> None:
        """Ask how it stands until nothing more happens to it."""
        (ref, *_) = ordered.refs
        headers = {"Authorization": f"Bearer {PROGRAM_TOKEN}"}

        async def ended() -> bool | None:
            with suppress(ClientError):
                url = f"{self.company.url}{_PAGES}/{ref}"
                async with self.company.session.get(url, headers=headers) as answer:
                    if answer.status == HTTPStatus.OK:
                        ordered.state = str((await answer.json())["state"])
            return True if ordered.state in _ENDS else None

        await until(ended, f"the end of {ref}", self.patience_s)

    async def root(self, page: Paged, patience_s: float | None = None) -> str:
        """Wait for a page's status message, where its thread begins; gives its `ts`."""

        async def shown() -> str | None:
            for message in await self.company.slack_door.messages(page.channel):
                if "bot_id" in message and page.token in shown_text(message):
                    return str(message["ts"])
            return None

        return await until(
            shown, f"a status message for {page.token}", patience_s or self.patience_s
        )

    async def say(self, user: str, page: Paged) -> Said:
        """Type into a page's thread, once it is there."""
        root = await self.root(page)
        token = self._next_token()
        typed = {"user": user, "channel": page.channel, "text": f"{token} ok", "thread_ts": root}
        posted = await self.company.slack_door.post("messages", typed)
        said = Said(token, user, page, str(posted["ts"]))
        self.log.said.append(said)
        return said

    async def answer(self, number: str, page: Paged) -> Phoned:
        """Answer a page on a phone, once it has arrived there."""

        async def arrived() -> Json | None:
            shown = await self.company.pager_door.phone(number)
            return next((m for m in shown if page.token in m["text"]), None)

        found = await until(arrived, f"{page.token} on phone {number}", self.patience_s)
        token = self._next_token()
        body = {"from": number, "text": f"{token} on my way", "reply_on": found["id"]}
        await self.company.pager_door.call("POST", "messages", body)
        phoned = Phoned(token, number, page)
        self.log.phoned.append(phoned)
        return phoned


def _read(outcome: Json, token: str, user: str, channel: str) -> Paged:
    """Read what Slack showed the author."""
    response = outcome.get("response") or {}
    if outcome.get("error") or not outcome["ok"]:
        return Paged(token, user, channel, Ack.NO_ANSWER)
    words = shown_text({**response, "bot_id": ""})
    ref = _REF.search(words)
    if ref is None and "frozen" in words:
        return Paged(token, user, channel, Ack.REFUSED)
    if ref is None:
        return Paged(token, user, channel, Ack.NOT_RECORDED)
    return Paged(token, user, channel, Ack.ACCEPTED, ref.group())

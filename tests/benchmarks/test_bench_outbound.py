"""What a call of a foreign system costs over TLS, beside one shared session of bare aiohttp.

Both adapters in use, the upstream on loopback in a process of its own. The floor sends the same
bodies to the same server and reads the answers as JSON.
"""

import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr

from adapters.chat.slack import Slack, SlackSettings, open_slack
from adapters.pager.ringcentral import RingCentralPager, RingCentralSettings, open_ringcentral
from gateway.domain.content import Content, Paragraph, Span
from gateway.domain.ids import ChannelId, ExtensionNumber, WorkspaceId
from gateway.ports.chat import ChatPost
from gateway.ports.pager import OutgoingPage
from tests.adapters.ringcentral.surroundings import Memory, SeededIds, real_time
from tests.benchmarks.bare import OWN
from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, Bench, in_turns_async
from tests.benchmarks.outbound_upstream import running_upstream
from tests.fakes.observer import Ears
from tests.web.authority import client_tls, issued

pytestmark = pytest.mark.benchmark

PAIRS = 100
"""Pages and messages in a round: a thousand calls in five."""
ENDPOINT = f"{OWN}/company-pager"
TEXT = "Water in room 5, and it is rising. Reply ACK. pg_7K2M"


@dataclass
class LookUps:
    """Counts how often a name is looked up."""

    names: list[object] = field(default_factory=list)

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Count from now on."""
        real = socket.getaddrinfo

        def counted(host: Any, *arguments: Any, **options: Any) -> Any:
            self.names.append(host)
            return real(host, *arguments, **options)

        monkeypatch.setattr(socket, "getaddrinfo", counted)


@dataclass(frozen=True)
class Adapters:
    """The two adapters, sending in turns."""

    pager: RingCentralPager
    slack: Slack
    numbers: Iterator[int]

    async def __call__(self) -> float:
        """Send a round; gives the CPU seconds."""
        begun = time.process_time()
        for number in islice(self.numbers, PAIRS):
            text = f"{TEXT} {number}"
            page = OutgoingPage(ExtensionNumber("700"), (ExtensionNumber("101"),), text)
            await self.pager.send(page)
            said = Content(text, (Paragraph(((Span(text),),)),))
            # A channel takes a message a second.
            channel = ChannelId(f"C{number:06}")
            await self.slack.chat.post(ChatPost(WorkspaceId("T0ACME"), channel, said, text))
        return time.process_time() - begun


@asynccontextmanager
async def open_adapters(url: str) -> AsyncIterator[Adapters]:
    """Open both as production does, but for the clock and the log."""
    clock, ids, vault, ears = real_time(), SeededIds(), Memory(), Ears()
    rates = {"light": 1_000_000, "medium": 1_000_000, "auth": 1000}
    pager_settings = RingCentralSettings.model_validate(
        {"server_url": url, "client_id": "id", "client_secret": "s", "jwt": "j", "rates": rates}
    )
    slack_settings = SlackSettings(
        bot_token=SecretStr("xoxb-1"), signing_secret=SecretStr("s"), api_url=f"{url}/api/"
    )
    async with (
        open_ringcentral(pager_settings, clock=clock, ids=ids, vault=vault, observer=ears) as pager,
        open_slack(
            slack_settings, clock=clock, ids=ids, observer=ears, sorry=lambda *_: Content("")
        ) as slack,
    ):
        yield Adapters(pager, slack, count(1))


def bare(session: ClientSession, url: str, last: dict[str, str]) -> Callable[[], Awaitable[float]]:
    """Measure the CPU seconds of the same calls on a shared session."""
    page, message = json.loads(last["company-pager"]), dict(parse_qsl(last["chat.postMessage"]))
    headers = {"Authorization": "Bearer t"}

    async def measure() -> float:
        begun = time.process_time()
        for _ in range(PAIRS):
            async with session.post(f"{url}/bare{ENDPOINT}", json=page, headers=headers) as answer:
                assert (await answer.json())["id"]
            posting = session.post(f"{url}/bare-api/post", data=message, headers=headers)
            async with posting as answer:
                assert (await answer.json())["ok"]
        return time.process_time() - begun

    return measure


async def test_a_call_costs_little_more_than_on_a_bare_session(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most 1.25 times the CPU, two connections in all, and no name looked up twice."""
    authority = issued("authority")
    chain = issued("localhost", authority).chain(tmp_path)
    tls = client_tls(None, authority, tmp_path)
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", tls)
    async with (
        ClientSession() as session,
        running_upstream(chain, session) as url,
        open_adapters(url) as ours,
    ):
        looked_up = LookUps()
        looked_up.watch(monkeypatch)
        await ours()
        first = len(looked_up.names)
        seen = await (await session.get(f"{url}/seen")).json()
        floor = bare(session, url, seen["last"])
        await floor()
        before = len(looked_up.names)
        times = await in_turns_async({FLOOR: floor, AGAIN: floor, OURS: ours})
        seen = await (await session.get(f"{url}/seen")).json()
    connections = seen["connections"]["api"] + seen["connections"]["restapi"]
    bench.note("calls", 2 * PAIRS * (len(times[OURS]) + 1), "")
    bench.at_most("connections", connections, "", 2, 2)
    bench.note("names looked up by the first calls", first, "")
    bench.exactly("names looked up later", len(looked_up.names) - before, 0)
    bench.ratio(times, most=1.25, gate=4.0)

"""Socket Mode: the same listeners without a public address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.chat.slack_simulator import Limits, SlackServerConfig
from gateway.domain.content import Content
from gateway.domain.errors import StoreUnavailableError
from gateway.domain.ids import ChannelId, WorkspaceId
from gateway.domain.inbound import ChatCommand, ChatReply
from gateway.ports.chat import ChatPost
from gateway.ports.intake import Answer
from tests.adapters.slack.desk import Desk, desk


@asynccontextmanager
async def connected() -> AsyncIterator[Desk]:
    """A workspace that reaches us by socket only."""
    config = SlackServerConfig(limits=Limits.without_rates())
    async with desk(config, mode="socket") as at, asyncio.TaskGroup() as tasks:
        at.server.events_url = None
        running = tasks.create_task(at.slack.run())
        await at.until(lambda: _opened(at, 1))
        yield at
        running.cancel()


async def _opened(at: Desk, count: int) -> bool:
    return len(at.log.facts("slack.socket_opened")) >= count


async def test_a_command_is_answered_over_the_socket() -> None:
    """The answer travels with the acknowledgement."""
    async with connected() as at:
        at.ear.answer = Answer(Content("Which Sam?"))
        answer = await at.types("/page sam hello")
        assert answer["ok"]
        assert at.ear.only(ChatCommand).person.name == "Dana Lee"
        assert [one["text"] for one in await at.private()] == ["Which Sam?"]


async def test_only_what_is_recorded_is_acknowledged() -> None:
    """What is not comes again, with the same key."""
    async with connected() as at:
        post = ChatPost(WorkspaceId("T0ACME"), ChannelId("C0OPS"), Content("hello"), "m:1")
        root = (await at.slack.chat.post(post)).message
        at.ear.failure = StoreUnavailableError()
        await at.says("on it", thread_ts=root)
        await at.until(lambda: _refused(at))
        assert at.ear.heard == []


async def _refused(at: Desk) -> bool:
    return bool(at.log.facts("slack.request_refused"))


async def test_a_lost_connection_is_opened_again() -> None:
    """When Slack says so, or when the line breaks."""
    async with connected() as at:
        await at.server.slack.sockets.close("refresh_requested")
        await at.until(lambda: _opened(at, 2))
        await at.types("/page dba hello")
        assert at.ear.of(ChatCommand)


async def test_while_slack_is_away_pauses_grow() -> None:
    """Half a second, one, two …, and not in step with others."""
    async with connected() as at:
        await at.slack_goes_away()
        await at.until(lambda: _paused(at, 7))
        assert at.clock.slept[-7:] == sorted(at.clock.slept[-7:])
        assert max(at.clock.slept) <= 30


async def _paused(at: Desk, times: int) -> bool:
    return len([seconds for seconds in at.clock.slept if seconds]) >= times


async def test_over_http_there_is_nothing_to_run(at: Desk) -> None:
    """`run` returns, so a composition need not know the mode."""
    await at.slack.run()
    await at.types("/page dba hello")
    assert [type(fact) for fact in at.ear.heard] == [ChatCommand]


async def test_replies_come_over_the_socket() -> None:
    """Events too."""
    async with connected() as at:
        post = ChatPost(WorkspaceId("T0ACME"), ChannelId("C0OPS"), Content("hello"), "m:1")
        root = (await at.slack.chat.post(post)).message
        await at.says("on it", thread_ts=root)
        await at.ear.hears(ChatReply)

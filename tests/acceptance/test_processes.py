"""Three programs as an operator runs them: the pager, the Slack workspace, the service."""

import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession

from gateway.demo.doors import PagerDoor, SlackDoor, shown_text
from gateway.demo.world import SHARED_SENDER, demo_files, free_port
from tests.acceptance.programs import STOP_WITHIN_S, Json, Program, elapsed_s, now, program
from tests.faults.waiting import until

CHANNEL = "C0OPS"
CONFIG = """
[server]
port = {port}

[admin]
port = 0

[database]
url = "sqlite:///{folder}/gateway.db"

[vault]
key_file = "{folder}/gateway.key"

[slack]
ops_channel = "C0NURSING"
timeout_s = 3.0

[pager.timeouts]
read_s = 3.0
total_s = 3.0

[delivery]
visible_after_s = 1.0
poll_s = 1.0

[[people]]
chat_user = "U0DANA"
extension = "104"
"""


@dataclass(frozen=True)
class Site:
    """Two servers that run, and what the service's operator has written down."""

    pager: PagerDoor
    slack: SlackDoor
    config: Path
    environment: dict[str, str]

    @asynccontextmanager
    async def service(self, **more: str) -> AsyncIterator[Program]:
        """Run the service; returns when it has started or ended."""
        environment = self.environment | more
        async with program("run", "--config", self.config, environment=environment) as running:
            yield running

    @asynccontextmanager
    async def started_service(self) -> AsyncIterator[Program]:
        """Run the service and wait until it listens."""
        async with self.service() as running:
            await running.logged("gateway.started")
            yield running

    async def page(self, text: str) -> Json:
        """Dana types a command."""
        typed = {"user": "U0DANA", "channel": CHANNEL, "text": f"/page {text}"}
        return await self.slack.post("commands", typed)

    async def thread(self, words: str) -> str:
        """Wait for the status message that shows these words; gives its `ts`."""

        async def shown() -> str | None:
            messages = await self.slack.messages(CHANNEL)
            found = [m["ts"] for m in messages if "bot_id" in m and words in shown_text(m)]
            return found[0] if found else None

        return await until(shown, f"a status message with {words!r}")

    async def reply(self, thread: str, text: str) -> None:
        """Dana types into a thread."""
        typed = {"user": "U0DANA", "channel": CHANNEL, "text": text, "thread_ts": thread}
        await self.slack.post("messages", typed)

    async def phone_shows(self, number: str, words: str) -> Json:
        """Wait for a message on a phone."""

        async def shown() -> Json | None:
            return next((m for m in await self.pager.phone(number) if words in m["text"]), None)

        return await until(shown, f"{words!r} on phone {number}")

    async def thread_shows(self, thread: str, words: str) -> None:
        """Wait for a message in a thread."""

        async def shown() -> bool | None:
            messages = await self.slack.messages(CHANNEL, thread)
            return True if any(words in shown_text(m) for m in messages[1:]) else None

        await until(shown, f"{words!r} in the thread")

    async def dana_reads(self, words: str) -> None:
        """Wait for private words."""

        async def told() -> bool | None:
            private = await self.slack.private("U0DANA")
            return True if any(words in shown_text(m) for m in private) else None

        await until(told, f"{words!r}, told to Dana")

    async def is_closed(self) -> bool | None:
        """Tell whether the service takes commands no more."""
        return None if (await self.page("102 are you there")).get("status") else True

    async def times_sent(self, words: str) -> int:
        """Count what the pager accepted."""
        return sum(words in record["text"] for record in await self.pager.log())


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Run both servers; the service is the test's to start."""
    port, files = free_port(), demo_files()
    events_url = f"http://127.0.0.1:{port}/slack/events"
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        pager = await enter(
            program(
                *("pager", "serve", "--dev-credentials", "--admin", "--rate-limits", "off"),
                *("--directory", files / "directory.yaml"),
            )
        )
        slack = await enter(
            program(
                *("slack", "serve", "--workspace", files / "workspace.yaml"),
                *("--events-url", events_url),
            )
        )
        told, shown = await pager.ready(), await slack.ready()
        session = await enter(ClientSession())
        config = tmp_path / "gateway.toml"
        config.write_text(CONFIG.format(port=port, folder=tmp_path))
        yield Site(
            PagerDoor(session, told["url"]),
            SlackDoor(session, shown["url"]),
            config,
            {
                "GATEWAY_SLACK__BOT_TOKEN": shown["bot_token"],
                "GATEWAY_SLACK__SIGNING_SECRET": shown["signing_secret"],
                "GATEWAY_SLACK__API_URL": shown["api_url"],
                "GATEWAY_PAGER__SERVER_URL": told["url"],
                "GATEWAY_PAGER__CLIENT_ID": told["client_id"],
                "GATEWAY_PAGER__CLIENT_SECRET": told["client_secret"],
                "GATEWAY_PAGER__JWT": told["jwt"][SHARED_SENDER],
                "GATEWAY_PAGER__PUBLIC_URL": f"http://127.0.0.1:{port}",
            },
        )


async def test_conversation_survives_a_restart(site: Site) -> None:
    """Out, back and out again; after SIGTERM and a new start the same thread goes on."""
    async with site.started_service() as service:
        await site.page("102 water in the server room")
        thread = await site.thread("water in the server room")
        await site.reply(thread, "bring a bucket")
        await site.phone_shows("102", "bring a bucket")
        page = await site.phone_shows("102", "water in the server room")
        answer = {"from": "102", "text": "on my way", "reply_on": page["id"]}
        await site.pager.call("POST", "messages", answer)
        await site.thread_shows(thread, "on my way")
        assert await service.stop() == 0
    answer["text"] = "which room was it"
    await site.pager.call("POST", "messages", answer)
    async with site.started_service() as service:
        await site.thread_shows(thread, "which room was it")
        await site.reply(thread, "room 5")
        await site.phone_shows("102", "room 5")
        assert await site.times_sent("water in the server room") == 1
        assert await service.stop() == 0


async def test_refusal_is_told_to_the_author(site: Site) -> None:
    """A frozen extension refuses a page, and its author reads why."""
    async with site.started_service():
        await site.page("103 please call")
        await site.dana_reads("Extension 103 (Casey Diaz) is frozen")
        assert await site.times_sent("please call") == 0


async def test_sigterm_finishes_what_is_in_hand(site: Site) -> None:
    """A pager that hangs in the middle of a page does not keep the service from stopping."""
    hang = {"verb": "process_then_hang", "match": {"path": "company-pager"}, "times": 1}
    async with site.started_service() as service:
        await site.pager.call("POST", "faults", hang)
        await site.page("102 fire door 4 is open")
        await site.phone_shows("102", "fire door 4 is open")
        begun = now()
        assert await service.stop() == 0
        assert elapsed_s(begun) < STOP_WITHIN_S
    async with site.started_service():
        await site.thread("✅ Sent")
        assert await site.times_sent("fire door 4 is open") == 1


@pytest.mark.slow
async def test_sigterm_is_obeyed_within_25_s(site: Site) -> None:
    """With the usual patience and a pager whose answer trickles, the stop still comes in time."""
    trickle = {"verb": "slow_drip", "delay_s": 5.0, "chunk": 1, "match": {"path": "company-pager"}}
    async with site.service(GATEWAY_PAGER__TIMEOUTS__READ_S="15") as service:
        await service.logged("gateway.started")
        await site.pager.call("POST", "faults", trickle)
        await site.page("102 the lift is stuck")
        await site.phone_shows("102", "the lift is stuck")
        assert await service.stop() == 0
    await site.pager.heal()
    async with site.started_service():
        await site.thread("✅ Sent")
        assert await site.times_sent("the lift is stuck") == 1


async def test_second_signal_ends_at_once(site: Site) -> None:
    """Who is in a hurry may say so twice; what was open is looked for at the next start."""
    hang = {"verb": "process_then_hang", "match": {"path": "company-pager"}, "times": 1}
    async with site.started_service() as service:
        await site.pager.call("POST", "faults", hang)
        await site.page("102 the lift is stuck")
        await site.phone_shows("102", "the lift is stuck")
        service.process.terminate()
        await until(site.is_closed, "a closed door")
        assert await service.stop(within_s=1.0) == 130
    async with site.started_service():
        await site.thread("✅ Sent")
        assert await site.times_sent("the lift is stuck") == 1


async def test_misspelled_variable_is_refused(site: Site) -> None:
    """The library would ignore it in silence; the operator gets a suggestion and exit code 3."""
    async with site.service(GATEWAY_SLACK__BOT_TOKN="xoxb-1") as service:
        assert await service.ended() == 3
    said = "".join(service.said)
    assert "GATEWAY_SLACK__BOT_TOKN: no such setting" in said
    assert 'did you mean "GATEWAY_SLACK__BOT_TOKEN"?' in said
    assert "xoxb-1" not in said


async def test_first_start_needs_slack_and_later_ones_do_not(site: Site) -> None:
    """Who has just typed a token learns that it is wrong; a known workspace may be away."""
    wrong = {"GATEWAY_SLACK__BOT_TOKEN": "xoxb-mistyped"}
    async with site.service(**wrong) as service:
        assert await service.ended() == 4
    said = "".join(service.said)
    assert "check the token" in said
    assert not any(word in said for word in ("Traceback", "xoxb-mistyped"))
    async with site.started_service():
        pass
    async with site.service(**wrong) as service:
        assert await service.logged("gateway.started")


async def test_second_process_on_one_database_is_refused(site: Site) -> None:
    """It is told in words who has the file and what to do; the first one goes on."""
    async with site.started_service() as first, site.service(GATEWAY_SERVER__PORT="0") as second:
        assert await second.ended() == 3
        said = "".join(second.said)
        assert f"is in use by another gateway (process {first.process.pid})" in said
        assert "Traceback" not in said
        await site.page("102 still there")
        await site.phone_shows("102", "still there")


async def test_sighup_reads_the_routes_again(site: Site, tmp_path: Path) -> None:
    """A mistake is told with its place and ends nothing; what can be used is in force at once."""
    routes = tmp_path / "routes.yaml"
    good = "receivers: [{name: lobby, channel: C0OPS}]\nroute: {receiver: lobby}\n"
    routes.write_text(good, encoding="utf-8")
    async with site.service(
        GATEWAY_ROUTING__FILE=str(routes), GATEWAY_ROUTING__WATCH_S="3600"
    ) as service:
        await service.logged("gateway.started")
        routes.write_text(good.replace("receiver: lobby", "receiver: loby"), encoding="utf-8")
        service.process.send_signal(signal.SIGHUP)
        refused = await service.logged("routes.refused")
        assert refused["place"] == f"{routes}:2:19"
        assert refused["problem"] == 'there is no receiver "loby" — did you mean "lobby"?'
        routes.write_text(good, encoding="utf-8")
        service.process.send_signal(signal.SIGHUP)
        assert (await service.logged("routes.loaded"))["by"] == "signal"
        assert await service.stop() == 0

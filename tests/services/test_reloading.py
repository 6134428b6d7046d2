"""The routes file is read again while the gateway runs: as a whole, or not at all."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from typing_extensions import override

from gateway.bootstrap.health import LiveHealth
from gateway.bootstrap.routing import read_routes_file, routes_keeper
from gateway.domain.directory import Directory, DirectorySnapshot
from gateway.domain.ids import ExtensionNumber
from gateway.routes.keeping import RoutesKeeper
from gateway.routes.loads import Trigger
from gateway.routes.reading import LoadedRoutes, load_routes
from gateway.routes.source import RoutesSource
from gateway.routes.telling import load_answer
from gateway.services.alerts.sums import AlertSums
from gateway.settings import RoutingSettings
from tests.services.acme import Acme, running_acme, until
from tests.services.test_moving import alert, incidents, say

TEAM = """\
receivers:
  - {name: lobby, channel: C0OPS}
  - {name: dba, page: [DBA]}
route:
  receiver: lobby
  routes:
    - {name: db, matchers: ['team="db"'], receiver: dba}
"""
MORE = f"{TEAM}    - {{name: web, matchers: ['team=\"web\"'], receiver: dba}}\n"
BAD = TEAM.replace("receiver: dba}", "receiver: dbaa}")
MISTAKE = 'there is no receiver "dbaa" — did you mean "dba"?'
PLACE = "7:53"
DBA = ExtensionNumber("400")


@dataclass
class Desk:
    """A company whose operator edits a file."""

    acme: Acme
    file: Path
    keeper: RoutesKeeper
    health: LiveHealth
    registry: CollectorRegistry

    def write(self, text: str) -> None:
        """Put a new content in the file's place, as a careful editor does."""
        beside = self.file.with_suffix(".new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(self.file)

    def gauge(self, name: str) -> float | None:
        """Read one of the two gauges."""
        return self.registry.get_sample_value(f"gateway_config_last_reload_{name}")

    def routes(self) -> list[str]:
        """List the routes in force."""
        return [route.name for route in self.keeper.book.rules.tree.root.walk() if route.name]

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Look after the file for the length of the block."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.keeper.run())
            await self.looked()
            yield
            task.cancel()

    async def looked(self) -> None:
        """Let a look at the file come to its end."""
        await until(lambda: self.acme.clock.sleepers > 0)

    async def wait(self, seconds: float) -> None:
        """Let time pass, and what is due then happen."""
        self.acme.clock.move(seconds)
        await self.looked()


@asynccontextmanager
async def desk_of(file: Path) -> AsyncIterator[Desk]:
    """Run a company by a file."""
    async with running_acme(routes=load_routes(file).routes) as acme:
        read = read_routes_file(RoutingSettings(file=file))
        keeper = routes_keeper(read, acme.core, acme.house, acme.ports)
        assert keeper is not None
        registry = CollectorRegistry()
        accounts = AlertSums(acme.store, acme.clock)
        mailboxes = acme.core.mailboxes
        health = LiveHealth(
            acme.store, acme.directory, mailboxes, accounts, registry, acme.clock, routes=keeper
        )
        yield Desk(acme, file, keeper, health, registry)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    file = tmp_path / "routes.yaml"
    file.write_text(TEAM, encoding="utf-8")
    async with desk_of(file) as running:
        yield running


async def test_a_new_file_is_in_force_and_told_in_short(desk: Desk) -> None:
    """Log, answer and status name the version and what is different."""
    desk.write(MORE)
    load = await desk.keeper.reload(Trigger.ASKED)
    assert desk.routes() == ["db", "web"]
    (seen,) = desk.acme.ears.events("routes.loaded")
    assert (seen["change"], seen["added"]) == ("routes +1 -0 ~0", ["web"])
    answer = load_answer(load)
    assert (answer["taken"], answer["hash"]) == (True, load_routes(desk.file).routes.hash)
    status = (await desk.health.status())["routes"]
    assert isinstance(status, dict)
    assert [each["by"] for each in status["loads"]] == ["asked", "start"]


async def test_a_bad_file_changes_nothing_and_is_told_everywhere(desk: Desk) -> None:
    """Log, gauge, status, answer and the operators' channel: each with the place and the words."""
    before = desk.keeper.book.rules
    desk.write(BAD)
    load = await desk.keeper.reload(Trigger.SIGNAL)
    assert not load.taken
    assert desk.keeper.book.rules is before
    (seen,) = desk.acme.ears.events("routes.refused")
    assert (seen["place"], seen["problem"]) == (f"{desk.file}:{PLACE}", MISTAKE)
    await desk.health.measure()
    assert desk.gauge("successful") == 0
    status = await desk.health.status()
    assert any("mistakes" in reason for reason in status["degraded"])  # type: ignore[attr-defined] # a list
    assert status["routes"]["problems"][0]["text"] == MISTAKE  # type: ignore[index] # a table
    await desk.acme.work()
    (alarm,) = desk.acme.alarms()
    assert f"{PLACE}: route.routes.0.receiver: {MISTAKE}" in alarm


async def test_operators_hear_of_the_same_mistake_once_and_of_its_end(desk: Desk) -> None:
    """Several replicas read the same file; restoring it is all that a rollback takes."""
    desk.write(BAD)
    for _ in range(3):
        await desk.keeper.reload(Trigger.CHANGE)
    desk.write(TEAM)
    await desk.keeper.reload(Trigger.CHANGE)
    await desk.acme.work()
    refused, mended = desk.acme.alarms()
    assert "can't be used: 1 mistake." in refused
    assert "is in force" in mended
    await desk.health.measure()
    assert desk.gauge("successful") == 1
    taken = desk.gauge("success_timestamp_seconds")
    assert taken == desk.acme.clock.now().timestamp()


async def test_a_file_that_went_away_changes_nothing(desk: Desk) -> None:
    """It is told like any other mistake, and taken again when it is back."""
    desk.file.unlink()
    load = await desk.keeper.reload(Trigger.CHANGE)
    assert "cannot be read" in load.problems[0].text
    desk.write(MORE)
    assert (await desk.keeper.reload(Trigger.CHANGE)).taken


async def test_a_file_that_anybody_may_write_to_changes_nothing(desk: Desk) -> None:
    """Whoever can write to it would decide who is paged."""
    desk.write(MORE)
    desk.file.chmod(0o666)
    load = await desk.keeper.reload(Trigger.CHANGE)
    assert "anybody on this computer may write to it" in load.problems[0].text
    assert desk.routes() == ["db"]
    desk.file.chmod(0o644)
    assert (await desk.keeper.reload(Trigger.ASKED)).taken


class Brittle(RoutesSource):
    """A reader with a fault."""

    @override
    def load(self) -> LoadedRoutes:
        raise RecursionError


async def test_a_file_that_breaks_the_reader_breaks_nothing_else(desk: Desk) -> None:
    """It is refused like any other; the next one may be better."""
    reader, desk.keeper.source = desk.keeper.source, Brittle(desk.file)
    load = await desk.keeper.reload(Trigger.CHANGE)
    assert "a fault of the gateway itself (RecursionError)" in load.problems[0].text
    desk.keeper.source = reader
    assert (await desk.keeper.reload(Trigger.CHANGE)).taken


async def test_what_cannot_be_told_now_does_not_keep_routes_from_changing(desk: Desk) -> None:
    """The database may be away; the log has it."""
    desk.acme.disk.lost_writes = desk.acme.disk.lost_reads = 5
    desk.write(BAD)
    await desk.keeper.reload(Trigger.CHANGE)
    desk.write(MORE)
    assert (await desk.keeper.reload(Trigger.CHANGE)).taken
    assert desk.routes() == ["db", "web"]


async def test_heartbeats_of_a_new_file_are_listened_to(desk: Desk) -> None:
    """What stays away from the beginning is missed all the same."""
    beat = "{source: prom, matchers: [alertname=Watchdog], every: 1m, grace: 1m}"
    desk.write(f"{TEAM}heartbeats: [{beat}]\n")
    await desk.keeper.reload(Trigger.ASKED)
    await desk.acme.pass_time(300)
    assert desk.acme.ears.events("heartbeat.lost")


async def test_a_rehearsal_tells_and_changes_nothing(desk: Desk) -> None:
    """Good or bad: nothing is in force, logged or said."""
    before, other = desk.keeper.book.rules, desk.file.with_name("other.yaml")
    other.write_text(STRANGE.replace("name: db,", "name: data,"), encoding="utf-8")
    load = await desk.keeper.rehearse(other)
    assert (str(load.change), len(load.unknown)) == ("routes +1 -1 ~0, receivers +0 -0 ~1", 1)
    other.write_text(BAD, encoding="utf-8")
    assert not (await desk.keeper.rehearse(other)).taken
    assert desk.keeper.book.rules is before
    assert (len(desk.keeper.loads), desk.acme.ears.events("routes.refused")) == (1, [])


# --- noticing ------------------------------------------------------------------------------------


async def test_a_changed_file_is_noticed_once(desk: Desk) -> None:
    """Within seconds; what is only touched is not read again."""
    async with desk.watching():
        os.utime(desk.file)
        await desk.wait(5)
        assert len(desk.keeper.loads) == 1
        desk.write(MORE)
        await desk.wait(5)
        await desk.wait(1)
        assert desk.routes() == ["db", "web"]
        await desk.wait(5)
    assert [load.trigger for load in desk.keeper.loads] == [Trigger.START, Trigger.CHANGE]


async def test_a_file_half_written_is_left_until_it_rests(desk: Desk) -> None:
    """Half of a file may well be valid, and would take routes away."""
    async with desk.watching():
        desk.write(TEAM.rpartition("  routes:")[0])
        await desk.wait(5)
        desk.write(MORE)
        await desk.wait(1)
        assert desk.routes() == ["db"]
        await desk.wait(1)
        assert desk.routes() == ["db", "web"]
    assert len(desk.keeper.loads) == 2


async def test_a_config_map_is_followed_through_its_links(tmp_path: Path) -> None:
    """Kubernetes swaps a link beside the file; the file's own entry never changes."""
    for name, text in (("..1", TEAM), ("..2", MORE)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "routes.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "routes.yaml").symlink_to("..data/routes.yaml")
    async with desk_of(tmp_path / "routes.yaml") as desk, desk.watching():
        (tmp_path / "..new").symlink_to("..2")
        (tmp_path / "..new").replace(tmp_path / "..data")
        await desk.wait(5)
        await desk.wait(1)
        assert desk.routes() == ["db", "web"]


async def test_a_calendar_counts_as_part_of_the_file(tmp_path: Path) -> None:
    """Another calendar is another version, also where the routes did not change."""
    calendar = tmp_path / "duty.ics"
    event = (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:{who}\nDTSTART:20260105T090000Z\n"
        "DTEND:20260112T090000Z\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    calendar.write_text(event.format(who="Bo Chen"), encoding="utf-8")
    file = tmp_path / "routes.yaml"
    file.write_text(f"{TEAM}schedules: [{{name: duty, ical: duty.ics}}]\n", encoding="utf-8")
    async with desk_of(file) as desk, desk.watching():
        version = desk.keeper.book.rules.hash
        calendar.write_text(event.format(who="Avery Kim"), encoding="utf-8")
        await desk.wait(5)
        await desk.wait(1)
        assert str(desk.keeper.last.change) == "schedules"
        assert desk.keeper.book.rules.hash != version


# --- names against the directory -----------------------------------------------------------------

STRANGE = TEAM.replace("[DBA]", "[DBA, Bo Chan]")


async def test_names_nobody_has_are_taken_and_told(desk: Desk) -> None:
    """The rest of the file counts; whoever was meant would not be paged."""
    desk.write(STRANGE)
    load = await desk.keeper.reload(Trigger.ASKED)
    assert load.taken
    (unknown,) = load.unknown
    assert unknown.text == 'there is nobody called "Bo Chan" — did you mean "Bo Chen"?'
    assert desk.acme.ears.events("routes.names_unknown")[0]["count"] == 1
    await desk.acme.work()
    (alarm,) = desk.acme.alarms()
    assert "somebody who isn't in the directory" in alarm
    assert unknown.text in alarm
    degraded = (await desk.health.status())["degraded"]
    assert "the routes page 1 names nobody has" in degraded  # type: ignore[operator] # a list


async def test_names_are_understood_as_the_new_file_means_them(desk: Desk) -> None:
    """An alias that goes away is no name any more, one that comes is one already."""
    aliased = TEAM.replace("[DBA]", "[night]")
    desk.write(f"{aliased}aliases: {{night: [DBA]}}\n")
    assert not (await desk.keeper.reload(Trigger.ASKED)).unknown
    desk.write(aliased)
    assert len((await desk.keeper.rehearse(desk.file)).unknown) == 1
    assert len((await desk.keeper.reload(Trigger.ASKED)).unknown) == 1


async def test_a_newer_directory_is_compared_with_the_routes_in_force(desk: Desk) -> None:
    """Who leaves the company leaves the routes pointing nowhere."""
    async with desk.watching():
        await desk.wait(5)
        assert not desk.keeper.unknown
        del desk.acme.pager.people[DBA], desk.acme.pager.members[DBA]
        await desk.acme.directory.refresh()
        await desk.wait(5)
        (unknown,) = desk.keeper.unknown
        assert (unknown.line, unknown.path) == (3, "receivers.1.page.0")
    assert len(desk.acme.ears.events("routes.names_unknown")) == 1


async def test_without_a_directory_no_name_is_doubted(desk: Desk) -> None:
    """A pager that was never reached knows nobody; that is no mistake of the file."""
    desk.keeper.directory.current = Directory(DirectorySnapshot((), (), desk.acme.clock.now()))
    desk.write(STRANGE)
    assert not (await desk.keeper.reload(Trigger.ASKED)).unknown


# --- while alerts come ---------------------------------------------------------------------------

STREAMS = [40, pytest.param(400, marks=pytest.mark.slow)]
RENAMED = TEAM.replace("name: dba,", "name: databases,").replace(
    "receiver: dba}", "receiver: databases}"
)
TURNS = (MORE, BAD, TEAM.replace("name: db,", "name: data,"), "receivers: [", STRANGE, RENAMED)


async def _stream(desk: Desk, count: int) -> None:
    """Let alerts of two teams come, one after the other, and be worked on."""
    for n in range(count):
        await say(desk.acme, alert(desk.acme, f"host-{n}", team=("db", "web")[n % 2]))
        desk.acme.clock.move(0.2)
        await desk.acme.work()


@pytest.mark.parametrize("count", STREAMS)
async def test_reloads_under_a_stream_of_alerts_lose_none(desk: Desk, count: int) -> None:
    """Each is told by one incident in the end, where the last file leads it; all add up."""
    async with asyncio.TaskGroup() as group:
        stream = group.create_task(_stream(desk, count))
        turn = 0
        while not stream.done():
            desk.write(TURNS[turn % len(TURNS)])
            await desk.keeper.reload(Trigger.CHANGE)
            turn += 1
    desk.write(MORE)
    await desk.keeper.reload(Trigger.CHANGE)
    await desk.acme.pass_time(1800)
    found = await incidents(desk.acme)
    assert all(each.notified_at for each in found)
    assert not desk.acme.ears.events("delivery.crashed")
    told = sorted((each.route, f.key) for each in found for f in each.firing)
    led = [(("db", "web")[n % 2], f"prom/host-{n}") for n in range(count)]
    assert told == sorted(led)
    sums = AlertSums(desk.acme.store, desk.acme.clock)
    account = (await sums.since(desk.acme.clock.started))["prom"]
    assert (account.ingested, account.unaccounted) == (count, 0)

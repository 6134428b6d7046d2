"""Routes that were in force can be put back; a file is compared before it counts."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typing_extensions import override

from gateway.bootstrap.routing import as_rolled_back, read_routes_file, routes_keeper
from gateway.domain.audit import Act
from gateway.domain.errors import StoreUnavailableError
from gateway.ports.vault import Vault
from gateway.routes.comparing import Comparing
from gateway.routes.keeping import RoutesKeeper
from gateway.routes.loads import Load, NoWayBack, Trigger
from gateway.routes.telling import comparison_answer, history_answer, routes_troubles
from gateway.routes.versions import MOST, Versions
from gateway.settings import RoutingSettings
from tests.services.test_moving import alert, say
from tests.services.test_reloading import BAD, MORE, RENAMED, TEAM, Desk, desk_of

NEW = TEAM.replace("name: db,", "name: data,")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    file = tmp_path / "routes.yaml"
    file.write_text(TEAM, encoding="utf-8")
    async with desk_of(file) as running:
        yield running


async def take(desk: Desk, text: str, who: str = "ada") -> str:
    """Have a file put in force; gives its version."""
    desk.write(text)
    load = await desk.keeper.reload(Trigger.ASKED, who)
    assert load.taken
    return load.hash


async def put_back(desk: Desk, version: str = "") -> Load:
    load = await desk.keeper.roll_back(version, "grace")
    assert isinstance(load, Load)
    return load


async def restarted(desk: Desk) -> RoutesKeeper:
    """Start anew on the same file and database."""
    acme = desk.acme
    read = await as_rolled_back(read_routes_file(RoutingSettings(file=desk.file)), acme.ports.vault)
    assert read
    assert acme.house.rules
    acme.house.rules.replace(read.loaded.routes)
    keeper = routes_keeper(read, acme.core, acme.house, acme.ports)
    assert keeper
    return keeper


def name(keeper: RoutesKeeper) -> str:
    """Tell the first route in force."""
    return keeper.book.rules.tree.root.routes[0].name


async def test_the_version_before_is_put_back_and_the_file_is_left_alone(desk: Desk) -> None:
    """In force at once; log, audit and status say who did it and that the file differs."""
    before, after = await take(desk, TEAM), await take(desk, MORE)
    load = await put_back(desk)
    assert (load.hash, desk.routes(), str(load.change)) == (before, ["db"], "routes +0 -1 ~0")
    assert desk.file.read_text(encoding="utf-8") == MORE
    assert desk.acme.ears.events("routes.loaded")[-1]["by"] == "rollback"
    (record,) = await desk.acme.store.audit_newest(1)
    assert (record.act, record.who) == (Act.ROUTES_ROLLED_BACK, "grace")
    (trouble,) = routes_troubles(desk.keeper)
    assert trouble == f"routes {before} were put back by grace; the file holds {after}"


async def test_what_was_in_force_is_listed_with_who_and_when(desk: Desk) -> None:
    """The newest first; what came again is there once; the oldest go."""
    first, second = await take(desk, TEAM, "ada"), await take(desk, MORE, "bob")
    await put_back(desk)
    history = await desk.keeper.versions.history()
    assert [(each.hash, each.who) for each in history] == [(second, "bob"), (first, "grace")]
    told = history_answer(history, desk.keeper)["versions"]
    assert isinstance(told, list)
    assert [(each["hash"], each["in_force"]) for each in told] == [(first, True), (second, False)]
    for number in range(MOST):
        await take(desk, f"{TEAM}# {number}\n")
    kept = [each.hash for each in await desk.keeper.versions.history()]
    assert (len(kept), first in kept) == (MOST, False)
    assert await desk.keeper.versions.written(first) is None


async def test_a_version_is_named_by_the_beginning_of_its_hash(desk: Desk) -> None:
    """What is not kept, or is in force, is said to be so."""
    first, second = await take(desk, TEAM), await take(desk, MORE)
    await take(desk, NEW)
    assert (await put_back(desk, first[:6])).hash == first
    assert await desk.keeper.roll_back(first, "grace") is NoWayBack.IN_FORCE
    assert await desk.keeper.roll_back("nothing", "grace") is NoWayBack.UNKNOWN
    assert (await put_back(desk, second)).hash == second


async def test_without_a_version_before_there_is_no_way_back(desk: Desk) -> None:
    """Nothing changes."""
    await take(desk, TEAM)
    assert await desk.keeper.roll_back("", "grace") is NoWayBack.NOTHING_BEFORE
    assert desk.routes() == ["db"]


async def test_it_holds_until_the_file_changes(desk: Desk) -> None:
    """Looking at the file does not end it; another content does."""
    async with desk.watching():
        await take(desk, MORE)
        await put_back(desk)
        await desk.wait(5)
        assert desk.routes() == ["db"]
        desk.write(NEW)
        await desk.wait(5)
        await desk.wait(1)
        assert desk.routes() == ["data"]
    assert desk.keeper.rolled_back is None
    assert await desk.keeper.versions.rolled_back() is None


async def test_it_holds_over_a_restart(desk: Desk) -> None:
    """The file that was not wanted is still there; it would come back by itself otherwise."""
    before, after = await take(desk, TEAM), await take(desk, MORE)
    await put_back(desk)
    keeper = await restarted(desk)
    assert keeper.rolled_back
    assert (keeper.book.rules.hash, keeper.rolled_back.rejected) == (before, after)
    desk.write(NEW)
    keeper = await restarted(desk)
    assert (name(keeper), keeper.rolled_back) == ("data", None)


async def test_whoever_asks_for_the_file_gets_it(desk: Desk) -> None:
    """`gateway reload` takes up the very file that was left aside."""
    await take(desk, TEAM)
    after = await take(desk, MORE)
    await put_back(desk)
    assert (await desk.keeper.reload(Trigger.ASKED, "ada")).hash == after
    assert (await restarted(desk)).book.rules.hash == after


async def test_back_to_what_the_file_holds_is_no_difference(desk: Desk) -> None:
    """Two ways back end where they began."""
    await take(desk, TEAM)
    after = await take(desk, MORE)
    await put_back(desk)
    assert (await put_back(desk)).hash == after
    assert desk.keeper.rolled_back is None


async def test_other_processes_follow_where_they_have_the_same_file(desk: Desk) -> None:
    """Several gateways on one database; one that reads another file keeps to it."""
    await take(desk, TEAM)
    await take(desk, MORE)
    other = await restarted(desk)
    other.book = type(other.book)(other.book.rules)
    await put_back(desk)
    await other._follow_others()
    assert other.book.rules.hash == desk.keeper.book.rules.hash
    desk.write(NEW)
    await other.reload(Trigger.CHANGE)
    await put_back(desk)
    await other._follow_others()
    assert name(other) == "data"


async def test_a_bad_file_stays_told_after_a_rollback(desk: Desk) -> None:
    """Another version in force mends nothing on the disk."""
    await take(desk, TEAM)
    await take(desk, MORE)
    desk.write(BAD)
    await desk.keeper.reload(Trigger.CHANGE)
    await put_back(desk)
    await desk.health.measure()
    assert desk.gauge("successful") == 0
    await take(desk, NEW)
    await desk.acme.work()
    refused, mended = desk.acme.alarms()
    assert "can't be used" in refused
    assert "is in force" in mended


@dataclass
class Away(Vault):
    """A vault that reads and cannot write."""

    vault: Vault

    @override
    async def get(self, name: str) -> str | None:
        return await self.vault.get(name)

    @override
    async def put(self, name: str, value: str) -> None:
        raise StoreUnavailableError

    @override
    async def swap(self, name: str, was: str | None, now: str | None) -> bool:
        raise StoreUnavailableError

    @override
    async def forget(self, name: str) -> None:
        raise StoreUnavailableError


async def test_a_database_that_is_away_puts_nothing_back(desk: Desk) -> None:
    """It would not hold; whoever asked is told."""
    await take(desk, TEAM)
    await take(desk, MORE)
    desk.keeper.versions = Versions(Away(desk.acme.ports.vault))
    with pytest.raises(StoreUnavailableError):
        await desk.keeper.roll_back("", "grace")
    assert desk.routes() == ["db", "web"]


async def test_calendars_come_back_with_their_file(tmp_path: Path) -> None:
    """They are a part of the version."""
    calendar, file = tmp_path / "duty.ics", tmp_path / "routes.yaml"
    event = (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:{who}\nDTSTART:20260105T090000Z\n"
        "DTEND:20260112T090000Z\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    file.write_text(f"{TEAM}schedules: [{{name: duty, ical: duty.ics}}]\n", encoding="utf-8")
    calendar.write_text(event.format(who="Bo Chen"), encoding="utf-8")
    async with desk_of(file) as desk:
        first = (await desk.keeper.reload(Trigger.ASKED)).hash
        schedules = desk.keeper.book.rules.schedules
        calendar.write_text(event.format(who="Avery Kim"), encoding="utf-8")
        await desk.keeper.reload(Trigger.ASKED)
        assert (await put_back(desk)).hash == first
        assert desk.keeper.book.rules.schedules == schedules


# --- comparing -----------------------------------------------------------------------------------


async def test_a_file_is_compared_by_what_it_would_do(desk: Desk) -> None:
    """Recent alerts that would tell somebody else are listed with both their ways."""
    for n in range(3):
        await say(desk.acme, alert(desk.acme, f"host-{n}", team=("db", "web")[n % 2]))
    desk.write(MORE)
    told = comparison_answer(await Comparing(desk.keeper, desk.acme.store).compare())
    assert (told["replayed"], told["elsewhere"]) == (3, 1)
    assert isinstance(told["alerts"], list)
    (moved,) = told["alerts"]
    assert moved["labels"]["team"] == "web"
    assert [way["channel"] for way in moved["was"]] == ["C0OPS"]
    assert [(way["route"], way["page"]) for way in moved["will"]] == [("web", ("DBA",))]
    assert desk.routes() == ["db"]


async def test_another_name_for_the_same_people_is_nowhere_else(desk: Desk) -> None:
    """The text differs, and no alert does."""
    await say(desk.acme, alert(desk.acme, "host", team="db"))
    desk.write(RENAMED)
    found = await Comparing(desk.keeper, desk.acme.store).compare()
    assert (found.replayed, found.elsewhere) == (1, ())
    assert "-  - {name: dba, page: [DBA]}" in found.text
    assert "+  - {name: databases, page: [DBA]}" in found.text


async def test_a_file_that_cannot_be_used_is_compared_by_its_text(desk: Desk) -> None:
    """With what is wrong; the same file differs in nothing."""
    assert (await Comparing(desk.keeper, desk.acme.store).compare()).text == ()
    other = desk.file.with_name("other.yaml")
    other.write_text(BAD, encoding="utf-8")
    found = await Comparing(desk.keeper, desk.acme.store).compare(other)
    assert not found.load.taken
    assert any("dbaa" in line for line in found.text)
    assert (found.replayed, len(found.load.problems)) == (0, 1)

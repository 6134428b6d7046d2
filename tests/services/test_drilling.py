"""A drill pages a department, says that it is one, and tells who answered."""

from gateway.domain.audit import Act
from gateway.domain.pages import PageState
from gateway.ports.orders import NotTaken
from gateway.services.drilling import Drill, Drilling
from tests.services.acme import Acme


def drilling_of(acme: Acme) -> Drilling:
    return Drilling(
        acme.house.ops, acme.core.orders, acme.store, acme.directory, acme.house.words, acme.clock
    )


async def begun(acme: Acme, to: str = "DBA") -> Drill:
    """Begin a drill and let its page go out."""
    drilling = drilling_of(acme)
    ref = await drilling.begin("key", to, 5, "root")
    assert isinstance(ref, str)
    await acme.work()
    found = await drilling.look(ref)
    assert found
    return found


async def test_everybody_who_is_reached_is_asked_and_nobody_else(acme: Acme) -> None:
    """In words that nobody takes for an emergency; members who are inactive are not waited for."""
    drill = await begun(acme)
    (page,) = acme.pager.accepted
    assert "DRILL, nothing is wrong" in page.text
    assert [each.number for each in drill.people] == sorted(page.reached)
    assert [each.answered_at for each in drill.people] == [None] * len(page.reached)
    assert drill.state is PageState.SENT


async def test_any_answer_counts_once_with_its_time(acme: Acme) -> None:
    """The first one, whatever it says; it stands in the operators' channel, too."""
    drill = await begun(acme)
    acme.clock.move(60)
    acme.phone("102", "ack")
    await acme.read()
    first = acme.clock.now()
    acme.clock.move(60)
    acme.phone("102", "here as well")
    await acme.read()
    found = await drilling_of(acme).look(drill.ref)
    assert found
    answered = {each.number: each.answered_at for each in found.people if each.answered_at}
    assert answered == {"102": first}
    assert [m.text for m in await acme.shown(drill.ref)] == ["ack", "here as well"]


async def test_a_drill_is_on_record_under_who_began_it(acme: Acme) -> None:
    """Once, however often the command is repeated."""
    drill = await begun(acme)
    assert await drilling_of(acme).begin("key", "DBA", 5, "root") == drill.ref
    records = await acme.store.audit(0, 10)
    assert [(r.ref, r.who) for r in records if r.act == Act.DRILL_BEGUN] == [(drill.ref, "root")]


async def test_nobody_is_paged_by_a_name_that_nobody_has(acme: Acme) -> None:
    """The refusal is that of every page."""
    refused = await drilling_of(acme).begin("key", "Astronauts", 5, "root")
    assert isinstance(refused, NotTaken)
    assert refused.code == "recipient.unknown"
    assert acme.pager.accepted == []


async def test_other_pages_are_no_drills(acme: Acme) -> None:
    """Who answered a page of somebody's is not told by this way."""
    page = await acme.page("102 Fire")
    assert await drilling_of(acme).look(page.ref) is None

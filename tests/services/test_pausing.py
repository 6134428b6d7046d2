"""Sending is paused by an operator: nothing goes to the pager, everybody knows, nothing is lost."""

from gateway.domain.audit import Actor
from gateway.domain.deliveries import DeliveryState
from gateway.domain.pages import PageState
from gateway.services.pausing import Pausing
from tests.services.acme import BO, DANA, Acme

ADA = Actor("ada", "console")


async def test_nothing_goes_to_the_pager_and_the_author_reads_that_it_waits(acme: Acme) -> None:
    """The chat still talks: that is how the author knows."""
    await acme.core.pausing.pause(ADA)
    page = await acme.page("102 Fire")
    await acme.pass_time(60)
    assert acme.sent() == []
    assert (await acme.seen(page.ref)).state is PageState.WAITING
    status = await acme.status(page.ref)
    assert "Waiting to send." in status.text
    assert "You don't need to resend." in status.text


async def test_what_waited_goes_out_once_when_somebody_resumes(acme: Acme) -> None:
    """Within seconds, and the trail says who did both."""
    await acme.core.pausing.pause(ADA)
    page = await acme.page("102 Fire")
    await acme.pass_time(30)
    await acme.core.pausing.resume(Actor("bo", "console"))
    await acme.pass_time(6)
    assert len(acme.sent("Fire")) == 1
    assert (await acme.seen(page.ref)).state is PageState.SENT
    acts = [(each.act, each.who) for each in await acme.store.audit_newest(9)]
    assert acts == [
        ("sending.resumed", "bo"),
        ("page.accepted", "T0ACME/U0DANA"),
        ("sending.paused", "ada"),
    ]


async def test_replies_wait_too_and_answers_still_come(acme: Acme) -> None:
    """What is said on the pager is shown; what is said in the thread stays until then."""
    page = await acme.page("102 Fire")
    await acme.work()
    await acme.core.pausing.pause(ADA)
    await acme.reply(page, "Where?")
    acme.phone("102", "On my way")
    await acme.pass_time(10)
    await acme.read("104")
    assert acme.sent("Where?") == []
    assert any("On my way" in shown.text for shown in await acme.shown(page.ref))
    await acme.core.pausing.resume(ADA)
    await acme.pass_time(6)
    assert len(acme.sent("Where?")) == 1


async def test_who_waits_too_long_is_told_why(acme: Acme) -> None:
    """A page that is half an hour late may do harm; it is given up, and its author knows."""
    await acme.core.pausing.pause(ADA)
    page = await acme.page("102 Fire")
    await acme.pass_time(31 * 60)
    assert (await acme.seen(page.ref)).state is PageState.REFUSED
    assert "operators had paused sending for 30 minutes" in acme.told(DANA)
    (letter,) = await acme.deliveries(page.ref, DeliveryState.REFUSED)
    assert letter.fault
    assert letter.fault.code == "delivery.gave_up"


async def test_a_pause_outlives_a_restart_and_reaches_other_replicas(acme: Acme) -> None:
    """It is in the database; who pauses twice is not on record twice."""
    await acme.core.pausing.pause(ADA)
    await acme.core.pausing.pause(Actor("bo", "console"))
    other = Pausing(acme.store, acme.clock)
    await other.refresh()
    assert other.now
    assert (other.now.by, other.now.since) == ("ada", acme.clock.now())
    await other.resume(ADA)
    await acme.core.pausing.refresh()
    assert acme.core.pausing.now is None
    assert len(await acme.store.audit_newest(9)) == 2


async def test_a_page_can_be_taken_back_while_it_waits(acme: Acme) -> None:
    """Nothing of it left."""
    await acme.core.pausing.pause(ADA)
    page = await acme.page("102 Fire", BO)
    await acme.pass_time(10)
    (waiting,) = await acme.deliveries(page.ref, DeliveryState.READY)
    assert waiting.fault
    assert waiting.fault.code == "gateway.paused"

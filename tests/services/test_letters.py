"""Dead letters: an operator sends them again or gives them up, and it shows."""

import pytest

from gateway.domain.audit import Actor
from gateway.domain.deliveries import DeliveryState
from gateway.domain.errors import (
    PagerOutcomeUnknownError,
    PagerRejectedError,
    PagerUnavailableError,
)
from gateway.domain.pages import PageState
from gateway.services.decisions import Decisions
from gateway.services.letters import DeadLetters, Fate, Sorting
from tests.services.acme import Acme, button

ADA = Actor("ada", "control")


async def held(acme: Acme) -> int:
    """Let a page become one that nobody can find out about; gives its letter."""
    acme.pager.unreadable = PagerOutcomeUnknownError()
    acme.pager.drop_next()
    await acme.page("102 Fire")
    await acme.pass_time(200)
    acme.pager.unreadable = None
    return (await letters(acme).listed(Sorting((DeliveryState.HELD,))))[0].id


async def refused(acme: Acme) -> int:
    acme.pager.fail_next(PagerRejectedError())
    await acme.page("102 Fire")
    await acme.work()
    return (await letters(acme).listed(Sorting((DeliveryState.REFUSED,))))[0].id


def letters(acme: Acme) -> DeadLetters:
    return DeadLetters(acme.store, acme.clock)


async def acts(acme: Acme) -> list[str]:
    return [record.act for record in await acme.store.audit(0, 100)]


async def test_letters_are_sorted(acme: Acme) -> None:
    """By what became of them and why."""
    lost, no = await held(acme), await refused(acme)
    listed = letters(acme).listed
    assert [each.id for each in await listed(Sorting())] == [no, lost]
    assert [each.id for each in await listed(Sorting((DeliveryState.HELD,)))] == [lost]
    assert [each.id for each in await listed(Sorting(reason="pager.rejected"))] == [no]
    assert await listed(Sorting(reason="pager.rejected"), 0) == ()


@pytest.mark.parametrize("kind", [held, refused])
async def test_retried_letter_is_sent_once(acme: Acme, kind: object) -> None:
    """The page shows it, the trail says who; a second wish finds nothing to do."""
    number = await (held(acme) if kind is held else refused(acme))
    page = await acme.last_page()
    assert await letters(acme).retry([number], ADA) == {number: Fate.RETRIED}
    assert await letters(acme).retry([number], ADA) == {number: Fate.GONE}
    await acme.pass_time(5)
    assert len(acme.sent("Fire")) == 1
    assert (await acme.seen(page.ref)).state is PageState.SENT
    assert await acts(acme) == ["page.accepted", "dead_letter.retried"]
    record = (await acme.store.audit(0, 100))[-1]
    assert (record.who, record.origin, record.ref) == ("ada", "control", page.ref)


async def test_discarded_letter_is_over(acme: Acme) -> None:
    """A held page shows as cancelled; a refused one stays refused; neither is listed any more."""
    lost = await held(acme)
    page = await acme.last_page()
    no = await refused(acme)
    other = await acme.last_page()
    found = await letters(acme).discard([lost, no, 99], ADA)
    assert found == {lost: Fate.DISCARDED, no: Fate.DISCARDED, 99: Fate.GONE}
    await acme.pass_time(600)
    assert acme.sent() == []
    assert (await acme.seen(page.ref)).state is PageState.CANCELLED
    assert (await acme.seen(other.ref)).state is PageState.REFUSED
    assert await letters(acme).listed(Sorting()) == ()


async def test_part_of_a_longer_page_is_not_sent_alone(acme: Acme) -> None:
    """Those after it were taken back when it was refused."""
    acme.pager.fail_next(PagerRejectedError())
    answer = await acme.command("102 " + "Disk is full on db-7. " * 100)
    await acme.press(button(answer.content, "Send in 3 parts"))
    await acme.work()
    (letter, *_) = await letters(acme).listed(Sorting((DeliveryState.REFUSED,)))
    assert await letters(acme).retry([letter.id], ADA) == {letter.id: Fate.IN_PARTS}


async def test_operator_cancels_and_the_author_is_told(acme: Acme) -> None:
    """Nobody is left guessing because somebody else decided."""
    page = await acme.page("102 Fire")
    decisions = Decisions(acme.store, acme.clock, acme.permission)
    await decisions.cancel(page, f"cancel:{page.ref}", ADA)
    await acme.work()
    assert acme.sent() == []
    assert "Cancelled. Nobody was paged." in acme.told()
    assert (await acme.store.audit(0, 9))[-1].who == "ada"


async def test_what_is_retried_late_has_all_its_time_again(acme: Acme) -> None:
    """The pager is away once more; what its author reads is when it ends now."""
    number = await held(acme)
    page = await acme.last_page()
    await acme.pass_time(3600)
    acme.pager.away = PagerUnavailableError()
    await letters(acme).retry([number], ADA)
    retried_at = acme.clock.now()
    await acme.pass_time(1200)
    assert (await acme.seen(page.ref)).state is PageState.WAITING
    (delivery, *_) = await acme.deliveries(page.ref)
    assert delivery.patient_since == retried_at
    acme.pager.away = None
    await acme.pass_time(120)
    assert len(acme.sent("Fire")) == 1

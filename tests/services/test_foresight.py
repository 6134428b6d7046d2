"""What a page will reach is settled before it is sent."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.directory import ExtensionStatus
from gateway.domain.errors import PagerUnavailableError
from gateway.domain.ids import ExtensionNumber
from gateway.domain.pages import PageState
from gateway.ports.orders import NotTaken, PageOrder
from gateway.services.clients import Client
from tests.services.acme import ACME, AVERY, BO, DANA, Acme, button, buttons, running_acme, said

REFUSED = (
    ("103 Fire", "Not sent. Extension 103 (Casey Diaz) is frozen in RingCentral."),
    ("119 Fire", "Not sent. Extension 119 (Lee Park) is disabled in RingCentral."),
    ("103, 119: Fire", "Not sent. Casey Diaz and Lee Park are frozen or disabled"),
    ("9001 Fire", "Not sent. 9001 (Main menu) is not a person or department."),
    ("night watch Fire", "Not sent. Night Watch has no active members."),
    ("--from 400 102 Fire", "Not sent. RingCentral doesn't let a department send pages."),
)


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    async with running_acme(foresees=True) as acme:
        yield acme


def status(acme: Acme, number: str, value: ExtensionStatus) -> None:
    """Change somebody's state in RingCentral, without the directory hearing of it."""
    extension = ExtensionNumber(number)
    acme.pager.people[extension] = replace(acme.pager.people[extension], status=value)


# --- what the pager would refuse ---------------------------------------------------------------


@pytest.mark.parametrize(("typed", "verdict"), REFUSED)
async def test_what_the_pager_would_refuse_is_caught_before_it_is_asked(
    acme: Acme, typed: str, verdict: str
) -> None:
    """In the words of the refusal; no manager is told of an attempt, nothing is on record."""
    told = await acme.command(typed)
    assert said(told).startswith(verdict)
    await acme.work()
    assert not await acme.store.pages_of(ACME, DANA, 5)
    assert acme.sent() == []


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("102, 103: Fire", "Send without Casey Diaz"),
        ("102, 9001: Fire", "Send without Main menu"),
        ("102, night watch: Fire", "Send without Night Watch"),
        ("102, 103, 119: Fire", "Send without Casey Diaz and Lee Park"),
    ],
)
async def test_one_click_sends_to_the_rest(acme: Acme, typed: str, label: str) -> None:
    """To exactly the rest."""
    told = await acme.command(typed)
    await acme.press(button(told.content, label))
    await acme.work()
    assert [accepted.to for accepted in acme.pager.accepted] == [("102",)]


async def test_of_several_problems_each_is_said_before_somebody_is_left_out(acme: Acme) -> None:
    """A click leaves out whom it names, nobody else."""
    told = await acme.command("102, 103, 9001: Fire")
    told = await acme.press(button(told.content, "Send without Main menu"))
    assert said(told).startswith("Not sent. Extension 103 (Casey Diaz) is frozen")
    told = await acme.press(button(told.content, "Send without Casey Diaz"))
    await acme.work()
    assert [accepted.to for accepted in acme.pager.accepted] == [("102",)]


async def test_nobody_is_left_out_where_nobody_would_be_left(acme: Acme) -> None:
    """There is no rest to send to."""
    for typed, _ in REFUSED:
        labels = [each.label for each in buttons((await acme.command(typed)).content)]
        assert not [label for label in labels if label.startswith("Send without")]


async def test_an_author_who_knows_better_has_the_directory_read_again(acme: Acme) -> None:
    """Somebody unfrozen a minute ago is paged; somebody still frozen is named again."""
    told = await acme.command("103 Fire")
    told = await acme.press(button(told.content, "Check and resend"))
    assert said(told).startswith("Not sent. Extension 103 (Casey Diaz) is frozen")
    status(acme, "103", ExtensionStatus.ENABLED)
    told = await acme.press(button(told.content, "Check and resend"))
    assert "Sending" in said(told)
    await acme.work()
    assert [accepted.to for accepted in acme.pager.accepted] == [("103",)]


async def test_nobody_is_kept_from_being_paged_by_what_was_so_a_minute_ago(acme: Acme) -> None:
    """Before a page is kept back, the directory is read again."""
    status(acme, "103", ExtensionStatus.ENABLED)
    acme.clock.set(acme.clock.now() + timedelta(seconds=6))
    await acme.page("103 Fire")
    await acme.work()
    assert [accepted.to for accepted in acme.pager.accepted] == [("103",)]


@pytest.mark.parametrize("way", ["unread", "old"])
async def test_a_directory_that_may_be_out_of_date_refuses_nothing(acme: Acme, way: str) -> None:
    """The pager is asked; here it knows that Casey was unfrozen."""
    status(acme, "103", ExtensionStatus.ENABLED)
    if way == "unread":
        acme.pager.away = PagerUnavailableError()
        acme.clock.set(acme.clock.now() + timedelta(seconds=6))
    else:
        acme.directory._took_s = 60.0  # too long to wait for
        acme.clock.set(acme.clock.now() + timedelta(minutes=21))
    await acme.page("103 Fire")
    acme.pager.away = None
    await acme.work()
    assert [accepted.to for accepted in acme.pager.accepted] == [("103",)]


async def test_what_only_the_pager_knows_is_told_when_it_answers(acme: Acme) -> None:
    """Somebody frozen since the directory was read."""
    status(acme, "102", ExtensionStatus.FROZEN)
    await acme.page("102 Fire")
    await acme.work()
    assert acme.told().startswith("Not sent.")
    assert acme.sent() == []


async def test_the_status_message_names_whom_a_department_skips(acme: Acme) -> None:
    """RingCentral skips them without a word."""
    page = await acme.page("dba Fire")
    await acme.work()
    assert "Lee Park" in (await acme.status(page.ref)).text


async def test_programs_are_told_at_once() -> None:
    """Their order is not taken, with the same code as a refusal of the pager's."""
    async with running_acme(foresees=True, clients=(Client("ci", None),)) as acme:
        order = PageOrder(client="ci", key="k", digest="d", to=("103",), text="Fire")
        answer = await acme.core.orders.take(order)
        assert isinstance(answer, NotTaken)
        assert answer.code == "pager.recipient_unavailable"


# --- flagged departments -----------------------------------------------------------------------


@pytest.fixture
async def careful() -> AsyncIterator[Acme]:
    """Pages to the on-call leads are always asked about."""
    house = {"ask_before": ("On-call leads", "front-of-house")}
    aliases = {"front-of-house": ("401",), "leads": ("402",)}
    async with running_acme("101", house=house, aliases=aliases) as acme:
        yield acme


@pytest.mark.parametrize(
    "typed", ["402 Fire", "--now 402 Fire", "102, on-call leads: Fire", "leads Fire", "401 Fire"]
)
async def test_a_flagged_department_is_always_asked_about(careful: Acme, typed: str) -> None:
    """However few people it has, however it is named, whatever option is given."""
    told = await careful.command(typed)
    name = "Front Desk" if "401" in typed else "On-call leads"
    assert f"You're asked before every page to {name}" in said(told)
    await careful.work()
    assert careful.sent() == []
    await careful.press(next(b for b in buttons(told.content) if b.label.startswith("Page")))
    await careful.work()
    assert len(careful.sent()) == 1


async def test_the_answer_counts_once_and_only_from_its_author(careful: Acme) -> None:
    """Somebody else's click, and a second one, page nobody."""
    told = await careful.command("402 Fire")
    yes = next(each for each in buttons(told.content) if each.label.startswith("Page"))
    await careful.press(yes, by=AVERY)
    await careful.work()
    assert careful.sent() == []
    await careful.press(yes)
    await careful.press(yes)
    await careful.work()
    assert len(careful.sent()) == 1


async def test_others_are_not_asked_about(careful: Acme) -> None:
    """The gate is for whom the company named."""
    await careful.page("400 Fire")
    await careful.work()
    assert len(careful.sent()) == 1


async def test_forms_ask_as_well(careful: Acme) -> None:
    """The question comes where replies will be shown."""
    await careful.command("402")
    await careful.submit(careful.form, text="Fire")
    await careful.work()
    assert careful.sent() == []
    assert "You're asked before every page to On-call leads" in careful.told()


# --- taking it back ----------------------------------------------------------------------------


@pytest.fixture
async def patient() -> AsyncIterator[Acme]:
    """Everybody has five seconds to think again."""
    async with running_acme(house={"undo_s": 5.0}, clients=(Client("ci", None),)) as acme:
        yield acme


async def test_a_page_waits_so_long_and_goes_out_by_itself(patient: Acme) -> None:
    """Nobody has to press anything."""
    told = await patient.command("102 Fire")
    assert said(told).startswith("Sending in 5 seconds.")
    await patient.pass_time(4.9)
    assert patient.sent() == []
    await patient.pass_time(0.2)
    assert len(patient.sent()) == 1


async def test_it_can_be_taken_back_until_then(patient: Acme) -> None:
    """Nobody was paged; the same words may be sent again at once."""
    told = await patient.command("102 Fire")
    answer = await patient.press(button(told.content, "Cancel"))
    assert said(answer).startswith("Cancelled.")
    await patient.pass_time(60)
    assert patient.sent() == []
    assert (await patient.last_page()).state is PageState.CANCELLED
    again = await patient.command("102 Fire")
    assert said(again).startswith("Sending in 5 seconds.")


async def test_afterwards_it_is_too_late(patient: Acme) -> None:
    """And said so."""
    told = await patient.command("102 Fire")
    await patient.pass_time(6)
    answer = await patient.press(button(told.content, "Cancel"))
    assert said(answer).startswith("Too late to cancel")
    assert len(patient.sent()) == 1


async def test_only_its_author_takes_it_back(patient: Acme) -> None:
    """Somebody else's click changes nothing."""
    told = await patient.command("102 Fire")
    await patient.press(button(told.content, "Cancel"), by=BO)
    await patient.pass_time(6)
    assert len(patient.sent()) == 1


async def test_a_new_start_keeps_the_wait(patient: Acme) -> None:
    """The row is the schedule."""
    await patient.command("102 Fire")
    await patient.store.recover(patient.clock.now(), everything=True)
    await patient.work()
    assert patient.sent() == []
    await patient.pass_time(5)
    assert len(patient.sent()) == 1


async def test_a_form_tells_of_the_wait_in_private(patient: Acme) -> None:
    """With the same button."""
    await patient.command("102")
    await patient.submit(patient.form, text="Fire")
    await patient.step()
    await patient.press(patient.button("Cancel"))
    await patient.pass_time(10)
    assert patient.sent() == []


async def test_parts_wait_together(patient: Acme) -> None:
    """None goes ahead."""
    told = await patient.command("102 " + "word " * 300)
    await patient.press(next(b for b in buttons(told.content) if b.label.startswith("Send in")))
    await patient.pass_time(4.9)
    assert patient.sent() == []
    await patient.pass_time(2)
    assert len(patient.sent()) == 2


async def test_programs_do_not_wait(patient: Acme) -> None:
    """Nobody is there who would take it back."""
    order = PageOrder(client="ci", key="k", digest="d", to=("102",), text="Fire")
    await patient.core.orders.take(order)
    await patient.work()
    assert len(patient.sent()) == 1

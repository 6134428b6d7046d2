"""A message shows up after its absence was proved: it went out twice, and that is said."""

from gateway.domain.ids import ExtensionNumber
from gateway.domain.pages import Page
from gateway.ports.orders import PageOrder
from gateway.services.clients import Client
from tests.services.acme import ALARMS, Acme, running_acme

LATE_S = 45.0
"""Longer than any accepted message needs, as far as the policy knows."""
BO_CHEN = ExtensionNumber("102")


async def paged_twice(acme: Acme) -> Page:
    """Page somebody; the answer is lost, and the message shows up too late."""
    acme.pager.visible_after_s = LATE_S
    acme.pager.lose_next()
    page = await acme.page("102 Disk is full")
    await acme.pass_time(2 * LATE_S)
    assert len(acme.sent()) == 2
    return page


async def replied_twice(acme: Acme, page: Page, text: str = "on it") -> None:
    """Write in the thread of a page; the answer is lost, and the message shows up too late."""
    acme.pager.visible_after_s = LATE_S
    acme.pager.lose_next()
    await acme.reply(page, text)
    await acme.pass_time(2 * LATE_S)
    assert len(acme.sent(text)) == 2


async def lines(acme: Acme, page: Page) -> list[str]:
    return [message.text for message in await acme.shown(page.ref)]


async def test_second_copy_of_a_reply_is_nobodys_words(acme: Acme) -> None:
    """The thread says that it went out twice; the operators hear why, and what to do."""
    page = await acme.page("102 Disk is full")
    await acme.work()
    await replied_twice(acme, page)
    await acme.read()
    (told,) = await lines(acme, page)
    assert told.startswith("Sent twice.")
    assert "> on it\n" in told
    (alarm,) = acme.alarms()
    assert "gateway probe measures how late messages show up" in alarm
    (seen,) = acme.ears.events("pager.message_doubled")
    assert seen == {"mailbox": "104", "page_id": page.ref, "age_ms": 2 * LATE_S * 1000}


async def test_second_copy_of_a_page_is_told_of_once(acme: Acme) -> None:
    """However often the mailbox is read, and whatever else about this page goes out twice."""
    page = await paged_twice(acme)
    await acme.read()
    acme.pager.spoil_cursors()
    await acme.read()
    await replied_twice(acme, page)
    await acme.read()
    (told,) = await lines(acme, page)
    assert told.startswith("Sent twice.")
    assert "> Disk is full\n" in told
    assert len(acme.ears.events("pager.message_doubled")) == 2


async def test_who_answers_the_first_copy_is_heard(acme: Acme) -> None:
    """It is a conversation of its own, in the mailbox of whoever paged."""
    page = await paged_twice(acme)
    await acme.read()
    first, second = acme.pager.received(BO_CHEN)
    acme.pager.phone(BO_CHEN, "coming", reply_on=first.id)
    acme.pager.phone(BO_CHEN, "on my way", reply_on=second.id)
    acme.pager.visible_after_s = 0
    await acme.pass_time(LATE_S)
    await acme.read()
    assert (await lines(acme, page))[1:] == ["coming", "on my way"]


async def test_page_that_is_passed_on_is_no_second_copy(acme: Acme) -> None:
    """Not even of one that went out twice: what is answered to it stays private."""
    page = await paged_twice(acme)
    acme.pager.visible_after_s = 0
    acme.phone("104", f"Disk is full {page.ref}", to=("101",))
    acme.phone("101", "between us: I am ill")
    await acme.read()
    assert "between us" not in " ".join(await lines(acme, page))
    assert len(acme.ears.events("pager.message_doubled")) == 1


async def test_page_of_a_program_is_told_of_to_operators_alone() -> None:
    """It has no channel where anybody could read it."""
    async with running_acme(clients=(Client("ci", None),)) as acme:
        acme.pager.visible_after_s = LATE_S
        acme.pager.lose_next()
        await acme.core.orders.take(PageOrder("ci", "k", "d", ("102",), "Disk is full"))
        await acme.pass_time(2 * LATE_S)
        await acme.read()
        assert len(acme.sent()) == 2
        (posted,) = acme.chat.posted
        assert posted.channel == ALARMS

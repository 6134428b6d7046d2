"""What every company pager behind our port does; run on RingCentral's dialect and on the fake.

The real adapter talks HTTP to the embedded company pager. Both companies are the same.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import pytest
from typing_extensions import override

from gateway.domain.directory import Directory, ExtensionKind, ExtensionStatus
from gateway.domain.errors import (
    DepartmentSenderError,
    Disposition,
    EmptyDepartmentError,
    MessageTooLongError,
    NotAParticipantError,
    PagerAuthError,
    PagerError,
    PagerOutcomeUnknownError,
    PagerThrottledError,
    PagerUnavailableError,
    PagerUnknownRecipientError,
    RecipientUnavailableError,
    SenderMismatchError,
    ThreadTooOldError,
    WrongRecipientTypeError,
)
from gateway.domain.ids import ExtensionNumber, PagerMessageId
from gateway.domain.inbound import PagerMessage
from gateway.ports.pager import OutgoingPage, OutgoingReply, Pager, PeopleDirectory
from tests.adapters.ringcentral.company import Company, running_company
from tests.adapters.ringcentral.surroundings import real_time
from tests.fakes.clock import MovedClock
from tests.fakes.pager import FakePager, small_company

SENDERS = ("101", "102", "104", "400")
"""Beside the shared sender 700, people (and a department) we hold credentials for."""

GATEWAY, AVERY, BO, CASEY, DANA, LEE = map(
    ExtensionNumber, ("700", "101", "102", "103", "104", "119")
)
DBA, NIGHT_WATCH, MENU, NOBODY = map(ExtensionNumber, ("400", "405", "9001", "777"))


class House(Protocol):
    """A pager, and the hands that change the company behind it."""

    pager: Pager
    directory: PeopleDirectory
    clock: MovedClock

    async def freeze(self, number: ExtensionNumber) -> None: ...
    async def leave(self, department: ExtensionNumber, number: ExtensionNumber) -> None: ...
    async def join(self, department: ExtensionNumber, number: ExtensionNumber) -> None: ...
    async def age_threads(self) -> None: ...
    async def spoil_cursors(self) -> None: ...
    async def lose_answer(self) -> None: ...
    async def drop_request(self) -> None: ...
    async def hide_new(self, seconds: float) -> None: ...
    async def throttle(self) -> None: ...
    async def outage(self) -> None: ...
    async def sign_out(self, number: ExtensionNumber) -> None: ...


@dataclass
class FakeHouse(House):
    pager: FakePager
    clock: MovedClock
    directory: PeopleDirectory = field(init=False)

    def __post_init__(self) -> None:
        self.directory = self.pager

    @override
    async def freeze(self, number: ExtensionNumber) -> None:
        self.pager.set_status(number, ExtensionStatus.FROZEN)

    @override
    async def leave(self, department: ExtensionNumber, number: ExtensionNumber) -> None:
        self.pager.leave(department, number)

    @override
    async def join(self, department: ExtensionNumber, number: ExtensionNumber) -> None:
        self.pager.join(department, number)

    @override
    async def age_threads(self) -> None:
        self.pager.age_threads(timedelta(days=31))

    @override
    async def spoil_cursors(self) -> None:
        self.pager.spoil_cursors()

    @override
    async def lose_answer(self) -> None:
        self.pager.lose_next()

    @override
    async def drop_request(self) -> None:
        self.pager.drop_next()

    @override
    async def hide_new(self, seconds: float) -> None:
        self.pager.visible_after_s = seconds

    @override
    async def throttle(self) -> None:
        self.pager.fail_next(PagerThrottledError(retry_at=self.clock.now() + timedelta(minutes=1)))

    @override
    async def outage(self) -> None:
        self.pager.away = PagerUnavailableError()

    @override
    async def sign_out(self, number: ExtensionNumber) -> None:
        self.pager.fail_next(PagerAuthError(sender=number))


@dataclass
class RingCentralHouse(House):
    pager: Pager
    directory: PeopleDirectory
    clock: MovedClock
    company: Company

    @override
    async def freeze(self, number: ExtensionNumber) -> None:
        await self.company.admin("PATCH", f"extensions/{number}", status="Frozen")

    @override
    async def leave(self, department: ExtensionNumber, number: ExtensionNumber) -> None:
        await self.company.admin("DELETE", f"departments/{department}/members/{number}")

    @override
    async def join(self, department: ExtensionNumber, number: ExtensionNumber) -> None:
        await self.company.admin("PUT", f"departments/{department}/members/{number}")

    @override
    async def age_threads(self) -> None:
        await self.company.fault("age_thread", days=31)

    @override
    async def spoil_cursors(self) -> None:
        await self.company.fault("full_sync_needed")

    @override
    async def lose_answer(self) -> None:
        await self.company.fail_send("process_then_reset")

    @override
    async def drop_request(self) -> None:
        await self.company.fail_send("reset_before_read")

    @override
    async def hide_new(self, seconds: float) -> None:
        await self.company.fault("lag_visible", seconds=seconds)

    @override
    async def throttle(self) -> None:
        await self.company.fail_send("status", status=429, error_code="CMN-301", retry_after=60)

    @override
    async def outage(self) -> None:
        await self.company.fault("refuse", for_s=60.0)

    @override
    async def sign_out(self, number: ExtensionNumber) -> None:
        await self.company.fault(
            "status", status=401, error_code="OAU-141", match={"extension": number}
        )


@asynccontextmanager
async def ringcentral_house() -> AsyncIterator[House]:
    async with running_company() as company, company.open(*SENDERS) as pager:
        yield RingCentralHouse(pager, pager.directory, company.clock, company)


@pytest.fixture(params=["ringcentral", "fake"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    if request.param == "fake":
        clock = real_time()
        yield FakeHouse(small_company(clock, *SENDERS), clock)
        return
    async with ringcentral_house() as built:
        yield built


async def inbox(house: House, mailbox: ExtensionNumber) -> list[PagerMessage]:
    """What a mailbox has received, oldest first."""
    since = house.clock.now() - timedelta(days=1)
    synced = await house.pager.sync(mailbox, None, since)
    return [message for message in synced.messages if message.inbound]


async def sent(house: House, sender: ExtensionNumber) -> list[str]:
    """The texts a mailbox shows as sent lately."""
    now = house.clock.now()
    span = (now - timedelta(minutes=10), now + timedelta(minutes=10))
    return [message.text for message in await house.pager.sent_between(sender, *span)]


async def page(house: House, text: str, *to: ExtensionNumber) -> PagerMessageId:
    """Send from the shared sender; give its own copy's id."""
    return (await house.pager.send(OutgoingPage(GATEWAY, to, text))).message


# --- mailboxes ----------------------------------------------------------------------------------


async def test_the_shared_mailbox_comes_first_and_is_the_only_one(house: House) -> None:
    """The others belong to linked people."""
    mailboxes = await house.pager.mailboxes()
    assert [mailbox.extension for mailbox in mailboxes] == [GATEWAY, *SENDERS]
    assert [mailbox.shared for mailbox in mailboxes] == [True, False, False, False, False]
    assert mailboxes[0].name == "Pager Gateway"


# --- sending ------------------------------------------------------------------------------------


async def test_a_page_arrives_as_it_was_sent(house: House) -> None:
    """Text, sender and recipients; each mailbox has a copy of its own."""
    text = "Disk full on db-3 🔥\nsecond line pg_7K2M"
    receipt = await house.pager.send(OutgoingPage(GATEWAY, (AVERY, BO), text))
    (avery,) = await inbox(house, AVERY)
    assert (avery.text, avery.sender, avery.sender_name) == (text, GATEWAY, "Pager Gateway")
    assert (avery.to, avery.mailbox, avery.inbound) == ((BO,), AVERY, True)
    assert avery.id != receipt.message
    assert abs(avery.created_at - receipt.sent_at) < timedelta(seconds=5)


async def test_the_receipt_is_the_senders_own_copy(house: House) -> None:
    """Its ids are what the sender's mailbox shows."""
    receipt = await house.pager.send(OutgoingPage(GATEWAY, (AVERY,), "hello"))
    synced = await house.pager.sync(GATEWAY, None, house.clock.now() - timedelta(hours=1))
    (copy,) = synced.messages
    assert (copy.id, copy.conversation, copy.inbound) == (
        receipt.message,
        receipt.conversation,
        False,
    )
    assert copy.to == (AVERY,)


async def test_a_department_reaches_its_active_members_and_skips_the_others(house: House) -> None:
    """A mailing list: no error for the disabled member, one copy for who is named twice."""
    await page(house, "to the department", DBA, AVERY)
    for number in (AVERY, BO, DANA):
        assert [message.text for message in await inbox(house, number)] == ["to the department"]


async def test_a_sender_gets_no_copy_through_a_department(house: House) -> None:
    """Avery pages her own department."""
    await house.pager.send(OutgoingPage(AVERY, (DBA,), "colleagues"))
    assert await inbox(house, AVERY) == []
    assert len(await inbox(house, BO)) == 1


@pytest.mark.parametrize("inactive", [CASEY, LEE])
async def test_one_inactive_recipient_refuses_the_whole_page(
    house: House, inactive: ExtensionNumber
) -> None:
    """Frozen or disabled, named among others: nobody is paged."""
    with pytest.raises(RecipientUnavailableError) as caught:
        await page(house, "to both", AVERY, inactive)
    assert caught.value.disposition is Disposition.REFUSED
    assert set(caught.value.extensions) <= {inactive}
    assert await inbox(house, AVERY) == []


async def test_the_only_recipient_is_named_in_the_refusal(house: House) -> None:
    """Nobody else can be meant."""
    with pytest.raises(RecipientUnavailableError) as caught:
        await page(house, "to her", CASEY)
    assert caught.value.extensions == (CASEY,)


async def test_an_unknown_extension_refuses_the_page(house: House) -> None:
    """The number is ours to name."""
    with pytest.raises(PagerUnknownRecipientError) as caught:
        await page(house, "to nobody", NOBODY)
    assert caught.value.extension == NOBODY


async def test_a_menu_cannot_be_paged(house: House) -> None:
    """Neither person nor department."""
    with pytest.raises(WrongRecipientTypeError):
        await page(house, "to a menu", MENU)


async def test_a_department_without_members_cannot_be_paged(house: House) -> None:
    """Nobody would hear it."""
    with pytest.raises(EmptyDepartmentError) as caught:
        await page(house, "to the empty room", NIGHT_WATCH)
    assert caught.value.department == NIGHT_WATCH


async def test_a_department_cannot_send(house: House) -> None:
    """Not even with a credential of its own."""
    with pytest.raises(DepartmentSenderError) as caught:
        await house.pager.send(OutgoingPage(DBA, (AVERY,), "as the department"))
    assert caught.value.department == DBA
    assert await inbox(house, AVERY) == []


async def test_nobody_sends_without_a_credential(house: House) -> None:
    """Dana's colleague is not ours to speak for."""
    with pytest.raises(SenderMismatchError):
        await house.pager.send(OutgoingPage(ExtensionNumber("231"), (AVERY,), "as somebody"))


async def test_a_page_has_at_most_1024_utf16_units(house: House) -> None:
    """Characters outside the basic plane count two."""
    await page(house, "🔥" * 512, AVERY)
    with pytest.raises(MessageTooLongError):
        await page(house, "🔥" * 512 + "x", AVERY)
    assert len(await inbox(house, AVERY)) == 1


# --- replying -----------------------------------------------------------------------------------


async def test_a_reply_joins_the_conversation_on_both_sides(house: House) -> None:
    """Each mailbox keeps its own name for the conversation."""
    receipt = await house.pager.send(OutgoingPage(GATEWAY, (AVERY,), "question"))
    (question,) = await inbox(house, AVERY)
    answer = await house.pager.reply(OutgoingReply(AVERY, question.id, "answer"))
    (heard,) = await inbox(house, GATEWAY)
    assert (heard.text, heard.sender) == ("answer", AVERY)
    assert heard.conversation == receipt.conversation
    assert answer.conversation == question.conversation


async def test_a_reply_reaches_everybody_in_the_conversation(house: House) -> None:
    """The sender, and the department's members, except the one who replied."""
    await page(house, "question", DBA)
    (question,) = await inbox(house, AVERY)
    await house.pager.reply(OutgoingReply(AVERY, question.id, "answer"))
    for number in (GATEWAY, BO, DANA):
        assert (await inbox(house, number))[-1].text == "answer"
    assert len(await inbox(house, AVERY)) == 1


async def test_replies_keep_their_order(house: House) -> None:
    """Sent one after the other, shown in that order."""
    message = await page(house, "0", AVERY)
    for text in "123456789":
        await house.pager.reply(OutgoingReply(GATEWAY, message, text))
    assert [message.text for message in await inbox(house, AVERY)] == list("0123456789")


async def test_who_left_the_department_cannot_reply_until_back(house: House) -> None:
    """Membership is judged at the moment of the reply."""
    await page(house, "question", DBA)
    (question,) = await inbox(house, AVERY)
    reply = OutgoingReply(AVERY, question.id, "I was here")
    await house.leave(DBA, AVERY)
    with pytest.raises(NotAParticipantError) as caught:
        await house.pager.reply(reply)
    assert caught.value.sender == AVERY
    assert caught.value.disposition is Disposition.REFUSED
    await house.join(DBA, AVERY)
    await house.pager.reply(reply)
    assert [message.text for message in await inbox(house, GATEWAY)] == ["I was here"]


async def test_an_old_conversation_is_closed_for_replies(house: House) -> None:
    """A new one has to be begun."""
    message = await page(house, "long ago", AVERY)
    await house.age_threads()
    with pytest.raises(ThreadTooOldError):
        await house.pager.reply(OutgoingReply(GATEWAY, message, "still there?"))


async def test_a_message_that_is_not_in_the_mailbox_cannot_be_replied_to(house: House) -> None:
    """Somebody else's copy has another id; nothing is left to reply to."""
    message = await page(house, "hello", AVERY)
    with pytest.raises(ThreadTooOldError):
        await house.pager.reply(OutgoingReply(BO, message, "me too"))


# --- answers that never came --------------------------------------------------------------------


async def test_a_lost_answer_is_told_and_the_page_is_found(house: House) -> None:
    """It was sent, exactly once; nobody may say it was not."""
    await house.pager.mailboxes()
    await house.lose_answer()
    with pytest.raises(PagerOutcomeUnknownError) as caught:
        await page(house, "sent? pg_7K2M", AVERY)
    assert caught.value.disposition is Disposition.MAY_HAVE_BEEN_SENT
    assert await sent(house, GATEWAY) == ["sent? pg_7K2M"]


async def test_a_lost_request_is_told_the_same_and_the_page_is_absent(house: House) -> None:
    """From here the two look alike; only the mailbox knows."""
    await house.pager.mailboxes()
    await house.drop_request()
    with pytest.raises(PagerOutcomeUnknownError):
        await page(house, "sent? pg_7K2M", AVERY)
    assert await sent(house, GATEWAY) == []


async def test_a_lost_reply_is_found_too(house: House) -> None:
    """Replies are pages like any other."""
    message = await page(house, "question", AVERY)
    await house.lose_answer()
    with pytest.raises(PagerOutcomeUnknownError):
        await house.pager.reply(OutgoingReply(GATEWAY, message, "answer pg_7K2M"))
    assert await sent(house, GATEWAY) == ["question", "answer pg_7K2M"]


async def test_a_page_may_take_a_while_to_show(house: House) -> None:
    """The mailbox lags behind the answer."""
    await house.hide_new(10)
    await page(house, "hello", AVERY)
    assert await sent(house, GATEWAY) == []
    house.clock.move(11)
    assert await sent(house, GATEWAY) == ["hello"]


async def test_an_outage_refuses_nothing(house: House) -> None:
    """Nothing can be read, nothing is proved, and what is to be sent waits."""
    await house.pager.mailboxes()
    await house.outage()
    with pytest.raises(PagerError):
        await sent(house, GATEWAY)
    with pytest.raises(PagerUnavailableError) as caught:
        await page(house, "hello", AVERY)
    assert caught.value.disposition is Disposition.RETRY_LATER


async def test_too_fast_means_later(house: House) -> None:
    """Nothing was sent; at `retry_at` it goes."""
    await page(house, "first", AVERY)
    await house.throttle()
    with pytest.raises(PagerThrottledError) as caught:
        await page(house, "second", AVERY)
    assert caught.value.retry_at is not None
    assert caught.value.disposition is Disposition.RETRY_LATER
    house.clock.move((caught.value.retry_at - house.clock.now()).total_seconds())
    await page(house, "second", AVERY)
    assert await sent(house, GATEWAY) == ["first", "second"]


async def test_how_much_a_sender_may_send_is_known(house: House) -> None:
    """A first guess before anything was asked; never nothing."""
    assert house.pager.per_minute(GATEWAY) > 0
    await page(house, "first", AVERY)
    assert house.pager.per_minute(GATEWAY) > 0


async def test_a_sender_who_is_signed_out_can_try_later(house: House) -> None:
    """Somebody has to do something; the page waits."""
    await house.pager.mailboxes()
    await house.sign_out(AVERY)
    with pytest.raises(PagerAuthError) as caught:
        await house.pager.send(OutgoingPage(AVERY, (BO,), "hello"))
    assert caught.value.disposition is Disposition.RETRY_LATER
    assert caught.value.sender == AVERY


async def test_senders_do_not_wait_for_each_other(house: House) -> None:
    """Everybody at once."""
    pages = [OutgoingPage(ExtensionNumber(n), (GATEWAY,), f"from {n}") for n in SENDERS[:3]]
    await asyncio.gather(*map(house.pager.send, pages))
    texts = {message.text for message in await inbox(house, GATEWAY)}
    assert texts == {"from 101", "from 102", "from 104"}


# --- what was sent ------------------------------------------------------------------------------


async def test_sent_between_shows_this_senders_pages_of_that_span_only(house: House) -> None:
    """Oldest first; nothing received, nothing of others, nothing outside the span."""
    await page(house, "before", AVERY)
    house.clock.move(100)
    start = house.clock.now() - timedelta(seconds=10)
    for text in ("one", "two"):
        await page(house, text, AVERY)
        house.clock.move(2)
    await house.pager.send(OutgoingPage(AVERY, (GATEWAY,), "of another"))
    end = house.clock.now()
    house.clock.move(100)
    await page(house, "after", AVERY)
    found = await house.pager.sent_between(GATEWAY, start, end)
    assert [message.text for message in found] == ["one", "two"]
    assert all(not message.inbound and message.to == (AVERY,) for message in found)


async def test_sent_between_is_complete(house: House) -> None:
    """A storm of pages, more than any answer holds at once."""
    for n in range(230):
        await page(house, f"page {n}", AVERY)
    assert sorted(await sent(house, GATEWAY)) == sorted(f"page {n}" for n in range(230))


# --- syncing ------------------------------------------------------------------------------------


async def test_a_cursor_leads_to_what_is_new(house: House) -> None:
    """Overlaps are allowed, gaps are not."""
    since = house.clock.now() - timedelta(hours=1)
    await page(house, "old", AVERY)
    house.clock.move(60)
    first = await house.pager.sync(AVERY, None, since)
    house.clock.move(60)
    await page(house, "new", AVERY)
    second = await house.pager.sync(AVERY, first.cursor, since)
    third = await house.pager.sync(AVERY, second.cursor, since)
    assert [message.text for message in first.messages] == ["old"]
    assert [message.text for message in second.messages] == ["new"]
    assert {message.text for message in third.messages} <= {"new"}
    assert (first.reset, second.reset, third.reset) == (False, False, False)


async def test_a_first_sync_begins_where_it_is_told(house: House) -> None:
    """What is older stays unread."""
    await page(house, "old", AVERY)
    house.clock.move(600)
    await page(house, "new", AVERY)
    synced = await house.pager.sync(AVERY, None, house.clock.now() - timedelta(minutes=5))
    assert [message.text for message in synced.messages] == ["new"]


async def test_a_first_sync_is_complete(house: House) -> None:
    """However many there are."""
    for n in range(320):
        await page(house, f"page {n}", AVERY)
    synced = await house.pager.sync(AVERY, None, house.clock.now() - timedelta(hours=1))
    assert [message.text for message in synced.messages] == [f"page {n}" for n in range(320)]


async def test_a_sync_shows_both_directions(house: House) -> None:
    """People also write from their phones."""
    await house.pager.send(OutgoingPage(AVERY, (BO,), "out"))
    await house.pager.send(OutgoingPage(BO, (AVERY,), "in"))
    synced = await house.pager.sync(AVERY, None, house.clock.now() - timedelta(hours=1))
    assert {(message.text, message.inbound) for message in synced.messages} == {
        ("out", False),
        ("in", True),
    }


async def test_an_unusable_cursor_is_healed_by_reading_everything(house: House) -> None:
    """Nothing is missing, and the reset is told."""
    since = house.clock.now() - timedelta(hours=1)
    await page(house, "before", AVERY)
    first = await house.pager.sync(AVERY, None, since)
    await page(house, "after", AVERY)
    await house.spoil_cursors()
    healed = await house.pager.sync(AVERY, first.cursor, since)
    assert [message.text for message in healed.messages] == ["before", "after"]
    assert healed.reset
    again = await house.pager.sync(AVERY, healed.cursor, since)
    assert not again.reset


async def test_a_cursor_of_another_make_is_healed_too(house: House) -> None:
    """Whatever was stored by an older version, or for another pager."""
    await page(house, "hello", AVERY)
    synced = await house.pager.sync(AVERY, "nonsense", house.clock.now() - timedelta(hours=1))
    assert [message.text for message in synced.messages] == ["hello"]
    assert synced.reset


# --- the directory ------------------------------------------------------------------------------


async def test_the_directory_has_everybody_with_kind_and_status(house: House) -> None:
    """People, departments, and what is neither."""
    directory = Directory(await house.directory.load())
    kinds = {number: directory.extension(number) for number in (AVERY, CASEY, LEE, DBA, MENU)}
    assert {number: (e.kind, e.status) for number, e in kinds.items() if e} == {
        AVERY: (ExtensionKind.PERSON, ExtensionStatus.ENABLED),
        CASEY: (ExtensionKind.PERSON, ExtensionStatus.FROZEN),
        LEE: (ExtensionKind.PERSON, ExtensionStatus.DISABLED),
        DBA: (ExtensionKind.DEPARTMENT, ExtensionStatus.ENABLED),
        MENU: (ExtensionKind.OTHER, ExtensionStatus.ENABLED),
    }
    assert len(directory.extensions) == 15


async def test_the_directory_has_all_members_of_a_department(house: House) -> None:
    """Active or not: who is skipped can be told beforehand."""
    directory = Directory(await house.directory.load())
    department = directory.department(DBA)
    assert department is not None
    assert set(department.members) == {AVERY, BO, DANA, LEE}
    assert [member.number for member in directory.inactive_members(department)] == [LEE]
    empty = directory.department(NIGHT_WATCH)
    assert empty is not None
    assert empty.members == ()


async def test_the_directory_follows_the_company(house: House) -> None:
    """People freeze, leave and join."""
    await house.freeze(AVERY)
    await house.leave(DBA, BO)
    await house.join(NIGHT_WATCH, BO)
    snapshot = await house.directory.load()
    directory = Directory(snapshot)
    avery = directory.extension(AVERY)
    assert avery is not None
    assert avery.status is ExtensionStatus.FROZEN
    assert {d.number for d in directory.departments_of(BO)} == {NIGHT_WATCH, ExtensionNumber("402")}
    assert isinstance(snapshot.taken_at, datetime)

"""What only an operator can mend reaches them: once per matter, never in silence."""

import pytest

from gateway.domain.errors import (
    EmptyDepartmentError,
    NotAParticipantError,
    PagerAuthError,
    PagerError,
    PagerOutcomeUnknownError,
    PagerRejectedError,
    PagerUnavailableError,
    PermissionKind,
    PermissionMissingError,
    SenderMismatchError,
)
from gateway.domain.ids import ExtensionNumber
from tests.services.acme import BO, DANA, Acme, running_acme, said


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (PagerAuthError("OAU-213", "trace-1", "104"), "has to sign in again"),
        (SenderMismatchError("MSG-331"), "doesn't accept 104 as sender"),
        (PermissionMissingError("CMN-401", kind=PermissionKind.APP), "may not send pages"),
        (PagerRejectedError("XYZ-999"), "`XYZ-999`"),
        (EmptyDepartmentError(department="405"), "can be paged"),
    ],
)
async def test_operators_hear_of_what_they_can_mend(
    acme: Acme, trouble: PagerError, words: str
) -> None:
    """With the code, in their channel."""
    acme.pager.fail_next(trouble)
    page = await acme.page("102 Fire")
    await acme.work()
    (alarm,) = acme.alarms()
    assert words in alarm.replace("XYZ-999", "`XYZ-999`")
    assert page.ref in alarm


async def test_operators_hear_of_what_was_kept_back_too() -> None:
    """Where it was foreseen the pager says nothing; once an hour is enough for one department."""
    async with running_acme(foresees=True) as acme:
        for _ in range(3):
            assert "no active members" in said(await acme.command("night watch Fire"))
        await acme.command("103 Fire")
        await acme.work()
        (alarm,) = acme.alarms()
        assert "Nobody in department 405 can be paged." in alarm


@pytest.mark.parametrize(
    "trouble",
    [PermissionMissingError("CMN-408", kind=PermissionKind.PERSON), PagerUnavailableError()],
)
async def test_operators_are_spared_what_is_not_theirs(acme: Acme, trouble: PagerError) -> None:
    """An author's own matter, an outage that passes."""
    acme.pager.fail_next(trouble)
    await acme.page("102 Fire")
    await acme.work()
    assert acme.alarms() == []


async def test_a_sender_that_cannot_sign_in_is_said_once_an_hour(acme: Acme) -> None:
    """However many pages wait for it, and however often they are tried."""
    acme.pager.away = PagerAuthError("OAU-213", "trace-1", "104")
    for number in ("101", "102", "110"):
        await acme.page(f"{number} Fire")
    await acme.pass_time(1500)
    assert len(acme.alarms()) == 1


async def test_another_sender_is_another_matter(acme: Acme) -> None:
    """Each has a credential of its own."""
    acme.pager.away = PagerAuthError()
    await acme.page("102 Fire")
    await acme.page("102 Fire", by=BO)
    await acme.pass_time(60)
    assert len(acme.alarms()) == 2


async def test_a_page_that_is_held_is_said_once(acme: Acme) -> None:
    """Its author decides; somebody should know that they were asked."""
    acme.pager.unreadable = PagerOutcomeUnknownError()
    acme.pager.drop_next()
    await acme.page("102 Fire")
    await acme.pass_time(1000)
    assert len([alarm for alarm in acme.alarms() if "not sure a page was sent" in alarm]) == 1


async def test_a_page_that_was_given_up_is_said(acme: Acme) -> None:
    """It stands among the dead letters."""
    acme.pager.away = PagerUnavailableError()
    await acme.page("102 Fire")
    await acme.pass_time(2000)
    assert any("dead letters" in alarm for alarm in acme.alarms())
    assert len(await acme.store.dead_letters(5)) == 1


async def test_a_shared_sender_that_was_removed_is_said(acme: Acme) -> None:
    """People cannot mend that; who speaks for themselves can."""
    page = await acme.page("102 Fire", by=BO)
    await acme.work()
    acme.pager.fail_next(NotAParticipantError(sender=ExtensionNumber("700")))
    await acme.reply(page, "on it", by=BO)
    await acme.work()
    assert any("700 was removed" in alarm for alarm in acme.alarms())
    assert "nothing to fix on your side" in acme.told(BO)


async def test_somebody_who_cannot_be_told_is_said(acme: Acme) -> None:
    """Nothing that was to be told is dropped in silence."""
    acme.chat.unreachable.add(DANA)
    page = await acme.page("103 Fire")
    await acme.work()
    (alarm,) = acme.alarms()
    assert "couldn't be told" in alarm
    assert page.ref in alarm


async def test_without_a_channel_the_log_has_it(acme: Acme) -> None:
    """At a level somebody looks at."""
    operators = acme.core.dispatcher.consequences.operators
    object.__setattr__(operators, "channel", None)
    acme.pager.fail_next(PagerRejectedError())
    await acme.page("102 Fire")
    await acme.work()
    assert acme.alarms() == []
    assert [facts["key"] for facts in acme.ears.events("operators.alarmed")] == [
        "ops.pager_rejected"
    ]


async def test_no_fact_of_the_log_names_or_quotes_anybody(acme: Acme) -> None:
    """Neither words nor names: references and codes are enough."""
    page = await acme.page("102, 103: Secret words")
    await acme.work()
    await acme.press(acme.button("Send without Casey Diaz"))
    await acme.work()
    page = await acme.last_page()
    acme.phone("102", "Secret answer")
    await acme.read()
    await acme.reply(page, "Secret reply", by=BO)
    await acme.pass_time(60)
    log = repr(acme.ears.heard)
    for secret in ("Secret", "Dana", "Bo Chen", "Casey"):
        assert secret not in log


async def test_every_event_is_a_noun_and_what_happened_to_it(acme: Acme) -> None:
    """`noun.past_verb`, so that logs read alike."""
    await acme.page("102 Fire")
    await acme.pass_time(10)
    for event, _ in acme.ears.heard:
        noun, _, verb = event.partition(".")
        assert noun.isalpha()
        assert verb.replace("_", "").isalpha()


async def test_threads_that_the_chat_never_told_of_are_an_alarm(acme: Acme) -> None:
    """Each message is counted, operators hear once an hour; what was heard in time is no alarm."""
    page = await acme.page("102 Fire")
    await acme.work()
    heard = await acme.reply(page, "on it", key="told")
    await acme.reply(page, "on it", key="told", message=heard, untold=True)
    assert not acme.ears.events("threads.unheard")
    await acme.reply(page, "really", untold=True)
    await acme.reply(page, "// among us", untold=True)
    await acme.work()
    (alarm,) = acme.alarms()
    assert "didn't tell the gateway" in alarm
    assert acme.ears.events("threads.unheard") == [{"page_id": page.ref}] * 2
    acme.clock.move(3600)
    await acme.reply(page, "still", untold=True)
    await acme.work()
    assert len(acme.alarms()) == 2

"""Who joins late asks on the pager for what was said, and reads it alone."""

import pytest

from gateway.domain.directory import ExtensionStatus
from gateway.domain.errors import PagerRejectedError
from gateway.domain.ids import ExtensionNumber
from gateway.domain.pager_text import PAGE_LIMIT, utf16_length
from gateway.domain.pages import Page
from tests.services.acme import LOBBY, Acme, running_acme
from tests.services.test_replies import LONG, paged

N = ExtensionNumber


async def talked(acme: Acme) -> Page:
    """Page DBA, and let both sides talk; one word of it stays in Slack."""
    page = await paged(acme)
    await acme.read()
    acme.phone("102", "looking")
    await acme.read()
    await acme.reply(page, "// he never looks")
    await acme.reply(page, "thanks")
    await acme.work()
    return page


def answers(acme: Acme, number: str) -> list[str]:
    """List what somebody was sent alone."""
    return [each.text for each in acme.pager.accepted if each.to == (N(number),)]


async def asks(acme: Acme, number: str, text: str) -> None:
    """Write into the conversation from a phone, and let it be heard."""
    acme.phone(number, text)
    await acme.read()


@pytest.mark.parametrize("word", ["last", "History", " LAST ", "last?", "last 5"])
async def test_who_asks_in_the_conversation_is_told_alone(acme: Acme, word: str) -> None:
    """What both sides said, oldest first, with times and names."""
    page = await talked(acme)
    await asks(acme, "102", word)
    (answer,) = answers(acme, "102")
    title, *lines = answer.splitlines()
    assert title == "The last 3 messages:"
    assert [line[6:] for line in lines] == [
        "Dana Lee: Disk is full",
        "Bo Chen: looking",
        f"Dana Lee: thanks {page.ref}",
    ]


async def test_notes_and_what_was_never_sent_stay_in_slack(acme: Acme) -> None:
    """A refused reply was said to nobody."""
    page = await talked(acme)
    acme.pager.fail_next(PagerRejectedError())
    await acme.reply(page, "refused words")
    await acme.work()
    await asks(acme, "102", "last 10")
    (answer,) = answers(acme, "102")
    assert "he never looks" not in answer
    assert "refused words" not in answer


async def test_the_thread_knows_that_somebody_asked(acme: Acme) -> None:
    """The question itself is no reply; the answer is no part of the conversation."""
    page = await talked(acme)
    await asks(acme, "102", "last")
    shown = [message.text for message in await acme.shown(page.ref)]
    assert any("Bo Chen asked for the last messages" in text for text in shown)
    assert "last" not in shown
    before = acme.pager.accepted[0].conversation
    await acme.reply(page, "one more thing")
    await acme.work()
    assert acme.pager.accepted[-1].conversation == before


async def test_somebody_new_asks_from_elsewhere_by_reference(acme: Acme) -> None:
    """A member of today has a place in it, though no message of it is on their phone."""
    page = await talked(acme)
    acme.pager.join(N("400"), N("103"))
    acme.pager.set_status(N("103"), ExtensionStatus.ENABLED)
    acme.phone("103", f"last 2 {page.ref.lower()}", to=("700",))
    await acme.read()
    (answer,) = answers(acme, "103")
    assert answer.startswith("The last 2 messages:")
    assert not [m for m in acme.chat.posted if m.channel == LOBBY]


async def test_who_does_not_belong_to_it_is_not_answered(acme: Acme) -> None:
    """Neither somebody from outside nor somebody who was removed; it is talk like any other."""
    page = await talked(acme)
    acme.pager.leave(N("400"), N("102"))
    await acme.directory.refresh()
    for number in ("103", "102"):
        acme.phone(number, f"last {page.ref}", to=("700",))
    await acme.read()
    assert answers(acme, "103") + answers(acme, "102") == []
    assert len([m for m in acme.chat.posted if m.channel == LOBBY and m.root is None]) == 2


async def test_who_was_removed_after_asking_is_not_answered(acme: Acme) -> None:
    """Membership is looked at when the answer is made, not when the question was."""
    await talked(acme)
    acme.phone("102", "last")
    acme.pager.leave(N("400"), N("102"))
    await acme.directory.refresh()
    await acme.read()
    assert answers(acme, "102") == []


async def test_an_unknown_reference_is_ordinary_talk(acme: Acme) -> None:
    """Nobody learns from us which references exist."""
    await talked(acme)
    acme.phone("102", "last pg_ZZZZZZ", to=("700",))
    await acme.read()
    assert answers(acme, "102") == []


async def test_the_answer_is_one_message_within_the_limit(acme: Acme) -> None:
    """The newest words that fit; a long one is shortened."""
    page = await talked(acme)
    for n in range(12):
        await acme.reply(page, f"{n} 👩\u200d🚒 {LONG}")
    await acme.pass_time(30)
    await asks(acme, "102", "last 99")
    (answer,) = answers(acme, "102")
    assert utf16_length(answer) <= PAGE_LIMIT
    assert "The last 3 messages:" in answer


async def test_asking_again_at_once_is_answered_once(acme: Acme) -> None:
    """A minute later again."""
    await talked(acme)
    there = acme.pager.newest(N("102")).id

    async def ask() -> None:
        acme.pager.phone(N("102"), "last", reply_on=there)
        await acme.read()

    for _ in range(3):
        await ask()
    assert len(answers(acme, "102")) == 1
    await acme.pass_time(60)
    await ask()
    assert len(answers(acme, "102")) == 2


@pytest.mark.parametrize("text", ["last week", "the last one", "history of it", "lastly"])
async def test_other_words_are_words(acme: Acme, text: str) -> None:
    """They go to the thread."""
    page = await talked(acme)
    await asks(acme, "102", text)
    assert answers(acme, "102") == []
    assert (await acme.shown(page.ref))[-1].text == text


async def test_a_conversation_that_began_on_the_pager_has_a_beginning_too() -> None:
    """Its first message was nobody's page."""
    async with running_acme() as acme:
        acme.phone("102", "Is anybody there?", to=("700", "101"))
        await acme.read()
        await asks(acme, "101", "last")
        (answer,) = answers(acme, "101")
        assert "Bo Chen: Is anybody there?" in answer

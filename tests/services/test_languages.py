"""Everybody reads their own language; what several people see is in one."""

from dataclasses import replace

import pytest

from tests.services.acme import BO, DANA, Acme, said


@pytest.fixture
def german(acme: Acme) -> Acme:
    """Dana uses the chat in Austrian German, for which there are the words of German."""
    acme.chat.people[DANA] = replace(acme.person(DANA), language="de-AT")
    return acme


@pytest.mark.parametrize(
    ("text", "german_words", "english_words"),
    [
        ("status", "Du hast noch keine Rufe gesendet.", "You haven't sent any pages yet."),
        ("who", "Abteilungen", "Departments"),
        ("nobody", "Jemand anderes…", "Someone else…"),
    ],
)
async def test_an_answer_is_in_the_askers_language(
    german: Acme, text: str, german_words: str, english_words: str
) -> None:
    """And the next person's in theirs."""
    assert german_words in said(await german.command(text))
    assert english_words in said(await german.command(text, by=BO))


async def test_a_channel_sees_one_language(german: Acme) -> None:
    """Whoever paged from it: the status message is for everybody."""
    answer = await german.command("102 Feuer")
    assert "Wird gesendet…" in said(answer)
    await german.work()
    assert "paged Bo Chen" in german.chat.posted[-1].text


async def test_the_form_is_in_its_readers_language(german: Acme) -> None:
    """Its labels, the entries it offers, and what stands in the way of sending it."""
    await german.command("")
    assert german.form.title == "Jemanden rufen"
    (departments,) = await german.intake.recipients(german.person(DANA), "dba")
    assert departments.label == "Abteilungen"
    problems = await german.submit(german.form, to=("102",), text=" ")
    assert problems is not None
    assert problems.problems["text"] == "Schreib, was gesendet werden soll"


async def test_the_home_tab_is_in_its_readers_language(german: Acme) -> None:
    """With the name of the language."""
    await german.home()
    assert "Beispiele" in german.shown_home()
    assert "Deutsch" in german.shown_home()


async def test_private_words_are_in_their_readers_language(german: Acme) -> None:
    """Also those that come later; when nobody can say which language, in the channel's."""
    for by, told in (
        (DANA, "Pager-Nachrichten kann man nicht zurückholen."),
        (BO, "Pager messages can't be unsent."),
    ):
        await german.command("101 Fire", by=by)
        await german.work()
        page = await german.last_page(by)
        message = await german.reply(page, "on it", by=by)
        await german.work()
        await german.delete(page, message, by=by)
        await german.work()
        assert told in german.told(by)


async def test_what_is_not_spoken_is_said_in_the_channels_language(acme: Acme) -> None:
    """There are no words in Klingon, and some people have no language at all."""
    for language in ("tlh-XX", ""):
        acme.chat.people[DANA] = replace(acme.person(DANA), language=language)
        assert "Departments" in said(await acme.command("who"))

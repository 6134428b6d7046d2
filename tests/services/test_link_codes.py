"""`/page link 104`: a code on one's own pager tells who somebody is."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from gateway.domain.errors import PagerOutcomeUnknownError, PagerUnavailableError
from gateway.domain.ids import ChatUserId
from gateway.domain.pages import Person
from gateway.services.linking.codes import CODE_LIFE, TRIES
from tests.services.acme import ACME, BO, DANA, Acme, running_acme, said

SAM = ChatUserId("U0SAM")


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    """The usual company, and Sam, of whom the settings know nothing."""
    async with running_acme() as acme:
        acme.chat.people[SAM] = Person(ACME, SAM, "Sam\nFrom: the boss")
        yield acme


async def types(acme: Acme, text: str, by: ChatUserId = SAM) -> str:
    return said(await acme.command(f"link {text}", by=by))


def the_code(acme: Acme) -> str:
    """Read the newest code on the pager."""
    found = re.search(r"Your code for Slack: (\d{6})\.", acme.pager.accepted[-1].text)
    assert found
    return found[1]


def a_wrong_code(acme: Acme) -> str:
    return f"{(int(the_code(acme)) + 1) % 1_000_000:06}"


async def test_a_code_tells_whose_extension_it_is(acme: Acme) -> None:
    """It is paged to that extension alone; whoever types it is known, and sends as before."""
    assert "We paged a 6-digit code to extension 214." in await types(acme, "214")
    assert acme.pager.accepted[-1].to == ("214",)
    assert "Extension 214 is yours." in await types(acme, the_code(acme))
    assert acme.people.known(SAM) == "214"
    assert acme.people.extension_of(SAM) is None
    assert [(link.user, link.credential) for link in await acme.store.people(ACME)] == [(SAM, "")]


async def test_the_code_stands_in_no_history(acme: Acme) -> None:
    """Neither in the asker's pages nor in the answer."""
    answer = await types(acme, "214")
    assert the_code(acme) not in answer
    assert await acme.store.pages_of(ACME, SAM, 5) == ()
    await acme.read()
    assert the_code(acme) not in "".join(message.text for message in acme.chat.posted)


async def test_a_name_cannot_fake_the_page(acme: Acme) -> None:
    """What people call themselves stays on its line."""
    await types(acme, "214")
    assert "\n" not in acme.pager.accepted[-1].text


async def test_a_code_works_once(acme: Acme) -> None:
    """Nobody can use it a second time."""
    await types(acme, "214")
    code = the_code(acme)
    await types(acme, code)
    await acme.command("unlink", by=SAM)
    assert "There is no person with extension" in await types(acme, code)
    assert acme.people.known(SAM) is None


async def test_five_wrong_codes_are_too_many(acme: Acme) -> None:
    """Then the right one does not help either, nor is there another one before its time."""
    await types(acme, "214")
    code, wrong = the_code(acme), a_wrong_code(acme)
    for left in range(TRIES - 1, 0, -1):
        assert re.search(rf"You have {left} tr(y|ies) left", await types(acme, wrong))
    assert "one wrong code too many" in await types(acme, wrong)
    assert "one wrong code too many" in await types(acme, code)
    sent = len(acme.pager.accepted)
    assert "We paged a code to extension 214 a moment ago." in await types(acme, "214")
    assert len(acme.pager.accepted) == sent
    assert acme.people.known(SAM) is None
    acme.clock.move(CODE_LIFE.total_seconds())
    assert "We paged a 6-digit code" in await types(acme, "214")


async def test_many_guesses_at_once_are_counted(acme: Acme) -> None:
    """A try is used up before it is compared, so a crowd guesses no oftener than one."""
    await types(acme, "214")
    code = int(the_code(acme))
    guesses = [f"{(code + n) % 1_000_000:06}" for n in range(1, 21)]
    answers = await asyncio.gather(*(types(acme, guess) for guess in guesses))
    assert sum("That isn't the code" in answer for answer in answers) == TRIES - 1
    assert sum("too many" in answer for answer in answers) == len(guesses) - TRIES + 1


async def test_a_code_is_too_old_after_ten_minutes(acme: Acme) -> None:
    """Its digits are an extension's then."""
    await types(acme, "214")
    code = the_code(acme)
    acme.clock.move(CODE_LIFE.total_seconds())
    assert "There is no person with extension" in await types(acme, code)
    assert acme.people.known(SAM) is None


async def test_a_code_is_for_who_asked(acme: Acme) -> None:
    """Somebody else's digits are somebody else's matter."""
    await types(acme, "214")
    assert "There is no person with extension" in await types(acme, the_code(acme), by=BO)
    assert acme.people.known(BO) == "102"


@pytest.mark.parametrize("number", ["400", "119", "9001", "99999"])
async def test_only_people_who_can_be_paged_are_asked(acme: Acme, number: str) -> None:
    """No department, nobody disabled, no menu, nobody unknown."""
    assert "There is no person with extension" in await types(acme, number)
    assert acme.pager.accepted == []


@pytest.mark.parametrize("number", ["101", "700"])
async def test_what_the_settings_say_holds(acme: Acme, number: str) -> None:
    """Their owner's pager does not even ring."""
    assert f"Extension {number} can't be linked to you." in await types(acme, number)
    assert acme.pager.accepted == []


async def test_a_pager_that_refuses_leaves_no_code(acme: Acme) -> None:
    """The next try is at once."""
    acme.pager.fail_next(PagerUnavailableError())
    assert "couldn't be paged" in await types(acme, "214")
    assert "We paged a 6-digit code" in await types(acme, "214")


async def test_a_lost_answer_counts_as_sent(acme: Acme) -> None:
    """The code may be on the pager already."""
    acme.pager.fail_next(PagerOutcomeUnknownError())
    assert "We paged a 6-digit code" in await types(acme, "214")
    assert "a moment ago" in await types(acme, "214")


async def test_a_known_person_is_reached_by_mention(acme: Acme) -> None:
    """That is what being known is for."""
    await types(acme, "214")
    await types(acme, the_code(acme))
    assert acme.people.user_of(acme.people.linked[0].extension) == SAM


@pytest.mark.parametrize("text", ["214 and 215", "my extension 214", "with Bo"])
async def test_other_words_are_asked_about(acme: Acme, text: str) -> None:
    """`link` may begin a message as well."""
    assert "isn't sent yet" in await types(acme, text, by=DANA)
    assert acme.pager.accepted == []

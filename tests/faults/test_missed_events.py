"""Slack does not tell everything; what it did not is read afterwards, once."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.faults.company import Company, running_company
from tests.faults.senders import Said, Senders
from tests.faults.serving import serving
from tests.faults.waiting import until

LOOKS_EVERY_S = 600.0


async def _goes_deaf(company: Company) -> None:
    """From now on no message is told to us."""
    await company.slack_door.post(
        "faults", {"verb": "drop_event", "method": "message", "times": None}
    )


async def _read_on_phone(company: Company) -> list[str]:
    """Give what Bo's phone shows of replies, in its order."""
    return [m["text"] for m in await company.pager_door.phone("102") if "water" not in m["text"]]


def _shows(company: Company, *replies: Said) -> Callable[[], Awaitable[bool | None]]:
    """Ask whether Bo's phone shows these, in this order, each once, and no other."""

    async def shown() -> bool | None:
        texts = await _read_on_phone(company)
        found = [next((r for r in replies if r.token in text), None) for text in texts]
        return True if found == list(replies) else None

    return shown


async def test_replies_that_slack_never_told_of_go_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the next look, in order; what was heard before is not said again."""
    async with running_company(tmp_path) as company, serving(company, monkeypatch) as served:
        senders = Senders(company)
        talk = await senders.page("U0DANA", "102", "C0PERSON")
        heard = await senders.say("U0DANA", talk)
        await until(_shows(company, heard), "the reply that was heard")
        await until(served.witness.has_seen("threads.read"), "the first look")
        await _goes_deaf(company)
        missed = [await senders.say("U0DANA", talk), await senders.say("U0AVERY", talk)]
        await company.slack_door.heal()
        await served.advance(LOOKS_EVERY_S)
        await until(_shows(company, heard, *missed), "the replies that were not")
        await until(served.witness.has_seen("threads.unheard", 2), "the alarm")
        looks = served.witness.seen.count("threads.read")
        await served.advance(LOOKS_EVERY_S)
        await until(served.witness.has_seen("threads.read", looks + 1), "another look")
        assert await _shows(company, heard, *missed)()


async def test_replies_written_while_we_were_away_go_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start reads first what was written since the last look, however long that is ago."""
    async with running_company(tmp_path) as company:
        senders = Senders(company)
        async with serving(company, monkeypatch) as served:
            talk = await senders.page("U0DANA", "102", "C0PERSON")
            await senders.root(talk)
            await until(served.witness.has_seen("threads.read"), "the first look")
        await _goes_deaf(company)
        missed = [await senders.say("U0DANA", talk), await senders.say("U0AVERY", talk)]
        await company.slack_door.heal()
        async with serving(company, monkeypatch):
            await until(_shows(company, *missed), "the missed replies")


async def test_notes_stay_in_the_chat_when_they_are_read_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever way a message comes, it is treated as one that comes in time."""
    async with running_company(tmp_path) as company, serving(company, monkeypatch) as served:
        senders = Senders(company)
        talk = await senders.page("U0DANA", "102", "C0PERSON")
        root = await senders.root(talk)
        await until(served.witness.has_seen("threads.read"), "the first look")
        await _goes_deaf(company)
        note = {"user": "U0DANA", "channel": talk.channel, "text": "// not for pagers"}
        await company.slack_door.post("messages", {**note, "thread_ts": root})
        missed = await senders.say("U0AVERY", talk)
        await company.slack_door.heal()
        await served.advance(LOOKS_EVERY_S)
        await until(_shows(company, missed), "the missed reply, and no note")

"""A foreign system is away for hours, or wants silence; time is moved, nothing is slept through."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.faults.checker import broken_promises
from tests.faults.company import Json, running_company
from tests.faults.promises import Broken, Promise
from tests.faults.rehearsal import USERS, settled
from tests.faults.senders import Senders
from tests.faults.serving import Served, serving
from tests.faults.upstream import read_upstream
from tests.faults.waiting import until

_MINUTES_AFTER = 10


async def _judged(served: Served, senders: Senders, alarm: str = "") -> list[Broken]:
    """Let some minutes pass until everything is as promised; what is not by then, is not."""
    found = [Broken(Promise.UNTOLD, "nothing was looked at")]
    for _ in range(_MINUTES_AFTER):
        await settled(served.company, senders.log, patience_s=0.5)
        upstream = await read_upstream(served.company, USERS)
        found = broken_promises(senders.log, upstream, alarm=alarm)
        if not found:
            break
        await served.let_pass(1)
    return found


@pytest.mark.parametrize(
    "fault",
    [{"verb": "maintenance"}, {"verb": "refuse", "for_s": 2 * 3600.0}],
    ids=lambda fault: fault["verb"],
)
async def test_pager_is_away_for_hours(
    fault: Json, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits too long is told to its author; what is still wanted goes out, in order."""
    async with running_company(tmp_path) as company, serving(company, monkeypatch) as served:
        senders = Senders(company)
        talk = await senders.page("U0DANA", "102", "C0PERSON")
        await senders.root(talk)
        await company.pager_door.call("POST", "faults", fault)
        old = await senders.page("U0AVERY", "118", "C0SHARED")
        await senders.root(old)
        await served.let_pass(100)
        young = await senders.page("U0BO", "dba", "C0DEPARTMENT")
        for _ in range(3):
            said = await senders.say("U0DANA", talk)
            await company.attempts_to_tell(said.ts, 1)
        await served.let_pass(20)
        await company.pager_door.heal()
        assert await _judged(served, senders, alarm=old.ref) == []
        upstream = await read_upstream(company, USERS)
    assert len(upstream.pages(young.token)) == 1
    assert upstream.pages(old.token) == []


@pytest.mark.parametrize("verb", ["reset_before_read", "process_then_reset", "status"])
async def test_pager_answers_nothing_for_a_minute(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is asked about what can be found out; order holds."""
    async with running_company(tmp_path) as company, serving(company, monkeypatch) as served:
        senders = Senders(company)
        talk = await senders.page("U0DANA", "102", "C0PERSON")
        await senders.root(talk)
        await company.pager_door.call("POST", "faults", {"verb": verb})
        await senders.page("U0BO", "dba", "C0DEPARTMENT")
        for _ in range(3):
            said = await senders.say("U0DANA", talk)
            await company.attempts_to_tell(said.ts, 1)
        await served.let_pass(1)
        await company.pager_door.heal()
        assert await _judged(served, senders) == []


async def test_slack_is_away_for_hours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages go out all the same; what was to be shown appears afterwards, once and in order."""
    async with running_company(tmp_path) as company, serving(company, monkeypatch) as served:
        senders = Senders(company)
        talk = await senders.page("U0DANA", "102", "C0PERSON")
        await senders.root(talk)
        away = {"verb": "status", "status": 503, "times": None, "method": "*"}
        await company.slack_door.post("faults", away)
        await senders.page("U0AVERY", "118", "C0SHARED")
        await senders.freeze("213")
        await senders.page("U0DANA", "213", "C0FROZEN")
        for _ in range(3):
            await senders.answer("102", talk)
        await served.let_pass(120)
        await company.slack_door.heal()
        assert await _judged(served, senders) == []


async def test_slack_wants_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """429 with a pause: nothing is asked during it, and everything appears behind it in order."""
    async with running_company(tmp_path) as company, serving(company, monkeypatch) as served:
        senders = Senders(company)
        talk = await senders.page("U0DANA", "102", "C0PERSON")
        await senders.root(talk)
        silence = {"verb": "ratelimit", "retry_after": 30, "times": 1, "channel": "C0PERSON"}
        await company.slack_door.post("faults", silence)
        for _ in range(3):
            await senders.answer("102", talk)
        await until(_refused_once(served), "a refusal by Slack")
        await served.advance(31.0)
        assert await _judged(served, senders) == []
        refusals = [one for one in await company.slack_door.exchanges() if one["status"] == 429]
        assert len(refusals) == 1


def _refused_once(served: Served) -> Callable[[], Awaitable[bool | None]]:
    async def look() -> bool | None:
        exchanges = await served.company.slack_door.exchanges()
        return True if any(one["status"] == 429 for one in exchanges) else None

    return look

"""Clocks of different machines disagree by minutes; a look upstream must not depend on them."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.checker import broken_promises
from tests.faults.company import Company, running_company
from tests.faults.promises import Broken
from tests.faults.rehearsal import USERS, settled
from tests.faults.senders import Senders
from tests.faults.serving import Served, Wall, serving
from tests.faults.upstream import read_upstream
from tests.faults.waiting import until

TEN_MINUTES_S = 600.0
MOST_SLACK_ALLOWS_S = 280.0
"""Behind by more, our clock would call Slack's signatures stale."""


async def _pages_whose_answer_is_lost(company: Company, served: Served) -> list[Broken]:
    """Page somebody; the pager takes it and the connection breaks."""
    lost = {"verb": "process_then_reset", "match": {"path": "company-pager"}, "times": 1}
    await company.pager_door.call("POST", "faults", lost)
    senders = Senders(company)
    await senders.page("U0DANA", "102", "C0PERSON")
    await settled(company, senders.log)
    assert "delivery.looked_for" in served.witness.seen
    return broken_promises(senders.log, await read_upstream(company, USERS))


async def test_pager_ahead_of_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that seems to come from the future is found, not sent again."""
    async with running_company(tmp_path) as company:
        await company.pager_door.call("POST", "clock", {"advance_s": TEN_MINUTES_S})
        async with serving(company, monkeypatch) as served:
            assert await _pages_whose_answer_is_lost(company, served) == []


async def test_pager_behind_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that seems older than its attempt is found, not sent again."""
    async with running_company(tmp_path) as company, serving(company, monkeypatch) as served:
        served.clock.advance(MOST_SLACK_ALLOWS_S)
        assert await _pages_whose_answer_is_lost(company, served) == []


async def test_our_clock_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for its next try does not wait an hour more because it is an hour earlier."""
    wall = Wall()
    async with running_company(tmp_path) as company:
        async with serving(company, monkeypatch, wall=wall) as served:
            away = {"verb": "status", "status": 503, "error_code": "CMN-211", "retry_after": 5}
            fault = {**away, "match": {"path": "company-pager"}, "times": 1}
            await company.pager_door.call("POST", "faults", fault)
            senders = Senders(company)
            page = await senders.page("U0DANA", "102", "C0PERSON")
            await until(served.witness.has_seen("delivery.attempted"), "a try that was put off")
            wall.put_back(timedelta(hours=1))
            await senders.root(page, patience_s=15.0)
            await settled(company, senders.log)
        assert broken_promises(senders.log, await read_upstream(company, USERS)) == []

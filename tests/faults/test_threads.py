"""Moments in which a thread is seen by people and not yet on record."""

from pathlib import Path

from tests.faults.checker import broken_promises
from tests.faults.company import KILLED, Company, running_company
from tests.faults.killable import Kill
from tests.faults.rehearsal import USERS, settled
from tests.faults.senders import Senders
from tests.faults.upstream import read_upstream

SLACK_RETRIES_S = 61.0
STATUS_MESSAGE = 2
"""The second answer of a page's life; the first is the pager's."""


async def test_reply_under_a_status_message_whose_place_is_unknown(tmp_path: Path) -> None:
    """Killed after posting the status message, the service still hears who replies under it."""
    async with running_company(tmp_path) as company:
        senders = Senders(company)
        async with company.service(Kill("delivery.answered", STATUS_MESSAGE)) as service:
            page = await senders.page("U0DANA", "102", "C0PERSON")
            assert await service.ended() == KILLED
        await senders.say("U0DANA", page)
        await _history_is_away(company, times=2)
        async with company.service():
            await company.slack_waits(SLACK_RETRIES_S)
            await settled(company, senders.log)
            assert broken_promises(senders.log, await read_upstream(company, USERS)) == []


async def _history_is_away(company: Company, times: int) -> None:
    """Keep the service from finding its message for some looks."""
    order = {"verb": "status", "status": 500, "times": times, "method": "conversations.history"}
    await company.slack_door.post("faults", order)

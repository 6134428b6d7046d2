"""Both systems tell the same thing twice, late, in another order, or not at all."""

from pathlib import Path

import pytest

from tests.faults.company import running_company
from tests.faults.killable import Kill
from tests.faults.promises import Promise
from tests.faults.rehearsal import Rehearsal

KILLS = (Kill("intake.recorded", 3), Kill("mailbox.taken", 2))


@pytest.mark.parametrize(
    "shape", ["same_event", "two_ids", "two_ts", "two_envelopes", "two_apps", "app_mention"]
)
async def test_slack_tells_everything_twice(shape: str, tmp_path: Path) -> None:
    """Every shape in which Slack has been seen to repeat a message; each reply goes out once."""
    async with running_company(tmp_path) as company:
        twice = {"verb": "duplicate", "shape": shape, "times": None, "method": "message"}
        await company.slack_door.post("faults", twice)
        assert await Rehearsal(company).broken_promises() == []


@pytest.mark.parametrize("shape", ["same_event", "two_ids"])
async def test_slack_tells_everything_twice_to_a_dying_service(shape: str, tmp_path: Path) -> None:
    """The keys that make a repeat harmless are on disk."""
    async with running_company(tmp_path) as company:
        twice = {"verb": "duplicate", "shape": shape, "times": None, "method": "message"}
        await company.slack_door.post("faults", twice)
        assert await Rehearsal(company, KILLS).broken_promises() == []


@pytest.mark.parametrize("verb", ["duplicate_webhook", "reorder_webhook", "drop_webhook"])
async def test_pager_events_cannot_be_relied_on(verb: str, tmp_path: Path) -> None:
    """They are hints: each answer is shown once and in order, told twice or not at all."""
    async with running_company(tmp_path) as company:
        await company.pager_door.call("POST", "faults", {"verb": verb})
        assert await Rehearsal(company, KILLS).broken_promises() == []


async def test_slack_tells_in_another_order(tmp_path: Path) -> None:
    """Each event lets the next one go first: nothing is lost or repeated, whoever comes first."""
    async with running_company(tmp_path) as company:
        late = {"verb": "reorder", "times": None, "method": "message", "within_s": 0.3}
        await company.slack_door.post("faults", late)
        found = await Rehearsal(company, KILLS).broken_promises()
        assert {each.promise for each in found} <= {Promise.DISORDERED}

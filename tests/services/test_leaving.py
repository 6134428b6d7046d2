"""The workspace removes us: what goes, what waits, what goes on; and what is said afterwards."""

import asyncio

from gateway.domain.deliveries import DeliveryState
from gateway.domain.inbound import WorkspaceGone
from tests.services.acme import ACME, Acme

HOUR_S = 3600.0


async def audited(acme: Acme) -> list[str]:
    return [record.act for record in await acme.store.audit(0, 100)]


async def test_a_removal_is_on_record_once(acme: Acme) -> None:
    """Slack tells of it twice, in any order, and again until it is answered."""
    keys = [acme.key(), acme.key()]
    told = [WorkspaceGone(key, ACME) for key in (*keys, *keys)]
    await asyncio.gather(*(acme.intake.workspace_gone(each) for each in told))
    assert (await audited(acme)).count("workspace.left") == 1
    assert len(acme.ears.events("workspace.left")) == 1
    assert acme.chat.admitted is False


async def test_nothing_is_tried_until_the_workspace_takes_us_back(acme: Acme) -> None:
    """However long that is: nothing is given up, and nothing is lost."""
    page = await acme.page("102 Disk full")
    await acme.work()
    await acme.leave_workspace()
    shown = len(acme.chat.posted)
    acme.phone("102", "on my way")
    await acme.read()
    await acme.pass_time(5 * HOUR_S)
    assert len(acme.chat.posted) == shown
    waiting = await acme.deliveries(page.ref, DeliveryState.READY)
    assert [each.attempt for each in waiting] == [0] * len(waiting)
    acme.chat.admitted = True
    await acme.pass_time(60)
    assert "on my way" in "\n".join(post.text for post in await acme.shown(page.ref))
    assert any("removed the app" in said for said in acme.alarms())


async def test_pages_go_out_although_slack_is_gone(acme: Acme) -> None:
    """What was accepted is sent: the pager has nothing to do with it."""
    await acme.command("102 Lift is stuck")
    await acme.leave_workspace()
    await acme.work()
    assert acme.sent("Lift is stuck")

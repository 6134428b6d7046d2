"""An alert that comes and goes is told once, and once more when it has settled."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.alerts import Alert, AlertStatus, Ingest, Severity
from gateway.domain.ids import Ref
from gateway.domain.routing.flapping import FlapPolicy
from tests.acceptance.alert_rules import RULES
from tests.services.acme import Acme, running_acme

ROUTES = replace(RULES, flapping=FlapPolicy(changes=5, within=timedelta(minutes=10)))
MINUTE = 60


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    async with running_acme(routes=ROUTES) as running:
        yield running


async def says(acme: Acme, status: AlertStatus, minutes: int = 1) -> None:
    """Let the disk be full or fine for a time."""
    now = acme.clock.now()
    alert = Alert(
        source="prom",
        source_event_id=f"{status} {now}",
        dedup_key="db-7",
        status=status,
        severity=Severity.ERROR,
        title="DiskFull on db-7",
        text="",
        labels={"alertname": "DiskFull", "team": "db", "severity": "error"},
        links=(),
        starts_at=now,
        ends_at=now if status is AlertStatus.RESOLVED else None,
        received_at=now,
    )
    assert acme.core.alerts is not None
    await acme.core.alerts.take(Ingest("prom", now, (alert,), b"{}"))
    await acme.pass_time(minutes * MINUTE)


async def flaps(acme: Acme, last: AlertStatus) -> Ref:
    """Come and go until it is told, then some more; end as said."""
    for _ in range(6):
        await says(acme, AlertStatus.FIRING)
        await says(acme, AlertStatus.RESOLVED)
    await says(acme, last)
    return Ref(acme.sent()[0].rpartition(" ")[2])


async def test_it_is_told_once_while_it_flaps(acme: Acme) -> None:
    """By the policy of the file: its fifth change within ten minutes, and silence afterwards."""
    ref = await flaps(acme, AlertStatus.FIRING)
    *before, last = acme.sent()
    assert last.startswith("[ERR] comes and goes: DiskFull on db-7. We'll tell you")
    assert len(before) == 5
    thread = [message.text for message in await acme.shown(ref)]
    assert [t for t in thread if "flapping" in t] == [thread[-1]]
    assert "DiskFull on db-7 is flapping: 5 changes in 10 min." in thread[-1]


async def test_when_it_settles_fine_everybody_hears_the_end(acme: Acme) -> None:
    """On the pager, in the thread and on the card."""
    ref = await flaps(acme, AlertStatus.RESOLVED)
    told = len(acme.sent())
    await acme.pass_time(11 * MINUTE)
    assert len([text for text in acme.sent()[told:] if text.startswith("[OK] DiskFull")]) == 1
    assert "Stable again: resolved." in (await acme.shown(ref))[-1].text
    assert "Resolved" in (await acme.status(ref)).text


async def test_when_it_settles_firing_it_asks_for_somebody(acme: Acme) -> None:
    """It is open again, whatever was said before it began to flap."""
    ref = await flaps(acme, AlertStatus.FIRING)
    told = len(acme.sent())
    await acme.pass_time(11 * MINUTE)
    asked = "[ERR] settled, still firing: DiskFull on db-7. Reply ACK."
    assert len([text for text in acme.sent()[told:] if text.startswith(asked)]) == 1
    assert "Stable again: still firing." in " ".join(m.text for m in await acme.shown(ref))
    assert "Firing" in (await acme.status(ref)).text

"""A group that waits for company is looked at when that can matter, not for every alert."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.alerts import Alert, AlertStatus, Ingest, Severity
from gateway.routes.reading import read_routes
from gateway.services.alerts.desk import filed
from tests.services.acme import Acme, running_acme

TEXT = """\
receivers:
  - {name: lobby, channel: C0OPS}
route: {receiver: lobby, group_by: [cluster], group_wait: 30s, group_interval: 60s}
inhibit_rules:
  - source_matchers: ['alertname="ClusterDown"']
    target_matchers: ['alertname!="ClusterDown"']
"""
SOON_S = 2


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    """A group of one alert, looked at once."""
    async with running_acme(routes=read_routes(TEXT).routes) as running:
        await said(running, "db-1")
        yield running


async def said(
    acme: Acme,
    host: str,
    name: str = "DiskFull",
    status: AlertStatus = AlertStatus.FIRING,
    *,
    age: timedelta = timedelta(0),
    for_s: float = SOON_S,
) -> None:
    """Let a source say it, and two seconds pass, or as many as are given."""
    now = acme.clock.now()
    alert = Alert(
        source="prom",
        source_event_id=f"{name} {host} {now}",
        dedup_key=host,
        status=status,
        severity=Severity.ERROR,
        title=f"{name} on {host}",
        text="",
        labels={"alertname": name, "cluster": "eu"},
        links=(),
        starts_at=now - age,
        ends_at=now if status is AlertStatus.RESOLVED else None,
        received_at=now,
    )
    assert acme.core.alerts is not None
    await acme.core.alerts.take(Ingest("prom", now, (alert,), b"{}"))
    await acme.pass_time(for_s)


async def looks(acme: Acme) -> int:
    """Tell how often the group was looked at: every look writes its incident anew."""
    ((_, version),) = (await acme.store.open_versions()).items()
    return version


async def test_a_second_alert_is_not_looked_at_by_itself(acme: Acme) -> None:
    """Nobody is told of the group before its time."""
    assert await looks(acme) == 1
    await said(acme, "db-2")
    await said(acme, "db-3")
    assert await looks(acme) == 1
    await acme.pass_time(10)
    assert await looks(acme) == 2


async def test_all_that_came_meanwhile_is_told_in_time(acme: Acme) -> None:
    """The first notice has every alert that came before it, also the last moment's."""
    for number in range(2, 15):
        await said(acme, f"db-{number}")
    assert await looks(acme) < 5
    await acme.pass_time(30 - 14 * SOON_S)
    (incident,) = [filed(each).incident for each in await acme.store.open_incidents(10)]
    assert incident.notified_at
    assert len(incident.firing) == 14


@pytest.mark.parametrize(
    "urgent",
    [
        {"host": "db-1", "status": AlertStatus.RESOLVED},
        {"host": "eu", "name": "ClusterDown"},
        {"host": "db-2", "age": timedelta(minutes=5)},
    ],
    ids=["an end", "a cause of others", "one that has waited"],
)
async def test_what_cannot_wait_is_looked_at_at_once(acme: Acme, urgent: Mapping[str, Any]) -> None:
    """It changes when the group is told, or what other groups may tell."""
    await said(acme, **urgent)
    assert await looks(acme) == 2


async def test_a_group_that_was_told_is_looked_at_for_every_second(acme: Acme) -> None:
    """Its card shows at once what fires."""
    await acme.pass_time(30)
    before = await looks(acme)
    await said(acme, "db-2")
    assert await looks(acme) == before + 1


async def test_the_first_alert_after_a_quiet_time_is_looked_at_at_once(acme: Acme) -> None:
    """What comes within the second is gathered until it is over."""
    await acme.pass_time(30)
    before = await looks(acme)
    await said(acme, "db-2", for_s=0)
    assert await looks(acme) == before + 1
    await said(acme, "db-3", for_s=0)
    await said(acme, "db-4", for_s=0.9)
    assert await looks(acme) == before + 1
    await acme.pass_time(0.1)
    assert await looks(acme) == before + 2

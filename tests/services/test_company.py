"""Pages of one moment are divided together; the first after a quiet time waits for none."""

from collections.abc import AsyncIterator

import pytest

from gateway.domain.alerts import Alert, AlertStatus, Ingest, Severity
from gateway.routes.reading import read_routes
from tests.services.acme import Acme, running_acme

TEXT = """\
receivers:
  - {name: dba, page: [DBA]}
route: {receiver: dba, group_by: [alertname], group_wait: 0s}
"""
WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    async with running_acme(routes=read_routes(TEXT).routes) as running:
        yield running


async def said(acme: Acme, *names: str, severity: Severity = WARNING) -> None:
    """Let a source say that these fire, each a group of its own."""
    now = acme.clock.now()
    alerts = tuple(
        Alert(
            source="prom",
            source_event_id=name,
            dedup_key=name,
            status=AlertStatus.FIRING,
            severity=severity,
            title=name,
            text="",
            labels={"alertname": name},
            links=(),
            starts_at=now,
            ends_at=None,
            received_at=now,
        )
        for name in names
    )
    assert acme.core.alerts is not None
    await acme.core.alerts.take(Ingest("prom", now, alerts, b"{}"))


async def test_a_page_after_a_quiet_time_goes_at_once(acme: Acme) -> None:
    """No time passes; what comes within the second after it waits until that is over."""
    await said(acme, "First")
    await acme.work()
    assert len(acme.sent("First")) == 1
    await said(acme, "Second")
    await acme.pass_time(0.9)
    assert not acme.sent("Second")
    await acme.pass_time(0.1)
    assert len(acme.sent("Second")) == 1


async def test_pages_of_one_moment_wait_for_company(acme: Acme) -> None:
    """Also after a quiet time, or a storm would begin with single pages."""
    await said(acme, *(f"Check{number:02}" for number in range(30)))
    await acme.pass_time(0.9)
    assert not acme.sent()
    await acme.pass_time(0.1)
    (page,) = acme.sent()
    assert "30 warnings" in page


async def test_criticals_take_nobody_along(acme: Acme) -> None:
    """What waits for company is told together, whoever goes before it."""
    await said(acme, *(f"Check{number:02}" for number in range(15)))
    await said(acme, "Down", severity=CRITICAL)
    await acme.work()
    (page,) = acme.sent()
    assert "Down" in page
    await acme.pass_time(1)
    assert "15 warnings" in acme.sent()[-1]
    assert len(acme.sent()) == 2

"""Causes are what fires now, whoever wrote it down; only what changed is read again."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.domain.alerts import Alert, AlertStatus, Ingest, Severity
from gateway.domain.routing.grouping import AlertGroup
from gateway.domain.routing.inhibition import Inhibition
from gateway.ports.store import Committed, StoredIncident, Unit
from gateway.routes.reading import read_routes
from gateway.services.alerts import causes as module
from gateway.services.alerts.causes import Causes
from gateway.services.alerts.desk import Filed, filed, written
from tests.services.acme import Acme, running_acme

TEXT = """\
receivers:
  - {name: lobby, channel: C0OPS}
route: {receiver: lobby, group_by: [alertname], group_wait: 1s, group_interval: 2s}
inhibit_rules:
  - name: cluster-down
    source_matchers: ['alertname="ClusterDown"']
    target_matchers: ['alertname!="ClusterDown"']
    equal: [cluster]
"""
RULES = read_routes(TEXT).routes
DISK = {"alertname": "DiskFull", "cluster": "eu"}
HELD = Inhibition("cluster-down", "prom/eu")


@pytest.fixture
async def acme() -> AsyncIterator[Acme]:
    async with running_acme(routes=RULES) as running:
        yield running


def disks(acme: Acme) -> AlertGroup:
    """A group nobody has written down yet."""
    now = acme.clock.now()
    return AlertGroup("disks", RULES.tree.root.key, {}, now, now)


def process(acme: Acme) -> Causes:
    assert acme.house.rules is not None
    return Causes(acme.store, acme.house.rules)


async def say(acme: Acme, name: str, cluster: str, *, over: bool = False) -> None:
    """Let a source say it, and the group be looked at."""
    now = acme.clock.now()
    alert = Alert(
        source="prom",
        source_event_id=f"{name} {cluster} {over}",
        dedup_key=cluster,
        status=AlertStatus.RESOLVED if over else AlertStatus.FIRING,
        severity=Severity.CRITICAL,
        title=name,
        text="",
        labels={"alertname": name, "cluster": cluster, "source": "prom"},
        links=(),
        starts_at=now,
        ends_at=now if over else None,
        received_at=now,
    )
    assert acme.core.alerts is not None
    await acme.core.alerts.take(Ingest("prom", now, (alert,), b"{}"))
    for _ in range(3):
        acme.clock.move(3)
        await acme.work()


async def test_causes_are_those_of_all_processes(acme: Acme) -> None:
    """What one begins and ends, the others know at their next flush; so does a new start."""
    first, second = process(acme), process(acme)
    assert (await first.around(disks(acme))).inhibition_of(DISK) is None
    await say(acme, "ClusterDown", "eu")
    await say(acme, "ClusterDown", "us")
    for each in (first, second, process(acme)):
        assert (await each.around(disks(acme))).inhibition_of(DISK) == HELD
    await say(acme, "ClusterDown", "eu", over=True)
    for each in (first, second, process(acme)):
        assert (await each.around(disks(acme))).inhibition_of(DISK) is None


async def test_a_group_counts_as_it_is_about_to_be_written(acme: Acme) -> None:
    """Not as it was read: what just ended in it holds nobody back."""
    await say(acme, "ClusterDown", "eu")
    (open_,) = await acme.store.open_incidents(10)
    group = filed(open_).incident.grouping
    assert group is not None
    assert (await process(acme).around(group)).inhibition_of(DISK) == HELD
    ended = replace(group, members={})
    assert (await process(acme).around(ended)).inhibition_of(DISK) is None


async def test_only_what_changed_is_read_again(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many incidents are open, a flush costs those that others wrote since the last."""
    read: list[str] = []

    def reading(stored: StoredIncident) -> Filed:
        read.append(stored.group)
        return filed(stored)

    monkeypatch.setattr(module, "filed", reading)
    for name in ("ClusterDown", "DiskFull", "LoadHigh"):
        await say(acme, name, "eu")
    causes = process(acme)
    read.clear()
    await causes.around(disks(acme))
    assert len(read) == 3
    await causes.around(disks(acme))
    assert len(read) == 3
    found, *_ = await acme.store.open_incidents(10)
    again = written(filed(found), filed(found).incident)
    assert await acme.store.commit(Unit((again,))) is Committed.DONE
    await causes.around(disks(acme))
    assert read[3:] == [found.group]

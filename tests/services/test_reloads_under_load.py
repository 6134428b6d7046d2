"""While the routes are swapped, everything that comes is led by one whole version; none is lost."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.domain.routing.routes import Routes
from gateway.routes.loads import Trigger
from gateway.routes.reading import load_routes
from gateway.services.alerts.records import RECORDS
from gateway.services.alerts.sums import AlertSums
from tests.services.test_moving import alert, incidents, say
from tests.services.test_reloading import Desk, desk_of

DAY = """\
receivers:
  - {name: lobby, channel: C0OPS}
  - {name: by-day, page: [duty]}
aliases: {duty: ["101", "102"]}
route:
  receiver: lobby
  routes:
    - {name: day, matchers: ['team="db"'], receiver: by-day}
"""
NIGHT = (
    DAY.replace('["101", "102"]', '["110", "118"]')
    .replace("by-day", "by-night")
    .replace("name: day", "name: night")
)
BROKEN = DAY.replace("receiver: by-day}", "receiver: nobody}")
HALF = DAY.partition("route:")[0]
TWICE = DAY.replace("  receiver: lobby\n", "  receiver: lobby\n  receiver: by-day\n", 1)
PATTERN = DAY.replace('team="db"', 'team=~"(db"')
BOMB = DAY + "".join(
    f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10 if n else ['boom'])}]\n" for n in range(9)
)
TURNS = (NIGHT, BROKEN, DAY, HALF, NIGHT, TWICE, DAY, PATTERN, NIGHT, "receivers: [")
BOMB_AT = 13
"""Once is enough: it takes a second to be found out."""
DUTY = ({"101", "102"}, {"110", "118"})
RELOADS = [40, pytest.param(500, marks=pytest.mark.slow)]


@dataclass
class Traffic:
    """Alerts and people's pages that come, one after the other, until somebody says stop."""

    desk: Desk
    alerts: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)

    async def flow(self, over: asyncio.Event) -> None:
        """Let one of each come, and everything due be sent; again and again."""
        acme = self.desk.acme
        while not over.is_set():
            number = len(self.alerts)
            await say(acme, alert(acme, f"host-{number}", team=("db", "web")[number % 2]))
            self.alerts.append(f"prom/host-{number}")
            await acme.command(f"duty Stretcher {number}.")
            self.pages.append(f"Stretcher {number}.")
            acme.clock.move(0.5)
            await acme.work()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    file = tmp_path / "routes.yaml"
    file.write_text(DAY, encoding="utf-8")
    async with desk_of(file) as running:
        yield running


async def swap(desk: Desk, times: int) -> dict[str, Routes]:
    """Read files one after the other, good ones and bad ones; gives the versions by their hash."""
    versions = {desk.keeper.book.rules.hash: desk.keeper.book.rules}
    for turn in range(times):
        text = BOMB if turn == BOMB_AT else TURNS[turn % len(TURNS)]
        desk.write(f"{text}# {turn}\n")
        load = await desk.keeper.reload(Trigger.CHANGE)
        assert load.taken == (text in {DAY, NIGHT})
        if load.taken:
            versions[load.hash] = load_routes(desk.file).routes
    return versions


@pytest.mark.parametrize("reloads", RELOADS)
async def test_whatever_comes_is_led_by_one_whole_version(desk: Desk, reloads: int) -> None:
    """Alerts and pages that were taken are all sent, each as one of the files says, never both."""
    traffic, over = Traffic(desk), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(traffic.flow(over))
        versions = await swap(desk, reloads)
        over.set()
    assert len(versions) == reloads // 2 + 1
    assert len(traffic.alerts) >= reloads // 20, "hardly anything came while routes were swapped"
    await desk.acme.pass_time(1800)
    await _alerts_are_whole(desk, versions)
    await _alerts_are_told(desk, traffic.alerts)
    _pages_are_whole(desk, traffic.pages)


async def _alerts_are_whole(desk: Desk, versions: dict[str, Routes]) -> None:
    """Each entry names a version, and is where just that version leads it."""
    entries = await desk.acme.store.newest_alerts(100_000)
    assert entries
    for entry in map(RECORDS.validate_json, entries):
        labels = entry.alert.labels
        led = [(r.key, r.group_key(labels)) for r in versions[entry.version].tree.match(labels)]
        assert (entry.route, entry.group) in led


async def _alerts_are_told(desk: Desk, alerts: list[str]) -> None:
    """Each is in one open incident that was told, and all add up."""
    found = await incidents(desk.acme)
    assert all(each.notified_at for each in found)
    assert sorted(f.key for each in found for f in each.firing) == sorted(alerts)
    sums = await AlertSums(desk.acme.store, desk.acme.clock).since(desk.acme.clock.started)
    assert (sums["prom"].ingested, sums["prom"].unaccounted) == (len(alerts), 0)
    assert not desk.acme.ears.events("delivery.crashed")


def _pages_are_whole(desk: Desk, pages: list[str]) -> None:
    """Each went out once, to those on duty by one of the files."""
    for text in pages:
        (sent,) = (each for each in desk.acme.pager.accepted if text in each.text)
        assert {str(number) for number in sent.to} in DUTY

"""How long a critical and a person's page take in the middle of a storm of alerts.

Measured from the moment something was said until the pager's log shows it: the sender's own clock
at both ends, looking every few milliseconds.
"""

import asyncio
import json
import statistics
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.system import SystemClock
from tests.benchmarks.measuring import Bench
from tests.faults.alert_storm import SECRET, SOURCE, Sender, Storm, asked
from tests.faults.company import Company, running_company
from tests.faults.waiting import until

pytestmark = pytest.mark.benchmark

STORM = Storm(alerts=10_000, seconds=10, groups=50, batch=20, per_minute=240)
PROBES = 10
MOST_CRITICAL_P95_S = 2.0
MOST_PERSON_S = 5.0


@dataclass
class Probes:
    """Says something every second, and sees when the pager has it."""

    company: Company
    criticals_s: list[float] = field(default_factory=list)
    people_s: list[float] = field(default_factory=list)

    async def run(self) -> None:
        """Send them all; return when all have arrived."""
        async with asyncio.TaskGroup() as group:
            for number in range(PROBES):
                group.create_task(self._critical(f"probe{number:02}"))
                group.create_task(self._person(f"token{number:02}"))
                await SystemClock().sleep(STORM.seconds / PROBES)

    async def _critical(self, name: str) -> None:
        labels = {"alertname": name, "severity": "critical", "team": "urgent"}
        alert = {"status": "firing", "labels": labels, "fingerprint": name}
        times = {"startsAt": "2026-11-21T09:00:00Z", "endsAt": "0001-01-01T00:00:00Z"}
        body = {"version": "4", "status": "firing", "groupKey": "{}", "alerts": [alert | times]}
        headers = {"Authorization": f"Bearer {SECRET}"}
        url = f"{self.company.url}/alerts/{SOURCE}"
        begun = SystemClock().monotonic()
        async with self.company.session.post(url, json=body, headers=headers) as answer:
            assert answer.status == 202
        self.criticals_s.append(await self._seen(name, begun))

    async def _person(self, token: str) -> None:
        typed = {"user": "U0BO", "channel": "C0PERSON", "text": f"/page 118 {token} water"}
        begun = SystemClock().monotonic()
        await self.company.slack_door.post("commands", typed)
        self.people_s.append(await self._seen(token, begun))

    async def _seen(self, word: str, begun: float) -> float:
        async def look() -> bool | None:
            texts = [str(message["text"]) for message in await self.company.pager_door.log()]
            return True if any(word in text for text in texts) else None

        await until(look, f"{word} in the pager's log", patience_s=60.0)
        return SystemClock().monotonic() - begun


def with_urgent_route(company: Company) -> None:
    """Criticals of the probes wait for no company."""
    file = company.folder / "routes.json"
    routes = json.loads(file.read_text())
    urgent = {"matchers": ['team="urgent"'], "receiver": "t1", "group_wait": "0s"}
    routes["route"]["routes"].append(urgent)
    file.write_text(json.dumps(routes))


def p95(times: list[float]) -> float:
    """Tell within what time 95 of 100 were."""
    return statistics.quantiles(times, n=100)[94]


async def test_criticals_and_people_in_a_storm(bench: Bench, tmp_path: Path) -> None:
    """10,000 alerts in 10 s: criticals within 2 s (p95), a person's page within 5 s."""
    async with running_company(tmp_path) as company:
        STORM.set_up(company)
        with_urgent_route(company)
        async with company.service():
            probes, sender = Probes(company), Sender(company)
            await asyncio.gather(sender.blow(STORM), probes.run())
            told = await asked(company)
    assert told is not None
    bench.exactly("alerts unaccounted", told["unaccounted"], 0)
    bench.note("a request of 20 alerts, p95", p95(sender.times_ms), "ms")
    critical, person = p95(probes.criticals_s), max(probes.people_s)
    bench.at_most("critical, said to paged, p95", critical, "s", 1.0, MOST_CRITICAL_P95_S)
    bench.at_most("person, typed to paged, longest", person, "s", 1.0, MOST_PERSON_S)

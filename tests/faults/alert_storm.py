"""Alerts at a rate, from a sender that comes again until it is told that they were written."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from aiohttp import ClientError

from gateway.demo.doors import Json, shown_text
from gateway.system import SystemClock
from tests.faults.company import Company

SECRET = "a-long-enough-secret-for-the-storm"
SOURCE = "storm"
CHANNELS = ("C0PERSON", "C0SHARED", "C0DEPARTMENT", "C0FROZEN", "C0MIXED", "C0REMOVED", "C0OPS")
"""The chat takes a message a second for each."""
_AGAIN_S = 0.2


@dataclass(frozen=True)
class Storm:
    """How much comes in how long. Every tenth group is critical."""

    alerts: int
    seconds: float
    groups: int
    batch: int = 10
    per_minute: int = 60

    def bodies(self) -> Iterator[bytes]:
        """Write the notifications, each of a group's alerts, in turns."""
        for first in range(0, self.alerts, self.batch):
            numbers = range(first, min(first + self.batch, self.alerts))
            alerts = [self._alert(n, first // self.batch % self.groups) for n in numbers]
            body = {"version": "4", "status": "firing", "groupKey": "{}", "alerts": alerts}
            yield json.dumps(body).encode()

    def _alert(self, number: int, group: int) -> Json:
        name = f"Check{group:02}"
        severity = "warning" if group % 10 else "critical"
        team = f"t{group % len(CHANNELS)}"
        return {
            "status": "firing",
            "labels": {"alertname": name, "severity": severity, "team": team, "host": host(number)},
            "annotations": {"summary": f"{name} on {host(number)}"},
            "startsAt": "2026-11-21T09:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": f"{number:016x}",
        }

    def set_up(self, company: Company) -> None:
        """Add the source, the routes and the pager's rate to a company's settings."""
        routes = company.folder / "routes.json"
        routes.write_text(json.dumps(_routes()))
        text = company.config.read_text()
        text = text.replace("medium = 1000000", f"medium = {self.per_minute}")
        source = {"name": SOURCE, "kind": "alertmanager"}
        lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in source.items())
        auth = f'auth = {{profile = "token", secrets = ["{SECRET}"]}}\n'
        routing = f'\n[routing]\nfile = "{routes}"\n'
        company.config.write_text(f"{text}{routing}\n[[alerts.sources]]\n{lines}{auth}")


def host(number: int) -> str:
    """Name a host; nothing else contains the name."""
    return f"h{number:05}"


def _routes() -> Json:
    receivers = [
        {"name": f"t{n}", "page": ["DBA"] if n % 2 else ["Facilities"], "channel": channel}
        for n, channel in enumerate(CHANNELS)
    ]
    children = [{"matchers": [f'team="{r["name"]}"'], "receiver": r["name"]} for r in receivers]
    top = {"group_wait": "1s", "group_interval": "3s", "repeat_interval": "4h"}
    route = {"receiver": "t0", "group_by": ["alertname"], **top, "routes": children}
    return {"receivers": receivers, "route": route}


@dataclass
class Sender:
    """Says everything once at a rate; what was not acknowledged it says again until it is."""

    company: Company
    answers: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    acknowledged: int = 0
    times_ms: list[float] = field(default_factory=list)

    async def blow(self, storm: Storm) -> None:
        """Say everything in the storm's time; late answers do not slow the rest."""
        clock, bodies = SystemClock(), list(storm.bodies())
        start, apart = clock.monotonic(), storm.seconds / len(bodies)
        async with asyncio.TaskGroup() as group:
            for number, body in enumerate(bodies, 1):
                group.create_task(self._say(body))
                await clock.sleep(start + number * apart - clock.monotonic())

    async def _say(self, body: bytes) -> None:
        while (status := await self._post(body)) is None or status == 503:
            await SystemClock().sleep(_AGAIN_S)
        self.acknowledged += 1

    async def _post(self, body: bytes) -> int | None:
        headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
        url, clock = f"{self.company.url}/alerts/{SOURCE}", SystemClock()
        begun = clock.monotonic()
        try:
            async with self.company.session.post(url, data=body, headers=headers) as answer:
                await answer.read()
                self.answers[answer.status] += 1
        except ClientError:
            self.unanswered += 1
            return None
        self.times_ms.append((clock.monotonic() - begun) * 1000)
        return answer.status


async def asked(company: Company) -> Json | None:
    """Ask the service what became of everything; `None` while it cannot say."""
    try:
        (told,) = (await company.control("/-/storms"))["sources"]
    except (ClientError, OSError, ValueError):
        return None
    found: Json = told
    return found


async def everything_said(company: Company) -> str:
    """Read all that people could read about it: on their pagers, in channels and threads."""
    texts = [str(message["text"]) for message in await company.pager_door.log()]
    for channel in CHANNELS:
        for root in await company.slack_door.messages(channel):
            thread = await company.slack_door.messages(channel, root["ts"])
            texts += map(shown_text, (root, *thread))
    return "\n".join(texts)


def repeated(log: list[Json]) -> Mapping[str, int]:
    """List what pagers were told more than once; each message carries its incident's reference."""
    counted = Counter(str(message["text"]) for message in log)
    return {text: count for text, count in counted.items() if count > 1}

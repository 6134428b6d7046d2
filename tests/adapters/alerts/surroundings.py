"""What a source needs around it: a clock that stands still, and no network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from multidict import CIMultiDict
from pydantic import TypeAdapter

from adapters.alerts.authentication.keyring import Folder
from adapters.alerts.parsing import ConfiguredSource
from adapters.alerts.registry import Seams, SourceSettings, open_source
from adapters.alerts.sns.fetching import Fetch, UnreachableError
from gateway.domain.errors import FactValue
from gateway.ports.alerts import AlertRequest
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer

NOW = datetime(2026, 11, 21, 9, 45, tzinfo=UTC)
ADAPTER: TypeAdapter[SourceSettings] = TypeAdapter(SourceSettings)
TOKEN = {"profile": "token", "secrets": ["t0ken"]}


class StillClock(Clock):
    """Moves when told."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.move(seconds)

    def move(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


@dataclass
class Log(Observer):
    """What was noted."""

    events: list[tuple[str, dict[str, FactValue]]] = field(default_factory=list)

    def saw(self, event: str, /, **facts: FactValue) -> None:
        self.events.append((event, facts))

    def of(self, event: str) -> list[dict[str, FactValue]]:
        """The facts of every such event."""
        return [facts for name, facts in self.events if name == event]


@dataclass
class Amazon(Fetch):
    """Addresses and what is behind them; everything else is out of reach."""

    pages: dict[str, bytes] = field(default_factory=dict)
    visits: list[str] = field(default_factory=list)

    async def get(self, address: str) -> bytes:
        self.visits.append(address)
        if address not in self.pages:
            raise UnreachableError
        return self.pages[address]


@dataclass
class Around:
    """All seams together."""

    clock: StillClock = field(default_factory=StillClock)
    log: Log = field(default_factory=Log)
    amazon: Amazon = field(default_factory=Amazon)
    folder: Path = Path()

    def source(self, **settings: Any) -> ConfiguredSource:
        """Open a source; without a credential of its own it takes a token."""
        given = {"name": "ci", "auth": TOKEN} | settings
        return open_source(ADAPTER.validate_python(given), self.seams())

    def seams(self) -> Seams:
        return Seams(self.clock, self.log, self.amazon, Folder(self.folder))


def request_of(
    body: bytes,
    headers: Mapping[str, str] | CIMultiDict[str] | None = None,
    *,
    path: str = "/alerts/ci",
    query: Mapping[str, str] | None = None,
    client: str = "",
) -> AlertRequest:
    """Make a request as the web layer would."""
    return AlertRequest(path, CIMultiDict(headers or {}), body, NOW, query or {}, client)

"""The production seams: real time, real randomness, log and metrics. Their only home."""

import asyncio
import secrets
import time
from datetime import UTC, datetime

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from typing_extensions import override

from gateway.domain.errors import FactValue
from gateway.domain.ids import DraftId, Ref
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer

_REF_LETTERS = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
"""No 0/O, 1/I, U/V look-alikes: people read references aloud."""
_REF_LENGTH = 6


class SystemClock(Clock):
    """The machine's clock and the loop's timers."""

    @override
    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the one home of wall time

    @override
    def monotonic(self) -> float:
        return time.monotonic()  # noqa: TID251 - the one home of monotonic time

    @override
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0.0))  # noqa: TID251 - the one home of waiting


class SystemIds(Ids):
    """Names from the operating system's randomness."""

    @override
    def ref(self, prefix: str) -> Ref:
        letters = (secrets.choice(_REF_LETTERS) for _ in range(_REF_LENGTH))
        return Ref(f"{prefix}_{''.join(letters)}")

    @override
    def draft(self) -> DraftId:
        return DraftId(secrets.token_urlsafe(15))

    @override
    def jitter(self) -> float:
        return secrets.randbelow(1 << 30) / (1 << 30)


_LEVELS = {
    "pager.called": "debug",
    "slack.ignored": "debug",
    "operators.alarmed": "warning",
    "delivery.crashed": "error",
    "claim.lost": "warning",
    "dispatcher.paused": "warning",
    "outcome.delayed": "warning",
    "claim.abandoned": "warning",
    "delivery.put_aside": "error",
    "directory.unread": "warning",
    "mailbox.unread": "warning",
    "mailboxes.unavailable": "warning",
    "config.refused": "error",
}


class LogAndCount(Observer):
    """Writes one log line and counts one event; a system that stays away is logged once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("gateway")
        self._last: dict[str, tuple[FactValue, ...]] = {}
        self._events = Counter(
            "gateway_events", "Events by name and error code.", ("event", "code"), registry=registry
        )
        self._attempts = Histogram(
            "gateway_attempt_seconds",
            "Time of one delivery attempt.",
            ("kind", "state"),
            registry=registry,
            buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
        )

    @override
    def saw(self, event: str, /, **facts: FactValue) -> None:
        self._events.labels(event, str(facts.get("error_code") or "")).inc()
        elapsed = facts.get("elapsed_ms")
        if event == "delivery.attempted" and isinstance(elapsed, int | float):
            kind, state = str(facts.get("kind")), str(facts.get("state"))
            self._attempts.labels(kind, state).observe(elapsed / 1000)
        level = _LEVELS.get(event, "info")
        if level == "warning" and self._repeated(event, facts):
            return
        try:
            getattr(self._log, level)(event, **facts)
        except OSError:
            # A full disk or a closed pipe must not stop pages; the count still tells.
            self._events.labels("log.lost", "").inc()

    def _repeated(self, event: str, facts: dict[str, FactValue]) -> bool:
        """Say a thing once until something else is said under the same name."""
        if "delivery_id" in facts or "page_id" in facts:
            return False
        said = tuple(str(value) for value in facts.values())
        repeated = self._last.get(event) == said
        self._last[event] = said
        return repeated

"""The production seams: real time, real randomness, log and metrics. Their only home."""

import asyncio
import secrets
import time
from datetime import UTC, datetime

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from typing_extensions import override

from gateway.domain.alerts import Verdict
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
        # Its beginning tells it from a reference, wherever a button carries one or the other.
        return DraftId(f"dr_{secrets.token_urlsafe(15)}")

    @override
    def secret(self) -> str:
        return secrets.token_urlsafe(32)

    @override
    def jitter(self) -> float:
        return secrets.randbelow(1 << 30) / (1 << 30)


_LEVELS = {
    "pager.called": "debug",
    "slack.ignored": "debug",
    "threads.read": "debug",
    "claim.abandoned": "warning",
    "claim.lost": "warning",
    "directory.unread": "warning",
    "dispatcher.paused": "warning",
    "mailbox.unread": "warning",
    "mailboxes.unavailable": "warning",
    "operators.alarmed": "warning",
    "outcome.delayed": "warning",
    "pager.call_failed": "warning",
    "pager.penalised": "warning",
    "pager.sign_in_refused": "warning",
    "routes.names_unknown": "warning",
    "threads.unread": "warning",
    "slack.call_failed": "warning",
    "slack.events_dropped": "warning",
    "slack.signature_refused": "warning",
    "slack.socket_failed": "warning",
    "store.write_failed": "warning",
    "subscription.failed": "warning",
    "tls.refused": "error",
    "webhook.refused": "warning",
    "alerts.refused": "warning",
    "api.refused": "warning",
    "alerts.unreadable": "warning",
    "audit.broken": "error",
    "config.refused": "error",
    "delivery.crashed": "error",
    "delivery.put_aside": "error",
    "pager.message_broke": "error",
    "request.crashed": "error",
    "routes.refused": "error",
    "slack.answer_broke": "error",
    "slack.listener_broke": "error",
    "store.stopped": "error",
}
"""Everything else is `info`. A warning: somebody may have to look; an error: somebody must."""

_ENDS = {
    "directory.read": "directory.unread",
    "mailbox.recovered": "mailbox.unread",
    "pager.signed_in": "pager.sign_in_refused",
    "slack.socket_opened": "slack.socket_failed",
    "store.recovered": "store.write_failed",
    "subscription.recovered": "subscription.failed",
}
"""What is over when it is seen: should the trouble come back, it is said again."""

_WHOSE = ("mailbox", "sender", "source", "call", "method")
"""Facts that tell one troubled part from another."""

_QUIET_S = 600.0
"""The same trouble is said again after so long, lest it be forgotten."""


class LogAndCount(Observer):
    """Writes one log line and counts one event; a system that stays away is logged once."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("gateway")
        self._clock = clock
        self._said: dict[tuple[str, ...], tuple[str, float]] = {}
        self._events = Counter(
            "gateway_events", "Events by name and error code.", ("event", "code"), registry=registry
        )
        self._alerts = Counter(
            "gateway_alerts",
            "Alerts that came in, by source and what was made of them at once.",
            ("source", "verdict"),
            registry=registry,
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
        self._count(event, facts)
        level = _LEVELS.get(event, "info")
        if over := _ENDS.get(event):
            self._said.pop(_part(over, facts), None)
        if level == "warning" and self._repeated(event, facts):
            return
        try:
            getattr(self._log, level)(event, **facts)
        except OSError:
            # A full disk or a closed pipe must not stop pages; the count still tells.
            self._events.labels("log.lost", "").inc()

    def _count(self, event: str, facts: dict[str, FactValue]) -> None:
        self._events.labels(event, str(facts.get("error_code") or "")).inc()
        if event == "alerts.ingested":
            self._count_alerts(facts)
        elapsed = facts.get("elapsed_ms")
        if event == "delivery.attempted" and isinstance(elapsed, int | float):
            kind, state = str(facts.get("kind")), str(facts.get("state"))
            self._attempts.labels(kind, state).observe(elapsed / 1000)

    def _count_alerts(self, facts: dict[str, FactValue]) -> None:
        for verdict in Verdict:
            if isinstance(count := facts.get(verdict.value), int) and count:
                self._alerts.labels(str(facts.get("source")), verdict.value).inc(count)

    def _repeated(self, event: str, facts: dict[str, FactValue]) -> bool:
        """Whether the same trouble of the same part was said a while ago; a page's own never is."""
        if "delivery_id" in facts or "page_id" in facts:
            return False
        part, code, now = _part(event, facts), str(facts.get("error_code")), self._clock.monotonic()
        before, at = self._said.get(part, ("", 0.0))
        if before == code and now - at < _QUIET_S:
            return True
        self._said[part] = (code, now)
        return False


def _part(event: str, facts: dict[str, FactValue]) -> tuple[str, ...]:
    return (event, *(str(facts.get(fact, "")) for fact in _WHOSE))

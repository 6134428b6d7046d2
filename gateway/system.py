"""The production seams: real time, real randomness, log and metrics. Their only home."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import structlog
from prometheus_client import CollectorRegistry
from typing_extensions import override

from gateway.domain.errors import FactValue
from gateway.domain.ids import DraftId, Ref
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.web.metrics import Counts

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
        # One question to the operating system; one for each letter was a tenth of a command's CPU.
        number, letters = secrets.randbelow(len(_REF_LETTERS) ** _REF_LENGTH), ""
        for _ in range(_REF_LENGTH):
            number, letter = divmod(number, len(_REF_LETTERS))
            letters += _REF_LETTERS[letter]
        return Ref(f"{prefix}_{letters}")

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
    "alerts.ingested": "debug",
    "pager.called": "debug",
    "request.turned_away": "debug",
    "slack.answered": "debug",
    "slack.called": "debug",
    "slack.ignored": "debug",
    "threads.read": "debug",
    "alerts.refused": "warning",
    "alerts.shed": "warning",
    "alerts.subscription_left": "warning",
    "alerts.unreadable": "warning",
    "api.refused": "warning",
    "claim.abandoned": "warning",
    "claim.lost": "warning",
    "clock.put_back": "warning",
    "console.refused": "warning",
    "directory.unread": "warning",
    "dispatcher.paused": "warning",
    "heartbeat.lost": "warning",
    "identity.refused": "warning",
    "identity.unavailable": "warning",
    "identity.unproved": "warning",
    "install.not_given_back": "warning",
    "loop.stalled": "warning",
    "mailbox.unread": "warning",
    "mailboxes.unavailable": "warning",
    "operators.alarmed": "warning",
    "outcome.delayed": "warning",
    "pager.call_failed": "warning",
    "pager.message_doubled": "warning",
    "pager.penalised": "warning",
    "pager.record_skipped": "warning",
    "pager.sign_in_refused": "warning",
    "probe.failed": "warning",
    "probe.late": "warning",
    "probe.refused": "warning",
    "probe.unseen": "warning",
    "restore.begun": "warning",
    "routes.names_unknown": "warning",
    "slack.answer_failed": "warning",
    "slack.call_failed": "warning",
    "slack.events_dropped": "warning",
    "slack.signature_refused": "warning",
    "slack.socket_failed": "warning",
    "slack.token_unrenewed": "warning",
    "slack.workspace_unknown": "warning",
    "store.write_failed": "warning",
    "subscription.failed": "warning",
    "threads.unheard": "warning",
    "threads.unread": "warning",
    "webhook.refused": "warning",
    "workspace.failed": "warning",
    "workspace.left": "warning",
    "audit.broken": "error",
    "database.away": "error",
    "delivery.crashed": "error",
    "delivery.put_aside": "error",
    "pager.message_broke": "error",
    "request.crashed": "error",
    "routes.refused": "error",
    "slack.answer_broke": "error",
    "slack.drawing_refused": "error",
    "slack.listener_broke": "error",
    "store.stopped": "error",
    "tls.refused": "error",
}
"""Everything else is `info`. A warning: somebody may have to look; an error: somebody must."""


def level_of(event: str) -> str:
    """Tell how an event is logged."""
    return _LEVELS.get(event, "info")


_ENDS = {
    "directory.read": "directory.unread",
    "heartbeat.back": "heartbeat.lost",
    "mailbox.recovered": "mailbox.unread",
    "pager.signed_in": "pager.sign_in_refused",
    "slack.socket_opened": "slack.socket_failed",
    "slack.token_renewed": "slack.token_unrenewed",
    "store.recovered": "store.write_failed",
    "subscription.recovered": "subscription.failed",
    "workspace.opened": "workspace.failed",
}
"""What is over when it is seen: should the trouble come back, it is said again."""

_WHOSE = ("workspace", "mailbox", "sender", "source", "call", "method")
"""Facts that tell one troubled part from another."""

_QUIET_S = 600.0
"""The same trouble is said again after so long, lest it be forgotten."""
_MOST_SAID = 1000


class LogAndCount(Observer):
    """Writes one log line and counts one event; a system that stays away is logged once."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("gateway")
        self._clock = clock
        self._said: dict[tuple[str, ...], tuple[str, float]] = {}
        self._counts = Counts(registry)

    @override
    def saw(self, event: str, /, **facts: FactValue) -> None:
        self._counts.saw(event, facts)
        level = level_of(event)
        if over := _ENDS.get(event):
            self._said.pop(_part(over, facts), None)
        if level == "warning" and self._repeated(event, facts):
            return
        try:
            getattr(self._log, level)(event, **facts)
        except OSError:
            # A full disk or a closed pipe must not stop pages; the count still tells.
            self._counts.events.labels("log.lost", "").inc()

    def _repeated(self, event: str, facts: dict[str, FactValue]) -> bool:
        """Whether the same trouble of the same part was said a while ago; a page's own never is."""
        if "delivery_id" in facts or "page_id" in facts:
            return False
        part, code, now = _part(event, facts), str(facts.get("error_code")), self._clock.monotonic()
        before, at = self._said.get(part, ("", 0.0))
        if before == code and now - at < _QUIET_S:
            return True
        self._remember(part, code, now)
        return False

    def _remember(self, part: tuple[str, ...], code: str, now: float) -> None:
        """Note what was said last; what was said long ago, or before many others, is let go."""
        self._said.pop(part, None)
        self._said[part] = (code, now)
        while len(self._said) > _MOST_SAID or now - next(iter(self._said.values()))[1] >= _QUIET_S:
            del self._said[next(iter(self._said))]


@dataclass(frozen=True)
class OfWorkspace(Observer):
    """Says of one workspace what it hears; with several in a process, each line tells whose."""

    told: Observer
    workspace: str

    @override
    def saw(self, event: str, /, **facts: FactValue) -> None:
        self.told.saw(event, **{"workspace": self.workspace, **facts})


def _part(event: str, facts: dict[str, FactValue]) -> tuple[str, ...]:
    return (event, *map(str, map(facts.get, _WHOSE)))


_STALL_S = 1.0
"""Who waits that long for a turn has a third of Slack's patience left."""


class LoopLag:
    """Feels how long work waits for its turn on the loop."""

    def __init__(self, observer: Observer, every_s: float = 0.5) -> None:
        """Start feeling."""
        self._observer = observer
        self._every_s = every_s
        self._loop = asyncio.get_running_loop()
        self._longest_s = 0.0
        self._feel_at(self._loop.time() + every_s)

    def take(self) -> float:
        """Give the longest wait since the last time, in seconds."""
        longest, self._longest_s = self._longest_s, 0.0
        return longest

    def __enter__(self) -> Self:
        """Feel for the length of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Feel no more."""
        self._handle.cancel()

    def _feel_at(self, when: float) -> None:
        self._handle = self._loop.call_at(when, self._felt, when)

    def _felt(self, when: float) -> None:
        now = self._loop.time()
        late_s = now - when
        self._longest_s = max(self._longest_s, late_s)
        if late_s >= _STALL_S:
            self._observer.saw("loop.stalled", elapsed_ms=round(late_s * 1000))
        self._feel_at(now + self._every_s)

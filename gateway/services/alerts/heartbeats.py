"""Heartbeats: while they come nobody is paged; when one stays away, that is the alert.

There is one waking per heartbeat, in a lane of its own: whichever process gets it looks, decides
and sets the next one, in one transaction. Arrivals are only written down; they bring the waking
forward.

Silence counts only while somebody listens. Each look notes who looked, and when; a process that
finds that nobody has for a while, because all were down, begins to count anew.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from gateway.domain.alerts import Alert, AlertStatus, Severity
from gateway.domain.errors import StoreUnavailableError
from gateway.domain.ids import Ref
from gateway.domain.outbound import Wake, Waking
from gateway.domain.routing.heartbeats import (
    MISSING,
    Heartbeat,
    Listening,
    beat,
    listen,
    missing_labels,
)
from gateway.ports.changes import Change, Enqueue, MoveCursor
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Store, Unit
from gateway.services.alerts.moving import others_are_newer
from gateway.services.alerts.records import Arrival, recorded
from gateway.services.alerts.rules import RuleBook
from gateway.text.words import Words

_OFTEN, _SELDOM = timedelta(seconds=5), timedelta(minutes=1)
"""How often we look at the most and at the least."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Look:
    """How it stood at the last look: by which process, and when."""

    listening: Listening
    by: str
    at: datetime


_LOOKS = TypeAdapter(_Look)


@dataclass(frozen=True, slots=True)
class HeartbeatStanding:
    """How it stands with a heartbeat; `last_at` is `None` for one that was never heard.

    It is lost since `lost_at`, or will be at `due_at` unless it comes before.
    """

    source: str
    last_at: datetime | None
    lost_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True)
class Heartbeats:
    """Listens. `process` tells this process from others on the same database, `since` its start."""

    store: Store
    clock: Clock
    observer: Observer
    book: RuleBook
    words: Words
    process: str
    since: datetime

    async def begin(self) -> None:
        """Begin to listen; for what somebody listens to already this is but one more look.

        Raises:
            StoreUnavailableError: nothing was recorded.
        """
        now = self.clock.now()
        wakings = tuple(_waking(each, now) for each in self.book.rules.heartbeats)
        if wakings:
            await self.store.commit(Unit(wakings))

    async def run(self) -> None:
        """See to it that somebody listens, until cancelled.

        A waking may end where it should not: in a process whose file does not know the heartbeat
        yet, or any more.
        """
        while True:
            with suppress(StoreUnavailableError):
                await self.begin()
            await self.clock.sleep(_SELDOM.total_seconds())

    def known(self, alert: Alert) -> Heartbeat | None:
        """Find the heartbeat that an alert is."""
        heartbeats = self.book.rules.heartbeats
        return next((e for e in heartbeats if e.is_beat(alert.source, alert.labels)), None)

    def arrived(self, alert: Alert) -> tuple[Change, ...]:
        """Take note of a sign of life; its end is none."""
        heartbeat = self.known(alert)
        if heartbeat is None or alert.status is AlertStatus.RESOLVED:
            return ()
        now = self.clock.now()
        arrival = MoveCursor(_arrivals(heartbeat.source), now.isoformat(), now)
        return (arrival, _waking(heartbeat, now))

    async def listed(self) -> tuple[HeartbeatStanding, ...]:
        """Tell how it stands with every heartbeat of the file.

        Raises:
            StoreUnavailableError: the database cannot be read.
        """
        return tuple([await self._standing(each) for each in self.book.rules.heartbeats])

    async def _standing(self, heartbeat: Heartbeat) -> HeartbeatStanding:
        kept = await self.store.cursor(_looks(heartbeat.source))
        listening = _LOOKS.validate_json(kept).listening if kept else None
        return HeartbeatStanding(
            source=heartbeat.source,
            last_at=await self._last_arrival(heartbeat.source),
            lost_at=listening.lost_at if listening else None,
            due_at=listening.due_at(heartbeat) if listening else None,
        )

    async def due(self, source: str) -> tuple[Change, ...]:
        """Look whether a source is still heard."""
        known = self.book.rules.heartbeats
        heartbeat = next((each for each in known if each.source == source), None)
        now = self.clock.now()
        if heartbeat is None:
            return await self._let_go(source, now)
        last = await self._last_arrival(source)
        before = await self._before(heartbeat, last, now)
        after, said = self._judged(heartbeat, before, last, now)
        look = _LOOKS.dump_json(_Look(after, self.process, now)).decode()
        return (
            MoveCursor(_looks(source), look, now),
            *(recorded(alert, self.book.rules, Arrival(source, "", now)) for alert in said),
            *(() if after.lost_at else (_waking(heartbeat, _next_look(heartbeat, after, now)),)),
        )

    async def _before(
        self, heartbeat: Heartbeat, last: datetime | None, now: datetime
    ) -> Listening:
        """Read what was known; what nobody listened to is counted anew.

        Then only what this process has heard counts, else now.
        """
        heard = last if last and last >= self.since else None
        anew = Listening(heard) if heard else Listening(now, heard=False)
        kept = await self.store.cursor(_looks(heartbeat.source))
        if not kept:
            return anew
        look = _LOOKS.validate_json(kept)
        was_deaf = look.by != self.process and look.at < now - 2 * _every(heartbeat)
        return anew if was_deaf and not look.listening.lost_at else look.listening

    async def _let_go(self, source: str, now: datetime) -> tuple[Change, ...]:
        """Forget what was heard of what the file no longer has, so that it can come back anew.

        That it was lost is remembered: its return will be told. A process whose file is behind
        leaves it to the others.
        """
        if await others_are_newer(self.store, self.book.rules, now):
            return ()
        kept = await self.store.cursor(_looks(source))
        if not kept or _LOOKS.validate_json(kept).listening.lost_at:
            return ()
        return tuple(MoveCursor(each(source), "", now) for each in (_looks, _arrivals))

    async def _last_arrival(self, source: str) -> datetime | None:
        kept = await self.store.cursor(_arrivals(source))
        return datetime.fromisoformat(kept) if kept else None

    def _judged(
        self, heartbeat: Heartbeat, before: Listening, last: datetime | None, now: datetime
    ) -> tuple[Listening, list[Alert]]:
        """Tell how it stands now, and what there is to say about it."""
        said: list[Alert] = []
        after = before
        if last and (last, True) > (before.last_at, before.heard):
            after, back = beat(before, last)
            if back:
                self.observer.saw("heartbeat.back", source=heartbeat.source)
                said.append(self._back(heartbeat, before, last))
        after, lost = listen(after, heartbeat, now)
        if lost:
            self.observer.saw("heartbeat.lost", source=heartbeat.source)
            said.append(self._lost(heartbeat, after, now))
        return after, said

    def _lost(self, heartbeat: Heartbeat, listening: Listening, now: datetime) -> Alert:
        key = "heartbeat.lost" if listening.heard else "heartbeat.never"
        alert = self._alert(heartbeat, key, listening, now)
        return replace(alert, text=self.words.sentence("heartbeat.consequence"))

    def _back(self, heartbeat: Heartbeat, listening: Listening, at: datetime) -> Alert:
        alert = self._alert(heartbeat, "heartbeat.back", listening, at)
        return replace(alert, status=AlertStatus.RESOLVED, ends_at=at)

    def _alert(self, heartbeat: Heartbeat, key: str, since: Listening, at: datetime) -> Alert:
        minutes = (at - since.last_at) // _MINUTE
        return Alert(
            source=heartbeat.source,
            source_event_id=f"{key} {since.last_at.isoformat()}",
            dedup_key=MISSING,
            status=AlertStatus.FIRING,
            severity=Severity.CRITICAL,
            title=self.words.sentence(key, name=heartbeat.source, minutes=minutes),
            text="",
            labels=missing_labels(heartbeat),
            links=(),
            starts_at=since.last_at,
            ends_at=None,
            received_at=at,
        )


def return_of(said: Iterable[Alert]) -> Alert | None:
    """Find the return of a lost heartbeat among what was said: it has words of its own."""
    ended = (each for each in said if each.status is AlertStatus.RESOLVED)
    return next((each for each in ended if each.dedup_key == MISSING), None)


def _every(heartbeat: Heartbeat) -> timedelta:
    """Tell how often to look: often enough to notice that nobody did."""
    return min(max(min(heartbeat.every, heartbeat.grace) / 4, _OFTEN), _SELDOM)


def _next_look(heartbeat: Heartbeat, listening: Listening, now: datetime) -> datetime:
    return min(now + _every(heartbeat), listening.due_at(heartbeat))


def _waking(heartbeat: Heartbeat, at: datetime) -> Enqueue:
    wake = Wake(Waking.HEARTBEAT, heartbeat.source)
    lane = f"heartbeat:{heartbeat.source}"
    return Enqueue(lane, Ref(""), wake, at, priority=1, coalesce=True)


def _arrivals(source: str) -> str:
    return f"heartbeat:{source}:arrivals"


def _looks(source: str) -> str:
    return f"heartbeat:{source}:looks"

"""The limiters of one sender, one per group of calls: what RingCentral's headers teach them.

Source: RingCentral, "Rate limits". Limits, windows and even the group of a call are learned from
the answers (`X-Rate-Limit-*`, group names in lower case); headers may be missing.
"""

import re
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus

from adapters.pager.ringcentral.errors import EVERY_GROUP, Subject, translate
from adapters.pager.ringcentral.limiter import Grant, Limiter, Rate, Share, Wait
from adapters.pager.ringcentral.seams import Seams
from adapters.pager.ringcentral.settings import Rates
from adapters.pager.ringcentral.shelf import Shelf
from adapters.pager.ringcentral.transport import Answer
from gateway.domain.errors import PagerThrottledError

SILENCE_S = 30
"""How long to be silent after a refusal that does not say."""

ROUNDING = timedelta(milliseconds=1)
"""Who comes back on the dot must not be early by a fraction."""


class Group(StrEnum):
    """RingCentral's throttling groups."""

    LIGHT = "light"
    MEDIUM = "medium"
    AUTH = "auth"


KEPT = {Group.MEDIUM: 0.1, Group.LIGHT: 0.3}
"""The share of a window that sending (medium) and bulk reading (light) leave to upkeep."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A call as a gate sees it: `name` is what kind of call it is, `key` which one it is."""

    name: str
    group: Group
    key: Hashable
    share: Share = Share.UPKEEP


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to make one call."""

    errand: Errand
    group: str
    grant: Grant


class Gates:
    """Every call of `sender` passes here: `enter`, then `through`."""

    def __init__(self, sender: str, rates: Rates, shelf: Shelf, seams: Seams) -> None:
        self._sender = sender
        self._shelf = shelf
        self._clock = seams.clock
        self._observer = seams.observer
        self._limiters = {
            group.value: Limiter(_rate(group, getattr(rates, group), 60.0)) for group in Group
        }
        self._restored: set[str] = set()
        self._group_of: dict[str, str] = {}

    async def enter(self, errand: Errand) -> Permit:
        """Ask to make a call; ask again with the same key.

        Raises:
            PagerThrottledError: not before its `retry_at`; nothing was sent.
        """
        group = self._group_of.get(errand.name, errand.group.value)
        await self._heed(group)
        verdict = self._limiters[group].ask(errand.key, errand.share, self._clock.monotonic())
        if isinstance(verdict, Wait):
            raise self._throttled(group, verdict)
        return Permit(errand, group, verdict)

    async def through(self, permit: Permit, exchange: Callable[[], Awaitable[Answer]]) -> Answer:
        """Make the call and learn from its answer.

        Raises:
            PagerThrottledError: refused for its rate; this sender is silent from now on.
            PagerError: what `exchange` raises.
        """
        limiter = self._limiters[permit.group]
        try:
            answer = await exchange()
        except BaseException:
            limiter.lost(permit.grant, self._clock.monotonic())
            raise
        limiter.answered(permit.grant, self._clock.monotonic())
        self._learn(permit, answer)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            await self._hear_refusal(permit, answer)
        return answer

    async def _hear_refusal(self, permit: Permit, answer: Answer) -> None:
        error = translate(answer, Subject())
        if not isinstance(error, PagerThrottledError):
            return
        silence_s = answer.retry_after_s or SILENCE_S
        above = error.vendor_code in EVERY_GROUP
        for group in tuple(self._limiters) if above else (permit.group,):
            await self._silence(group, silence_s)
        errand = permit.errand
        limiter = self._limiters[permit.group]
        wait = limiter.line_up(errand.key, errand.share, self._clock.monotonic())
        throttled = self._throttled(permit.group, wait)
        throttled.vendor_code, throttled.trace = error.vendor_code, error.trace
        raise throttled

    async def _silence(self, group: str, seconds: float) -> None:
        self._limiters[group].penalise(self._clock.monotonic() + seconds)
        self._observer.saw("pager.penalised", sender=self._sender, group=group, seconds=seconds)
        until = self._clock.now() + timedelta(seconds=seconds)
        await self._shelf.put(self._penalty(group), until.isoformat())

    async def _heed(self, group: str) -> None:
        """Find the penalty that a run before us, or another process, is in.

        A call now would start it anew, and processes that probe in turns would never see its end.
        """
        if group in self._restored and not self._limiters[group].probes(self._clock.monotonic()):
            return
        until = await self._shelf.get(self._penalty(group))
        self._restored.add(group)
        left_s = _seconds_until(until, self._clock.now())
        if left_s > 0:
            self._limiters[group].penalise(self._clock.monotonic() + left_s)

    def _penalty(self, group: str) -> str:
        return f"penalty.{self._sender}.{group}"

    def _learn(self, permit: Permit, answer: Answer) -> None:
        group = answer.headers.get("x-rate-limit-group", permit.group).lower()
        limit = _whole(answer, "x-rate-limit-limit", 100_000)
        if limit is None or not re.fullmatch(r"[a-z_-]{1,32}", group):
            return
        if group != permit.group:
            self._group_of[permit.errand.name] = group
        window_s = _whole(answer, "x-rate-limit-window", 86_400) or 60
        rate = _rate(group, limit, float(window_s))
        limiter = self._limiters.setdefault(group, Limiter(rate))
        # A refusal may still show a full bucket: what it says of the penalty wins.
        refused = answer.status == HTTPStatus.TOO_MANY_REQUESTS
        remaining = None if refused else _whole(answer, "x-rate-limit-remaining", limit, least=0)
        limiter.learn(rate, remaining, self._clock.monotonic())

    def per_minute(self, name: str, group: Group) -> int:
        """Tell how many ordinary calls of this name a minute are allowed, as far as known."""
        return _per_minute(self._limiters[self._group_of.get(name, group.value)].rate)

    def remaining(self) -> dict[str, int]:
        """Tell by group how many calls are left in the window that ends now.

        The group of signing in is left out: it is the app's, and no sender counts it alone.
        """
        now = self._clock.monotonic()
        counted = {g: each.remaining(now) for g, each in self._limiters.items()}
        counted.pop(Group.AUTH.value, None)
        return counted

    def _throttled(self, group: str, wait: Wait) -> PagerThrottledError:
        left = timedelta(seconds=wait.at - self._clock.monotonic()) + ROUNDING
        per_minute = _per_minute(self._limiters[group].rate)
        return PagerThrottledError(retry_at=self._clock.now() + left, per_minute=per_minute)


def _per_minute(rate: Rate) -> int:
    return max(1, round(rate.allows(Share.ORDINARY) * 60 / rate.window_s))


def _rate(group: str, limit: int, window_s: float) -> Rate:
    share = next((share for kept, share in KEPT.items() if kept == group), 0.0)
    return Rate(limit, window_s, kept=round(limit * share))


def _whole(answer: Answer, name: str, most: int, least: int = 1) -> int | None:
    value = answer.headers.get(name, "")
    if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
        return None
    return int(value)


def _seconds_until(stored: str | None, now: datetime) -> float:
    try:
        return (datetime.fromisoformat(stored or "") - now).total_seconds()
    except (ValueError, TypeError):
        return 0.0

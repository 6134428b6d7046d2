"""Silences: somebody decides for a while that certain alerts are not told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from gateway.domain.routing.matchers import Labels, Matcher, Operator, all_match


class SilenceState(StrEnum):
    """Where a silence stands at a moment."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


class SilenceProblem(StrEnum):
    """Why a silence cannot be made or changed."""

    NO_MATCHERS = "no_matchers"
    MATCHES_EVERYTHING = "matches_everything"
    ENDS_BEFORE_IT_STARTS = "ends_before_it_starts"
    ALREADY_EXPIRED = "already_expired"
    NO_AUTHOR = "no_author"
    NO_COMMENT = "no_comment"
    UNKNOWN = "unknown"
    IN_THE_FILE = "in_the_file"


class SilenceDeed(StrEnum):
    """What can happen to a silence."""

    ADDED = "added"
    EXTENDED = "extended"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts that meet all matchers are muted from `starts_at` until before `ends_at` (UTC)."""

    id: str
    matchers: tuple[Matcher, ...]
    author: str
    comment: str
    starts_at: datetime
    ends_at: datetime

    def state(self, now: datetime) -> SilenceState:
        """Tell where it stands."""
        if now >= self.ends_at:
            return SilenceState.EXPIRED
        return SilenceState.ACTIVE if now >= self.starts_at else SilenceState.PENDING


@dataclass(frozen=True, slots=True)
class SilenceEntry:
    """Who did what to a silence, when, and when it ended from then on."""

    at: datetime
    deed: SilenceDeed
    by: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class KeptSilence:
    """A silence with everything that was done to it, oldest first; empty for one of the file."""

    silence: Silence
    history: tuple[SilenceEntry, ...] = ()

    def noted(self, silence: Silence, at: datetime, deed: SilenceDeed, by: str) -> "KeptSilence":
        """Put a changed silence in the place of this one, and who did it into the record."""
        return KeptSilence(silence, (*self.history, SilenceEntry(at, deed, by, silence.ends_at)))


def check_matchers(matchers: Sequence[Matcher]) -> SilenceProblem | None:
    """Refuse to silence everything: one matcher at least must not be met by an absent label."""
    if not matchers:
        return SilenceProblem.NO_MATCHERS
    if all_match(matchers, {}):
        return SilenceProblem.MATCHES_EVERYTHING
    return None


def check_silence(silence: Silence, now: datetime) -> SilenceProblem | None:
    """Say why a new silence cannot be taken; `None` when it can."""
    if problem := check_matchers(silence.matchers):
        return problem
    if silence.ends_at <= silence.starts_at:
        return SilenceProblem.ENDS_BEFORE_IT_STARTS
    if silence.ends_at <= now:
        return SilenceProblem.ALREADY_EXPIRED
    if not silence.author.strip():
        return SilenceProblem.NO_AUTHOR
    return None if silence.comment.strip() else SilenceProblem.NO_COMMENT


def extend(silence: Silence, until: datetime, now: datetime) -> Silence | SilenceProblem:
    """Move the end of a silence that has not expired; earlier is allowed, the past is not."""
    if silence.state(now) is SilenceState.EXPIRED or until <= now:
        return SilenceProblem.ALREADY_EXPIRED
    if until <= silence.starts_at:
        return SilenceProblem.ENDS_BEFORE_IT_STARTS
    return replace(silence, ends_at=until)


def expire(silence: Silence, now: datetime) -> Silence | SilenceProblem:
    """End a silence now; one that has not begun never will."""
    match silence.state(now):
        case SilenceState.EXPIRED:
            return SilenceProblem.ALREADY_EXPIRED
        case SilenceState.ACTIVE:
            return replace(silence, ends_at=now)
        case SilenceState.PENDING:
            return replace(silence, starts_at=now, ends_at=now)


def silences_of(labels: Labels, silences: Iterable[Silence], now: datetime) -> tuple[Silence, ...]:
    """List the active silences that mute an alert with these labels."""
    return tuple(
        silence
        for silence in silences
        if silence.starts_at <= now < silence.ends_at and all_match(silence.matchers, labels)
    )


def covering(
    alerts: Iterable[Labels], silences: Sequence[Silence], now: datetime
) -> Silence | None:
    """Find the silence that mutes all of these alerts; `None` when one of them can be heard.

    Where it takes several, it is the one whose end is the first to let an alert be heard.
    """
    longest = []
    for labels in alerts:
        muting = silences_of(labels, silences, now)
        if not muting:
            return None
        longest.append(max(muting, key=lambda each: each.ends_at))
    return min(longest, key=lambda each: each.ends_at, default=None)


def next_turn(
    alerts: Iterable[Labels], silences: Sequence[Silence], now: datetime
) -> datetime | None:
    """Tell when the next silence of one of these alerts begins or ends."""
    heard = tuple(alerts)
    moments = (
        moment
        for silence in silences
        for moment in (silence.starts_at, silence.ends_at)
        if moment > now and any(all_match(silence.matchers, labels) for labels in heard)
    )
    return min(moments, default=None)


def matchers_in_common(alerts: Iterable[Labels]) -> tuple[Matcher, ...]:
    """Write what all of these alerts have in common as matchers; none when that is nothing.

    The severity is among it, so that an alert that grows worse is heard.
    """
    each = [set(labels.items()) for labels in alerts]
    common = set.intersection(*each) if each else set()
    return tuple(Matcher(name, Operator.EQUAL, value) for name, value in sorted(common) if value)

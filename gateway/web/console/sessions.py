"""Who is signed in to the console, the single-use links that sign somebody in, who is on the way.

Kept in memory: a restart signs everybody out. The browser holds the only copy of a session's id and
of a link's ticket; here is no more than their SHA-256.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from gateway.ports.clock import Clock
from gateway.ports.identity import Errand
from gateway.ports.ids import Ids

TICKET_LIFE = timedelta(minutes=5)
ERRAND_LIFE = timedelta(minutes=10)
_MOST = 1000
"""So many sessions, tickets and errands each; the oldest go first."""


class Role(StrEnum):
    """What somebody may do: look; decide about pages as well; end other people's access as well."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Whether this role may do everything that the other may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody we believe to be who they are."""

    who: str
    role: Role


@dataclass(slots=True)
class Session:
    """A visitor who is signed in.

    `token` stands in every form of theirs. `handle` names the session where others see it. `told`
    is what came of their last deed, until a page has shown it.
    """

    handle: str
    visitor: Visitor
    token: str = field(repr=False)
    begun_at: datetime
    ends_at: datetime
    told: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sessions:
    """Begins, finds and ends sessions."""

    clock: Clock
    ids: Ids
    lasts: timedelta
    _open: dict[str, Session] = field(default_factory=dict, init=False)

    def begin(self, visitor: Visitor) -> tuple[str, Session]:
        """Sign somebody in, always under a new id; gives the id and the session."""
        secret, now = self.ids.secret(), self.clock.now()
        key = _digest(secret)
        self._tidy()
        session = Session(key[:12], visitor, self.ids.secret(), now, now + self.lasts)
        self._open[key] = session
        return secret, session

    def of(self, secret: str) -> Session | None:
        """Find the session of an id that a browser shows."""
        found = self._open.get(_digest(secret))
        return found if found and found.ends_at > self.clock.now() else None

    def end(self, handle: str) -> Session | None:
        """Sign somebody out; `None` when there is no such session."""
        key = next((key for key, each in self._open.items() if each.handle == handle), "")
        return self._open.pop(key, None)

    def listed(self) -> tuple[Session, ...]:
        """List who is signed in, the newest first."""
        now = self.clock.now()
        return tuple(each for each in reversed(self._open.values()) if each.ends_at > now)

    def _tidy(self) -> None:
        now = self.clock.now()
        for key in [key for key, each in self._open.items() if each.ends_at <= now]:
            del self._open[key]
        while len(self._open) >= _MOST:
            del self._open[next(iter(self._open))]


@dataclass(frozen=True)
class Tickets:
    """Links that sign in whoever opens them first, within five minutes."""

    clock: Clock
    ids: Ids
    _open: dict[str, tuple[Visitor, datetime]] = field(default_factory=dict, init=False)

    def issue(self, visitor: Visitor) -> tuple[str, datetime]:
        """Make a ticket; gives it and the time of its end."""
        secret, ends_at = self.ids.secret(), self.clock.now() + TICKET_LIFE
        while len(self._open) >= _MOST:
            del self._open[next(iter(self._open))]
        self._open[_digest(secret)] = visitor, ends_at
        return secret, ends_at

    def shown(self, secret: str) -> Visitor | None:
        """Tell whom a ticket signs in, without using it up."""
        visitor, ends_at = self._open.get(_digest(secret), (None, self.clock.now()))
        return visitor if ends_at > self.clock.now() else None

    def use(self, secret: str) -> Visitor | None:
        """Use a ticket up; `None` when it was used before, or is too old."""
        visitor = self.shown(secret)
        self._open.pop(_digest(secret), None)
        return visitor


@dataclass(frozen=True, slots=True)
class Departure:
    """Somebody who left to sign in elsewhere.

    `state` goes with them and comes back in the address, `browser` stays in their browser as a
    cookie: who has one without the other is somebody else.
    """

    state: str = field(repr=False)
    browser: str = field(repr=False)
    errand: Errand


@dataclass(frozen=True)
class Departures:
    """Who left to sign in elsewhere; each may come back once, within ten minutes.

    With each errand is kept which session it takes the place of: a browser that comes back from
    another site does not show its cookie.
    """

    clock: Clock
    ids: Ids
    _open: dict[str, tuple[Errand, str, datetime]] = field(default_factory=dict, init=False)

    def begin(self, back: str, instead_of: str) -> Departure:
        """Let somebody leave, who is to come back to the address `back`."""
        errand = Errand(back, nonce=self.ids.secret(), verifier=self.ids.secret())
        departure = Departure(self.ids.secret(), self.ids.secret(), errand)
        while len(self._open) >= _MOST:
            del self._open[next(iter(self._open))]
        key = _digest(f"{departure.state} {departure.browser}")
        self._open[key] = errand, instead_of, self.clock.now() + ERRAND_LIFE
        return departure

    def end(self, state: str, browser: str) -> tuple[Errand, str] | None:
        """Give the errand of somebody who is back, and which session theirs takes the place of.

        `None` when they were back before, are late, or never left from this browser.
        """
        none = None, "", self.clock.now()
        errand, instead_of, ends_at = self._open.pop(_digest(f"{state} {browser}"), none)
        return (errand, instead_of) if errand and ends_at > self.clock.now() else None


def _digest(secret: str) -> str:
    return sha256(secret.encode(errors="surrogatepass")).hexdigest()

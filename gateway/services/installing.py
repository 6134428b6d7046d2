"""A workspace installs our app: who left for the consent page, who came back, and may they.

Nothing is written down for somebody who only leaves. The state carries what has to be known and is
signed; it is bound to the browser by a cookie, and its way back is recorded, so that it works once.

Source: RFC 6749 section 10.12, RFC 9700 (state, injection); Slack, "Installing with OAuth".
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from gateway.domain.errors import ChatError, ChatRefusedError
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.installs import ChatApp, Installed
from gateway.ports.observer import Observer
from gateway.ports.store import Committed, Store, Unit

STATE_LIFE = timedelta(minutes=10)


class Verdict(StrEnum):
    """What the browser that came back is told."""

    INSTALLED = "installed"
    KNOWN = "known"
    DECLINED = "declined"
    OVER = "over"
    FOREIGN = "foreign"
    UNAVAILABLE = "unavailable"


TakeIn = Callable[[Installed], Awaitable[Verdict]]
"""Hand a credential to its workspace: installed; known, whose token the settings hold; foreign."""


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a browser goes, and what its cookie has to hold until it is back."""

    address: str
    browser: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a way back ended, and which workspace it was."""

    verdict: Verdict
    name: str = ""


@dataclass(frozen=True)
class Installing:
    """Leads a browser to the consent page and back. `key` signs what travels along."""

    app: ChatApp
    take_in: TakeIn
    store: Store
    clock: Clock
    ids: Ids
    observer: Observer
    key: bytes = field(repr=False)

    def depart(self) -> Departure:
        """Send a browser to the consent page."""
        browser = self.ids.secret()
        until = int((self.clock.now() + STATE_LIFE).timestamp())
        begun = f"{self.ids.secret()}.{until}"
        return Departure(self.app.consent_page(f"{begun}.{self._seal(begun, browser)}"), browser)

    async def come_back(self, state: str, code: str, browser: str) -> Arrival:
        """Take what the consent page sent along; an empty code means that somebody said no.

        Raises:
            StoreUnavailableError: nothing was decided; the same way back may be tried again.
        """
        arrival = await self._arrive(state, code, browser)
        self.observer.saw("install.answered", verdict=arrival.verdict.value)
        return arrival

    async def _arrive(self, state: str, code: str, browser: str) -> Arrival:
        if not self._is_ours(state, browser) or not await self._is_first(state):
            return Arrival(Verdict.OVER)
        if not code:
            return Arrival(Verdict.DECLINED)
        try:
            installed = await self.app.redeem(code)
        except ChatRefusedError:
            return Arrival(Verdict.OVER)
        except ChatError:
            return Arrival(Verdict.UNAVAILABLE)
        verdict = await self.take_in(installed)
        if verdict is Verdict.FOREIGN:
            await self._give_back(installed)
        return Arrival(verdict, installed.name)

    async def _give_back(self, installed: Installed) -> None:
        """End what nobody here wants; should that fail, the workspace's administrators still can.

        Not where the workspace is known: it may be the very token that the settings hold.
        """
        try:
            await self.app.give_back(installed)
        except ChatError as error:
            self.observer.saw("install.not_given_back", error_code=error.code)

    def _is_ours(self, state: str, browser: str) -> bool:
        """Whether we made this state, for this browser, a short while ago."""
        begun, _, seal = state.rpartition(".")
        until = begun.rpartition(".")[2]
        fits = hmac.compare_digest(
            self._seal(begun, browser), seal.encode(errors="replace").decode()
        )
        return fits and self.clock.now() < datetime.fromtimestamp(int(until), UTC)

    async def _is_first(self, state: str) -> bool:
        once = sha256(state.encode()).hexdigest()
        return await self.store.commit(Unit(once=f"install:{once}")) is Committed.DONE

    def _seal(self, begun: str, browser: str) -> str:
        told = f"install\0{begun}\0{browser}".encode(errors="replace")
        return hmac.new(self.key, told, sha256).hexdigest()

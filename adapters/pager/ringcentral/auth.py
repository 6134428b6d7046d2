"""Being signed in: one keeper per sender, who alone talks to the token endpoint.

Source: RingCentral, "Authentication" and "Refresh token flow". A refresh token is single use and
the access token before it dies at once; the old refresh token gives the same new pair for an hour
as long as the new one was not used. So the new pair is on disk before its first use, and a crash
in between heals by refreshing again.

Processes that share a database take turns: whoever holds the turn refreshes, and the others find
the new pair. A turn that nobody gives back, because its process died, ends by itself.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

from adapters.pager.ringcentral import wire
from adapters.pager.ringcentral.credentials import Credential, TokenPair
from adapters.pager.ringcentral.errors import read_refusal
from adapters.pager.ringcentral.gates import Errand, Gates, Group, Permit
from adapters.pager.ringcentral.seams import Seams
from adapters.pager.ringcentral.shelf import Shelf
from adapters.pager.ringcentral.transport import Answer, Request, Transport
from gateway.domain.errors import (
    LinkEndedError,
    PagerAuthError,
    PagerError,
    PagerOutcomeUnknownError,
    PagerThrottledError,
    PagerUnavailableError,
)

TOKEN_PATH = "/restapi/oauth/token"  # noqa: S105  an address, not a secret
REVOKE_PATH = "/restapi/oauth/revoke"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"

TURN = timedelta(seconds=10)
"""So long a refresh may take before another process tries; both would get the same pair."""
TURN_LOOK_S = 0.2

UNREACHABLE_S = 5.0
UNANSWERED_S = (10.0, 10.0, 30.0)
"""RingCentral asks for three tries, ten seconds apart."""

UNDECIDED = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
BUSY_S = 30
REFUSED_S = 60.0
REFUSED_LONGEST_S = 900.0
"""A refusal is not repeated soon; asking again now and then lets a re-enabled account resume."""


class TokenKeeper:
    """Keeps one sender signed in. `gates` belongs to the app: the Auth group counts all senders.

    While a token call stands refused, every call of the sender fails here, before it is made. A
    credential without a JWT was granted by a person: when its session is over, so is the sender.
    """

    def __init__(
        self,
        credential: Credential,
        transport: Transport,
        gates: Gates,
        shelf: Shelf,
        seams: Seams,
    ) -> None:
        self._credential = credential
        self._transport = transport
        self._gates = gates
        self._shelf = shelf
        self._clock = seams.clock
        self._ids = seams.ids
        self._observer = seams.observer
        self._errand = Errand("token", Group.AUTH, credential.name)
        self._pair: TokenPair | None = None
        self._lock = asyncio.Lock()
        self._held: tuple[float, PagerError] | None = None
        self._unanswered = 0
        self._refusals = 0
        self.name = credential.name
        self.when_ended: Callable[[], None] = _nobody_listens
        """Called once, when what a person granted is over."""

    @property
    def signs_in_until(self) -> datetime | None:
        """When the credential ends for good; `None` when it never does, or a person granted it."""
        return self._credential.ends_at

    async def token(self) -> str:
        """Give an access token that should work.

        Raises:
            PagerAuthError: RingCentral refuses to sign this sender in.
            PagerThrottledError, PagerUnavailableError: not now.
        """
        self._check_held()
        if self._pair is not None and self._clock.now() < self._pair.renew_at:
            return self._pair.access
        async with self._lock:
            return await self._current()

    async def signed_in(self) -> bool:
        """Whether `token` has one at hand; asked by who would rather go without than sign in.

        Raises:
            PagerUnavailableError: the vault is away.
        """
        self._pair = pair = self._pair or await self._stored()
        return pair is not None and self._clock.now() < pair.expires_at and not self._is_held()

    async def renewed(self, refused: str) -> str:
        """Give another token than the one an API call was refused with (401).

        Raises:
            PagerError: as `token`.
        """
        async with self._lock:
            self._check_held()
            pair = self._pair
            if pair is not None and pair.access != refused:
                return pair.access
            async with self._turn(pair) as newer:
                if newer is not None:
                    return newer.access
                return await self._renew(pair, await self._gates.enter(self._errand))

    async def redeem(self, code: str, verifier: str, redirect_uri: str) -> None:
        """Exchange an authorization code; the pair is on disk when this returns.

        Raises:
            LinkEndedError: the code does not work, or not for us.
            PagerError: not now.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        async with self._lock:
            await self._obtain(form, await self._gates.enter(self._errand))

    async def revoke(self) -> None:
        """Forget the pair and end the session, as far as RingCentral listens.

        Raises:
            PagerUnavailableError: the vault is away; nothing is forgotten.
        """
        pair = self._pair or await self._stored()
        await self._shelf.forget(f"token.{self.name}")
        self._pair = None
        if pair is not None:
            await self._sign_out(pair)

    def accepted(self) -> None:
        """Note that a token works."""
        self._refusals = 0

    def park(self, error: PagerAuthError) -> None:
        """Stop all calls of this sender for a while, longer each time: signing in is no use.

        Calls that were under way together are refused together: they count once.
        """
        if self._is_held():
            return
        seconds = min(REFUSED_S * 2**self._refusals, REFUSED_LONGEST_S)
        self._refusals = min(self._refusals + 1, 10)
        self._hold(error, seconds)
        self._observer.saw(
            "pager.sign_in_refused",
            sender=self._credential.name,
            vendor_code=error.vendor_code,
            trace=error.trace,
            seconds=seconds,
        )

    async def _current(self) -> str:
        self._check_held()
        self._pair = pair = self._pair or await self._stored()
        if pair is not None and self._clock.now() < pair.renew_at:
            return pair.access
        async with self._turn(pair) as newer:
            if newer is not None:
                return newer.access
            try:
                permit = await self._gates.enter(self._errand)
            except PagerThrottledError:
                # Many senders renew at once: nothing was refused, and the old token still works.
                if pair is None or self._clock.now() >= pair.expires_at:
                    raise
                return pair.access
            return await self._renew(pair, permit)

    async def _renew(self, pair: TokenPair | None, permit: Permit) -> str:
        """Refresh, or sign in anew where nothing is left to refresh."""
        if pair is None or not pair.refresh or self._clock.now() >= pair.refresh_until:
            return await self._sign_in(permit)
        try:
            form = {"grant_type": "refresh_token", "refresh_token": pair.refresh}
            return await self._obtain(form, permit)
        except LinkEndedError as error:
            self._pair = await self._of_another_process(pair)
            if self._pair is None:
                raise self._end(error) from None
        except PagerAuthError as error:
            if not self._credential.jwt:  # the app is refused, or the person for now
                self.park(error)
                raise
            # The session is gone; a new one is another call, no repetition.
            self._pair = await self._of_another_process(pair)
        if self._pair is not None:
            return self._pair.access
        return await self._sign_in(await self._gates.enter(self._errand))

    async def _sign_in(self, permit: Permit) -> str:
        if not self._credential.jwt:
            raise self._end(LinkEndedError())
        try:
            form = {"grant_type": JWT_GRANT, "assertion": self._credential.jwt}
            return await self._obtain(form, permit)
        except PagerAuthError as error:
            self.park(error)
            raise

    def _end(self, error: LinkEndedError) -> PagerError:
        """Only a person can begin anew."""
        if not self._is_held():
            self._observer.saw("pager.grant_ended", sender=self.name, trace=error.trace)
            self.when_ended()
        return self._hold(error, math.inf)

    async def _sign_out(self, pair: TokenPair) -> None:
        """Revoke; RingCentral asks not to repeat it whatever is answered."""
        form = {"token": pair.refresh or pair.access}
        request = Request("POST", REVOKE_PATH, self._credential.app.authorization, form=form)
        with suppress(PagerError):
            permit = await self._gates.enter(Errand("revoke", Group.AUTH, self.name))
            await self._gates.through(permit, partial(self._transport.exchange, request))

    # --- one process at a time -----------------------------------------------------------------

    @asynccontextmanager
    async def _turn(self, pair: TokenPair | None) -> AsyncIterator[TokenPair | None]:
        """Wait for our turn to refresh; gives the pair that another process got meanwhile."""
        if pair is None or not pair.refresh:
            yield None  # nothing is used up by signing in twice
            return
        mine = await self._take_turn()
        try:
            newer = await self._of_another_process(pair)
            self._pair = newer or pair
            yield newer
        finally:
            with suppress(PagerUnavailableError):  # it ends by itself
                await self._shelf.swap(f"turn.{self.name}", mine, None)

    async def _take_turn(self) -> str:
        while True:
            name, now = f"turn.{self.name}", self._clock.now()
            stands = await self._shelf.get(name)
            if stands is None or now.isoformat() >= stands.partition("|")[0]:
                mine = f"{(now + TURN).isoformat()}|{self._ids.draft()}"
                if await self._shelf.swap(name, stands, mine):
                    return mine
            await self._clock.sleep(TURN_LOOK_S)

    async def _of_another_process(self, refused: TokenPair) -> TokenPair | None:
        """Find the pair another process got for the refresh token we were refused."""
        stored = await self._stored()
        return None if stored is None or stored.access == refused.access else stored

    async def _stored(self) -> TokenPair | None:
        return TokenPair.restored(await self._shelf.get(f"token.{self._credential.name}"))

    async def _obtain(self, form: dict[str, str], permit: Permit) -> str:
        """Make one token call; the pair is on disk before anybody sees it."""
        form = {**form, "endpoint_id": f"gw-{self._credential.name}"}
        request = Request("POST", TOKEN_PATH, self._credential.app.authorization, form=form)
        try:
            answer = await self._gates.through(permit, partial(self._transport.exchange, request))
            pair = self._read(answer)
        except PagerError as error:
            raise self._heard(error) from None
        await self._shelf.put(f"token.{self._credential.name}", pair.stored())
        self._pair = pair
        self._unanswered = 0
        self._observer.saw(
            "pager.signed_in",
            sender=self._credential.name,
            grant=form["grant_type"].rsplit(":", 1)[-1],
            trace=answer.trace,
        )
        return pair.access

    def _read(self, answer: Answer) -> TokenPair:
        if answer.status != HTTPStatus.OK:
            raise self._refusal(answer)
        try:
            return TokenPair.read(wire.parse(answer.body), self._clock.now(), self._ids.jitter())
        except wire.WireError:
            raise PagerOutcomeUnknownError(trace=answer.trace) from None

    def _refusal(self, answer: Answer) -> PagerError:
        said = read_refusal(answer)
        code = said.code or said.word
        if said.grant_over and not self._credential.jwt:
            return LinkEndedError(code, said.trace)
        if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
            retry_at = self._clock.now() + timedelta(seconds=answer.retry_after_s or BUSY_S)
            return PagerUnavailableError(code, said.trace, retry_at=retry_at)
        if answer.status in UNDECIDED or not 400 <= answer.status < 500:  # noqa: PLR2004  4xx
            return PagerOutcomeUnknownError(code, said.trace)
        return PagerAuthError(code, said.trace)

    def _heard(self, error: PagerError) -> PagerError:
        """Leave the token endpoint alone for as long as the failure asks for."""
        match error:
            case (
                PagerThrottledError(retry_at=datetime() as retry_at)
                | PagerUnavailableError(retry_at=datetime() as retry_at)
            ):
                return self._hold(error, (retry_at - self._clock.now()).total_seconds())
            case PagerOutcomeUnknownError():
                wait_s = UNANSWERED_S[min(self._unanswered, len(UNANSWERED_S) - 1)]
                self._unanswered += 1
                return self._unavailable(error, wait_s)
            case PagerUnavailableError():
                return self._unavailable(error, UNREACHABLE_S)
        return error

    def _unavailable(self, error: PagerError, seconds: float) -> PagerError:
        retry_at = self._clock.now() + timedelta(seconds=seconds)
        unavailable = PagerUnavailableError(error.vendor_code, error.trace, retry_at=retry_at)
        return self._hold(unavailable, seconds)

    def _hold(self, error: PagerError, seconds: float) -> PagerError:
        self._held = (self._clock.monotonic() + seconds, error)
        return error

    def _is_held(self) -> bool:
        return self._held is not None and self._clock.monotonic() < self._held[0]

    def _check_held(self) -> None:
        if self._held is not None and self._is_held():
            raise replace(self._held[1])  # a copy: a raised error collects tracebacks


def _nobody_listens() -> None:
    """Settle for the error: the credential is not in use yet."""

"""API calls of one signed-in extension: token, gate, request, and the answer in our words."""

from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Protocol, TypeVar

from adapters.pager.ringcentral import wire
from adapters.pager.ringcentral.auth import TokenKeeper
from adapters.pager.ringcentral.errors import Subject, translate
from adapters.pager.ringcentral.gates import Errand, Gates, Group
from adapters.pager.ringcentral.limiter import Share
from adapters.pager.ringcentral.seams import Seams
from adapters.pager.ringcentral.transport import Answer, Request, Transport
from gateway.domain.errors import (
    LinkEndedError,
    PagerAuthError,
    PagerError,
    PagerOutcomeUnknownError,
    PagerThrottledError,
    PagerUnavailableError,
)

OWN_EXTENSION = "/restapi/v1.0/account/~/extension/~"
LONGEST_MAINTENANCE_S = 120
"""RingCentral's own client waits a random time up to this."""

MOST_PAGES = 1000
"""A list that goes on for longer than this does not end."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """One API call. `key` tells repetitions of the same call from others; only its hash is kept."""

    name: str
    group: Group
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: Mapping[str, object] | None = field(default=None, repr=False)
    key: Hashable = field(default=(), repr=False)
    share: Share = Share.UPKEEP
    subject: Subject = field(default_factory=Subject)

    def errand(self) -> Errand:
        """Describe the call to the gates."""
        return Errand(self.name, self.group, hash((self.name, self.path, self.key)), self.share)


class Sender:
    """An extension we hold a credential for; `name` is its credential's, safe for logs."""

    def __init__(
        self,
        name: str,
        keeper: TokenKeeper,
        gates: Gates,
        transport: Transport,
        seams: Seams,
    ) -> None:
        self.name = name
        self._keeper = keeper
        self._gates = gates
        self._transport = transport
        self._clock = seams.clock
        self._ids = seams.ids
        self._observer = seams.observer
        self._upstream = seams.upstream

    @property
    def signs_in_until(self) -> datetime | None:
        """When the credential ends; `None` when it never does, or when it can be renewed."""
        return self._keeper.signs_in_until

    async def signed_in(self) -> bool:
        """Whether a call could be made without signing in first.

        Raises:
            PagerUnavailableError: the vault is away.
        """
        return await self._keeper.signed_in()

    def remaining(self) -> dict[str, int]:
        """Tell by rate group how many calls are left now."""
        return self._gates.remaining()

    def per_minute(self, name: str, group: Group) -> int:
        """Tell how many calls of this name a minute are allowed, as far as known."""
        return self._gates.per_minute(name, group)

    async def ask(self, call: Call, read: Callable[[wire.Record], T]) -> T:
        """Make a call that may safely be repeated.

        Raises:
            PagerError: any leaf except `PagerOutcomeUnknownError`.
        """
        try:
            return await self.act(call, read)
        except PagerOutcomeUnknownError as error:
            raise PagerUnavailableError(error.vendor_code, error.trace) from None

    async def ask_in_turn(self, call: Call, read: Callable[[wire.Record], T]) -> T:
        """Make a call as `ask` does, but wait when it is too fast."""
        while True:
            try:
                return await self.ask(call, read)
            except PagerThrottledError as error:
                if error.retry_at is None:
                    raise
                await self._clock.sleep((error.retry_at - self._clock.now()).total_seconds())

    async def act(self, call: Call, read: Callable[[wire.Record], T]) -> T:
        """Make a call that must not happen twice.

        Raises:
            PagerOutcomeUnknownError: no answer, or none that `read` understands.
            PagerError: any other leaf.
        """
        answer = await self._authorized(call)
        if not 200 <= answer.status < 300:  # noqa: PLR2004  HTTP classes
            raise self._translated(answer, call)
        self._keeper.accepted()
        try:
            return read(wire.parse(answer.body or b"{}"))
        except wire.WireError as error:
            self._observer.saw(
                "pager.answer_unreadable", call=call.name, trace=answer.trace, where=str(error)
            )
            raise PagerOutcomeUnknownError(trace=answer.trace) from None

    async def _authorized(self, call: Call) -> Answer:
        """Call; on an unexpected 401 renew the token once and call once more."""
        try:
            token = await self._keeper.token()
            answer = await self._exchange(call, token)
            if answer.status == HTTPStatus.UNAUTHORIZED:
                answer = await self._exchange(call, await self._keeper.renewed(token))
        except (PagerAuthError, LinkEndedError) as error:
            error.sender = call.subject.sender
            raise
        return answer

    async def _exchange(self, call: Call, token: str) -> Answer:
        permit = await self._gates.enter(call.errand())
        request = Request(call.method, call.path, f"Bearer {token}", call.query, call.body)
        started = self._clock.monotonic()
        saw = partial(self._observer.saw, call=call.name, sender=self.name)
        try:
            answer = await self._gates.through(permit, partial(self._transport.exchange, request))
        except PagerError as error:
            elapsed_ms = self._elapsed_ms(started)
            saw(
                "pager.call_failed", error_code=error.code, trace=error.trace, elapsed_ms=elapsed_ms
            )
            raise
        self._upstream.heard(answer.headers.get("date", ""), self._clock.now())
        elapsed_ms = self._elapsed_ms(started)
        saw("pager.called", status=answer.status, trace=answer.trace, elapsed_ms=elapsed_ms)
        return answer

    def _elapsed_ms(self, started: float) -> int:
        return round((self._clock.monotonic() - started) * 1000)

    def _translated(self, answer: Answer, call: Call) -> PagerError:
        error = translate(answer, call.subject)
        if isinstance(error, PagerAuthError):
            self._keeper.park(error)
            return error
        self._keeper.accepted()
        if isinstance(error, PagerUnavailableError):
            error.retry_at = self._after_maintenance(answer)
        return error

    def _after_maintenance(self, answer: Answer) -> datetime:
        seconds = answer.retry_after_s or 1 + self._ids.jitter() * (LONGEST_MAINTENANCE_S - 1)
        return self._clock.now() + timedelta(seconds=seconds)


class Asking(Protocol):
    """`Sender.ask` or `Sender.ask_in_turn`."""

    def __call__(self, call: Call, read: Callable[[wire.Record], T], /) -> Awaitable[T]:
        """Make a call."""
        ...


async def every_page(ask: Asking, call: Call, read: Callable[[wire.Record], T]) -> tuple[T, ...]:
    """Read all pages of a list, each record with `read`.

    Links in answers are not followed: they would get our token wherever they lead.

    Raises:
        PagerError: as `ask`; a list is read as a whole or not at all.
    """
    found: list[T] = []
    for page in range(1, MOST_PAGES + 1):
        query = (*call.query, ("page", str(page)))
        one = replace(call, query=query, key=(call.key, page))
        records, more = await ask(one, partial(_read_page, read=read))
        found += records
        if not more:
            return tuple(found)
    raise PagerUnavailableError


def _read_page(answer: wire.Record, read: Callable[[wire.Record], T]) -> tuple[list[T], bool]:
    return [read(record) for record in wire.records(answer)], wire.has_next_page(answer)

"""Signed in for a moment: calls with everything the answer says, and the session ended afterwards.

For those who set up, look for what is wrong, or measure. Sending belongs to `RingCentralPager`,
which waits its turn, holds back and looks before it repeats; none of that happens here.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus

from adapters.http_dates import ahead_of
from adapters.pager.ringcentral import wire
from adapters.pager.ringcentral.auth import JWT_GRANT, REVOKE_PATH, TOKEN_PATH
from adapters.pager.ringcentral.credentials import App
from adapters.pager.ringcentral.errors import read_refusal
from adapters.pager.ringcentral.settings import RingCentralSettings
from adapters.pager.ringcentral.transport import Answer, Request, Transport
from gateway.domain.errors import PagerError
from gateway.ports.clock import Clock

UNREACHABLE = 0
"""Our own `status`: no whole answer came."""

Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer. `code` and `permission` are of a refusal; `record` is the body of a success.

    `ahead_s` is by how much RingCentral's clock is ahead of ours.
    """

    status: int = UNREACHABLE
    code: str = ""
    permission: str = ""
    trace: str = ""
    record: wire.Record = field(default_factory=dict, repr=False)
    ahead_s: float | None = None

    @property
    def well(self) -> bool:
        """Whether it was a success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The shared sender's session, or the refusal to begin one: then nothing else may be asked."""

    sign_in: Heard
    _transport: Transport = field(repr=False)
    _clock: Clock = field(repr=False)

    async def get(self, path: str, query: Query = ()) -> Heard:
        """Read something."""
        return await self._call(Request("GET", path, self._bearer, query))

    async def post(self, path: str, body: Mapping[str, object]) -> Heard:
        """Have something done."""
        return await self._call(Request("POST", path, self._bearer, json=body))

    @property
    def _bearer(self) -> str:
        return f"Bearer {self.sign_in.record.get('access_token', '')}"

    async def _call(self, request: Request) -> Heard:
        return await _heard(self._transport, request, self._clock)


@asynccontextmanager
async def signed_in(settings: RingCentralSettings, clock: Clock) -> AsyncIterator[SignedIn]:
    """Sign the shared sender in for the length of the block: two calls of the five a minute."""
    app = App(settings.client_id, settings.client_secret.get_secret_value())
    form = {"grant_type": JWT_GRANT, "assertion": settings.jwt.get_secret_value()}
    async with Transport.open(settings.server_url, settings.timeouts) as transport:
        request = Request("POST", TOKEN_PATH, app.authorization, form=form)
        answer = await _heard(transport, request, clock)
        try:
            yield SignedIn(answer, transport, clock)
        finally:
            # Five sessions live at a time: one that is left would push out the gateway's.
            if token := str(answer.record.get("access_token", "")):
                end = Request("POST", REVOKE_PATH, app.authorization, form={"token": token})
                with suppress(PagerError):
                    await transport.exchange(end)


async def _heard(transport: Transport, request: Request, clock: Clock) -> Heard:
    try:
        answer = await transport.exchange(request)
    except PagerError:
        return Heard()
    ahead_s = ahead_of(clock.now(), answer.headers.get("date", ""))
    said = read_refusal(answer)
    return Heard(
        answer.status,
        said.code or said.word,
        said.permission,
        answer.trace,
        _record(answer),
        ahead_s,
    )


def _record(answer: Answer) -> wire.Record:
    try:
        return wire.parse(answer.body)
    except wire.WireError:
        return {}

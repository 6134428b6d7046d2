"""Paging over HTTP: who asks is proved, what is asked is read, and a service decides.

| answer | means |
|---|---|
| 202 | written: it will be sent, or its refusal told; the same for every repeat of the request |
| 400 | not JSON, or no usable Idempotency-Key |
| 401 | no known client; why is in our log only |
| 403 | this client may not do this |
| 404 | this client has no such page |
| 422 | understood, and cannot be done as it is; also a key that stands for another page |
| 429 503 | not now: come again after Retry-After, with the same key |
"""

import re
from collections.abc import Callable
from hashlib import sha256

from aiohttp import web
from pydantic import ValidationError

from gateway.domain.ids import ChannelId, Ref
from gateway.ports.observer import Observer
from gateway.ports.orders import NotTaken, OrderDesk, PageOrder, PageReport, Taken
from gateway.web.api_errors import ApiRefusals
from gateway.web.api_models import (
    PageAccepted,
    PageBody,
    PageStatus,
    PartReport,
    RecipientReport,
)
from gateway.web.body import READ_WITHIN_S, read_body

BODY_MOST = 128 * 1024
_KEY = re.compile(r"[\x21-\x7e]{1,255}\Z")
_REF = re.compile(r"pg_[0-9A-Z]{4,16}\Z")
_BEARER = {"WWW-Authenticate": "Bearer"}

Identify = Callable[[web.Request], str | None]
"""Tells which client a request comes from; `None` when that is not proved."""


class ApiDoor:
    """The handlers of `base`, such as `/api/v1/pages`."""

    def __init__(
        self,
        base: str,
        desk: OrderDesk,
        identify: Identify,
        refusals: ApiRefusals,
        observer: Observer,
        *,
        read_within_s: float = READ_WITHIN_S,
    ) -> None:
        self._base = base
        self._desk = desk
        self._identify = identify
        self._refusals = refusals
        self._observer = observer
        self._read_within_s = read_within_s

    def routes(self) -> list[web.RouteDef]:
        """List the routes to mount; other methods are refused in words as well."""
        told = self._refusals.told
        return [
            web.route("*", self._base, told(self.take)),
            web.route("*", self._base + "/{ref}", told(self.look)),
        ]

    async def take(self, request: web.Request) -> web.Response:
        """Take an order."""
        _only(request, "POST")
        client = self._identify(request)
        if client is None:
            return self._unknown()
        keys = request.headers.getall("Idempotency-Key", [])
        if len(keys) != 1:
            return self._no("api.key_missing")
        if not _KEY.match(keys[0]):
            return self._no("api.key_unusable")
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        raw = await read_body(request, BODY_MOST, self._read_within_s)
        try:
            body = PageBody.model_validate_json(raw, strict=True)
        except ValidationError as error:
            return self._refusals.answer(self._refusals.unreadable(error))
        return self._answered(await self._desk.take(_order(client, keys[0], body)))

    async def look(self, request: web.Request) -> web.Response:
        """Tell how a page stands."""
        _only(request, "GET")
        client = self._identify(request)
        if client is None:
            return self._unknown()
        ref = request.match_info["ref"]
        report = await self._desk.look(client, Ref(ref)) if _REF.match(ref) else None
        if report is None:
            return self._no("api.no_such_page")
        return _json(_status(report), 200)

    def _answered(self, answer: Taken | NotTaken) -> web.Response:
        if isinstance(answer, NotTaken):
            return self._refusals.answer(self._refusals.not_taken(answer))
        accepted = PageAccepted(
            ref=answer.ref,
            state="sending",
            to=list(answer.to),
            parts=answer.parts,
            created_at=answer.at,
        )
        return _json(accepted, 202, {"Location": f"{self._base}/{answer.ref}"})

    def _unknown(self) -> web.Response:
        self._observer.saw("api.refused", error_code="api.unauthorized")
        return self._refusals.answer(self._refusals.problem("api.unauthorized"), _BEARER)

    def _no(self, code: str) -> web.Response:
        return self._refusals.answer(self._refusals.problem(code))


def bearer(request: web.Request) -> bytes | None:
    """Read the token of a request; two readers must not see two values."""
    given = request.headers.getall("Authorization", [])
    if len(given) != 1:
        return None
    scheme, _, token = given[0].partition(" ")
    return token.strip().encode(errors="surrogateescape") if scheme.lower() == "bearer" else None


def _only(request: web.Request, method: str) -> None:
    if request.method != method:
        raise web.HTTPMethodNotAllowed(request.method, [method])


def _order(client: str, key: str, body: PageBody) -> PageOrder:
    """Make an order; how the JSON was written makes no other order of it."""
    return PageOrder(
        client=client,
        key=key,
        digest=sha256(body.model_dump_json().encode()).hexdigest(),
        to=tuple(body.to),
        text=body.text,
        channel=ChannelId(body.channel) if body.channel else None,
        split=body.split,
    )


def _status(report: PageReport) -> PageStatus:
    return PageStatus(
        ref=report.ref,
        state=report.state,
        message=report.message,
        next=report.next or None,
        code=report.code or None,
        to=[
            RecipientReport(number=r.number, name=r.name or None, kind=r.kind, reaches=r.reaches)
            for r in report.to
        ],
        parts=[PartReport(part=p.part, state=p.state, attempts=p.attempts) for p in report.parts],
        created_at=report.created_at,
        changed_at=report.changed_at,
        sent_at=report.sent_at,
        replies=report.replies,
        last_reply_from=report.last_reply_from or None,
        last_reply_at=report.last_reply_at,
    )


def _json(
    body: PageAccepted | PageStatus, status: int, headers: dict[str, str] | None = None
) -> web.Response:
    text = body.model_dump_json(exclude_none=True)
    return web.Response(text=text, status=status, headers=headers, content_type="application/json")

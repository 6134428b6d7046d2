"""One authorised API call, and the checks every endpoint shares.

Order: token, scope, permission and feature, the ids in the path, rate; then the endpoint itself.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from adapters.pager.embedded.directory import LONGEST_ID, Extension
from adapters.pager.embedded.errors import bad, refuse
from adapters.pager.embedded.limits import Admission, Group
from adapters.pager.embedded.pager import CompanyPager
from adapters.pager.embedded.reading import others, page_wanted
from adapters.pager.embedded.resources import Links, paged
from adapters.pager.embedded.sessions import Session

PAGER: web.AppKey[CompanyPager] = web.AppKey("pager", CompanyPager)
EXTRA_HEADERS = web.RequestKey("extra_headers", dict[str, str])
REFERENCE = web.RequestKey("reference", str)

# A scope that carries another within it.
IMPLIED_SCOPES = {"ReadMessages": "InternalMessages"}


@dataclass(frozen=True, slots=True)
class Call:
    """An authorised call: who, through which app, with which request."""

    pager: CompanyPager
    request: web.Request
    session: Session
    caller: Extension

    @property
    def links(self) -> Links:
        """The `uri`s of this answer start with the public address, or the one the client used."""
        origin = self.pager.config.public_url or str(self.request.url.origin())
        return Links(origin.rstrip("/"), self.pager.directory.account_id)

    @property
    def now_ms(self) -> int:
        """The present moment."""
        return self.pager.clock.now_ms()

    def extension_in_path(self, name: str = "extensionId") -> Extension:
        """Find the extension a path names; `~` is one's own."""
        text = self.request.match_info[name]
        found = self.caller if text == "~" else self.pager.directory.by_id(text)
        if found is None:
            raise refuse("CMN-102", parameter=name)
        return found

    def paged(self, uri: str, records: list[Any], show: Callable[[Any], Any]) -> web.Response:
        """Answer with one page of a complete list."""
        query = self.request.query
        wanted = page_wanted(query)
        chosen = [show(each) for each in records[wanted.start : wanted.start + wanted.size]]
        return web.json_response(paged(uri, others(query), chosen, len(records), wanted))


Handle = Callable[[Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation with what it costs and demands; paths are RingCentral's."""

    method: str
    path: str
    handle: Handle
    group: Group
    scope: str | None = None
    permission: str | None = None
    feature: str | None = None
    of_anyone: bool = False  # the extension in the path may be another's

    async def guarded(self, request: web.Request) -> web.StreamResponse:
        """Serve a request once everything shared has been checked."""
        pager = request.app[PAGER]
        call = await authorised(pager, request)
        self._check_grants(call)
        self._check_path(call)
        check_rate(pager, request, str(call.caller.id), call.session.client_id, self.group)
        return await self.handle(call)

    def _check_grants(self, call: Call) -> None:
        if self.scope is not None:
            check_scope(call.session, self.scope)
        if self.permission in call.caller.denied_permissions:
            raise refuse("CMN-408", permission=self.permission)
        if self.feature in call.caller.missing_features:
            raise refuse("CMN-109", parameter=self.feature)

    def _check_path(self, call: Call) -> None:
        """Refuse another account, an unknown extension, another's mailbox."""
        path: Mapping[str, str] = call.request.match_info
        if path.get("accountId", "~") not in {"~", str(call.pager.directory.account_id)}:
            raise refuse("CMN-102", parameter="accountId")
        if "extensionId" not in path:
            return
        extension = call.extension_in_path()
        if extension != call.caller and not self.of_anyone:
            raise refuse("CMN-419", permission=self.permission or "ReadExtensions")


def check_scope(session: Session, scope: str) -> None:
    """Refuse what the app was not granted."""
    if scope not in session.scope and IMPLIED_SCOPES.get(scope) not in session.scope:
        raise refuse("CMN-401", permission=scope)


async def authorised(pager: CompanyPager, request: web.Request) -> Call:
    """Find out whose token a request carries.

    Raises:
        ApiError: 401, for a missing or broken token or an extension that may not sign in now.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not token:
        raise refuse("CMN-405")
    if scheme.lower() != "bearer":
        raise refuse("OAU-151")
    session = await pager.sessions.authenticate(token.strip())
    caller = pager.directory.extensions.get(session.extension_id)
    if caller is None:
        raise refuse("OAU-213")
    if not caller.is_active:
        raise refuse("OAU-141")
    return Call(pager, request, session, caller)


def check_rate(
    pager: CompanyPager, request: web.Request, user: str, app: str, group: Group
) -> None:
    """Count a call; its answer will carry the rate headers.

    Raises:
        ApiError: 429 CMN-301 with `Retry-After`.
    """
    admission = pager.limiter.admit(user, app, group)
    if admission is None:
        return
    request[EXTRA_HEADERS] = admission.headers()
    if admission.retry_after_s is not None:
        raise _too_many(pager, admission)


def _too_many(pager: CompanyPager, admission: Admission) -> Exception:
    refusal = refuse("CMN-301")
    if pager.config.dialect.retry_after_header:
        refusal.retry_after_s = admission.retry_after_s
    return refusal


def bulk_ids(text: str, name: str, most: int) -> list[int]:
    """Read `id,id,…` of a bulk path."""
    parts = text.split(",")
    if len(parts) > most:
        raise refuse("CMN-106")
    if not all(each.isascii() and each.isdigit() and len(each) <= LONGEST_ID for each in parts):
        raise refuse("CMN-102", parameter=name) if len(parts) == 1 else bad(name)
    return [int(each) for each in parts]

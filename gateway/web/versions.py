"""The versions of the routes, for an operator: listed, compared with a file, and put back."""

import json
from collections.abc import Awaitable, Mapping
from typing import Protocol

from aiohttp import web

from gateway.web.operator import read_operator


class RoutesDesk(Protocol):
    """Does what is asked; each answer is JSON with stable keys."""

    async def versions(self) -> Mapping[str, object]:
        """List what can be put back."""
        ...

    async def difference(self, file: str) -> Mapping[str, object]:
        """Tell what a file would change, by its path; an empty one is that of the settings."""
        ...

    async def roll_back(self, version: str, who: str) -> Mapping[str, object]:
        """Put a version back; an empty one is the one before."""
        ...


def version_routes(desk: RoutesDesk) -> tuple[web.RouteDef, ...]:
    """Make the routes of the control door."""

    async def listed(_: web.Request) -> web.Response:
        return await _answer(desk.versions())

    async def compared(request: web.Request) -> web.Response:
        return await _answer(desk.difference(request.query.get("file", "")))

    async def put_back(request: web.Request) -> web.Response:
        raw = await request.read()
        by = read_operator(raw, "routes.request")
        return await _answer(desk.roll_back(_version(raw), by.who))

    return (
        web.get("/-/routes/versions", listed),
        web.get("/-/routes/difference", compared),
        web.post("/-/routes/rollback", put_back),
    )


async def _answer(told: Awaitable[Mapping[str, object]]) -> web.Response:
    return web.json_response(await told)


def _version(raw: bytes) -> str:
    """Read which version an operator asks for: `{"by": …, "hash": …}`; empty where none is."""
    return str(json.loads(raw).get("hash") or "").strip()

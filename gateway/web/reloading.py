"""An operator has the files read again that may change while we run.

`POST /-/reload[?by=]` puts them in force, `GET /-/reload?file=` tells what another routes file
would come to.
"""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

Reload = Callable[[str], Awaitable[Mapping[str, object]]]
"""Reads them again for somebody; tells what came of it, also when a file could not be used."""
Rehearse = Callable[[str], Awaitable[Mapping[str, object]]]
"""Tells what a file would come to, by its path on the gateway's disk."""


def reload_routes(reload: Reload, rehearse: Rehearse) -> tuple[web.RouteDef, ...]:
    """Make the routes of the control door."""

    async def reloaded(request: web.Request) -> web.Response:
        return web.json_response(await reload(request.query.get("by") or "operator"))

    async def rehearsed(request: web.Request) -> web.Response:
        if not (file := request.query.get("file", "")):
            raise web.HTTPBadRequest
        return web.json_response(await rehearse(file))

    return (web.post("/-/reload", reloaded), web.get("/-/reload", rehearsed))

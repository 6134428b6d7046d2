"""`POST /-/reload`: an operator has the files read again that may change while we run."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

Reload = Callable[[], Awaitable[Mapping[str, object]]]
"""Reads them again; tells what came of it, also when a file could not be used."""


def reload_routes(reload: Reload) -> tuple[web.RouteDef, ...]:
    """Make the route of the control door."""

    async def reloaded(_: web.Request) -> web.Response:
        return web.json_response(await reload())

    return (web.post("/-/reload", reloaded),)

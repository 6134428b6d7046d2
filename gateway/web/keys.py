"""`POST /-/keys/rotate` over the control door: `{"begin": true}`, then false until all is done."""

import json
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from gateway.web.errors import RefusedError

Step = Callable[[], Awaitable[Mapping[str, object]]]
"""Does one step; tells the name of the key that seals, and how much is left."""


def key_routes(begin: Step, go_on: Step) -> tuple[web.RouteDef, ...]:
    """Make the route of the control door."""

    async def rotate(request: web.Request) -> web.Response:
        step = begin if _is_first(await request.read()) else go_on
        return web.json_response(await step())

    return (web.post("/-/keys/rotate", rotate),)


def _is_first(raw: bytes) -> bool:
    try:
        return bool(json.loads(raw)["begin"])
    except (ValueError, KeyError, TypeError):
        raise RefusedError("keys.step", '`{"begin": true}`, or false to go on.', 400) from None

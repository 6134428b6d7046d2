"""The settings in force, for an operator: each with where it comes from, none of the secrets."""

from collections.abc import Callable, Sequence

from aiohttp import web

Shown = Callable[[], Sequence[object]]
"""Gives the settings in force as JSON will have them."""


def settings_routes(shown: Shown) -> tuple[web.RouteDef, ...]:
    """Make the routes of the control door."""

    async def settings(_: web.Request) -> web.Response:
        return web.json_response({"settings": shown()})

    return (web.get("/-/settings", settings),)

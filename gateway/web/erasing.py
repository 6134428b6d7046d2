"""Erasing a person over the control door: what there is of them, and its end."""

from dataclasses import asdict

from aiohttp import web

from gateway.ports.store import Erasure, Personal
from gateway.services.erasing import Erasing
from gateway.text.words import Words
from gateway.web.errors import RefusedError
from gateway.web.operator import read_operator


def erasing_routes(erasing: Erasing, words: Words) -> tuple[web.RouteDef, ...]:
    """Make the routes of the control door."""

    async def found(request: web.Request) -> web.Response:
        whose = await _meant(erasing, words, request)
        return web.json_response(_as_json(whose, await erasing.found(whose)))

    async def erased(request: web.Request) -> web.Response:
        by = read_operator(await request.read(), "person.request")
        whose = await _meant(erasing, words, request)
        return web.json_response(_as_json(whose, await erasing.erase(whose, by)))

    return (web.get("/-/people/{who}", found), web.post("/-/people/{who}/erase", erased))


async def _meant(erasing: Erasing, words: Words, request: web.Request) -> Erasure:
    whose = await erasing.meant(request.match_info["who"])
    if whose is None:
        raise RefusedError("person.unknown", words.sentence("person.no_such"), 404)
    return whose


def _as_json(whose: Erasure, counts: Personal) -> dict[str, object]:
    ids = {"user": whose.user, "extension": whose.extension, "names": sorted(whose.names)}
    return {"person": ids, "counts": asdict(counts)}

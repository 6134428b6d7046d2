"""Erasing a person over the control door: what there is of them, and its end."""

import json
from dataclasses import asdict

from aiohttp import web

from gateway.domain.audit import Actor
from gateway.ports.store import Erasure, Personal
from gateway.services.erasing import Erasing
from gateway.text.words import Words
from gateway.web.errors import RefusedError


def erasing_routes(erasing: Erasing, words: Words) -> tuple[web.RouteDef, ...]:
    """Make the routes of the control door."""

    async def found(request: web.Request) -> web.Response:
        whose = await _meant(erasing, words, request)
        return web.json_response(_as_json(whose, await erasing.found(whose)))

    async def erased(request: web.Request) -> web.Response:
        by = Actor(_operator(await request.read()), "control")
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


def _operator(body: bytes) -> str:
    """Read who asks: `{"by": …}`."""
    try:
        by = json.loads(body)["by"].strip()
    except (ValueError, KeyError, TypeError, AttributeError):
        by = ""
    if not by:
        raise RefusedError("person.request", "by: say who does this", 400)
    return str(by)

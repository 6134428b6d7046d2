"""Drills over the control door: `POST /-/drills`, `GET /-/drills/{ref}`."""

import json

from aiohttp import web

from gateway.domain.ids import Ref
from gateway.ports.orders import NotTaken
from gateway.services.drilling import Drill, Drilling
from gateway.text.words import Words
from gateway.web.errors import RefusedError

_MINUTES = range(1, 121)


def drill_routes(drilling: Drilling, words: Words) -> tuple[web.RouteDef, ...]:
    """Make the routes of the control door."""

    async def begin(request: web.Request) -> web.Response:
        if drilling.channel is None:
            raise RefusedError("drill.no_channel", words.sentence("drill.no_channel"))
        key = request.headers.get("Idempotency-Key", "")
        to, minutes, by = _asked(await request.read(), key)
        begun = await drilling.begin(key, to, minutes, by)
        if isinstance(begun, NotTaken):
            raise RefusedError(begun.code, " ".join(filter(None, (begun.message, begun.next))))
        return web.json_response(await _shown(begun))

    async def look(request: web.Request) -> web.Response:
        return web.json_response(await _shown(Ref(request.match_info["ref"])))

    async def _shown(ref: Ref) -> dict[str, object]:
        drill = await drilling.look(ref)
        if drill is None:
            raise RefusedError("drill.unknown", words.sentence("drill.no_such"), 404)
        return _as_json(drill)

    return (web.post("/-/drills", begin), web.get("/-/drills/{ref}", look))


def _as_json(drill: Drill) -> dict[str, object]:
    return {
        "ref": drill.ref,
        "state": drill.state.value,
        "people": [
            {
                "extension": each.number,
                "name": each.name,
                "answered_at": each.answered_at.isoformat() if each.answered_at else None,
            }
            for each in drill.people
        ],
    }


def _asked(body: bytes, key: str) -> tuple[str, int, str]:
    """Read `{"to": …, "minutes": …, "by": …}`."""
    try:
        told = json.loads(body)
        to, minutes, by = told["to"].strip(), told["minutes"], told["by"].strip()
    except (ValueError, KeyError, TypeError, AttributeError):
        to, minutes, by = "", 0, ""
    if not (key and to and by) or type(minutes) is not int or minutes not in _MINUTES:
        words = "Say to, by, minutes from 1 to 120, and an Idempotency-Key."
        raise RefusedError("drill.request", words, 400)
    return to, minutes, by

"""Dead letters over the control door: listed, retried, discarded; never with what they say."""

import json
from collections import Counter
from collections.abc import Mapping

from aiohttp import web

from gateway.domain.audit import Actor
from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.services.letters import DEAD, DeadLetters, Fate, Sorting, Why
from gateway.web.errors import RefusedError
from gateway.web.operator import read_limit

_MOST = 10_000


def letter_routes(letters: DeadLetters) -> tuple[web.RouteDef, ...]:
    """Make the routes of the control door."""

    async def listed(request: web.Request) -> web.Response:
        query = request.query
        sorting = Sorting(_states(query.get("state", "")), query.get("reason", ""))
        limit = read_limit(query.get("limit") or str(_MOST), _MOST, "dead_letters.limit")
        found = await letters.listed(sorting, limit)
        return web.json_response({"letters": [_shown(each) for each in found]})

    async def retry(request: web.Request) -> web.Response:
        ids, by = _decision(await request.read())
        return _told(await letters.retry(ids, by))

    async def discard(request: web.Request) -> web.Response:
        raw = await request.read()
        ids, by = _decision(raw)
        return _told(await letters.discard(ids, by, _why(raw)))

    return (
        web.get("/-/dead-letters", listed),
        web.post("/-/dead-letters/retry", retry),
        web.post("/-/dead-letters/discard", discard),
    )


def _states(typed: str) -> tuple[DeliveryState, ...]:
    if typed and typed not in {state.value for state in DEAD}:
        raise RefusedError("dead_letters.state", "`state` is refused or held.", 400)
    return (DeliveryState(typed),) if typed else DEAD


def _decision(raw: bytes) -> tuple[list[int], Actor]:
    """Read `{"ids": [1, 2], "by": "ada"}`."""
    try:
        body = json.loads(raw)
        ids, by = body["ids"], body["by"].strip()
    except (ValueError, KeyError, TypeError, AttributeError):
        ids, by = None, ""
    is_list = isinstance(ids, list) and all(type(each) is int for each in ids)
    if not is_list or not by:
        words = "`ids` is a list of numbers, and `by` says who decides."
        raise RefusedError("dead_letters.request", words, 400)
    return ids, Actor(by, "control")


def _why(raw: bytes) -> Why:
    """Read why letters are given up, if the body `{…, "why": "mistake"}` says so."""
    try:
        return Why(json.loads(raw).get("why", Why.OTHER))
    except ValueError:
        known = ", ".join(Why)
        raise RefusedError("dead_letters.why", f"`why` is one of {known}.", 400) from None


def _shown(letter: Delivery) -> dict[str, object]:
    return {
        "id": letter.id,
        "ref": letter.ref,
        "state": letter.state.value,
        "kind": type(letter.outbound).__name__,
        "reason": letter.fault.code if letter.fault else "",
        "attempts": letter.attempt,
        "created_at": letter.created_at.isoformat(),
        "may_repeat": letter.state is DeliveryState.HELD,
    }


def _told(fates: Mapping[int, Fate]) -> web.Response:
    counts = Counter(fate.value for fate in fates.values())
    letters = [{"id": number, "fate": fate.value} for number, fate in fates.items()]
    return web.json_response({"counts": dict(counts), "letters": letters})

"""The audit trail over the control door: `GET /-/audit`, `GET /-/audit/verification`."""

import json

from aiohttp import web

from gateway.domain.audit import AuditRecord
from gateway.services.auditing import AuditTrail, Verdict
from gateway.web.errors import RefusedError
from gateway.web.operator import read_limit

_MOST = 10_000


def audit_routes(trail: AuditTrail) -> tuple[web.RouteDef, ...]:
    """Make the routes of the control door."""

    async def listed(request: web.Request) -> web.Response:
        limit = read_limit(request.query.get("limit", "50"), _MOST, "audit.limit")
        found = await trail.newest(limit, request.query.get("ref", ""))
        return web.json_response({"records": [shown_record(record) for record in found]})

    async def verification(request: web.Request) -> web.Response:
        anchors = dict(map(_anchor, request.query.getall("anchor", [])))
        return web.json_response(_told(await trail.verify(anchors)))

    return (web.get("/-/audit", listed), web.get("/-/audit/verification", verification))


def _anchor(typed: str) -> tuple[int, str]:
    """Read `NUMBER:SEAL`, as a log line `audit.anchored` has them."""
    number, _, seal = typed.partition(":")
    if not (number.isascii() and number.isdigit() and seal):
        words = "An anchor is NUMBER:SEAL, both from a log line `audit.anchored`."
        raise RefusedError("audit.anchor", words, 400)
    return int(number), seal


def shown_record(record: AuditRecord) -> dict[str, object]:
    """Write a record with the keys that programs know."""
    return {
        "number": record.number,
        "at": record.moment.isoformat(),
        "act": record.act,
        "ref": record.ref,
        "who": record.who,
        "origin": record.origin,
        "facts": json.loads(record.facts),
        "seal": record.seal,
    }


def _told(verdict: Verdict) -> dict[str, object]:
    ends, broken = verdict.ends, verdict.broken
    return {
        "whole": broken is None,
        "followed": verdict.followed,
        "begins_behind": ends.start.number,
        "head": {"number": ends.head.number, "seal": ends.head.seal},
        "broken": {"number": broken.number, "flaw": broken.flaw.value} if broken else None,
    }

"""Audit: who did what, in the console, on the command line and in the chat."""

import json
from urllib.parse import urlencode

from aiohttp import web

from gateway.domain.audit import AuditRecord, Flaw
from gateway.domain.commands import read_ref
from gateway.web.audit import shown_record
from gateway.web.console.desk import Desk
from gateway.web.console.frame import Visit, Way, shows

PATH = "/audit"
_SHOWN = 100
_FLAWS = {
    Flaw.ALTERED: "it was changed, or something before it was",
    Flaw.MISSING: "it is not there",
    Flaw.BEYOND: "the gateway did not write it",
    Flaw.NOT_THE_ANCHORED: "it is not the one the anchor was taken of",
}


def audit_ways(desk: Desk) -> tuple[Way, ...]:
    """List the addresses of this view."""

    async def listed(visit: Visit) -> web.Response:
        ref, before = visit.asked("ref")[:100], visit.asked("before")
        known = read_ref(ref) or ref
        if before.isascii() and before.isdigit() and not known:
            records = await desk.audit.older(int(before[:18]), _SHOWN)
        else:
            records = await desk.audit.newest(_SHOWN, known)
        return visit.page(
            "audit.html",
            records=[(each, json.loads(each.facts)) for each in records],
            ref=ref,
            older=_older(visit, records) if not known else "",
            whole=await _whole(visit),
        )

    async def _whole(visit: Visit) -> tuple[str, str] | None:
        """Follow the chain when that is asked for: how that went, in a state and in words."""
        if not visit.asked("verify"):
            return None
        verdict = await desk.audit.verify({})
        if bad := verdict.broken:
            return "bad", f"Record {bad.number} is wrong: {_FLAWS[bad.flaw]}."
        head = verdict.ends.head
        return (
            "good",
            f"The trail is whole: {verdict.followed} records, ends at {head.number}:{head.seal}",
        )

    async def export(visit: Visit) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={
                "Content-Type": "application/jsonl; charset=utf-8",
                "Content-Disposition": 'attachment; filename="audit.jsonl"',
            }
        )
        visit.head(response)
        await response.prepare(visit.request)
        async for record in desk.audit.everything():
            line = json.dumps(shown_record(record), ensure_ascii=False)
            await response.write(f"{line}\n".encode())
        return response

    return (shows(PATH, listed), shows(f"{PATH}/export", export))


def _older(visit: Visit, records: tuple[AuditRecord, ...]) -> str:
    if len(records) < _SHOWN:
        return ""
    return f"{visit.home}{PATH}?{urlencode({'before': records[-1].number})}"

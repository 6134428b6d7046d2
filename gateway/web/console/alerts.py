"""Alerts: what is open, who has it, who is called next; answered here for whoever cannot."""

from aiohttp import web

from gateway.domain.actions import Action
from gateway.domain.incidents import Incident, IncidentState
from gateway.domain.routing.silences import KeptSilence, SilenceProblem, SilenceState
from gateway.ports.clock import Clock
from gateway.services.alerts.board import AlertBoard
from gateway.services.alerts.silencing import Silencing, Wanted
from gateway.text.words import Words
from gateway.web.console.frame import Handler, Visit, Way, does, shows
from gateway.web.errors import RefusedError
from gateway.web.silences import read_duration, read_matchers, refused_silence

PATH = "/alerts"
_DEEDS = {
    "ack": (Action.ACK, "It is acknowledged."),
    "resolve": (Action.RESOLVE, "It is resolved."),
    "escalate": (Action.ESCALATE, "The next ones are called."),
    "snooze": (Action.SNOOZE, "Nobody is called for an hour."),
}


def alert_ways(
    board: AlertBoard | None, silencing: Silencing | None, words: Words, clock: Clock
) -> tuple[Way, ...]:
    """List the addresses of this view; without alert routes each says so."""
    if board is None or silencing is None:
        return _ways(_none, _none, _none, _none, _none)

    async def listed(visit: Visit) -> web.Response:
        now = clock.now()
        silences = [
            (each, each.silence.state(now) is SilenceState.ACTIVE)
            for each in await silencing.listed()
        ]
        return visit.page("alerts.html", board=await board.open(), silences=silences)

    async def show(visit: Visit) -> web.Response:
        found = await board.one(visit.ref)
        if found is None:
            raise RefusedError("alert.unknown", _UNKNOWN, 404)
        deeds = _possible(found.incident)
        return visit.page("alert.html", found=found, incident=found.incident, deeds=deeds)

    async def act(visit: Visit) -> web.Response:
        deed, told = _DEEDS.get(visit.request.match_info["name"], (None, ""))
        found = await board.one(visit.ref)
        if found is None or deed is None:
            raise RefusedError("alert.unknown", _UNKNOWN, 404)
        objection = await board.act(deed, found.incident, visit.actor)
        said = words.content(objection).summary if objection else told
        return visit.back(f"{PATH}/{found.incident.ref}", said)

    async def silence(visit: Visit) -> web.Response:
        wanted = Wanted(
            read_matchers((visit.form.get("matchers", ""),)),
            visit.actor.who,
            visit.form.get("comment", "").strip(),
            read_duration(visit.form.get("for", "")),
        )
        added = _kept(await silencing.add(wanted, actor=visit.actor))
        return visit.back(PATH, f"Silence {added.silence.id} is in force.")

    async def expire(visit: Visit) -> web.Response:
        id_ = visit.request.match_info["id"]
        _kept(await silencing.expire(id_, visit.actor.who, visit.actor))
        return visit.back(PATH, f"Silence {id_} is over.")

    def _kept(found: KeptSilence | SilenceProblem) -> KeptSilence:
        if isinstance(found, SilenceProblem):
            raise refused_silence(found, words)
        return found

    return _ways(listed, show, silence, expire, act)


def _ways(
    listed: Handler, show: Handler, silence: Handler, expire: Handler, act: Handler
) -> tuple[Way, ...]:
    """Lay the addresses out: the same ones, whatever a workspace can do there."""
    one = f"{PATH}/{{ref}}"
    return (
        shows(PATH, listed),
        shows(one, show),
        does(f"{PATH}/silences", silence),
        does(f"{PATH}/silences/{{id}}/expire", expire),
        does(f"{one}/{{name}}", act),
    )


async def _none(visit: Visit) -> web.Response:
    return visit.page("alerts_off.html")


def _possible(incident: Incident) -> tuple[tuple[str, str], ...]:
    """List what can be done about it now."""
    match incident.state:
        case IncidentState.OPEN:
            snooze = () if incident.snoozed_until else (("snooze", "Snooze for an hour"),)
            taking = (("ack", "Acknowledge"), ("resolve", "Resolve"))
            return (*taking, ("escalate", "Escalate now"), *snooze)
        case IncidentState.ACKNOWLEDGED:
            return (("resolve", "Resolve"),)
        case IncidentState.RESOLVED:
            return ()


_UNKNOWN = "There is no such alert, or it was too long ago."

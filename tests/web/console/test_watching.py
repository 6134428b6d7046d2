"""What operators watch: alerts, routes, the directory, events as they happen, settings in force."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from gateway.domain.ids import ExtensionNumber
from gateway.domain.incidents import Incident, IncidentState
from gateway.services.alerts.desk import filed
from gateway.services.live_events import LiveEvents
from gateway.web.console.sessions import Role
from tests.services.acme import Acme, running_acme
from tests.services.test_escalation import fire, routes
from tests.web.console.trial import Trial, running_console


@pytest.fixture
async def routed() -> AsyncIterator[Trial]:
    """A console over a company that routes alerts, and has one."""
    async with running_acme(routes=routes()) as acme:
        await fire(acme)
        async with running_console(acme) as console:
            yield console


async def incident(acme: Acme) -> Incident:
    (found,) = await acme.store.open_incidents(9)
    return filed(found).incident


# --- alerts --------------------------------------------------------------------------------------


async def test_open_alerts_are_listed_with_who_is_called_next(routed: Trial) -> None:
    """The title leads to everything known about it."""
    found = await incident(routed.acme)
    async with routed.browser(Role.VIEWER) as browser:
        seen = await browser.get("/console/alerts")
        assert found.title in seen.words
        assert "DBA" in seen.words
        assert "Bo Chen" in seen.words
        one = await browser.get(f"/console/alerts/{found.ref}")
        assert "opened" in one.words
        assert "Acknowledge" not in one.words


async def test_an_operator_acknowledges_for_somebody(routed: Trial) -> None:
    """Once, by their own name; who is late hears who was first."""
    found = await incident(routed.acme)
    async with routed.browser(Role.OPERATOR, "ada") as browser:
        await browser.get(f"/console/alerts/{found.ref}")
        seen = await browser.post(f"/console/alerts/{found.ref}/ack")
        assert "It is acknowledged." in seen.words
        late = await browser.post(f"/console/alerts/{found.ref}/ack")
        assert "ada" in late.words
        assert "It is acknowledged." not in late.words
    after = await incident(routed.acme)
    assert (after.state, after.acknowledged_by) == (IncidentState.ACKNOWLEDGED, "ada")
    (record, *_) = await routed.acme.store.audit_newest(1)
    assert (record.act, record.who, record.origin) == ("incident.acknowledged", "ada", "console")


@pytest.mark.parametrize("path", ["al_NONE22/ack", "{ref}/explode"])
async def test_what_is_not_there_cannot_be_answered(routed: Trial, path: str) -> None:
    """An alert nobody knows, a deed there is not."""
    found = await incident(routed.acme)
    async with routed.browser(Role.OPERATOR) as browser:
        await browser.get("/console/alerts")
        seen = await browser.post(f"/console/alerts/{path.format(ref=found.ref)}")
        assert seen.status == 404
    assert (await incident(routed.acme)).state is IncidentState.OPEN


async def test_a_silence_is_added_and_ended(routed: Trial) -> None:
    """With who and why; one that would mute everything is refused."""
    async with routed.browser(Role.OPERATOR, "ada") as browser:
        await browser.get("/console/alerts")
        asked = {"matchers": 'team="db"', "for": "2h", "comment": "planned work"}
        seen = await browser.post("/console/alerts/silences", None, **asked)
        assert "planned work" in seen.words
        (kept,) = await routed.desk.silencing.listed()  # type: ignore[union-attr] # it routes alerts
        assert kept.silence.author == "ada"
        ended = await browser.post(f"/console/alerts/silences/{kept.silence.id}/expire")
        assert "Nothing is silenced" in ended.words
        records = await routed.acme.store.audit_newest(2, kept.silence.id)
        assert {(each.who, each.origin) for each in records} == {("ada", "console")}
        everything = {**asked, "matchers": 'a=~".*"'}
        for wrong in (everything, {**asked, "for": "soon"}):
            seen = await browser.post("/console/alerts/silences", None, **wrong)
            assert seen.status == 400


async def test_without_routes_the_pages_say_how_to_get_some(console: Trial) -> None:
    """Nothing is broken; it is only not set up."""
    async with console.browser(Role.VIEWER) as browser:
        for path in ("/alerts", "/routes"):
            assert "routing.file" in (await browser.get(f"/console{path}")).words


# --- routes --------------------------------------------------------------------------------------


async def test_routes_tell_where_an_alert_would_go(routed: Trial) -> None:
    """Every route that was tried, who that is now, and the command that does the same."""
    async with routed.browser(Role.VIEWER) as browser:
        seen = await browser.get("/console/routes?labels=team%3Ddb")
        assert "It would go to dba" in seen.words
        assert "dba pages DBA" in seen.words
        assert "gateway route test team=db" in seen.words
        assert "0s, then 5m 1 Versions" in seen.words
        other = await browser.get("/console/routes?labels=team%3Dweb")
        assert "no route claimed it" in other.words
        for wrong in ("team", "%22open", "%3Dx"):
            assert (await browser.get(f"/console/routes?labels={wrong}")).status == 400


async def test_the_file_is_compared_and_read_again(routed: Trial) -> None:
    """By operators; viewers see what it would change."""
    async with routed.browser(Role.OPERATOR) as browser:
        assert "group_wait: 10s" in (await browser.get("/console/routes/difference")).words
        assert "in force" in (await browser.post("/console/routes/reload")).words


# --- directory -----------------------------------------------------------------------------------


async def test_departments_say_whom_a_page_does_not_reach(console: Trial) -> None:
    """A department of nobody stands out."""
    async with console.browser(Role.VIEWER) as browser:
        seen = await browser.get("/console/directory")
        assert "Lee Park disabled" in seen.words
        assert "nobody" in seen.words
        found = await browser.get("/console/directory?find=garcia")
        assert "José García" in found.words
        one = await browser.get("/console/directory/400")
        assert "Avery Kim" in one.words
        assert (await browser.get("/console/directory/999")).status == 404


async def test_the_directory_is_read_again(console: Trial, acme: Acme) -> None:
    """What would change is shown first; then it is in force."""
    acme.pager.leave(ExtensionNumber("400"), ExtensionNumber("101"))
    async with console.browser(Role.OPERATOR) as browser:
        would = await browser.get("/console/directory/changes")
        assert "DBA: 101 left" in would.words
        assert len(acme.directory.current.snapshot.departments[0].members) == 4
        done = await browser.post("/console/directory/sync")
        assert "departments ~1" in done.words
    assert len(acme.directory.current.snapshot.departments[0].members) == 3


# --- events and settings -------------------------------------------------------------------------


async def test_events_are_told_as_they_happen(console: Trial) -> None:
    """As a stream; the filter is in its address, and it ends with the gateway."""
    live: LiveEvents = console.desk.live
    async with console.browser(Role.VIEWER) as browser:
        stream = "/console/events/stream?kind=page"
        async with asyncio.timeout(5), browser.http.get(stream) as answer:
            assert answer.content_type == "text/event-stream"
            live.saw("delivery.sent", page_id="pg_1")
            live.saw("page.accepted", page_id="pg_2")
            line = await answer.content.readuntil(b"\n\n")
            told = json.loads(line.removeprefix(b"data: "))
            assert (told["event"], told["page_id"]) == ("page.accepted", "pg_2")
            live.close()
            assert await answer.content.read() == b"event: end\ndata: 0\n\n"
        assert (await browser.get("/console/events?level=loud")).status == 400


async def test_settings_show_where_each_value_comes_from(console: Trial) -> None:
    """And what is secret stays so."""
    async with console.browser(Role.VIEWER) as browser:
        seen = await browser.get("/console/settings")
        assert "gateway.toml:3" in seen.words
        assert "[hidden]" in seen.words
        only = await browser.get("/console/settings?changed=1")
        assert "slack.command" not in only.words
        assert "server.port" in only.words
        assert "No setting is like that" in (await browser.get("/console/settings?find=zz")).words

"""The administration: what checkers and the demo page see and do."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from adapters.pager.embedded import PagerServerConfig, ServerClock, running_pager, server
from tests.adapters.pager_embedded.conftest import JWT_BEARER, Office, OpenOffice
from tests.adapters.pager_embedded.receivers import listening


async def test_it_is_closed_unless_enabled(open_office: OpenOffice) -> None:
    """Without `admin` there is nothing at /_admin."""
    office = await open_office(admin=False)
    assert (await office.admin("GET", "log")).status == 404
    assert (await office.admin("GET", "state")).status == 404


async def test_the_log_has_every_accepted_page_with_its_recipients(office: Office) -> None:
    """In order, with the reference, the copies' ids and who sent; refused pages are absent."""
    priya = await office.phone("110")
    page = (await priya.page("400", text="Disk full pg_7K2M")).body
    await priya.page("103")
    await priya.reply(page, text="Solved")
    first, second = await office.log()
    assert (first["seq"], first["from"], first["to"]) == (1, "110", ["400"])
    assert first["recipients"] == ["101", "102", "104"]
    assert first["reference"] == "pg_7K2M"
    assert first["message_ids"]["110:Outbound"] == str(page["id"])
    assert (second["reply"], second["conversation"]) == (True, first["conversation"])
    newer = (await office.admin("GET", "log", params={"after": "1"})).body["records"]
    assert newer == [second]


async def test_the_state_shows_people_and_departments(office: Office) -> None:
    """Status, members and manager, as they are now."""
    await office.set_status("101", "Frozen")
    await office.remove("102", "400")
    state = (await office.admin("GET", "state")).body
    statuses = {each["number"]: each["status"] for each in state["people"]}
    assert (statuses["101"], statuses["119"]) == ("Frozen", "Disabled")
    (dba,) = [each for each in state["departments"] if each["number"] == "400"]
    assert (dba["members"], dba["manager"]) == (["101", "104", "119"], "110")


async def test_a_new_person_can_sign_in_and_receive(office: Office) -> None:
    """Adding is enough; adding twice or wrongly is refused."""
    new = {"number": "150", "name": "Robin Fox"}
    made = await office.admin("POST", "extensions", json=new)
    assert made.status == 201
    signed_in = await office.token(grant_type=JWT_BEARER, assertion=made.body["jwt"])
    assert signed_in.body["owner_id"] == made.body["id"]
    assert (await office.admin("POST", "extensions", json=new)).status == 409
    bad = await office.admin("POST", "extensions", json={"number": "1"})
    assert (bad.status, bad.code) == (400, "CMN-101")
    await office.add("150", "405")
    await (await office.phone("104")).page("405")
    assert (await office.log())[0]["recipients"] == ["150"]


async def test_changes_at_once_are_all_kept(office: Office) -> None:
    """Memberships and states that change at the same moment do not undo each other."""
    people = [f"{number}" for number in (101, 102, 104, 110, 118, 214, 231, 700)]
    changes = [office.add(each, "405") for each in people]
    await asyncio.gather(*changes, office.set_status("405", "Frozen"))
    state = (await office.admin("GET", "state")).body
    (watch,) = [each for each in state["departments"] if each["number"] == "405"]
    assert sorted(watch["members"]) == people
    assert watch["status"] == "Frozen"


async def test_a_phone_shows_its_messages_newest_last(office: Office) -> None:
    """With names, direction and conversation; those of a conversation one has left are marked."""
    priya = await office.phone("110")
    await priya.page("400", text="first")
    await priya.page("101", text="second")
    await office.remove("101", "400")
    shown = (await office.admin("GET", "mailboxes/101/messages")).body["records"]
    assert [each["text"] for each in shown] == ["first", "second"]
    assert [each["readable"] for each in shown] == [False, True]
    assert shown[0]["from"] == {"number": "110", "name": "Priya Patel"}
    assert shown[0]["to"] == [{"number": "400", "name": "DBA"}]
    assert shown[0]["direction"] == "Inbound"


async def test_a_phone_can_be_acted_as_under_the_same_rules(office: Office) -> None:
    """Sending and replying by that mailbox's id, with the API's refusals."""
    sent = {"from": "110", "to": ["400"], "text": "Disk full"}
    assert (await office.admin("POST", "messages", json=sent)).status == 200
    (shown,) = (await office.admin("GET", "mailboxes/101/messages")).body["records"]
    reply = {"from": "101", "reply_on": shown["id"], "text": "on it"}
    assert (await office.admin("POST", "messages", json=reply)).status == 200
    await office.remove("101", "400")
    refused = await office.admin("POST", "messages", json=reply)
    assert (refused.status, refused.code) == (403, "MSG-326")
    to_frozen = {"from": "110", "to": ["103"], "text": "x"}
    assert (await office.admin("POST", "messages", json=to_frozen)).code == "MSG-324"
    by_frozen = {"from": "103", "to": ["110"], "text": "x"}
    assert (await office.admin("POST", "messages", json=by_frozen)).code == "OAU-141"


async def test_moving_the_clock_makes_events_due(office: Office) -> None:
    """`advance_s` answers with the pager's new time, which its answers carry as `Date`."""
    avery = await office.phone("101")
    async with listening() as receiver:
        await avery.call("POST", "/restapi/v1.0/subscription", json=receiver.wish())
        await avery.page("101")
        moved = await office.admin("POST", "clock", json={"advance_s": 60})
        assert moved.body["time"] == "2026-03-02T09:16:00.000Z"
        assert moved.headers["Date"] == "Mon, 02 Mar 2026 09:16:00 GMT"
        await receiver.heard(1)
    for wrong in (-1, "60", None, True, 1e12):
        answer = await office.admin("POST", "clock", json={"advance_s": wrong})
        assert answer.status == 400


async def test_exchanges_are_noted_without_secrets(office: Office) -> None:
    """Calls and webhooks, with status, code and the reference in the text, and no token."""
    avery = await office.phone("101")
    async with listening() as receiver:
        await avery.call("POST", "/restapi/v1.0/subscription", json=receiver.wish())
        await avery.page("101", text="Disk full pg_7K2M")
        await avery.page("103", text="again al_91QX")
        await office.admin("POST", "clock", json={"advance_s": 1})
        await receiver.heard(1)
        records = await exchanged(office, "out", 2)
    calls = [(each["direction"], each["method"], each["status"]) for each in records]
    assert calls[-1] == ("out", "POST", 200)
    by_reference = {each["reference"]: each for each in records if each["direction"] == "in"}
    assert by_reference["pg_7K2M"]["status"] == 200
    assert by_reference["al_91QX"]["error_code"] == "MSG-324"
    assert records[-1]["reference"] == "pg_7K2M"
    noted = json.dumps(records)
    for secret in (avery.tokens["access_token"], "s3cr3t", office.running.client_secret):
        assert secret not in noted
    newer = await office.admin("GET", "exchanges", params={"after": str(records[-2]["seq"])})
    assert newer.body["records"] == records[-1:]


async def exchanged(office: Office, direction: str, count: int) -> list[dict[str, Any]]:
    """Wait until that many exchanges of a direction have been noted; return all."""
    while True:
        records: list[dict[str, Any]] = (await office.admin("GET", "exchanges")).body["records"]
        if sum(each["direction"] == direction for each in records) >= count:
            return records


async def test_the_stream_tells_what_happens_as_it_happens(office: Office) -> None:
    """Numbered `message`, `exchange` and `state` events; a reader continues where he left."""
    dana = await office.phone("104")
    kinds: list[str] = []
    async with office.http.get(f"{office.running.url}/_admin/stream?after=0") as stream:
        assert stream.content_type == "text/event-stream"
        await dana.page("101")
        await office.set_status("102", "Frozen")
        async with asyncio.timeout(5):
            while not {"message", "exchange", "state"}.issubset(kinds):
                kinds += await next_kinds(stream)
    last = {"Last-Event-ID": "2"}
    async with office.http.get(f"{office.running.url}/_admin/stream", headers=last) as stream:
        async with asyncio.timeout(5):
            while not (line := await stream.content.readline()).startswith(b"id:"):
                pass
    assert line == b"id: 3\n"


async def next_kinds(stream: aiohttp.ClientResponse) -> list[str]:
    line = (await stream.content.readline()).decode()
    return [line.removeprefix("event: ").strip()] if line.startswith("event: ") else []


async def test_the_stream_does_not_hold_up_the_end(
    clock: ServerClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing the pager ends open streams at once, not when its patience ends."""
    monkeypatch.setattr(server, "SHUTDOWN_S", 600.0)
    async with aiohttp.ClientSession() as http, asyncio.timeout(20):
        async with running_pager(PagerServerConfig(admin=True), clock) as running:
            stream = await http.get(f"{running.url}/_admin/stream")
            await stream.content.readline()
        assert b"event" not in await stream.content.read()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://demo.test:8080"}, 200),
        ({"Origin": "http://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.test"}, 403),
        ({"Host": "localhost"}, 200),
    ],
)
async def test_only_one_origin_may_use_it(
    open_office: OpenOffice, headers: dict[str, str], status: int
) -> None:
    """Foreign pages and rebound names are refused; the configured origin may read."""
    office = await open_office(allow_origin="http://demo.test:8080")
    answer = await office.admin("GET", "state", headers=headers)
    assert answer.status == status
    assert answer.headers["Access-Control-Allow-Origin"] == "http://demo.test:8080"


async def test_the_configured_origin_may_ask_first(open_office: OpenOffice) -> None:
    """A preflight request is answered, and the API itself has no CORS."""
    office = await open_office(allow_origin="http://demo.test:8080")
    origin = {"Origin": "http://demo.test:8080"}
    preflight = await office.admin("OPTIONS", "messages", headers=origin)
    assert preflight.status == 204
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    dana = await office.phone("104")
    answer = await dana.get("message-store", headers=origin)
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "extensions/777", {"status": "Frozen"}, 404),
        ("PATCH", "extensions/101", {"status": "Asleep"}, 400),
        ("PUT", "departments/101/members/102", None, 403),
        ("PUT", "departments/400/members/9001", None, 403),
        ("PUT", "departments/777/members/102", None, 404),
        ("GET", "mailboxes/777/messages", None, 404),
        ("POST", "messages", {"from": 7, "text": "x"}, 404),
        ("POST", "messages", {"from": "101", "to": ["102"]}, 400),
        ("POST", "messages", {"from": "101", "to": [7], "text": "x"}, 400),
        ("POST", "messages", {"from": "101", "reply_on": "x", "text": "x"}, 400),
        ("GET", "exchanges?after=x", None, 400),
        ("GET", "stream?after=-1", None, 400),
        ("GET", "log?after=99999999999999999999", None, 400),
    ],
)
async def test_wrong_requests_are_refused(
    office: Office, method: str, path: str, body: Any, status: int
) -> None:
    """Unknown numbers 404, impossible values 400, the wrong kind of extension 403."""
    assert (await office.admin(method, path, json=body)).status == status

"""Where alerts come in: what every request is answered, and what reaches the core."""

import asyncio
import base64
import gzip
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from multidict import CIMultiDict

from adapters import alerts
from gateway.domain.alerts import Alert, AlertStatus, Malformed
from gateway.web.room import AT_ONCE, IntakeRoom
from tests.adapters.alerts import amazon
from tests.adapters.alerts.surroundings import Around
from tests.faults.waiting import until
from tests.web.doors import Door, Got, alert_door

FOLDER = Path(alerts.__path__[0])
BEARER = {"Authorization": "Bearer t0ken"}
ROUTING_KEY = "0123456789abcdef0123456789abcdef"
WHSEC = "whsec_cGFnZXItZGVtby1zZWNyZXQtMDEyMzQ1Njc4OWFiY2Q="
MAPPING = {"dedup": ["$.job"], "title": "$.job"}
SOURCES: tuple[dict[str, Any], ...] = (
    {"name": "am", "kind": "alertmanager"},
    {"name": "graf", "kind": "grafana"},
    {"name": "ci", "kind": "generic", "mapping": MAPPING | {"split": "$.events"}},
    {
        "name": "signed",
        "kind": "generic",
        "mapping": MAPPING,
        "auth": {"profile": "standard-webhooks", "secrets": [WHSEC]},
    },
    {"name": "gone", "kind": "generic", "mapping": MAPPING, "retired": True},
    {"name": "events", "kind": "cloudevents", "origins": ["eventemitter.example.com"], "rate": 60},
    {
        "name": "cron",
        "kind": "pagerduty",
        "auth": {"profile": "routing-key", "secrets": [ROUTING_KEY]},
    },
)


def sample(kind: str, name: str) -> Any:
    """A vendor's body."""
    return json.loads((FOLDER / kind / "samples" / f"{name}.json").read_text())


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with alert_door(*SOURCES) as opened:
        yield opened


def signed(body: bytes, door: Door, name: str = "evt_1") -> dict[str, str]:
    """Headers of Standard Webhooks."""
    stamp = str(int(door.around.clock.now().timestamp()))
    secret = base64.b64decode(WHSEC.removeprefix("whsec_"))
    content = b"%b.%b.%b" % (name.encode(), stamp.encode(), body)
    signature = base64.b64encode(hmac.new(secret, content, "sha256").digest()).decode()
    return {
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{signature}",
    }


# --- taken -------------------------------------------------------------------------------------


async def test_what_is_written_is_answered_202_with_a_verdict_for_each(door: Door) -> None:
    """References lead to the stored body and to why each alert went where it went."""
    got = await door.send("/alerts/am", sample("alertmanager", "several"), BEARER)
    assert got.status == 202
    assert got.json == {
        "id": "in_0001",
        "accepted": 3,
        "results": [
            {"key": "9f1c2ab3d4e5f607", "verdict": "routed", "trace": "al_0001"},
            {"key": "1111222233334444", "verdict": "routed", "trace": "al_0002"},
            {"key": "5555666677778888", "verdict": "routed", "trace": "al_0003"},
        ],
    }
    statuses = [item.status for item in door.intake.alerts.values()]
    assert statuses == [AlertStatus.FIRING, AlertStatus.FIRING, AlertStatus.RESOLVED]


async def test_both_halves_of_a_pair_have_one_effect(door: Door) -> None:
    """The second copy is a promise too, and changes nothing."""
    body = sample("alertmanager", "firing")
    await door.send("/alerts/am", body, BEARER)
    again = await door.send("/alerts/am", body, BEARER)
    assert (again.status, again.json["results"][0]["verdict"]) == (202, "duplicate")
    assert len(door.intake.alerts) == 1


async def test_one_good_alert_carries_a_batch(door: Door) -> None:
    """The sender cannot split its batch; each malformed one is told and counted."""
    got = await door.send("/alerts/am", sample("alertmanager", "some-malformed"), BEARER)
    assert (got.status, got.json["accepted"]) == (202, 1)
    assert [r["verdict"] for r in got.json["results"]] == ["routed"] + ["malformed"] * 5
    (ingest,) = door.intake.ingests
    assert [item.why for item in ingest.items if isinstance(item, Malformed)] == [
        *["labels"] * 3,
        "status",
        "labels",
    ]


async def test_what_had_to_give_way_is_said_in_the_answer(door: Door) -> None:
    """Cut labels, odd times, unknown words: the sender's owner can see it."""
    got = await door.send("/alerts/am", sample("alertmanager", "hostile"), BEARER)
    assert got.json["results"][0]["notes"] == ["severity_unknown", "links_dropped"]
    (taken,) = door.around.log.of("alerts.taken")
    assert taken["notes"] == ["links_dropped", "severity_unknown"]


async def test_what_the_sender_left_out_reaches_the_core(door: Door) -> None:
    """Twelve more alerts that nobody will hear of otherwise."""
    await door.send("/alerts/am", sample("alertmanager", "truncated"), BEARER)
    assert door.intake.ingests[0].omitted == 12


async def test_the_body_reaches_the_core_as_it_was_sent(door: Door) -> None:
    """Byte for byte, so that an operator sees what the sender said."""
    body = b'{"events" : [ {"job":"n\\u00e4chtlich"} ]}'
    await door.send("/alerts/ci", body, BEARER)
    assert door.intake.ingests[0].raw == body


async def test_what_is_left_alone_on_purpose_is_answered_200(door: Door) -> None:
    """A vendor's test button: the sender must be content; it is counted all the same."""
    got = await door.send("/alerts/graf", sample("grafana", "test-ping"), BEARER)
    assert (got.status, got.json["accepted"]) == (200, 0)
    assert got.json["results"] == [{"key": "1b2c3d4e5f60718a", "verdict": "ignored"}]
    assert len(door.intake.ingests) == 1


async def test_an_empty_list_is_no_mistake(door: Door) -> None:
    """Nothing was said, and nothing is wrong."""
    got = await door.send("/alerts/am", sample("alertmanager", "empty-list"), BEARER)
    assert (got.status, got.json["results"]) == (200, [])


async def test_grafana_may_put(door: Door) -> None:
    """Its contact points offer both methods."""
    body = sample("grafana", "firing")
    assert (await door.send("/alerts/graf", body, BEARER, method="PUT")).status == 202


# --- refused -----------------------------------------------------------------------------------


async def test_an_unknown_source_is_404_without_a_word(door: Door) -> None:
    """Nor is a stranger's choice of name written down."""
    got = await door.send("/alerts/canary-name", b"{}", BEARER)
    assert (got.status, got.body) == (404, b"")
    assert "canary" not in str(door.around.log.events)


async def test_a_retired_source_is_410(door: Door) -> None:
    """Senders of some kinds stop for ever then, so an operator has to say so."""
    got = await door.send("/alerts/gone", b"{}")
    assert (got.status, got.body) == (410, b"")


@pytest.mark.parametrize(("name", "method"), [("am", "PUT"), ("am", "GET"), ("ci", "DELETE")])
async def test_other_methods_are_405(door: Door, name: str, method: str) -> None:
    """With the ones that are taken."""
    got = await door.send(f"/alerts/{name}", b"{}", BEARER, method=method)
    assert got.status == 405
    assert "POST" in got.headers["Allow"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "json"),
        (b'{"a": NaN}', "json"),
        (b"\xff", "json"),
        (b'{"version":"4","alerts":[{}, 7]}', "labels"),
        (b'{"text": "from a template of theirs"}', "custom_body"),
    ],
)
async def test_what_holds_nothing_usable_is_400(door: Door, body: bytes, why: str) -> None:
    """Coming again cannot help; the word says where to look, and nothing of the body."""
    got = await door.send("/alerts/am", body, BEARER)
    assert (got.status, got.json) == (400, {"error": "alert.malformed", "why": why})
    assert door.intake.ingests == []
    assert door.around.log.of("alerts.unreadable") == [{"source": "am", "error_code": why}]


@pytest.mark.parametrize("media", ["text/xml", "application/x-www-form-urlencoded", "image/png"])
async def test_another_media_type_is_415(door: Door, media: str) -> None:
    """Only after the sender is known."""
    body = sample("alertmanager", "firing")
    got = await door.send("/alerts/am", body, BEARER | {"Content-Type": media})
    assert got.status == 415
    stranger = await door.send("/alerts/am", body, {"Content-Type": media})
    assert (stranger.status, stranger.body) == (401, b"")


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b"", b"{}"])
async def test_strangers_are_strangers_first(door: Door, body: bytes) -> None:
    """Nothing is parsed before it is believed: 401, no word, nothing reaches the core (T6)."""
    got = await door.send("/alerts/am", body)
    assert (got.status, got.body) == (401, b"")
    assert door.intake.ingests == []
    assert door.around.log.of("alerts.refused") == [{"source": "am", "error_code": "headers"}]


async def test_compressed_bodies_are_415(door: Door) -> None:
    """49 kB of gzip are 50 MB; and a signature is over what was sent (T20)."""
    bomb = gzip.compress(b"\0" * 50_000_000)
    got = await door.send("/alerts/am", bomb, BEARER | {"Content-Encoding": "gzip"})
    assert got.status == 415


async def test_too_large_is_413_announced_or_not(door: Door) -> None:
    """One megabyte; what comes in pieces is not read to its end."""
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    assert b" 413 " in await raw(door, head % (b"/alerts/am", 1024 * 1024 + 1))
    assert b" 413 " in await raw(door, head % (b"/v2/enqueue", 512 * 1024 + 1))

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(16):
            yield b" " * 64 * 1024
        yield b"{}"

    assert (await door.send("/alerts/am", pieces(), BEARER)).status == 413


async def test_too_many_alerts_are_413(door: Door) -> None:
    """The operator's hint is the sender's `max_alerts`."""
    body = {"events": [{"job": n} for n in range(5_001)]}
    got = await door.send("/alerts/ci", body, BEARER)
    assert got.status == 413
    assert got.json == {"error": "alert.too_large", "why": "too_many_alerts"}


async def test_a_body_that_dribbles_is_408() -> None:
    """Half a body holds a connection for ten seconds at most; here for a moment."""
    async with alert_door(*SOURCES, read_within_s=0.05) as door:
        head = b"POST /alerts/am HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
        assert b" 408 " in await raw(door, head)


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"5\r\nab", b"-1\r\n"])
async def test_broken_chunks_are_no_crash(door: Door, chunk: bytes) -> None:
    """A body that cannot be read is the sender's mistake."""
    head = b"POST /alerts/am HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = await raw(door, head + chunk, close=True)
    assert b" 500 " not in answer
    assert not door.around.log.of("request.crashed")


async def raw(door: Door, sent: bytes, *, close: bool = False) -> bytes:
    """Speak HTTP by hand; the first line of the answer."""
    parts = urlsplit(door.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(sent)
        if close:
            writer.write_eof()
        async with asyncio.timeout(5):
            return await reader.readline()
    finally:
        writer.close()


# --- promises ----------------------------------------------------------------------------------


async def test_without_the_database_senders_are_told_to_come_again(door: Door) -> None:
    """503 and when, never 429: Alertmanager would wait for minutes. The next try counts."""
    body = b'{"job":"nightly"}'
    door.intake.away = True
    away = await door.send("/alerts/signed", body, signed(body, door))
    assert (away.status, away.body, away.headers["Retry-After"]) == (503, b"", "5")
    door.intake.away = False
    back = await door.send("/alerts/signed", body, signed(body, door))
    assert (back.status, back.json["results"][0]["verdict"]) == (202, "routed")


async def test_a_repeated_request_has_one_effect(door: Door) -> None:
    """The sender's name for the request is handed over with it, for the same transaction (T2)."""
    body = b'{"job":"nightly"}'
    first, second = [
        await door.send("/alerts/signed", body, signed(body, door, name)) for name in "aa"
    ]
    assert (first.status, second.status) == (202, 202)
    assert second.json["results"][0]["verdict"] == "duplicate"
    other = await door.send("/alerts/signed", body, signed(body, door, "b"))
    assert other.json["results"][0]["verdict"] == "duplicate", "the clock stands still"
    door.around.clock.move(1)
    later = await door.send("/alerts/signed", body, signed(body, door, "c"))
    assert later.json["results"][0]["verdict"] == "routed", "a second, equal failure"


async def test_what_cannot_be_judged_is_told_to_come_again() -> None:
    """SNS's certificate is out of reach: a 401 would lose the message, 503 brings it back."""
    async with alert_door({"name": "aws", **amazon.SETTINGS}) as door:
        got = await door.send("/alerts/aws", amazon.signed(amazon.notification()))
        assert (got.status, got.headers["Retry-After"]) == (503, "5")
        door.around.amazon.pages = {amazon.CERTIFICATE: amazon.certificate()}
        got = await door.send("/alerts/aws", amazon.signed(amazon.notification()))
        assert (got.status, door.intake.ingests[0].replay_key) == (202, "5d1c2f9e-0001")


async def test_a_confirmation_is_never_an_alert() -> None:
    """It is acted upon, left alone as an item, and its token is not kept (landmine 10)."""
    around = Around()
    around.amazon.pages = {amazon.CERTIFICATE: amazon.certificate(), amazon.SUBSCRIBE: b""}
    async with alert_door({"name": "aws", **amazon.SETTINGS}, around=around) as door:
        got = await door.send("/alerts/aws", amazon.signed(amazon.confirmation()))
        assert (got.status, got.json["accepted"]) == (200, 0)
        assert door.intake.alerts == {}
        assert b"t/1" not in door.intake.ingests[0].raw
        assert b"ConfirmSubscription&" not in door.intake.ingests[0].raw


async def test_neither_bodies_nor_credentials_are_written_down(door: Door) -> None:
    """Whatever becomes of a request, its log lines hold codes and counts (T23)."""
    event = {"routing_key": "canary-key", "payload": {"summary": "canary-text"}}
    for headers in ({"Authorization": "Bearer canary"}, BEARER | {"Canary": "canary"}):
        await door.send("/alerts/am?canary=canary", {"canary": "canary"}, headers)
        await door.send("/alerts/ci", {"events": [{"job": "canary"}]}, headers)
        await door.send("/alerts/canary", b"canary", headers)
        await door.send("/v2/enqueue", event, headers)
    assert door.around.log.events
    assert "canary" not in str(door.around.log.events)


# --- handshake ---------------------------------------------------------------------------------


async def test_a_configured_origin_may_send(door: Door) -> None:
    """The address it wants to be called back at is not visited."""
    asked = {
        "WebHook-Request-Origin": "eventemitter.example.com",
        "WebHook-Request-Callback": "http://127.0.0.1:1/never",
        "WebHook-Request-Rate": "100000",
    }
    got = await door.send("/alerts/events", b"", asked, method="OPTIONS")
    assert got.status == 200
    assert got.headers["WebHook-Allowed-Origin"] == "eventemitter.example.com"
    assert got.headers["WebHook-Allowed-Rate"] == "60"


@pytest.mark.parametrize("path", ["/alerts/events", "/alerts/am"])
async def test_other_origins_may_not(door: Door, path: str) -> None:
    """Nor is anything but a configured origin echoed."""
    doubled = CIMultiDict({"WebHook-Request-Origin": "eventemitter.example.com"})
    doubled.add("WebHook-Request-Origin", "evil.example")
    headers: Any
    for headers in ({}, {"WebHook-Request-Origin": "evil.example"}, doubled):
        got = await door.send(path, b"", headers, method="OPTIONS")
        assert got.status == 405
        assert "WebHook-Allowed-Origin" not in got.headers
    assert (await door.send("/alerts/nobody", method="OPTIONS")).status == 404


# --- PagerDuty's protocol ----------------------------------------------------------------------


async def test_an_event_is_answered_as_pagerduty_does(door: Door) -> None:
    """Clients read these members; only their host name has changed."""
    got = await door.send("/v2/enqueue", sample("pagerduty", "firing"))
    assert got.status == 202
    assert got.json == {
        "status": "success",
        "message": "Event processed",
        "dedup_key": "db-7/disk",
    }
    (alert,) = door.intake.alerts.values()
    assert (alert.source, alert.title) == ("cron", "Disk 95 % on db-7")


async def test_an_event_without_a_key_gets_one(door: Door) -> None:
    """The client resolves by it later."""
    body = sample("pagerduty", "missing-optional")
    body["payload"]["timestamp"] = "2026-11-21T09:40:00Z"
    got = await door.send("/v2/enqueue", body)
    (alert,) = door.intake.alerts.values()
    assert got.json["dedup_key"] == alert.dedup_key != ""
    door.around.clock.move(1)
    again = await door.send("/v2/enqueue", body)
    assert again.json == got.json, "a client that comes again learns the same key"


async def test_media_types_mean_nothing_there(door: Door) -> None:
    """`curl -d` says that its JSON is a form."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await door.send("/v2/enqueue", sample("pagerduty", "firing"), form)).status == 202


async def test_an_invalid_event_is_told_what_is_wrong(door: Door) -> None:
    """In PagerDuty's words, which its clients show."""
    got = await door.send("/v2/enqueue", sample("pagerduty", "severity-missing"))
    assert got.status == 400
    assert got.json == {
        "status": "invalid event",
        "message": "Event object is invalid",
        "errors": ["'payload.severity' is missing or blank"],
    }
    assert door.intake.ingests == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"routing_key": 7}', b'{"routing_key": "unknown"}']
)
async def test_an_unknown_routing_key_is_an_invalid_event(door: Door, body: bytes) -> None:
    """Answered as their service does, and counted as a refused credential."""
    got = await door.send("/v2/enqueue", body)
    assert (got.status, got.json["status"]) == (400, "invalid event")
    assert door.around.log.of("alerts.refused") == [{"source": "", "error_code": "credential"}]


async def test_a_change_event_is_news(door: Door) -> None:
    """Somebody deployed; nobody is paged for it as for an incident."""
    got = await door.send("/v2/change/enqueue", sample("pagerduty", "change"))
    assert (got.status, got.json) == (
        202,
        {"status": "success", "message": "Change event processed"},
    )
    (alert,) = door.intake.alerts.values()
    assert alert.status is AlertStatus.INFO


async def test_the_routing_key_is_not_kept(door: Door) -> None:
    """It is a credential; and its source has no other door."""
    await door.send("/v2/enqueue", sample("pagerduty", "firing"))
    assert ROUTING_KEY.encode() not in door.intake.ingests[0].raw
    assert b"db-7/disk" in door.intake.ingests[0].raw
    assert (await door.send("/alerts/cron", sample("pagerduty", "firing"))).status == 404


async def test_events_wait_for_the_database_too(door: Door) -> None:
    """PagerDuty's clients come again after a 5xx."""
    door.intake.away = True
    got = await door.send("/v2/enqueue", sample("pagerduty", "firing"))
    assert (got.status, got.headers["Retry-After"]) == (503, "5")


async def test_two_equal_triggers_are_two_sayings(door: Door) -> None:
    """After a resolve the second opens a new incident; taken for a repeat, it would be lost."""
    event = sample("pagerduty", "empty-lists")
    await door.send("/v2/enqueue", event)
    door.around.clock.move(60)
    await door.send("/v2/enqueue", event)
    taken = [item for ingest in door.intake.ingests for item in ingest.items]
    ids = {item.source_event_id for item in taken if isinstance(item, Alert)}
    assert len(ids) == len(taken) == 2


# --- overload ----------------------------------------------------------------------------------


async def said(door: Door, job: str) -> Got:
    return await door.send("/alerts/ci", {"events": [{"job": job}]}, BEARER)


async def first_shed(tasks: list["asyncio.Task[Got]"]) -> Got:
    """Wait for the one that is answered while nothing can be written down."""

    async def look() -> Got | None:
        done = [task.result() for task in tasks if task.done()]
        return done[0] if done else None

    return await until(look, "a request that found no room")


@pytest.fixture
async def narrow() -> AsyncIterator[Door]:
    """A door with room for four small requests, two of one source; it writes nothing yet."""
    around = Around()
    room = IntakeRoom(around.log, most=16 * 1024)
    async with alert_door(*SOURCES, around=around, room=room) as door:
        door.intake.open.clear()
        yield door


async def test_what_finds_no_room_comes_again(narrow: Door) -> None:
    """503 with Retry-After, and nothing written; what is in hand goes on."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(said(narrow, f"nightly-{n}")) for n in range(3)]
        shed = await first_shed(tasks)
        assert (shed.status, shed.headers["Retry-After"], shed.body) == (503, "5", b"")
        narrow.intake.open.set()
    assert sorted(task.result().status for task in tasks) == [202, 202, 503]
    assert (await said(narrow, "nightly-2")).status == 202


async def test_a_flood_leaves_room_for_other_sources(narrow: Door) -> None:
    """Half of the room is the others': some of them try only once."""
    async with asyncio.TaskGroup() as group:
        await first_shed([group.create_task(said(narrow, f"nightly-{n}")) for n in range(3)])
        other = narrow.send("/alerts/am", sample("alertmanager", "firing"), BEARER)
        taken = group.create_task(other)
        narrow.intake.open.set()
    assert taken.result().status == 202


async def test_a_flood_is_worked_on_a_little_at_a_time() -> None:
    """Whoever waits for an acknowledgement waits for some of the alerts in hand, not for all."""
    around = Around()
    has_room_for = 3 * AT_ONCE
    room = IntakeRoom(around.log, most=2 * has_room_for * 4096)
    async with alert_door(*SOURCES, around=around, room=room) as door:
        door.intake.open.clear()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(said(door, f"n-{n}")) for n in range(has_room_for + 1)]
            await first_shed(tasks)
            door.intake.open.set()
        taken = [task.result().status for task in tasks].count(202)
        assert (taken, door.intake.most_at_once) == (has_room_for, AT_ONCE)


async def test_large_bodies_are_worked_on_alone() -> None:
    """Each needs all hands, and none waits for the half that the other holds."""
    around = Around()
    large = json.dumps({"events": [{"job": "nightly", "text": "x" * AT_ONCE * 4096}]}).encode()
    room = IntakeRoom(around.log, most=2 * 2 * len(large))
    async with alert_door(*SOURCES, around=around, room=room) as door:
        door.intake.open.clear()
        async with asyncio.TaskGroup() as group:
            sending = (door.send("/alerts/ci", large, BEARER) for _ in range(3))
            await first_shed([group.create_task(each) for each in sending])
            door.intake.open.set()
        assert (len(door.intake.ingests), door.intake.most_at_once) == (2, 1)


async def test_bodies_that_come_in_are_bounded() -> None:
    """Whoever opens many requests and sends nothing takes nobody's memory."""
    around = Around()
    room = IntakeRoom(around.log, readers=0)
    async with alert_door(*SOURCES, around=around, room=room) as door:
        got = await said(door, "nightly")
    assert (got.status, got.headers["Retry-After"]) == (503, "5")

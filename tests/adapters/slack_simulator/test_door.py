"""The door and the page: what a browser may do, and what strangers may not."""

import asyncio
import json
from pathlib import Path

import pytest

from adapters.chat.slack_simulator import SlackServerConfig
from tests.adapters.slack_simulator.world import World, world

CONSOLE = "http://127.0.0.1:8099"


async def test_the_page_runs_nothing_but_its_own(w: World) -> None:
    """A strict policy on the page and on every other answer."""
    for path in ("/", "/_sim/state?user=U0DANA", "/nothing"):
        async with w.http.get(w.slack.url + path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "script-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "name", ["..%2Fserver.py", "%2e%2e/server.py", "..", "x%00.js", "none.js", "sub/x.js"]
)
async def test_only_the_pages_own_files_are_served(w: World, name: str) -> None:
    """No way out of the folder."""
    async with w.http.get(f"{w.slack.url}/_sim/static/{name}") as answer:
        assert answer.status in {403, 404}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ],
)
async def test_other_sites_cannot_drive_it(w: World, headers: dict[str, str]) -> None:
    """Neither across origins nor through a name that was bent to loopback."""
    url = f"{w.slack.url}/_sim/messages"
    body = {"user": "U0DANA", "channel": "C0OPS", "text": "x"}
    async with w.http.post(url, json=body, headers=headers) as answer:
        assert answer.status == 403
    assert await w.messages() == []


async def test_one_other_origin_may() -> None:
    """The configured one gets CORS headers everywhere, preflights, streams and files too."""
    async with world(SlackServerConfig(allow_origin=CONSOLE)) as w:
        headers = {"Origin": CONSOLE}
        preflight = {**headers, "Access-Control-Request-Method": "PUT"}
        async with w.http.options(f"{w.slack.url}/_sim/messages", headers=preflight) as answer:
            assert answer.status == 204
            assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
        for path in ("/state", "/stream?after=0", "/static/page.js"):
            async with w.http.get(f"{w.slack.url}/_sim{path}", headers=headers) as answer:
                assert answer.headers["Access-Control-Allow-Origin"] == CONSOLE
        other = {"Origin": "http://127.0.0.1:9"}
        async with w.http.get(f"{w.slack.url}/_sim/state", headers=other) as answer:
            assert answer.status == 403
            assert "Access-Control-Allow-Origin" not in answer.headers


async def test_the_workspace_as_one_person_sees_it(w: World) -> None:
    """Private channels only to members; outsiders and guests see only where they are."""
    state = await w.see("/state", user="U0DANA")
    assert state["team"] == {"id": "T0ACME", "name": "Acme"}
    assert state["app"] == {"id": "A0PAGER", "name": "Pager", "bot_user_id": "U0PAGER"}
    assert state["commands"][0]["command"] == "/page"
    assert {one["type"] for one in state["shortcuts"]} == {"global", "message"}
    assert [one["handle"] for one in state["usergroups"]] == ["oncall"]
    assert state["cursor"] >= 0

    async def channels(user: str) -> set[str]:
        return {one["id"] for one in (await w.see("/state", user=user))["channels"]}

    assert await channels("U0DANA") == {"C0OPS", "C0DBA", "C0LOBBY", "D0DANA"}
    assert await channels("U0CASEY") == {"C0OPS", "C0DBA", "C0LOBBY", "C0BOARD", "D0CASEY"}
    assert await channels("U0GUEST") == {"C0LOBBY", "D0GUEST"}
    assert await channels("U0STRANGER") == {"C0LOBBY"}
    board = next(
        one for one in (await w.see("/state", user="U0CASEY"))["channels"] if one["id"] == "C0BOARD"
    )
    assert (board["is_private"], board["bot_is_member"]) == (True, False)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "invalid_arguments"),
        ({"user": "U0X", "channel": "C0OPS", "text": "x"}, "user_not_found"),
        ({"user": "U0DANA", "channel": "C0X", "text": "x"}, "channel_not_found"),
        ({"user": "U0DANA", "channel": "C0BOARD", "text": "x"}, "channel_not_found"),
        ({"user": "U0GUEST", "channel": "C0OPS", "text": "x"}, "not_in_channel"),
        ({"user": "U0DANA", "channel": "C0OPS", "text": " "}, "no_text"),
    ],
)
async def test_a_driver_is_told_what_is_wrong(w: World, body: dict[str, str], error: str) -> None:
    """400 with a code."""
    assert (await w.sim("POST", "/messages", 400, **body))["error"] == error


async def test_outsiders_see_no_menus_of_the_app(w: World) -> None:
    """No shortcuts and no Home tab for people of another company."""
    ts = await w.says("hello", channel="C0LOBBY")
    body = {"user": "U0STRANGER", "channel": "C0LOBBY", "ts": ts, "callback_id": "page_msg"}
    for path in ("/shortcuts", "/home"):
        assert (await w.sim("POST", path, 400, **body))["error"] == "not_installed_for_you"


async def test_people_change_only_their_own_messages(w: World) -> None:
    """`not_your_message`."""
    ts = await w.says("mine")
    place = {"user": "U0BO", "channel": "C0OPS", "ts": ts}
    for verb, more in (("PUT", {"text": "x"}), ("DELETE", {})):
        answer = await w.sim(verb, "/messages", 400, **place, **more)
        assert answer["error"] == "not_your_message"


async def test_exchanges_show_both_directions_and_no_secrets(w: World) -> None:
    """Numbered, with references found in the text; neither tokens nor texts."""
    await w.types("/page dba Disk full pg_7K2M")
    await w.posted(text="Paged DBA pg_7K2M")
    await w.api("chat.postMessage", channel="C0X", text="x")
    seen = (await w.see("/exchanges"))["exchanges"]
    shown = [(one["direction"], one["method"], one["reference"], one["error"]) for one in seen]
    assert ("out", "command", "pg_7K2M", None) in shown
    assert ("in", "chat.postMessage", "pg_7K2M", None) in shown
    assert ("in", "chat.postMessage", None, "channel_not_found") in shown
    numbers = [one["seq"] for one in seen]
    assert numbers == sorted(numbers)
    assert all(one["signed"] for one in seen if one["direction"] == "out")
    assert w.slack.bot_token not in json.dumps(seen)
    assert "Disk full" not in json.dumps(seen)
    later = (await w.see("/exchanges", after=str(numbers[-2])))["exchanges"]
    assert [one["seq"] for one in later] == numbers[-1:]


async def read_events(w: World, until: str, **request: object) -> list[tuple[str, int]]:
    """Names and ids of the stream's events, up to one of that name."""
    events: list[tuple[str, int]] = []
    number = 0
    url = f"{w.slack.url}/_sim/stream"
    async with asyncio.timeout(5), w.http.get(url, **request) as stream:  # type: ignore[arg-type] # the query or the headers
        async for raw in stream.content:
            word, _, value = raw.decode().strip().partition(": ")
            if word == "id":
                number = int(value)
            elif word == "event":
                events.append((value, number))
                if value == until:
                    break
    return events


async def test_a_stream_goes_on_where_it_broke_off(w: World) -> None:
    """`Last-Event-ID` wins over `after`; ids count up without gaps."""
    await w.says("one")
    first = await read_events(w, "message", params={"after": "0"})
    last = first[-1][1]
    await w.says("two")
    rest = await read_events(
        w, "message", params={"after": "0"}, headers={"Last-Event-ID": str(last)}
    )
    assert rest[0][1] == last + 1
    assert rest[-1][0] == "message"


async def test_an_id_of_an_earlier_run_starts_afresh(w: World) -> None:
    """The page is told to read everything again."""
    events = await read_events(w, "reset", params={"after": "999999"})
    assert events == [("reset", 0)]


async def test_the_stream_announces_what_a_page_shows(w: World) -> None:
    """Messages, edits, deletions, reactions, private messages, views, home, channels."""
    cursor = str((await w.see("/state"))["cursor"])
    ts = await w.says("one")
    place = {"user": "U0DANA", "channel": "C0OPS", "ts": ts}
    await w.sim("PUT", "/messages", **place, text="two")
    await w.sim("POST", "/reactions", **place, name="eyes")
    await w.sim("DELETE", "/messages", **place)
    await w.api("chat.postEphemeral", channel="C0OPS", user="U0DANA", text="psst")
    home = {"type": "home", "blocks": []}
    await w.api("views.publish", user_id="U0DANA", view=home)
    await w.order("archive", channel="C0DBA")
    names = {name for name, _ in await read_events(w, "channel", params={"after": cursor})}
    assert {
        "message",
        "message_changed",
        "message_deleted",
        "reaction",
        "ephemeral",
        "home",
        "channel",
    } <= names


def test_the_simulator_speaks_for_itself() -> None:
    """It shares no code with the gateway nor with Slack's SDKs: a misreading would be shared."""
    folder = Path(__file__).parents[3] / "adapters" / "chat" / "slack_simulator"
    for path in folder.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for name in ("gateway", "slack_sdk", "slack_bolt"):
            assert f"from {name}" not in source
            assert f"import {name}" not in source

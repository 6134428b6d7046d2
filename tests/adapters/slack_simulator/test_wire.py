"""Encodings, rates, and input that was never meant to arrive."""

import json
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.chat.slack_simulator import Limits, SlackServerConfig, VirtualClock
from adapters.chat.slack_simulator.blocks import BLOCKS, ELEMENTS
from adapters.chat.slack_simulator.orders import AT_ONCE, WAITING
from adapters.chat.slack_simulator.webapi import METHODS
from tests.adapters.slack_simulator.conftest import NOON
from tests.adapters.slack_simulator.world import World, world

HELLO = [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}]
POST = {"channel": "C0OPS", "text": "hello"}


def encodings(token: str) -> dict[str, dict[str, Any]]:
    """The ways SDKs send the same call; blocks are a JSON string in all but one."""
    form = {**POST, "blocks": json.dumps(HELLO), "token": token}
    parts = aiohttp.FormData(form, default_to_multipart=True)
    bearer = {"Authorization": f"Bearer {token}"}
    return {
        "json": {"method": "POST", "json": {**POST, "blocks": HELLO}, "headers": bearer},
        "nested": {"method": "POST", "json": form},
        "form": {"method": "POST", "data": form},
        "multipart": {"method": "POST", "data": parts},
        "query": {"method": "GET", "params": form},
        "both": {"method": "POST", "params": {"channel": "C0OPS"}, "data": form},
    }


@pytest.mark.parametrize("how", ["json", "nested", "form", "multipart", "query", "both"])
async def test_every_encoding_means_the_same(w: World, how: str) -> None:
    """GET or POST, query, form, multipart or JSON, token in header or body."""
    call = encodings(w.slack.bot_token)[how]
    async with w.http.request(url=f"{w.slack.api_url}chat.postMessage", **call) as answer:
        content = await answer.json()
    assert content["ok"], content
    assert content["message"]["text"] == "hello"
    assert content["message"]["blocks"][0]["text"] == HELLO[0]["text"]


async def test_unknown_methods_and_wrong_tokens(w: World) -> None:
    """`unknown_method`; an app-level token is not a bot's."""
    assert (await w.api("chat.shout"))["error"] == "unknown_method"
    headers = {"Authorization": f"Bearer {w.slack.app_token}"}
    async with w.http.post(f"{w.slack.api_url}auth.test", headers=headers) as answer:
        assert (await answer.json())["error"] == "not_allowed_token_type"


async def test_a_missing_argument_is_named(w: World) -> None:
    """In the place where Slack puts such words."""
    answer = await w.api("chat.postMessage", text="x")
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]


async def test_rates_by_tier_and_channel() -> None:
    """429 with Retry-After once the bucket is empty; it fills with the workspace's time."""
    clock = VirtualClock.standing_at(NOON)
    async with world(SlackServerConfig(clock=clock)) as w:
        for _ in range(60):
            await w.posted(text="x")
        headers = {"Authorization": f"Bearer {w.slack.bot_token}"}
        url = f"{w.slack.api_url}chat.postMessage"
        async with w.http.post(url, json=POST, headers=headers) as answer:
            assert answer.status == 429
            assert answer.headers["Retry-After"] == "1"
            assert await answer.json() == {"ok": False, "error": "ratelimited"}
        await w.posted("C0DBA", text="another channel")
        clock.advance(1)
        await w.posted(text="x")
        for _ in range(20):
            await w.api("users.list")
        assert (await w.api("users.list"))["error"] == "ratelimited"


async def test_rates_can_be_lifted() -> None:
    """For benchmarks."""
    async with world(SlackServerConfig(limits=Limits.without_rates())) as w:
        for _ in range(70):
            await w.posted(text="x")


HOSTILE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"channel": {"a": 1}, "text": ["x"], "ts": 5, "blocks": 7, "limit": "many"}',
    b'{"channel": "C0OPS", "text": "x", "blocks": [{"type": ["section"]}]}',
    b'{"channel": "C0OPS", "text": "x", "blocks": [{"type": "actions", "elements": 5}]}',
    b'{"channel": "C0OPS", "text": "x", "attachments": [{"blocks": 3}]}',
    b'{"trigger_id": 3, "view": {"type": "modal", "blocks": [null, 3, {"type": "input"}]}}',
    b'{"user_id": "U0DANA", "view": {"type": "home", "blocks": [{"type":"context"}]}}',
    b'{"channel": "C0OPS", "ts": "1e400", "oldest": "NaN", "limit": -1}',
    b'{"limit": NaN, "cursor": 12, "types": {}, "channel": true}',
    b'{"user": "U0DANA", "channel": "C0OPS", "text": "/page \\ud800 x", "verb": "\\udfff"}',
    b'{"users": ",,,", "user": "", "email": [], "post_at": "Infinity"}',
]
TYPES = [
    "application/json",
    "application/json; charset=nonsense",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=nonsense",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "text/plain",
]


@pytest.mark.parametrize("content_type", TYPES)
async def test_hostile_bodies_are_refused_politely(content_type: str) -> None:
    """Any body on any method, response URL or door: an answer below 500, and life goes on."""
    limits = Limits.without_rates()
    async with world(SlackServerConfig(limits=limits)) as w:
        await w.types("/page x")
        urls = [w.app.of("command")[0].payload["response_url"]]
        # `auth.revoke` would end the token that everything is asked with.
        urls += [w.slack.api_url + name for name in METHODS if name != "auth.revoke"]
        urls += [f"{w.slack.url}/_sim{path}" for path in DOOR_PATHS]
        headers = {
            "Authorization": f"Bearer {w.slack.bot_token}",
            "Content-Type": content_type,
        }
        for url in urls:
            for body in HOSTILE:
                async with w.http.post(url, data=body, headers=headers) as answer:
                    await answer.read()
                    assert answer.status < 500, (url, body)
        assert (await w.api("auth.test"))["ok"]


DOOR_PATHS = [
    "/commands",
    "/messages",
    "/actions",
    "/options",
    "/shortcuts",
    "/home",
    "/reactions",
    "/invite",
    "/faults",
    "/clock",
    "/views/V1/submit",
    "/views/V1/close",
    "/log/x/replay",
]

# The same examples each time, so that a red run is a change's fault; raise the number to explore.
FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
names = st.sampled_from(
    ["channel", "user", "text", "blocks", "attachments", "view", "metadata", "ts", "trigger_id"]
)
known = st.sampled_from(["C0OPS", "U0DANA", "section", "actions", "input", "modal", "home"])
block = st.dictionaries(
    st.sampled_from(["type", "text", "elements", "element", "fields", "accessory", "label"]),
    values | known | st.lists(st.dictionaries(st.just("type"), known), max_size=2),
    max_size=4,
)
arguments = st.dictionaries(names, values | known | st.lists(block, max_size=2), max_size=6)


kinds = st.sampled_from(sorted(ELEMENTS))
option = {"text": {"type": "plain_text", "text": "A"}, "value": "a"}
element = st.fixed_dictionaries(
    {"type": kinds, "action_id": st.just("it"), "text": st.just(option["text"])},
    optional={
        "options": st.just([option]),
        "initial_option": values,
        "initial_options": values,
        "initial_value": values,
        "initial_users": values,
        "max_length": values,
        "min_length": values,
        "response_url_enabled": st.booleans(),
    },
)
holder = st.builds(
    lambda kind, inside: {
        "type": kind,
        "block_id": "b",
        "label": option["text"],
        "text": option["text"],
        "elements": [inside],
        "element": inside,
        "accessory": inside,
    },
    st.sampled_from(sorted(BLOCKS)),
    element,
)


@FUZZ
@given(shown=holder, chosen=values)
async def test_whatever_it_shows_can_be_clicked_and_filled_in(
    w: World, shown: dict[str, Any], chosen: object
) -> None:
    """Blocks it accepts never break it later, whatever a driver chooses in them."""
    w.slack.slack.clock.advance(60)
    place: dict[str, Any] = {"user": "U0DANA", "action_id": "it", "value": chosen}
    answer = await w.api("chat.postMessage", channel="C0OPS", text="x", blocks=[shown])
    doors = [({**place, "channel": "C0OPS", "ts": answer.get("ts")}, "/actions")]
    words = option["text"]
    view = {"type": "modal", "title": words, "submit": words, "blocks": [shown]}
    trigger = w.slack.slack.tickets.trigger("U0DANA")
    answer = await w.api("views.open", trigger_id=trigger, view=view)
    if answer["ok"]:
        view_id = answer["view"]["id"]
        filled = {"user": "U0DANA", "values": {"b": {"it": chosen}}}
        doors += [({**place, "view_id": view_id}, path) for path in ("/actions", "/options")]
        doors += [(filled, f"/views/{view_id}/submit")]
    for body, path in doors:
        async with w.http.post(f"{w.slack.url}/_sim{path}", data=json.dumps(body)) as seen:
            assert seen.status in {200, 400}, await seen.text()


@FUZZ
@given(method=st.sampled_from(sorted(METHODS)), given_args=arguments)
async def test_generated_arguments_never_break_it(
    w: World, method: str, given_args: dict[str, Any]
) -> None:
    """Whatever the arguments are: an answer with `ok`, or a refusal with a code."""
    w.slack.slack.tokens.revive()
    answer = await w.api(method, **given_args)
    assert answer["ok"] is True or answer["error"]


door_names = st.sampled_from(
    [
        "user",
        "channel",
        "text",
        "ts",
        "thread_ts",
        "verb",
        "times",
        "n",
        "shape",
        "method",
        "seconds",
        "status",
        "rule",
        "files",
        "values",
        "usergroup",
        "users",
        "action_id",
        "callback_id",
        "name",
        "advance_s",
        "new_id",
        "own",
        "undo",
        "value",
    ]
)
door_known = st.sampled_from(
    [
        "U0DANA",
        "C0OPS",
        "U0PAGER",
        "D0DANA",
        "page",
        "page_msg",
        "/page x",
        "S0ONCALL",
        *sorted(WAITING | AT_ONCE.keys()),
    ]
)
door_arguments = st.dictionaries(door_names, door_known | values, max_size=6)


@FUZZ
@given(path=st.sampled_from(DOOR_PATHS), given_args=door_arguments)
async def test_generated_orders_never_break_it(
    w: World, path: str, given_args: dict[str, Any]
) -> None:
    """Whatever a driver asks for: an answer, or a refusal."""
    async with w.http.post(f"{w.slack.url}/_sim{path}", data=json.dumps(given_args)) as seen:
        assert seen.status in {200, 400}, await seen.text()
    await w.sim("DELETE", "/faults")

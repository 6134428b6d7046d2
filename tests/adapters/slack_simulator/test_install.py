"""Installing the app: consent, codes, rotating tokens; and Socket Mode."""

import asyncio
import base64
from typing import Any

import aiohttp
import pytest
from yarl import URL

from adapters.chat.slack_simulator import SlackServerConfig, VirtualClock
from adapters.chat.slack_simulator.default_workspace import default_workspace
from adapters.chat.slack_simulator.workspace import App
from tests.adapters.slack_simulator.conftest import NOON
from tests.adapters.slack_simulator.world import World, world

BACK = "http://127.0.0.1:9/slack/oauth_redirect"
LINK = {"client_id": "1000.2000", "scope": "chat:write,commands", "state": "s1"}


async def consented(w: World, decision: str = "allow", **link: str) -> URL:
    """Follow an install link and press a button; where the browser is sent."""
    url = URL(f"{w.slack.url}/oauth/v2/authorize").with_query(
        {**LINK, "redirect_uri": BACK, **link}
    )
    async with w.http.get(url) as page:
        assert page.status == 200
        assert "chat:write" in await page.text()
    async with w.http.post(url, data={"decision": decision}, allow_redirects=False) as answer:
        assert answer.status == 302
        return URL(answer.headers["Location"])


async def exchange(w: World, **args: str) -> dict[str, Any]:
    login = base64.b64encode(f"1000.2000:{w.slack.slack.client_secret}".encode()).decode()
    url = f"{w.slack.api_url}oauth.v2.access"
    headers = {"Authorization": f"Basic {login}"}
    async with w.http.post(url, data=args, headers=headers) as answer:
        content: dict[str, Any] = await answer.json()
        return content


async def who_am_i(w: World, token: str) -> dict[str, Any]:
    async with w.http.post(f"{w.slack.api_url}auth.test", data={"token": token}) as answer:
        content: dict[str, Any] = await answer.json()
        return content


async def test_a_person_agrees_and_the_app_gets_a_token(w: World) -> None:
    """The state comes back; the code works once; the token has what was agreed to."""
    back = await consented(w)
    assert back.query["state"] == "s1"
    granted = await exchange(w, code=back.query["code"], redirect_uri=BACK)
    assert granted["ok"], granted
    assert granted["scope"] == "chat:write,commands"
    assert granted["team"]["id"] == "T0ACME"
    assert "refresh_token" not in granted
    assert (await who_am_i(w, granted["access_token"]))["user_id"] == "U0PAGER"
    again = await exchange(w, code=back.query["code"], redirect_uri=BACK)
    assert again["error"] == "invalid_code"


async def test_a_person_refuses(w: World) -> None:
    """`access_denied`, and no code."""
    back = await consented(w, "deny")
    assert back.query["error"] == "access_denied"
    assert "code" not in back.query


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "9"},
        {"scope": "admin"},
        {"scope": ""},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": ""},
    ],
)
async def test_a_bad_link_is_not_shown(w: World, wrong: dict[str, str]) -> None:
    """400 and nowhere to go."""
    query = {**LINK, "redirect_uri": BACK, **wrong}
    async with w.http.get(f"{w.slack.url}/oauth/v2/authorize", params=query) as answer:
        assert answer.status == 400


async def test_codes_need_the_right_hands(w: World, clock: VirtualClock) -> None:
    """The client's secret, the same redirect, within ten minutes."""
    code = (await consented(w)).query["code"]
    async with w.http.post(
        f"{w.slack.api_url}oauth.v2.access",
        data={"client_id": "1000.2000", "client_secret": "guess", "code": code},
    ) as answer:
        assert (await answer.json())["error"] == "bad_client_secret"
    elsewhere = await exchange(w, code=code, redirect_uri="http://127.0.0.1:9/other")
    assert elsewhere["error"] == "bad_redirect_uri"
    late = (await consented(w)).query["code"]
    clock.advance(601)
    assert (await exchange(w, code=late))["error"] == "invalid_code"


async def test_only_registered_redirects() -> None:
    """Where the app has registered URLs, others are refused."""
    workspace = default_workspace()
    workspace.app = App(redirect_urls=("http://127.0.0.1:9/slack",))
    async with world(SlackServerConfig(workspace=workspace)) as w:
        assert (await consented(w)).query["code"]
        query = {**LINK, "redirect_uri": "http://127.0.0.1:9/slackers"}
        async with w.http.get(f"{w.slack.url}/oauth/v2/authorize", params=query) as answer:
            assert answer.status == 400


async def test_rotating_tokens_live_twelve_hours() -> None:
    """Then `token_expired`; a refresh token is good once, and its successor after it."""
    workspace = default_workspace()
    workspace.app = App(token_rotation=True)
    clock = VirtualClock.standing_at(NOON)
    async with world(SlackServerConfig(workspace=workspace, clock=clock)) as w:
        granted = await exchange(w, code=(await consented(w)).query["code"])
        assert granted["access_token"].startswith("xoxe.xoxb-")
        assert granted["expires_in"] == 43_200
        clock.advance(43_200)
        assert (await who_am_i(w, granted["access_token"]))["error"] == "token_expired"
        renew = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
        renewed = await exchange(w, **renew)
        assert (await who_am_i(w, renewed["access_token"]))["ok"]
        assert (await exchange(w, **renew))["error"] == "invalid_refresh_token"
        wrong = await who_am_i(w, renewed["refresh_token"])
        assert wrong["error"] == "invalid_auth"


async def test_the_app_uninstalls_itself(w: World, clock: VirtualClock) -> None:
    """With its client credentials; its tokens are worth nothing afterwards."""
    refused = await w.api("apps.uninstall", client_id="1000.2000", client_secret="guess")
    assert refused["error"] == "bad_client_secret"
    clock.advance(60)  # This method may be called once a minute.
    secret = w.slack.slack.client_secret
    assert (await w.api("apps.uninstall", client_id="1000.2000", client_secret=secret))["ok"]
    assert (await w.api("auth.test"))["error"] == "account_inactive"
    await w.app.heard("app_uninstalled")


async def connected(w: World) -> aiohttp.ClientWebSocketResponse:
    """Open a Socket Mode connection as an SDK does."""
    headers = {"Authorization": f"Bearer {w.slack.app_token}"}
    async with w.http.post(f"{w.slack.api_url}apps.connections.open", headers=headers) as answer:
        url = (await answer.json())["url"]
    socket = await w.http.ws_connect(url)
    hello = await socket.receive_json()
    assert hello["type"] == "hello"
    return socket


async def test_socket_mode_carries_the_same_payloads(w: World) -> None:
    """Commands are answered in the acknowledgement, events are acknowledged, HTTP is silent."""
    socket = await connected(w)
    await w.says("hello")
    event = await socket.receive_json()
    assert event["type"] == "events_api"
    assert event["payload"]["event"]["text"] == "hello"
    await socket.send_json({"envelope_id": event["envelope_id"]})
    async with asyncio.TaskGroup() as group:
        typing = group.create_task(w.types("/page dba x"))
        command = await socket.receive_json()
        assert (command["type"], command["accepts_response_payload"]) == ("slash_commands", True)
        answer = {"envelope_id": command["envelope_id"], "payload": {"text": "Sending…"}}
        await socket.send_json(answer)
    assert typing.result()["response"]["text"] == "Sending…"
    assert w.app.of("message") == []
    assert w.app.of("command") == []
    await socket.close()


async def test_a_connection_needs_a_fresh_ticket(w: World) -> None:
    """Each is good once."""
    async with w.http.get(f"{w.slack.url}/link/?ticket=guess") as answer:
        assert answer.status == 403


async def test_a_new_manifest_changes_the_app(w: World) -> None:
    """Its commands change at once; scopes need a new installation."""
    headers = {"Authorization": f"Bearer {w.slack.slack.tokens.config}"}
    url = f"{w.slack.api_url}apps.manifest.update"
    body = {"app_id": "A0PAGER", "manifest": MANIFEST | {"features": {}}}
    async with w.http.post(url, json=body, headers=headers) as answer:
        assert (await answer.json())["permissions_updated"] is True
    assert (await w.types("/page x"))["error"] == "unknown_command"
    assert (await w.api("chat.postMessage", channel="C0OPS", text="x"))["ok"]


MANIFEST: dict[str, Any] = {
    "display_information": {"name": "Pager"},
    "features": {"slash_commands": [{"command": "/page", "description": "Send a page"}]},
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write"]}},
    "settings": {"event_subscriptions": {"bot_events": ["app_home_opened"]}},
}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({}, None),
        ({"display_information": {"name": "x" * 36}}, "/display_information/name"),
        ({"display_information": {}}, "/display_information/name"),
        ({"feature": {}}, "/feature"),
        ({"features": {"slash_commands": [{}] * 51}}, "/features/slash_commands"),
        ({"features": {"slash_commands": [{}]}}, "/features/slash_commands/0/command"),
        ({"features": {"shortcuts": [{"callback_id": "x", "name": "n" * 25}]}}, None),
        ({"oauth_config": {"scopes": {"bot": ["chat:wrte"]}}}, "/scopes"),
        (
            {"settings": {"event_subscriptions": {"bot_events": ["message.channels"]}}},
            "/events",
        ),
    ],
)
async def test_manifests_are_checked(w: World, change: dict[str, Any], place: str | None) -> None:
    """Limits, unknown keys, misspelt scopes, and events whose scope is missing."""
    headers = {"Authorization": f"Bearer {w.slack.slack.tokens.config}"}
    url = f"{w.slack.api_url}apps.manifest.validate"
    async with w.http.post(url, json={"manifest": MANIFEST | change}, headers=headers) as answer:
        content = await answer.json()
    if not change:
        assert content["ok"]
        return
    assert content["error"] == "invalid_manifest"
    assert place in {None, content["errors"][0]["pointer"]}

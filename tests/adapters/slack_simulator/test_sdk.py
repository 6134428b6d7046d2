"""Slack's own SDK and Bolt work against the simulator without knowing better."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.chat.slack_simulator import SlackServerConfig
from tests.adapters.slack_simulator.conftest import NOON
from tests.adapters.slack_simulator.world import World, world


@pytest.fixture
async def client(w: World) -> AsyncIterator[AsyncWebClient]:
    async with ClientSession() as session:
        yield AsyncWebClient(
            token=w.slack.bot_token, base_url=w.slack.api_url, session=session, retry_handlers=[]
        )


async def test_the_web_client(client: AsyncWebClient) -> None:
    """Reads go out as GET, posts as JSON, the rest as forms; all are understood."""
    assert (await client.auth_test())["bot_id"] == "B0PAGER"
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}]
    metadata = {"event_type": "page", "event_payload": {"ref": "pg_7K2M"}}
    sent = await client.chat_postMessage(
        channel="C0OPS", text="hello", blocks=blocks, metadata=metadata, unfurl_links=False
    )
    await client.chat_update(channel="C0OPS", ts=sent["ts"], text="bye")
    await client.reactions_add(channel="C0OPS", timestamp=sent["ts"], name="eyes")
    thread = await client.conversations_replies(
        channel="C0OPS", ts=sent["ts"], include_all_metadata=True, limit=10
    )
    assert thread["messages"][0]["metadata"] == metadata
    pages = [page async for page in await client.users_list(limit=2)]
    assert sum(len(page["members"]) for page in pages) == 6
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C0X", text="x")
    assert caught.value.response["error"] == "channel_not_found"


async def test_the_signature_verifier(w: World) -> None:
    """Slack's verifier accepts what the simulator signs."""
    await w.types("/page x")
    (command,) = w.app.of("command")

    class Noon(Clock):
        def now(self) -> float:
            return NOON

    verifier = SignatureVerifier(w.slack.signing_secret, clock=Noon())
    assert verifier.is_valid_request(command.body, command.headers)


async def test_the_webhook_client(w: World) -> None:
    """A response_url answers it as hooks.slack.com does."""
    await w.types("/page x")
    url = w.app.of("command")[0].payload["response_url"]
    answer = await AsyncWebhookClient(url).send(text="done", response_type="ephemeral")
    assert (answer.status_code, answer.body) == (200, "ok")


async def test_bolt_over_http() -> None:
    """A Bolt app accepts the signature, hears a command, and answers it."""
    async with world(SlackServerConfig()) as w:
        assert await _heard_by_bolt(w) == "heard dba hello"


async def _heard_by_bolt(w: World) -> str:
    app = AsyncApp(token=w.slack.bot_token, signing_secret=w.slack.signing_secret)
    app.client.base_url = w.slack.api_url

    @app.command("/page")
    async def page(ack: Any, body: dict[str, Any]) -> None:
        await ack(f"heard {body['text']}")

    site = web.Application()
    server = app.server(path="/slack/events")
    site.router.add_post("/slack/events", server.handle_post_requests)
    async with TestServer(site) as behind:
        w.slack.slack.link.url = str(behind.make_url("/slack/events"))
        seen = await w.types("/page dba hello")
    return str(seen["response"]["text"])


async def test_bolt_over_a_socket(w: World) -> None:
    """Its Socket Mode handler connects, hears a command and answers in the acknowledgement."""
    client = AsyncWebClient(token=w.slack.bot_token, base_url=w.slack.api_url)
    app = AsyncApp(client=client)

    @app.command("/page")
    async def page(ack: Any) -> None:
        await ack("heard by socket")

    handler: Any = AsyncSocketModeHandler(app, w.slack.app_token, web_client=client)
    await handler.connect_async()
    try:
        seen = await w.types("/page dba hello")
    finally:
        await handler.close_async()
    assert seen["response"]["text"] == "heard by socket"

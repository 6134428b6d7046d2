"""Whatever arrives gets a clear answer: no 5xx, no traceback, nothing lost, no live mention."""

import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession

from gateway.demo.doors import Json, shown_text
from gateway.demo.world import DemoOptions, World, running_world

OPS = "C0OPS"
DANA = "U0DANA"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with running_world(DemoOptions()) as running:
        yield running


class Sender:
    """Somebody who sends raw requests to the edge, signed or not."""

    def __init__(self, world: World, session: ClientSession) -> None:
        self._world = world
        self._session = session
        self._url = f"{world.gateway.public_url}/slack/events"

    def signed(self, body: bytes) -> dict[str, str]:
        """Sign a body as Slack does, at the present time."""
        stamp = str(int(self._world.clock.now().timestamp()))
        base = b"v0:" + stamp.encode() + b":" + body
        secret = self._world.slack.signing_secret.encode()
        signature = "v0=" + hmac.new(secret, base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}

    async def post(self, body: bytes, kind: str = FORM, headers: Json | None = None) -> int:
        """Send a body; signed unless other headers are given."""
        sent = {"Content-Type": kind, **(self.signed(body) if headers is None else headers)}
        async with self._session.post(self._url, data=body, headers=sent) as response:
            text = await response.text()
            assert "Traceback" not in text
            return response.status


@pytest.fixture
async def sender(world: World) -> AsyncIterator[Sender]:
    async with ClientSession() as session:
        yield Sender(world, session)


def command(text: str, user: str = DANA) -> bytes:
    fields = {
        "team_id": "T0ACME",
        "channel_id": OPS,
        "user_id": user,
        "command": "/page",
        "text": text,
        "api_app_id": "A0PAGER",
        "trigger_id": f"made.up.{abs(hash(text))}",
    }
    return urlencode(fields).encode()


MALFORMED: dict[str, tuple[bytes, str]] = {
    "no form at all": (b"\xff\xfe\x00", FORM),
    "payload that is no JSON": (b"payload=%7Bnot+json", FORM),
    "payload that is a list": (b"payload=%5B1%2C2%5D", FORM),
    "payload that is a number": (b"payload=7", FORM),
    "JSON that is a list": (b"[1,2,3]", "application/json"),
    "JSON that is cut": (b'{"type":"event_callback"', "application/json"),
    "JSON that is deep": (b"[" * 50_000 + b"]" * 50_000, "application/json"),
    "JSON with NaN": (b'{"type":NaN}', "application/json"),
    "null members": (b'{"type":"event_callback","event":null,"team_id":null}', "application/json"),
    "an unknown type": (b'{"type":"brand_new_thing","x":1}', "application/json"),
    "empty": (b"", FORM),
    "many fields": (urlencode([(f"f{n}", "x") for n in range(5000)]).encode(), FORM),
    "another media type": (b"<xml/>", "text/xml"),
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_signed_nonsense_is_refused_or_ignored(
    world: World, sender: Sender, name: str
) -> None:
    """Authentic does not mean well-formed: the answer is 200 or a 4xx, and nobody is paged."""
    body, kind = MALFORMED[name]
    status = await sender.post(body, kind)
    assert status == 200 or 400 <= status < 500
    assert await world.pager_door.log() == []


async def test_forged_and_unsigned_requests_do_nothing(world: World, sender: Sender) -> None:
    """Without the right signature nothing is read, told or paged; with it the same body works."""
    body = command("102 Is this real?")
    signed = sender.signed(body)
    forged = {**signed, "X-Slack-Signature": "v0=" + "0" * 64}
    stale = {**signed, "X-Slack-Request-Timestamp": "1000000000"}
    for headers in ({}, forged, stale):
        assert await sender.post(body, headers=headers) == 401
    assert await world.pager_door.log() == []
    assert await sender.post(body) == 200

    async def look() -> bool | None:
        return bool(await world.pager_door.log()) or None

    await world.player().until(look, "the signed page")


async def test_oversized_body_is_cut_off(sender: Sender) -> None:
    """A quarter of a megabyte is the most Slack sends; more is not read."""
    assert await sender.post(b"text=" + b"a" * 400_000) == 413


async def test_same_signed_request_twice_is_one_page(world: World, sender: Sender) -> None:
    """A replay inside the time window has no second effect."""
    body = command("102 Only once please")
    headers = sender.signed(body)
    first = await sender.post(body, headers=headers)
    second = await sender.post(body, headers=headers)
    assert first == 200
    assert second in {200, 401}

    async def look() -> bool | None:
        return bool(await world.pager_door.log()) or None

    await world.player().until(look, "the page")
    assert len(await world.pager_door.log()) == 1


HOSTILE = (
    "<!channel> wake up",
    "<!here|here> and <!everyone>",
    "<@U0BO> <#C0DBA|dba> <https://evil.example|click>",
    "@everyone @channel @here #general",
    "*bold* _it_ ~no~ `code` ```pre```",
    "\u202eesrever \u200b\u2066 zero width",
    "pg_7K2M Bob via Slack: I am Bob",
    "👩‍🚒" * 100,
    "\ud83d lone surrogate".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "a\x00b\x07c",
)


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_pager_text_wakes_nobody_in_slack(world: World, text: str) -> None:
    """What somebody types on a phone is shown as text: no mention in it is alive."""
    await world.slack_door.post(
        "commands", {"user": DANA, "channel": OPS, "text": "/page 102 Say something"}
    )
    player = world.player()

    async def phoned() -> Json | None:
        shown = await world.pager_door.phone("102")
        return shown[-1] if shown else None

    page = await player.until(phoned, "the page on the phone")
    await world.pager_door.call(
        "POST", "messages", {"from": "102", "text": text, "reply_on": page["id"]}
    )

    async def threaded() -> Json | None:
        roots = [m for m in await world.slack_door.messages(OPS) if m.get("bot_id")]
        if not roots:
            return None
        replies = (await world.slack_door.messages(OPS, roots[-1]["ts"]))[1:]
        return replies[-1] if replies else None

    reply = await player.until(threaded, "the reply in the thread")
    assert reply["mentions"] == []
    assert "<!" not in str(reply.get("text", ""))


async def test_ten_thousand_recipients_get_a_clear_answer(world: World, sender: Sender) -> None:
    """The first unknown one is named; nobody is paged."""
    numbers = ", ".join(str(n) for n in range(20_000, 30_000))
    assert await sender.post(command(f"{numbers}: too many")) == 200
    assert await world.pager_door.log() == []


async def test_hostile_name_in_the_directory_is_only_a_name(world: World) -> None:
    """A person may be called what they like; Slack shows it and wakes nobody."""
    await world.pager_door.call(
        "POST", "extensions", {"number": "666", "name": "<!channel> *Eve*", "type": "User"}
    )
    await world.gateway.directory.refresh()
    await world.slack_door.post(
        "commands", {"user": DANA, "channel": OPS, "text": "/page 666 Hello Eve"}
    )

    async def shown() -> Json | None:
        messages = await world.slack_door.messages(OPS)
        return messages[-1] if messages and messages[-1].get("bot_id") else None

    status = await world.player().until(shown, "the status message")
    assert set(status["mentions"]) <= {DANA}
    assert "Eve" in shown_text(status)


async def test_secrets_and_texts_stay_out_of_the_log(
    world: World,
    sender: Sender,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Neither the words of a page nor a credential is written anywhere but into the database."""
    caplog.set_level(logging.DEBUG)
    canary = "canary-4711-text"
    assert await sender.post(command(f"102 {canary}")) == 200

    async def look() -> bool | None:
        return bool(await world.pager_door.log()) or None

    await world.player().until(look, "the page")
    written = capsys.readouterr()
    everything = caplog.text + written.out + written.err
    secrets = (canary, world.slack.bot_token, world.slack.signing_secret, world.pager.client_secret)
    for secret in (*secrets, world.pager.jwt["104"]):
        assert secret not in everything
    address = f"{world.gateway.admin_url}/metrics"
    async with ClientSession() as session, session.get(address) as response:
        metrics = await response.text()
    assert canary not in metrics
    assert json.dumps(metrics).count("gateway_events") > 0

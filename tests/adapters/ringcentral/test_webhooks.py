"""Subscriptions that stay alive, and a receiver that trusts nobody; RingCentral calls over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from adapters.pager.ringcentral import (
    RingCentralPager,
    RingCentralSettings,
    WebhookAnswer,
    open_ringcentral,
)
from adapters.pager.ringcentral.hooks import Hook
from adapters.pager.ringcentral.subscriptions import Care, Plan, Subscription, care_for
from gateway.domain.ids import ExtensionNumber
from tests.adapters.ringcentral.company import Company, running_company
from tests.adapters.ringcentral.surroundings import Ears, Memory, SeededIds, real_time

GATEWAY, AVERY, BO = map(ExtensionNumber, ("700", "101", "102"))
REFUSED = 401


@dataclass
class Door:
    """Our public listener, and what came through it. It asks whoever is `behind` it."""

    url: str = ""
    behind: RingCentralPager | None = None
    requests: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)
    answers: list[WebhookAnswer] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.requests.append((request.match_info["secret"], request.headers, body))
        if self.behind is None:
            return web.Response(status=503)
        answer = await self.behind.webhook.handle(*self.requests[-1])
        self.answers.append(answer)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


@dataclass
class Scene:
    """A company, our door, our adapter, and the task that keeps the subscriptions."""

    company: Company
    door: Door
    pager: RingCentralPager

    async def looked_after(self) -> None:
        """Wait until the keeper has made its round and sleeps again."""
        await asyncio.wait_for(self.company.clock.someone_waits.wait(), 5)

    async def next_round(self) -> None:
        """Let a minute pass and wait for the keeper's round."""
        self.company.clock.move(60)
        await self.looked_after()

    async def nudged(self) -> ExtensionNumber:
        """Wait for a hint."""
        return await asyncio.wait_for(anext(self.pager.nudges()), 5)

    async def subscriptions(self) -> list[dict[str, Any]]:
        """What RingCentral lists for the shared sender."""
        stored = [value for name, value in self.company.vault.values.items() if ".token." in name]
        headers = {"Authorization": f"Bearer {json.loads(stored[0])['access']}"}
        url = f"{self.company.server.url}/restapi/v1.0/subscription"
        async with self.company.http.get(url, headers=headers) as response:
            return list((await response.json())["records"])

    async def page_us(self, text: str = "hello") -> None:
        """Let Bo's phone page the shared sender."""
        await self.company.admin("POST", "messages", **{"from": "102", "to": ["700"], "text": text})


@asynccontextmanager
async def kept(pager: RingCentralPager) -> AsyncIterator[None]:
    keeping = asyncio.create_task(pager.keep())  # noqa: TID251  cancelled below
    try:
        yield
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


@asynccontextmanager
async def door() -> AsyncIterator[Door]:
    opened = Door()
    app = web.Application()
    app.router.add_post("/ringcentral/webhook/{secret}", opened.receive)
    async with TestServer(app) as server:
        opened.url = str(server.make_url("")).rstrip("/")
        yield opened


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with (
        running_company() as company,
        door() as opened,
        company.open(public_url=opened.url) as pager,
        kept(pager),
    ):
        opened.behind = pager
        built = Scene(company, opened, pager)
        await built.looked_after()
        assert await built.nudged() == GATEWAY
        yield built


# --- keeping subscriptions ----------------------------------------------------------------------


async def test_a_subscription_is_made_and_its_events_nudge_the_mailbox(scene: Scene) -> None:
    """Handshake, one subscription for inbound pages, and a hint within a moment."""
    (subscription,) = await scene.subscriptions()
    assert subscription["status"] == "Active"
    assert subscription["deliveryMode"]["address"].startswith(scene.door.url)
    assert "type=Pager&direction=Inbound" in subscription["eventFilters"][0]
    await scene.page_us()
    assert await scene.nudged() == GATEWAY
    since = scene.company.clock.now() - timedelta(hours=1)
    synced = await scene.pager.sync(GATEWAY, None, since)
    assert [message.text for message in synced.messages] == ["hello"]


async def test_every_mailbox_has_its_own(scene: Scene) -> None:
    """Another credential, another path, another token."""
    async with scene.company.open("101", public_url=scene.door.url) as pager, kept(pager):
        scene.door.behind = pager
        assert await asyncio.wait_for(anext(pager.nudges()), 5) == AVERY
        await scene.company.admin(
            "POST", "messages", **{"from": "102", "to": ["101"], "text": "hi"}
        )
        assert await asyncio.wait_for(anext(pager.nudges()), 5) == AVERY
    paths = {secret for secret, _, _ in scene.door.requests}
    assert len(paths) == 2


async def test_without_a_public_address_nothing_is_subscribed() -> None:
    """Timers do the looking; the task ends at once."""
    async with running_company() as company, company.open() as pager:
        await pager.keep()
        assert company.ears.heard == []


async def test_a_healthy_subscription_is_only_looked_at(scene: Scene) -> None:
    """Round after round the same one."""
    before = await scene.subscriptions()
    for _ in range(3):
        await scene.next_round()
    assert [s["id"] for s in await scene.subscriptions()] == [s["id"] for s in before]


@pytest.mark.parametrize("fault", ["blacklist", "expire_subscription"])
async def test_a_dead_subscription_is_replaced_within_a_minute(scene: Scene, fault: str) -> None:
    """Blacklisted or gone: a new one, and a look at what was missed in between."""
    (old,) = await scene.subscriptions()
    await scene.company.fault(fault)
    await scene.page_us("missed")
    await scene.next_round()
    (new,) = await scene.subscriptions()
    assert new["id"] != old["id"]
    assert new["deliveryMode"]["address"] != old["deliveryMode"]["address"]
    assert await scene.nudged() == GATEWAY
    await scene.page_us("heard")
    assert await scene.nudged() == GATEWAY


async def test_a_subscription_is_renewed_at_half_of_its_life(scene: Scene) -> None:
    """Long before it ends."""
    (old,) = await scene.subscriptions()
    scene.company.clock.move(4 * 86_400)
    await scene.looked_after()
    (new,) = await scene.subscriptions()
    assert new["id"] == old["id"]
    assert new["expirationTime"] > old["expirationTime"]


async def test_a_restart_keeps_the_subscription(scene: Scene) -> None:
    """Path, token and id are in the vault."""
    before = await scene.subscriptions()
    async with scene.company.open(public_url=scene.door.url) as restarted:
        scene.door.behind = restarted
        await scene.page_us()
        assert await asyncio.wait_for(anext(restarted.nudges()), 5) == GATEWAY
    assert [s["id"] for s in await scene.subscriptions()] == [s["id"] for s in before]


async def test_another_process_answers_the_handshake(scene: Scene) -> None:
    """The webhook may reach a replica that does not keep the subscriptions."""
    async with scene.company.open(public_url=scene.door.url) as replica:
        scene.door.behind = replica
        await scene.company.fault("blacklist")
        await scene.next_round()
        (subscription,) = await scene.subscriptions()
        assert subscription["status"] == "Active"
        await scene.page_us()
        assert await asyncio.wait_for(anext(replica.nudges()), 5) == GATEWAY
        scene.company.clock.move(2)
        path = scene.door.requests[-1][0]
        late = await replica.webhook.handle(path, {"Validation-Token": "echo-me"}, b"")
        assert late.status == REFUSED


async def test_a_changed_address_moves_the_subscription(scene: Scene) -> None:
    """The operator gave us another public URL; the old subscription is removed."""
    async with door() as moved:
        async with scene.company.open(public_url=moved.url) as pager, kept(pager):
            moved.behind = pager
            assert await asyncio.wait_for(anext(pager.nudges()), 5) == GATEWAY
        (subscription,) = await scene.subscriptions()
        assert subscription["deliveryMode"]["address"].startswith(moved.url)


async def test_leftovers_of_a_lost_vault_are_removed(scene: Scene) -> None:
    """There may be thirty subscriptions in all."""
    for name in [name for name in scene.company.vault.values if ".webhooks." in name]:
        del scene.company.vault.values[name]
    await scene.next_round()
    assert len(await scene.subscriptions()) == 1


async def test_a_receiver_nobody_reaches_is_told_once_and_once_when_it_is_back() -> None:
    """RingCentral refuses the subscription; polling goes on meanwhile."""
    async with (
        running_company() as company,
        door() as opened,
        company.open(public_url=opened.url) as pager,
        kept(pager),
    ):
        scene = Scene(company, opened, pager)
        await scene.looked_after()
        for _ in range(3):
            await scene.next_round()
        failed = company.ears.events("subscription.failed")
        assert [event["vendor_code"] for event in failed] == ["SUB-525"]
        opened.behind = pager
        await scene.next_round()
        assert len(company.ears.events("subscription.recovered")) == 1
        assert len(await scene.subscriptions()) == 1


def hook(subscription: str = "s-1") -> Hook:
    return Hook(GATEWAY, "path", "token", subscription)


PLAN = Plan("https://pages.example.com", timedelta(days=7), 60)


def test_what_a_subscription_needs_is_a_pure_decision() -> None:
    """Gone, blacklisted, elsewhere: replace. Half of its life over: renew. Else: nothing."""
    now = real_time().now()
    well = Subscription(
        "s-1", active=True, address=PLAN.address(hook()), expires_at=now + PLAN.life
    )
    cases: dict[Care, list[Subscription | None]] = {
        Care.NOTHING: [well, replace(well, expires_at=now + timedelta(days=3.6))],
        Care.RENEWAL: [replace(well, expires_at=now + timedelta(days=3.4))],
        Care.REPLACEMENT: [None, replace(well, active=False), replace(well, address="elsewhere")],
    }
    for care, subscriptions in cases.items():
        assert [care_for(each, hook(), PLAN, now) for each in subscriptions] == [care] * len(
            subscriptions
        )
    assert care_for(None, None, PLAN, now) is Care.REPLACEMENT


# --- the receiver -------------------------------------------------------------------------------


@dataclass
class Post:
    """A request to our receiver that would be accepted, to be spoiled."""

    secret: str
    token: str
    subscription: str

    def body(self, **more: object) -> bytes:
        return json.dumps({"subscriptionId": self.subscription, "body": {}, **more}).encode()

    def headers(self, **more: str) -> dict[str, str]:
        return {"Verification-Token": self.token, **more}


@pytest.fixture
async def post(scene: Scene) -> Post:
    (name,) = [name for name in scene.company.vault.values if ".webhooks." in name]
    (stored,) = json.loads(scene.company.vault.values[name])["records"]
    return Post(stored["secret"], stored["token"], stored["subscription"])


def size(answer: WebhookAnswer) -> int:
    """What goes over the wire, with what aiohttp adds."""
    added = "HTTP/1.1 200 OK\r\nServer: Python/3.13 aiohttp/3.99.99\r\nContent-Length: 0\r\n"
    added += "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n"
    return (
        len(added) + len(answer.body) + sum(len(k) + len(v) + 4 for k, v in answer.headers.items())
    )


def no_nudge(scene: Scene) -> bool:
    return scene.pager._nudges._waiting == {}


async def test_an_event_is_answered_at_once_with_little(scene: Scene, post: Post) -> None:
    """200, JSON, empty, under 1024 bytes."""
    answer = await scene.pager.webhook.handle(post.secret, post.headers(), post.body())
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Type"] == "application/json"
    assert size(answer) < 1024
    assert not no_nudge(scene)


async def test_our_secret_may_come_under_either_name(scene: Scene, post: Post) -> None:
    """The guide changed its mind about the header; it is never echoed."""
    headers = {"Validation-Token": post.token}
    answer = await scene.pager.webhook.handle(post.secret, headers, post.body())
    assert answer.status == 200
    assert "Validation-Token" not in answer.headers


async def test_strangers_get_no_hint(scene: Scene, post: Post) -> None:
    """Wrong path, token, subscription, missing or doubled headers: one and the same 401."""
    doubled = CIMultiDict([("Verification-Token", post.token), ("verification-token", post.token)])
    other = json.dumps({"subscriptionId": "another"}).encode()
    tries: list[tuple[str, Mapping[str, str], bytes]] = [
        ("unknown", post.headers(), post.body()),
        ("", post.headers(), post.body()),
        ("x" * 10_000, post.headers(), post.body()),
        (post.secret + "x", post.headers(), post.body()),
        (post.secret[:-1], post.headers(), post.body()),
        (post.secret, {}, post.body()),
        (post.secret, {"Verification-Token": post.token[:-1]}, post.body()),
        (post.secret, {"Verification-Token": "é" + post.token}, post.body()),
        (post.secret, {"Verification-Token": ""}, post.body()),
        (post.secret, doubled, post.body()),
        (post.secret, post.headers(), other),
        (post.secret, {"Validation-Token": "echo-me"}, post.body()),
    ]
    answers = [await scene.pager.webhook.handle(*each) for each in tries]
    assert {(answer.status, answer.body) for answer in answers} == {(REFUSED, b"")}
    assert len({json.dumps(dict(answer.headers)) for answer in answers}) == 1
    assert no_nudge(scene)


async def test_who_left_is_a_stranger(scene: Scene, post: Post) -> None:
    """Their webhook is forgotten with the next round; until then it is no more than a hint."""
    scene.pager._senders._of_settings = ()
    await scene.next_round()
    answer = await scene.pager.webhook.handle(post.secret, post.headers(), post.body())
    assert answer.status == REFUSED
    assert no_nudge(scene)


async def test_a_handshake_nobody_asked_for_is_not_answered(scene: Scene, post: Post) -> None:
    """The echo is open only while a subscription is being made."""
    answer = await scene.pager.webhook.handle(post.secret, {"Validation-Token": "echo-me"}, b"")
    assert answer.status == REFUSED
    assert "Validation-Token" not in answer.headers


async def test_a_pending_handshake_is_answered_and_opens_nothing_else(scene: Scene) -> None:
    """Only a short harmless token is echoed; a body is never accepted on its strength."""
    account = scene.pager._senders.accounts[0]
    pending = Hook(GATEWAY, "pending-path", "pending-token")
    hooks = scene.pager.webhook._hooks
    await hooks.save(account, (*await hooks.of(account), pending))
    handle = scene.pager.webhook.handle
    echoed = await handle("pending-path", {"Validation-Token": "a.b_c-1"}, b"")
    assert (echoed.status, echoed.headers["Validation-Token"]) == (200, "a.b_c-1")
    longest = await handle("pending-path", {"Validation-Token": "x" * 128}, b"")
    assert size(longest) < 1024
    for hostile in ("x" * 129, "a b", "a\r\nSet-Cookie: x", "a\0b", "é"):
        assert (await handle("pending-path", {"Validation-Token": hostile}, b"")).status == REFUSED
    body = b'{"body": {"changes": [{"type": "Pager"}]}}'
    assert (await handle("pending-path", {"Validation-Token": "x"}, body)).status == REFUSED
    assert no_nudge(scene)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"a":' * 100_000,
        b"\xff",
        b'{"subscriptionId": null',
        b"[" * 9000,
    ],
)
async def test_an_odd_but_authentic_event_is_a_hint_like_any_other(
    scene: Scene, post: Post, body: bytes
) -> None:
    """The body decides nothing."""
    answer = await scene.pager.webhook.handle(post.secret, post.headers(), body)
    assert answer.status == 200
    assert await scene.nudged() == GATEWAY


async def test_what_an_event_says_changes_nothing(scene: Scene, post: Post) -> None:
    """Invented text, owners and mailboxes: only the path's mailbox is looked into."""
    lies = post.body(ownerId="1", body={"extensionId": 101, "subject": "Evacuate!"})
    await scene.pager.webhook.handle(post.secret, post.headers(), lies)
    assert await scene.nudged() == GATEWAY
    since = scene.company.clock.now() - timedelta(hours=1)
    assert (await scene.pager.sync(GATEWAY, None, since)).messages == ()


async def test_repeated_events_are_one_hint(scene: Scene, post: Post) -> None:
    """Duplicates, merged and reordered events cost one look."""
    for _ in range(50):
        await scene.pager.webhook.handle(post.secret, post.headers(), post.body())
    assert await scene.nudged() == GATEWAY
    assert no_nudge(scene)


async def test_a_store_that_is_away_does_not_delay_a_known_webhook(
    scene: Scene, post: Post
) -> None:
    """What is known is in memory; strangers are refused all the same."""
    scene.company.vault.away = True
    handle = scene.pager.webhook.handle
    assert (await handle(post.secret, post.headers(), post.body())).status == 200
    assert (await handle("unknown", post.headers(), post.body())).status == REFUSED


async def test_strangers_do_not_read_the_vault_often(scene: Scene, post: Post) -> None:
    """Guessing paths must not become load."""
    reads = 0
    original = scene.company.vault.get

    async def counted(name: str) -> str | None:
        nonlocal reads
        reads += 1
        return await original(name)

    scene.pager.webhook._hooks._shelf._vault.get = counted  # type: ignore[method-assign]  # a seam
    for n in range(100):
        await scene.pager.webhook.handle(f"guess-{n}", post.headers(), b"")
    assert reads <= 1


@given(st.binary(max_size=200), st.text(max_size=50), st.text(max_size=50))
def test_the_receiver_is_total(body: bytes, name: str, value: str) -> None:
    """Whatever comes, it answers: by an unknown way, by a known one, and with our own token."""

    async def ask() -> list[WebhookAnswer]:
        async with running_nothing() as pager:
            pager.webhook._hooks._known["known"] = (hook(),)
            ours = {"Verification-Token": "token", name: value}
            tries: list[tuple[str, Mapping[str, str]]] = [
                (value, {name: value}),
                ("path", {name: value}),
                ("path", ours),
            ]
            return [await pager.webhook.handle(*each, body) for each in tries]

    stranger, known, genuine = asyncio.run(ask())
    assert (stranger.status, known.status) == (REFUSED, REFUSED)
    assert genuine.status in {200, REFUSED}


@asynccontextmanager
async def running_nothing() -> AsyncIterator[RingCentralPager]:
    """An adapter without anybody on the other side."""
    settings = RingCentralSettings.model_validate(
        {"server_url": "http://127.0.0.1:9", "client_id": "c", "client_secret": "s", "jwt": "j"}
    )
    async with open_ringcentral(
        settings, clock=real_time(), ids=SeededIds(), vault=Memory(), observer=Ears()
    ) as pager:
        yield pager

"""Making, renewing and cancelling subscriptions, and the handshake with its every failure."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.pager.embedded import Dialect, ServerClock
from tests.adapters.pager_embedded.conftest import Office, OpenOffice
from tests.adapters.pager_embedded.receivers import FILTER, Receiver, listening

SUBSCRIPTION = "/restapi/v1.0/subscription"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with listening() as receiver:
        yield receiver


async def test_a_subscription_is_made_read_changed_and_cancelled(
    office: Office, receiver: Receiver
) -> None:
    """Create answers 200 with ids filled in and no secret; cancelling leaves 404."""
    avery = await office.phone("101")
    made = await avery.call("POST", SUBSCRIPTION, json=receiver.wish(expiresIn=3600))
    assert made.status == 200
    assert made.body["eventFilters"][0].count("~") == 0
    assert made.body["status"] == "Active"
    assert "our-secret" not in str(made.body)
    one = f"{SUBSCRIPTION}/{made.body['id']}"
    assert (await avery.get(one)).body["expiresIn"] == 3600
    assert len((await avery.get(SUBSCRIPTION)).body["records"]) == 1
    changed = await avery.call("PUT", one, json={"eventFilters": [FILTER, FILTER + "&x=1"]})
    assert len(changed.body["eventFilters"]) == 2
    assert (await avery.call("DELETE", one)).status == 204
    assert (await avery.get(one)).status == 404


@pytest.mark.parametrize("way", ["omitted", "empty put", "renew"])
async def test_seven_days_are_the_usual_life(
    office: Office, receiver: Receiver, clock: ServerClock, way: str
) -> None:
    """Without `expiresIn`, by PUT with an empty body, and by renewing."""
    avery = await office.phone("101")
    wish = receiver.wish() if way == "omitted" else receiver.wish(expiresIn=60)
    made = await avery.call("POST", SUBSCRIPTION, json=wish)
    clock.advance(30)
    one = f"{SUBSCRIPTION}/{made.body['id']}"
    if way == "empty put":
        await avery.call("PUT", one)
    if way == "renew":
        await avery.call("POST", f"{one}/renew")
    left = (await avery.get(one)).body["expiresIn"]
    assert left == 604_800 - (30 if way == "omitted" else 0)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        ({"echoes": False}, "SUB-520"),
        ({"status": 500}, "SUB-525"),
        ({"status": 302}, "SUB-525"),
        ({"padding": 1024}, "SUB-525"),
        ({"content_type": "text/plain"}, "SUB-525"),
    ],
)
async def test_a_failed_handshake_refuses_the_subscription(
    office: Office, receiver: Receiver, trouble: dict[str, Any], code: str
) -> None:
    """No echo, another status, too large, wrong type: refused, and nothing is kept."""
    avery = await office.phone("101")
    for name, value in trouble.items():
        setattr(receiver, name, value)
    refused = await avery.call("POST", SUBSCRIPTION, json=receiver.wish())
    assert (refused.status, refused.code) == (400, code)
    assert (await avery.get(SUBSCRIPTION)).body["records"] == []


async def test_a_silent_receiver_is_not_reachable(
    open_office: OpenOffice, receiver: Receiver
) -> None:
    """No answer in time is SUB-521; the time is three seconds unless the dialect says otherwise."""
    assert Dialect().webhook_timeout_s == 3.0
    office = await open_office(dialect=Dialect(webhook_timeout_s=0.1))
    receiver.answers.clear()
    avery = await office.phone("101")
    refused = await avery.call("POST", SUBSCRIPTION, json=receiver.wish())
    assert (refused.status, refused.code) == (400, "SUB-521")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://127.0.0.1:9/hook", "SUB-521"),
        ("http://gateway.example.com/hook", "SUB-523"),
        ("ftp://gateway.example.com/hook", "CMN-101"),
        ("https://", "CMN-101"),
        ("http://[::1/hook", "CMN-101"),
        ("http://127.0.0.1:99999/", "CMN-101"),
        (17, "CMN-101"),
    ],
)
async def test_addresses_that_cannot_be(office: Office, address: Any, code: str) -> None:
    """Nobody there SUB-521; plain http beyond loopback SUB-523; no address at all CMN-101."""
    avery = await office.phone("101")
    wish = Receiver().wish()
    wish["deliveryMode"]["address"] = address
    refused = await avery.call("POST", SUBSCRIPTION, json=wish)
    assert (refused.status, refused.code) == (400, code)


async def test_a_bad_certificate_is_refused(office: Office, self_signed: ssl.SSLContext) -> None:
    """SUB-524: the chain must be complete and trusted."""
    avery = await office.phone("101")
    async with listening(self_signed) as secure:
        refused = await avery.call("POST", SUBSCRIPTION, json=secure.wish())
    assert (refused.status, refused.code) == (400, "SUB-524")


@pytest.mark.parametrize(
    ("filters", "status", "code"),
    [
        (["/restapi/v1.0/account/~/extension/~/message-store/instant?type=Pager"], 400, "SUB-508"),
        (["/restapi/v1.0/account/~/extension/~/message-store?type=Letter"], 400, "SUB-508"),
        (["/restapi/v1.0/account/~/presence"], 400, "SUB-508"),
        (["https://example.com/restapi/v1.0/account/~/extension"], 400, "SUB-508"),
        (["/restapi/v1.0/account/12/extension"], 403, "SUB-406"),
        (["/restapi/v1.0/account/~/extension/12"], 403, "SUB-408"),
        (["/restapi/v1.0/subscription/~?threshold=60"], 400, "SUB-516"),
        (["/restapi/v1.0/subscription/~?threshold=400&interval=100"], 400, "SUB-516"),
        (["/restapi/v1.0/subscription/~?threshold=300&interval=200"], 400, "SUB-516"),
        ([], 400, "CMN-101"),
        ([7], 400, "CMN-101"),
        ("all", 400, "CMN-101"),
    ],
)
async def test_filters_that_are_refused(
    office: Office, receiver: Receiver, filters: Any, status: int, code: str
) -> None:
    """Unknown, foreign and impossible filters, each with its own code."""
    avery = await office.phone("101")
    wish = receiver.wish(expiresIn=600) | {"eventFilters": filters}
    refused = await avery.call("POST", SUBSCRIPTION, json=wish)
    assert (refused.status, refused.code) == (status, code)


async def test_one_follows_only_ones_own_messages(office: Office, receiver: Receiver) -> None:
    """Another's message store is 403 SUB-405."""
    avery = await office.phone("101")
    other = FILTER.replace("extension/~", f"extension/{office.id_of('102')}")
    refused = await avery.call("POST", SUBSCRIPTION, json=receiver.wish(other))
    assert (refused.status, refused.code) == (403, "SUB-405")


@pytest.mark.parametrize("lifetime", [0, -1, 315_360_001, "3600", 1.5, True])
async def test_lifetimes_that_are_refused(
    office: Office, receiver: Receiver, lifetime: Any
) -> None:
    """From one second to ten years, else CMN-101 [expiresIn]."""
    avery = await office.phone("101")
    refused = await avery.call("POST", SUBSCRIPTION, json=receiver.wish(expiresIn=lifetime))
    assert (refused.code, refused.body["parameterName"]) == ("CMN-101", "expiresIn")


async def test_thirty_subscriptions_are_the_limit(office: Office, receiver: Receiver) -> None:
    """Per user and app; cancelling one makes room."""
    avery, bo = await office.phone("101"), await office.phone("102")
    made = [await avery.call("POST", SUBSCRIPTION, json=receiver.wish()) for _ in range(30)]
    refused = await avery.call("POST", SUBSCRIPTION, json=receiver.wish())
    assert (refused.status, refused.code) == (403, "SUB-505")
    assert (await bo.call("POST", SUBSCRIPTION, json=receiver.wish())).status == 200
    await avery.call("DELETE", f"{SUBSCRIPTION}/{made[0].body['id']}")
    assert (await avery.call("POST", SUBSCRIPTION, json=receiver.wish())).status == 200


async def test_the_limit_holds_for_wishes_made_at_once(office: Office, receiver: Receiver) -> None:
    """Handshakes take time; what was free before one may be taken after it."""
    avery = await office.phone("101")
    wishes = [avery.call("POST", SUBSCRIPTION, json=receiver.wish()) for _ in range(40)]
    answers = await asyncio.gather(*wishes)
    assert sorted(each.status for each in answers) == [200] * 30 + [403] * 10
    assert len((await avery.get(SUBSCRIPTION)).body["records"]) == 30


async def test_subscriptions_are_their_owners(office: Office, receiver: Receiver) -> None:
    """Another user neither sees nor cancels one."""
    avery, bo = await office.phone("101"), await office.phone("102")
    made = await avery.call("POST", SUBSCRIPTION, json=receiver.wish())
    one = f"{SUBSCRIPTION}/{made.body['id']}"
    for method in ("GET", "PUT", "DELETE"):
        answer = await bo.call(method, one)
        assert (answer.status, answer.code) == (404, "CMN-102")
    assert (await avery.get(one)).status == 200


async def test_scopes_are_demanded(office: Office, receiver: Receiver) -> None:
    """SubscriptionWebhook itself, and the filter's own."""
    without = await office.phone("101", scope="ReadMessages")
    refused = await without.call("POST", SUBSCRIPTION, json=receiver.wish())
    assert (refused.status, refused.body["permissionName"]) == (403, "SubscriptionWebhook")
    only = await office.phone("101", scope="SubscriptionWebhook")
    refused = await only.call("POST", SUBSCRIPTION, json=receiver.wish())
    assert (refused.status, refused.body["permissionName"]) == (403, "ReadMessages")


@pytest.mark.parametrize(
    "delivery",
    [
        None,
        {"transportType": "WebSocket"},
        {"transportType": "WebHook", "verificationToken": "a\r\nX: y"},
        {"transportType": "WebHook", "verificationToken": ""},
    ],
)
async def test_delivery_modes_that_are_refused(office: Office, delivery: Any) -> None:
    """Webhooks only, and no token that would break out of its header."""
    avery = await office.phone("101")
    wish = {"eventFilters": [FILTER], "deliveryMode": delivery}
    assert (await avery.call("POST", SUBSCRIPTION, json=wish)).code == "CMN-101"

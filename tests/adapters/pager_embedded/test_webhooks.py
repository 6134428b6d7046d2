"""Events by webhook: what comes, when, and what becomes of receivers that fail."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.pager.embedded import Dialect, ServerClock
from tests.adapters.pager_embedded.conftest import Office, OpenOffice, Phone
from tests.adapters.pager_embedded.receivers import FILTER, Receiver, listening

SUBSCRIPTION = "/restapi/v1.0/subscription"
EXTENSIONS = "/restapi/v1.0/account/~/extension"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with listening() as receiver:
        yield receiver


async def subscribe(phone: Phone, receiver: Receiver, *filters: str, **more: Any) -> dict[str, Any]:
    answer = await phone.call("POST", SUBSCRIPTION, json=receiver.wish(*filters, **more))
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.body
    return body


async def test_an_inbound_page_is_announced_without_its_text(
    office: Office, receiver: Receiver, clock: ServerClock
) -> None:
    """The event has ids only, numbers for account and extension, a string owner in the envelope."""
    dana, avery = await office.phone("104"), await office.phone("101")
    subscription = await subscribe(avery, receiver)
    await dana.page("101")
    clock.advance(1)
    (event,) = await receiver.heard(1)
    received = await avery.newest()
    assert event["subscriptionId"] == subscription["id"]
    assert event["ownerId"] == str(avery.id)
    assert event["event"] == FILTER.partition("?")[0].replace("~", "{}").format(
        office.running.pager.directory.account_id, avery.id
    )
    assert event["body"]["extensionId"] == avery.id
    assert event["body"]["changes"] == [
        {"type": "Pager", "newCount": 1, "newMessageIds": [received["id"]]}
    ]
    assert "Disk full" not in str(event)
    assert receiver.heads[-1]["Verification-Token"] == "our-secret"
    assert receiver.heads[-1]["User-Agent"] == "RingCentral-Webhook/8.3"


async def test_events_lag_and_merge(
    open_office: OpenOffice, receiver: Receiver, clock: ServerClock
) -> None:
    """Pages that arrive while an event is being gathered travel in it; nothing comes before."""
    office = await open_office(notification_lag_s=5)
    dana, avery = await office.phone("104"), await office.phone("101")
    await subscribe(avery, receiver)
    await dana.page("101")
    clock.advance(3)
    await dana.page("101")
    assert receiver.events == []
    clock.advance(2)
    (event,) = await receiver.heard(1)
    assert event["body"]["changes"][0]["newCount"] == 2
    await dana.page("101")
    clock.advance(5)
    assert len(await receiver.heard(2)) == 2


@pytest.mark.parametrize(
    ("query", "announced"),
    [
        ("?type=Pager&direction=Inbound", 1),
        ("?direction=Outbound", 1),
        ("?type=Pager", 2),
        ("", 2),
        ("?type=SMS", 0),
    ],
)
async def test_filters_choose_by_type_and_direction(
    office: Office, receiver: Receiver, clock: ServerClock, query: str, announced: int
) -> None:
    """A self-page is two messages; the filter decides which are told of."""
    avery = await office.phone("101")
    await subscribe(avery, receiver, FILTER.partition("?")[0] + query)
    await subscribe(avery, receiver, EXTENSIONS)  # comes in any case, so there is an end
    await avery.page("101")
    await office.set_status("102", "Disabled")
    clock.advance(1)
    events = await receiver.heard(2 if announced else 1)
    counts = [
        each["body"]["changes"][0]["newCount"] for each in events if "changes" in each["body"]
    ]
    assert counts == ([announced] if announced else [])


async def test_marking_as_read_is_an_update(
    office: Office, receiver: Receiver, clock: ServerClock
) -> None:
    """Read status changes come as `updatedCount`, without new ids."""
    dana, avery = await office.phone("104"), await office.phone("101")
    await dana.page("101")
    received = await avery.newest()
    await subscribe(avery, receiver)
    body = {"readStatus": "Read"}
    assert (await avery.call("PUT", f"message-store/{received['id']}", json=body)).status == 200
    clock.advance(1)
    (event,) = await receiver.heard(1)
    assert event["body"]["changes"] == [{"type": "Pager", "updatedCount": 1}]


async def test_the_directory_can_be_followed(
    office: Office, receiver: Receiver, clock: ServerClock
) -> None:
    """Changes of status and membership are told to who follows the extension list."""
    avery = await office.phone("101")
    await subscribe(avery, receiver, EXTENSIONS)
    await office.set_status("102", "Frozen")
    clock.advance(1)
    await office.remove("104", "400")
    clock.advance(1)
    events = await receiver.heard(2)
    changed = [each["body"]["extensionId"] for each in events]
    assert changed == [str(office.id_of("102")), str(office.id_of("400"))]
    assert events[0]["body"]["eventType"] == "Update"


async def test_dialects_of_events(
    open_office: OpenOffice, receiver: Receiver, clock: ServerClock
) -> None:
    """The query in `event`, missing ids and the guide's extension list are switches."""
    dialect = Dialect(event_keeps_query=True, new_message_ids=False, extension_event="list")
    office = await open_office(dialect=dialect)
    avery = await office.phone("101")
    await subscribe(avery, receiver)
    await avery.page("101")
    clock.advance(1)
    (event,) = await receiver.heard(1)
    assert event["event"].endswith("?type=Pager&direction=Inbound")
    assert event["body"]["changes"] == [{"type": "Pager", "newCount": 1}]
    await subscribe(avery, receiver, EXTENSIONS)
    await office.set_status("102", "Frozen")
    clock.advance(1)
    change = (await receiver.heard(2))[1]["body"]["extensions"][0]
    assert change["extensionId"] == str(office.id_of("102"))


async def test_a_receiver_that_fails_for_ten_minutes_is_blacklisted(
    office: Office, receiver: Receiver, clock: ServerClock
) -> None:
    """Nothing heals it; a new subscription, even for the same address, does."""
    dana, avery = await office.phone("104"), await office.phone("101")
    old = await subscribe(avery, receiver)
    receiver.status = 404
    for number in (1, 2):
        await dana.page("101")
        clock.advance(601)
        await receiver.heard(number)
        await settled(avery, old["id"], failing=True)
    state = (await avery.get(f"{SUBSCRIPTION}/{old['id']}")).body
    assert state["status"] == "Blacklisted"
    assert state["blacklistedData"]["reason"].startswith("Webhook responses with code: [404]")

    receiver.status = 200
    new = await subscribe(avery, receiver)
    await dana.page("101")
    clock.advance(1)
    assert (await receiver.heard(3))[-1]["subscriptionId"] == new["id"]


async def test_an_event_may_be_tried_again(
    open_office: OpenOffice, receiver: Receiver, clock: ServerClock
) -> None:
    """Re-delivery is undocumented and off; with it, the same event comes again."""
    office = await open_office(dialect=Dialect(webhook_attempts=2))
    avery = await office.phone("101")
    await subscribe(avery, receiver)
    receiver.status = 500
    await avery.page("101")
    clock.advance(1)
    first, second = await receiver.heard(2)
    assert first == second


async def settled(phone: Phone, subscription_id: str, *, failing: bool) -> None:
    """Wait until the pager has judged the receiver's last answer."""
    subscriptions = phone.office.running.pager.subscriptions
    while True:
        found = subscriptions.get(subscription_id)
        assert found is not None
        if (found.failing_since_ms is not None) is failing:
            return
        await phone.get(SUBSCRIPTION)


async def test_a_receiver_that_recovers_in_time_stays(
    office: Office, receiver: Receiver, clock: ServerClock
) -> None:
    """One good answer starts the ten minutes anew."""
    dana, avery = await office.phone("104"), await office.phone("101")
    subscription = await subscribe(avery, receiver)
    for number, status in enumerate((500, 200, 500), start=1):
        receiver.status = status
        await dana.page("101")
        clock.advance(590)
        await receiver.heard(number)
        await settled(avery, subscription["id"], failing=status != 200)
    assert (await avery.get(f"{SUBSCRIPTION}/{subscription['id']}")).body["status"] == "Active"


async def test_silence_follows_expiry(
    office: Office, receiver: Receiver, clock: ServerClock
) -> None:
    """An expired subscription sends nothing and answers 404 SUB-507."""
    dana, avery = await office.phone("104"), await office.phone("101")
    short = await subscribe(avery, receiver, expiresIn=60)
    longer = await subscribe(avery, receiver, expiresIn=600)
    clock.advance(61)
    await dana.page("101")
    clock.advance(1)
    (event,) = await receiver.heard(1)
    assert event["subscriptionId"] == longer["id"]
    gone = await avery.get(f"{SUBSCRIPTION}/{short['id']}")
    assert (gone.status, gone.code) == (404, "SUB-507")


async def test_a_reminder_comes_before_the_end_and_again(
    office: Office, receiver: Receiver, clock: ServerClock
) -> None:
    """`threshold` seconds before the end, then every `interval`; renewal ends it."""
    avery = await office.phone("101")
    wish = "/restapi/v1.0/subscription/~?threshold=300&interval=100"
    subscription = await subscribe(avery, receiver, FILTER, wish, expiresIn=600)
    clock.advance(300)
    (first,) = await receiver.heard(1)
    assert first["body"] == {"expiresIn": 300}
    clock.advance(100)
    assert (await receiver.heard(2))[1]["body"] == {"expiresIn": 200}
    await avery.call("POST", f"{SUBSCRIPTION}/{subscription['id']}/renew")
    clock.advance(100)
    await avery.page("101")
    clock.advance(1)
    assert "changes" in (await receiver.heard(3))[2]["body"]


@pytest.mark.parametrize(
    ("verb", "heard"),
    [
        ("drop_webhook", ["second"]),
        ("duplicate_webhook", ["first", "first", "second"]),
        ("reorder_webhook", ["second", "first"]),
    ],
)
async def test_events_may_be_lost_doubled_and_reordered(
    office: Office, receiver: Receiver, clock: ServerClock, verb: str, heard: list[str]
) -> None:
    """On demand the next event is dropped, sent twice, or overtaken."""
    dana, avery = await office.phone("104"), await office.phone("101")
    await subscribe(avery, receiver)
    ordered = await office.admin("POST", "faults", json={"verb": verb, "times": 1})
    assert ordered.status == 201
    names = {}
    for name in ("first", "second"):
        await dana.page("101", text=name)
        names[(await avery.newest())["id"]] = name
        clock.advance(1)
        while (await office.admin("GET", "faults")).body["records"]:
            pass  # until the first event has met the fault
    events = await receiver.heard(len(heard))
    ids = [each["body"]["changes"][0]["newMessageIds"][0] for each in events]
    assert [names[each] for each in ids] == heard

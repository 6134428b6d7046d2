"""Faults on demand: each verb does what it says, as often as it says, to whom it says."""

import asyncio

import aiohttp
import pytest

from adapters.pager.embedded import RateLimits, ServerClock
from tests.adapters.pager_embedded.conftest import Office, OpenOffice, Phone
from tests.adapters.pager_embedded.receivers import listening

SUBSCRIPTION = "/restapi/v1.0/subscription"


async def order(office: Office, verb: str, **order: object) -> dict[str, object]:
    answer = await office.admin("POST", "faults", json={"verb": verb, **order})
    assert answer.status == 201, answer.body
    body: dict[str, object] = answer.body
    return body


async def stored(office: Office) -> int:
    return len(await office.log())


@pytest.mark.parametrize(("verb", "kept"), [("reset_before_read", 0), ("process_then_reset", 1)])
async def test_a_cut_connection_tells_nothing(office: Office, verb: str, kept: int) -> None:
    """Before reading nothing is stored, after processing the page is; the client sees the same."""
    dana = await office.phone("104")
    await order(office, verb, times=1)
    with pytest.raises(aiohttp.ClientConnectionError):
        await dana.page("101")
    assert await stored(office) == kept
    assert (await dana.page("101")).status == 200


@pytest.mark.parametrize(("verb", "kept"), [("read_then_hang", 0), ("process_then_hang", 1)])
async def test_a_hanging_answer_ends_with_the_fault(office: Office, verb: str, kept: int) -> None:
    """The client waits until the fault is deleted; then the connection is cut."""
    dana = await office.phone("104")
    fault = await order(office, verb)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(fails_to_answer(dana))
        while not (await office.admin("GET", "faults")).body["records"][0]["struck"]:
            pass
        while await stored(office) < kept:
            pass
        assert not waiting.done()
        assert (await office.admin("DELETE", f"faults/{fault['id']}")).body == {"ended": 1}
    assert await stored(office) == kept


async def test_what_hangs_may_be_processed_later(office: Office) -> None:
    """Also when its sender has given up meanwhile."""
    dana = await office.phone("104")
    fault = await order(office, "hang_then_process")
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(dana.page("101"))
        while not (await office.admin("GET", "faults")).body["records"][0]["struck"]:
            pass
        assert await stored(office) == 0
        waiting.cancel()
    await office.admin("DELETE", f"faults/{fault['id']}")
    async with asyncio.timeout(10):
        while not await stored(office):
            pass


async def fails_to_answer(phone: Phone) -> None:
    with pytest.raises(aiohttp.ClientConnectionError):
        await phone.page("101")


async def test_a_processed_page_may_be_answered_500(office: Office) -> None:
    """The page is stored although the client hears of a failure."""
    dana = await office.phone("104")
    await order(office, "process_then_500", status=502, times=1)
    assert (await dana.page("101")).status == 502
    assert await stored(office) == 1


async def test_an_answer_may_be_cut_short(office: Office) -> None:
    """Half of the body arrives, less than was announced."""
    dana = await office.phone("104")
    await order(office, "process_then_truncate", times=1)
    with pytest.raises(aiohttp.ClientPayloadError):
        await dana.page("101")
    assert await stored(office) == 1


async def test_an_answer_may_drip(open_office: OpenOffice) -> None:
    """Slowly, but complete."""
    office = await open_office()
    dana = await office.phone("104")
    await order(office, "slow_drip", delay_s=0, chunk=7, times=1)
    answer = await dana.page("101")
    assert (answer.status, answer.body["subject"]) == (200, "Disk full on db-3")


async def test_one_subscribers_events_can_be_struck(office: Office, clock: ServerClock) -> None:
    """Webhook verbs may name the extension whose events they concern."""
    avery, bo = await office.phone("101"), await office.phone("102")
    await order(office, "drop_webhook", extension="101")
    async with listening() as receiver:
        for phone in (avery, bo):
            await phone.call("POST", SUBSCRIPTION, json=receiver.wish())
        await (await office.phone("104")).page("101", "102")
        clock.advance(1)
        (event,) = await receiver.heard(1)
    assert event["ownerId"] == str(bo.id)


async def test_any_status_can_be_ordered(office: Office) -> None:
    """With its code and `Retry-After`; nothing is processed."""
    dana = await office.phone("104")
    await order(office, "status", status=429, error_code="CMN-304", retry_after=7, times=1)
    answer = await dana.page("101")
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (429, "CMN-304", "7")
    assert await stored(office) == 0


async def test_maintenance_lasts_until_it_is_over(office: Office) -> None:
    """503 CMN-211 with the old word on top, for every call, until deleted."""
    dana = await office.phone("104")
    await order(office, "maintenance")
    for _ in range(2):
        answer = await dana.page("101")
        assert (answer.status, answer.code) == (503, "CMN-211")
        assert answer.body["errorCode"] == "MaintenanceMode"
    assert (await office.admin("DELETE", "faults")).body == {"ended": 1}
    assert (await dana.page("101")).status == 200


async def test_a_closed_port_refuses_connections(office: Office, clock: ServerClock) -> None:
    """New connections are refused and open ones cut, for as long as was said."""
    dana = await office.phone("104")
    await order(office, "refuse", for_s=30)
    with pytest.raises(aiohttp.ClientConnectionError):
        await dana.page("101")
    async with aiohttp.ClientSession() as other:
        with pytest.raises(aiohttp.ClientConnectorError):
            await other.get(office.running.url)
    clock.advance(30)
    await listens_again(dana)


async def listens_again(phone: Phone) -> None:
    async with asyncio.timeout(5):
        while True:
            try:
                assert (await phone.page("101")).status == 200
            except aiohttp.ClientConnectionError:
                continue
            return


async def test_a_fault_strikes_whom_it_names(office: Office) -> None:
    """`match` narrows by method, path and the caller's extension; `times` counts only hits."""
    dana, avery = await office.phone("104"), await office.phone("101")
    match = {"method": "post", "path": "company-pager", "extension": "104"}
    await order(office, "status", match=match, times=1)
    assert (await avery.page("104")).status == 200
    assert (await dana.get("message-store")).status == 200
    assert (await dana.page("101")).status == 503
    assert (await dana.page("101")).status == 200


async def test_pages_may_become_visible_late(office: Office, clock: ServerClock) -> None:
    """An index lag hides new pages from lists and syncs, not from who knows the id."""
    dana = await office.phone("104")
    await order(office, "lag_visible", seconds=20)
    page = (await dana.page("101")).body
    sync = (await dana.get("message-sync", params={"syncType": "FSync"})).body
    assert await dana.messages() == []
    assert sync["records"] == []
    assert (await dana.get(f"message-store/{page['id']}")).status == 200
    clock.advance(21)
    assert await dana.texts() == ["Disk full on db-3"]
    token = {"syncType": "ISync", "syncToken": sync["syncInfo"]["syncToken"]}
    later = (await dana.get("message-sync", params=token)).body
    assert [each["id"] for each in later["records"]] == [page["id"]]


async def test_tokens_and_sessions_can_end(office: Office) -> None:
    """An expired token is OAU-128 and can be refreshed; a revoked session is gone."""
    dana = await office.phone("104")
    await order(office, "expire_token", extension="104")
    expired = await dana.get("message-store")
    assert (expired.status, expired.code) == (401, "OAU-128")
    refresh = {"grant_type": "refresh_token", "refresh_token": dana.tokens["refresh_token"]}
    dana.tokens = (await office.token(**refresh)).body
    assert (await dana.get("message-store")).status == 200
    assert (await order(office, "revoke"))["applied"] == 1
    gone = await dana.get("message-store")
    assert (gone.status, gone.code) == (401, "OAU-213")


async def test_subscriptions_can_be_blacklisted_and_expired(office: Office) -> None:
    """At once, for one extension or for all."""
    avery = await office.phone("101")
    async with listening() as receiver:
        made = await avery.call("POST", SUBSCRIPTION, json=receiver.wish())
    one = f"{SUBSCRIPTION}/{made.body['id']}"
    assert (await order(office, "blacklist", extension="102"))["applied"] == 0
    assert (await order(office, "blacklist", extension="101"))["applied"] == 1
    assert (await avery.get(one)).body["status"] == "Blacklisted"
    assert (await order(office, "expire_subscription"))["applied"] == 1
    assert (await avery.get(one)).code == "SUB-507"


async def test_people_can_be_frozen_and_removed(office: Office) -> None:
    """The same as the administration's own calls, as verbs."""
    dana = await office.phone("104")
    await order(office, "freeze", extension="101")
    assert (await dana.page("101")).code == "MSG-324"
    await order(office, "remove_member", extension="102", department="400")
    await dana.page("400")
    assert (await office.log())[-1]["recipients"] == []


async def test_conversations_can_be_aged(office: Office) -> None:
    """So that a reply is too late: 403 MSG-325."""
    dana = await office.phone("104")
    page = (await dana.page("101")).body
    assert (await order(office, "age_thread", extension="102"))["applied"] == 0
    assert (await order(office, "age_thread", extension="104"))["applied"] == 1
    assert (await dana.reply(page)).code == "MSG-325"


async def test_a_penalty_can_be_ordered(open_office: OpenOffice) -> None:
    """As if the limit had been passed."""
    office = await open_office(limits=RateLimits())
    dana = await office.phone("104")
    await order(office, "penalty", group="medium", extension="104")
    answer = await dana.page("101")
    assert (answer.status, answer.headers["X-Rate-Limit-Group"]) == (429, "medium")


async def test_a_full_sync_can_be_demanded(office: Office) -> None:
    """ISync is MSG-333 until the next FSync."""
    dana = await office.phone("104")
    first = (await dana.get("message-sync", params={"syncType": "FSync"})).body
    token = {"syncType": "ISync", "syncToken": first["syncInfo"]["syncToken"]}
    await order(office, "full_sync_needed")
    refused = await dana.get("message-sync", params=token)
    assert (refused.status, refused.code) == (400, "MSG-333")
    await dana.get("message-sync", params={"syncType": "FSync"})
    assert (await dana.get("message-sync", params=token)).status == 200


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({}, "verb"),
        ({"verb": "explode"}, "verb"),
        ({"verb": "status", "status": "500"}, "status"),
        ({"verb": "status", "status": 200}, "status"),
        ({"verb": "status", "colour": "red"}, "colour"),
        ({"verb": "status", "times": 0}, "times"),
        ({"verb": "status", "times": True}, "times"),
        ({"verb": "status", "match": {"host": "x"}}, "match"),
        ({"verb": "status", "match": "company-pager"}, "match"),
        ({"verb": "freeze"}, "extension"),
        ({"verb": "read_then_hang", "for_s": -1}, "for_s"),
        ({"verb": "penalty", "group": "huge"}, "group"),
    ],
)
async def test_orders_that_make_no_sense(
    office: Office, body: dict[str, object], parameter: str
) -> None:
    """400 CMN-101 that names what is wrong; nothing stands."""
    refused = await office.admin("POST", "faults", json=body)
    assert (refused.status, refused.body["parameterName"]) == (400, parameter)
    assert (await office.admin("GET", "faults")).body == {"records": []}


async def test_faults_about_nobody(office: Office) -> None:
    """An unknown extension is 404."""
    for verb in ("drop_webhook", "freeze", "revoke"):
        body = {"verb": verb, "extension": "777"}
        assert (await office.admin("POST", "faults", json=body)).status == 404


async def test_deleting_what_does_not_stand(office: Office) -> None:
    """All of nothing is fine, one of nothing is 404."""
    assert (await office.admin("DELETE", "faults")).body == {"ended": 0}
    assert (await office.admin("DELETE", "faults/7")).status == 404

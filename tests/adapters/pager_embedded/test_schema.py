"""Every answer is one that RingCentral's schema allows, refusals included.

Left out on purpose, because the live service differs from the schema there: the older words on top
of error bodies, AGW-404 with an empty list, and numbers for ids in message events.
"""

import functools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.pager.embedded import Dialect, ServerClock
from adapters.pager.embedded.errors import CATALOGUE
from tests.adapters.pager_embedded.conftest import JWT_BEARER, Answer, Office, OpenOffice
from tests.adapters.pager_embedded.openapi import Schema
from tests.adapters.pager_embedded.receivers import FILTER, Receiver, listening

ACCOUNT = "/restapi/v1.0/account/~"
SUBSCRIPTION = "/restapi/v1.0/subscription"
FORM = "application/x-www-form-urlencoded"


@functools.cache
def loaded() -> Schema:
    return Schema()


@pytest.fixture
def schema() -> Schema:
    return loaded()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with listening() as receiver:
        yield receiver


def check(schema: Schema, operation: str, answer: Answer, status: int = 200) -> Any:
    """Assert the status and that the answer fits the schema; return the body."""
    assert answer.status == status, answer.body
    content_type = answer.headers.get("Content-Type", "").partition(";")[0]
    schema.check(operation, status, content_type, answer.body)
    assert answer.headers["RCRequestId"]
    return answer.body


async def test_pages_are_answered_by_the_schema(office: Office, schema: Schema) -> None:
    """createInternalTextMessage: to people, to a department, as a reply, refused."""
    priya = await office.phone("110")
    sending = "createInternalTextMessage"
    check(schema, sending, await priya.page("101", "102"))
    page = check(schema, sending, await priya.page("400"))
    check(schema, sending, await priya.reply(page))
    for refused, status in [
        (await priya.page("103"), 400),
        (await priya.page("9001"), 403),
        (await priya.page("777"), 400),
        (await priya.page(), 400),
        (await priya.page("101", text="x" * 1025), 400),
        (await (await office.phone("400")).page("101"), 403),
    ]:
        check(schema, sending, refused, status)


async def test_the_message_store_answers_by_the_schema(office: Office, schema: Schema) -> None:
    """listMessages, readMessage, updateMessage, readMessageContent: one, several, refused."""
    dana = await office.phone("104")
    one, two = (await dana.page("101")).body["id"], (await dana.page("101")).body["id"]
    check(schema, "listMessages", await dana.get("message-store", params={"perPage": "1"}))
    check(schema, "listMessages", await dana.get("message-store", params={"page": "9"}))
    check(schema, "listMessages", await dana.get("message-store?direction=x"), 400)
    check(schema, "readMessage", await dana.get(f"message-store/{one}"))
    check(schema, "readMessage", await dana.get(f"message-store/{one},{two}"), 207)
    check(schema, "readMessage", await dana.get("message-store/5"), 404)
    read = {"readStatus": "Read"}
    put = functools.partial(dana.call, "PUT")
    check(schema, "updateMessage", await put(f"message-store/{one}", json=read))
    check(schema, "updateMessage", await put(f"message-store/{one},{two}", json=read), 207)
    star = [{"resourceId": str(one), "body": read}]
    check(schema, "updateMessage", await put("message-store/*", json=star), 207)
    check(schema, "updateMessage", await put(f"message-store/{one}", json={}), 400)
    check(schema, "readMessageContent", await dana.get(f"message-store/{one}/content/{one}"))
    check(schema, "readMessageContent", await dana.get(f"message-store/{one}/content/5"), 404)
    await dana.call("DELETE", f"message-store/{one}", params={"purge": "true"})
    check(schema, "readMessage", await dana.get(f"message-store/{one}"))


async def test_several_messages_of_which_one_is_missing(office: Office, schema: Schema) -> None:
    """The missing one's entry carries an error body, as entries of a 207 may."""
    dana = await office.phone("104")
    page = (await dana.page("101")).body
    entries = (await dana.get(f"message-store/{page['id']},5")).body
    schema.check_part("GetMessageInfoResponse", entries[0]["body"])
    schema.check_part("ApiErrorResponseModel", entries[1]["body"])


async def test_message_sync_answers_by_the_schema(
    office: Office, schema: Schema, clock: ServerClock
) -> None:
    """syncMessages: full, incremental with a deleted record, refused."""
    dana = await office.phone("104")
    page = (await dana.page("101")).body
    full = check(schema, "syncMessages", await dana.get("message-sync?syncType=FSync"))
    clock.advance(10)
    await dana.call("DELETE", f"message-store/{page['id']}")
    query = {"syncType": "ISync", "syncToken": full["syncInfo"]["syncToken"]}
    body = check(schema, "syncMessages", await dana.get("message-sync", params=query))
    assert body["records"] == [{"id": page["id"], "availability": "Deleted"}]
    check(schema, "syncMessages", await dana.get("message-sync?syncType=ISync"), 400)


async def test_subscriptions_are_answered_by_the_schema(
    office: Office, schema: Schema, receiver: Receiver
) -> None:
    """create, list, read, update, renew, delete; blacklisted; gone."""
    avery = await office.phone("101")
    wish = receiver.wish(FILTER, f"{SUBSCRIPTION}/~?threshold=60&interval=30")
    made = check(schema, "createSubscription", await avery.call("POST", SUBSCRIPTION, json=wish))
    one = f"{SUBSCRIPTION}/{made['id']}"
    check(schema, "listSubscriptions", await avery.get(SUBSCRIPTION))
    check(schema, "readSubscription", await avery.get(one))
    change = {"eventFilters": [FILTER], "expiresIn": 60}
    check(schema, "updateSubscription", await avery.call("PUT", one, json=change))
    check(schema, "renewSubscription", await avery.call("POST", f"{one}/renew"))
    await office.admin("POST", "faults", json={"verb": "blacklist"})
    check(schema, "readSubscription", await avery.get(one))
    refused = await avery.call("POST", SUBSCRIPTION, json={})
    check(schema, "createSubscription", refused, 400)
    check(schema, "updateSubscription", await avery.call("PUT", one, json={"expiresIn": 0}), 400)
    check(schema, "deleteSubscription", await avery.call("DELETE", one), 204)
    check(schema, "deleteSubscription", await avery.call("DELETE", one), 404)
    check(schema, "readSubscription", await avery.get(one), 404)
    check(schema, "renewSubscription", await avery.call("POST", f"{one}/renew"), 404)


async def test_the_directory_answers_by_the_schema(office: Office, schema: Schema) -> None:
    """listExtensions, readExtension, queues and members of either kind, refused."""
    dana = await office.phone("104")
    queue = office.id_of("400")
    check(schema, "listExtensions", await dana.get(f"{ACCOUNT}/extension?perPage=2"))
    check(schema, "listExtensions", await dana.get(f"{ACCOUNT}/extension?page=0"), 400)
    for number in ("104", "119", "400", "9001"):
        path = f"{ACCOUNT}/extension/{office.id_of(number)}"
        check(schema, "readExtension", await dana.get(path))
    check(schema, "readExtension", await dana.get(f"{ACCOUNT}/extension/5"), 404)
    check(schema, "listCallQueues", await dana.get(f"{ACCOUNT}/call-queues"))
    check(schema, "listCallQueues", await dana.get(f"{ACCOUNT}/call-queues?perPage=0"), 400)
    members = f"{ACCOUNT}/call-queues/{queue}/members"
    check(schema, "listCallQueueMembers", await dana.get(members))
    check(schema, "listCallQueueMembers", await dana.get(f"{ACCOUNT}/call-queues/5/members"), 404)
    members = f"{ACCOUNT}/department/{queue}/members"
    check(schema, "listDepartmentMembers", await dana.get(members))
    check(schema, "listDepartmentMembers", await dana.get(f"{ACCOUNT}/department/5/members"), 404)


async def test_signing_in_is_answered_by_the_schema(office: Office, schema: Schema) -> None:
    """GetToken and revokeToken: granted, refused, not a form."""
    granted = await office.token(grant_type=JWT_BEARER, assertion=office.running.jwt["104"])
    tokens = check(schema, "getToken", granted)
    refresh = tokens["refresh_token"]
    check(schema, "getToken", await office.token(grant_type="refresh_token", refresh_token=refresh))
    check(schema, "getToken", await office.token(grant_type="password"), 400)
    login = aiohttp.encode_basic_auth(office.running.client_id, office.running.client_secret)
    headers = {"Authorization": login}
    not_a_form = await office.call("POST", "/restapi/oauth/token", json={}, headers=headers)
    assert not_a_form.status == 415
    revoked = await office.call(
        "POST", "/restapi/oauth/revoke", data={"token": "x"}, headers=headers
    )
    check(schema, "revokeToken", revoked)
    check(schema, "revokeToken", await office.call("POST", "/restapi/oauth/revoke"), 400)


async def test_events_are_told_by_the_schema(
    office: Office, schema: Schema, receiver: Receiver, clock: ServerClock
) -> None:
    """MessageEvent and ExtensionListEvent; ids in the former are numbers, as recorded."""
    avery = await office.phone("101")
    for wanted in (FILTER, "/restapi/v1.0/account/~/extension"):
        await avery.call("POST", SUBSCRIPTION, json=receiver.wish(wanted))
    await avery.page("101")
    clock.advance(1)
    (event,) = await receiver.heard(1)
    assert event.pop("ownerId") == str(avery.id)
    assert isinstance(event["body"].pop("accountId"), int)
    event["body"]["extensionId"] = str(event["body"]["extensionId"])
    schema.check_part("MessageEvent", event)
    await office.set_status("102", "Frozen")
    clock.advance(1)
    change = (await receiver.heard(2))[1]
    del change["ownerId"]
    schema.check_part("ExtensionListEvent", change)


def test_every_operation_is_covered(schema: Schema) -> None:
    """Each operation of the schema is called above by its name."""
    source = Path(__file__).read_text("utf-8")
    assert [name for name in schema.operations if f'"{name}"' not in source] == []


def test_codes_come_with_the_statuses_of_the_specification(schema: Schema) -> None:
    """Where the specification pairs a code with a status, so does the catalogue."""
    both = {"CMN-102": {400, 404}}
    for operation, status, code in schema.error_codes():
        if code in CATALOGUE:
            assert status in both.get(code, {CATALOGUE[code][0]}), (operation, code)


async def test_error_bodies_have_two_levels(office: Office) -> None:
    """The old word on top beside the code in the list; an unknown address has an empty list."""
    dana = await office.phone("104")
    refused = (await dana.page("777")).body
    assert refused["errorCode"] == "InvalidParameter"
    assert refused["parameterName"] == refused["errors"][0]["parameterName"] == "to"
    assert refused["errors"][0]["errorCode"] == "CMN-102"
    assert (await dana.page("103")).body["errorCode"] == "MSG-324"
    nowhere = await dana.get("/restapi/v1.0/nowhere")
    assert (nowhere.status, nowhere.body["errorCode"]) == (404, "AGW-404")
    assert nowhere.body["errors"] == []
    assert nowhere.headers["RCRequestId"]
    wrong = await dana.call("DELETE", "company-pager")
    assert (wrong.status, wrong.code) == (405, "AGW-405")


async def test_messages_may_be_in_another_language(open_office: OpenOffice) -> None:
    """Clients go by the code: with the switch on the words change and nothing else."""
    codes, words = set(), set()
    for localised in (False, True):
        office = await open_office(dialect=Dialect(localised_messages=localised))
        refused = await (await office.phone("104")).page("103")
        codes.add(refused.code)
        words.add(refused.body["errors"][0]["message"])
    assert codes == {"MSG-324"}
    assert len(words) == 2

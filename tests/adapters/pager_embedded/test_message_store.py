"""The message store: listing, reading, marking, deleting, bringing back."""

from typing import Any

import pytest

from adapters.pager.embedded import Dialect, ServerClock
from tests.adapters.pager_embedded.conftest import Office, OpenOffice, Phone

DAY_S = 86_400


@pytest.fixture
async def dana(office: Office) -> Phone:
    return await office.phone("104")


@pytest.fixture
async def avery(office: Office) -> Phone:
    return await office.phone("101")


async def records(phone: Phone, **query: Any) -> list[dict[str, Any]]:
    answer = await phone.get("message-store", params=query)
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.body["records"]
    return found


async def test_a_message_looks_as_ringcentrals_do(dana: Phone) -> None:
    """One text attachment with the message's id; created at a whole second; `Sent`."""
    page = (await dana.page("101")).body
    assert page["type"] == "Pager"
    assert (page["messageStatus"], page["readStatus"]) == ("Sent", "Read")
    assert (page["priority"], page["availability"]) == ("Normal", "Alive")
    (attachment,) = page["attachments"]
    assert (attachment["id"], attachment["contentType"]) == (page["id"], "text/plain")
    assert page["creationTime"] == "2026-03-02T09:15:00.000Z"
    assert page["from"]["extensionNumber"] == "104"
    assert (await dana.get(f"message-store/{page['id']}")).body == page
    path = attachment["uri"].removeprefix(dana.office.running.url)
    assert (await dana.get(path)).body == "Disk full on db-3"


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ({}, ["3", "2", "1"]),
        ({"direction": "Outbound"}, ["3", "1"]),
        ({"direction": "Inbound"}, ["2"]),
        ({"readStatus": "Unread"}, ["2"]),
        ({"messageType": "Pager"}, ["3", "2", "1"]),
        ({"messageType": "SMS"}, []),
        ({"distinctConversations": "true"}, ["3", "2"]),
        ({"dateTo": "2026-03-02T09:15:01Z"}, ["2", "1"]),
        ({"dateFrom": "2026-03-02T09:15:01.000Z"}, ["3", "2"]),
        ({"dateTo": "2026-03-02T10:15:01+01:00"}, ["2", "1"]),
        ({"availability": "Deleted"}, []),
        ({"recordCountPerConversation": "1", "x": "y"}, ["3", "2", "1"]),
    ],
)
async def test_the_list_is_filtered(
    office: Office, clock: ServerClock, query: dict[str, str], texts: list[str]
) -> None:
    """By type, direction, read status, time, conversation; what is unknown is ignored."""
    dana, avery = await office.phone("104"), await office.phone("101")
    first = (await dana.page("101", text="1")).body
    clock.advance(1)
    await avery.page("104", text="2")
    clock.advance(1)
    await dana.reply(first, text="3")
    assert [each["subject"] for each in await records(dana, **query)] == texts
    assert [
        each["subject"] for each in await records(dana, conversationId=str(first["conversationId"]))
    ] == ["3", "1"]


async def test_several_values_are_repeated_keys(dana: Phone) -> None:
    """`direction=Inbound&direction=Outbound` means both."""
    await dana.page("104")
    query = [("direction", "Inbound"), ("direction", "Outbound")]
    answer = await dana.get("message-store", params=query)
    assert len(answer.body["records"]) == 2


async def test_the_list_reaches_back_a_day_unless_asked(office: Office, clock: ServerClock) -> None:
    """`dateFrom` defaults to a day before `dateTo`, which defaults to now."""
    await (await office.phone("104")).page("101")
    clock.advance(DAY_S + 1)
    dana = await office.phone("104")
    assert await records(dana) == []
    assert len(await records(dana, dateFrom="2026-03-01T00:00:00Z")) == 1
    assert len(await records(dana, dateTo="2026-03-02T10:00:00Z")) == 1


async def test_navigation_leads_through_all_pages(dana: Phone) -> None:
    """Links repeat the query, with ids filled in; `nextPage` is absent on the last."""
    for number in range(5):
        await dana.page("101", text=str(number))
    answer = (
        await dana.get("message-store", params={"perPage": "2", "direction": "Outbound"})
    ).body
    assert answer["paging"] == {
        "page": 1,
        "perPage": 2,
        "pageStart": 0,
        "pageEnd": 1,
        "totalPages": 3,
        "totalElements": 5,
    }
    seen = [each["subject"] for each in answer["records"]]
    while "nextPage" in answer["navigation"]:
        link = answer["navigation"]["nextPage"]["uri"]
        assert "~" not in link
        answer = (await dana.get(link.removeprefix(dana.office.running.url))).body
        seen += [each["subject"] for each in answer["records"]]
    assert seen == ["4", "3", "2", "1", "0"]
    assert "previousPage" in answer["navigation"]
    assert answer["paging"]["pageStart"] == 4


async def test_a_page_beyond_the_last_is_empty(dana: Phone) -> None:
    """Without `pageStart`; large sizes are clamped to 1000."""
    await dana.page("101")
    answer = (await dana.get("message-store", params={"page": "9", "perPage": "5000"})).body
    assert answer["records"] == []
    assert answer["paging"]["perPage"] == 1000
    assert "pageStart" not in answer["paging"]


@pytest.mark.parametrize(
    "query",
    [
        {"direction": "Sideways"},
        {"readStatus": "Maybe"},
        {"availability": "Lost"},
        {"messageType": "Letter"},
        {"dateFrom": "yesterday"},
        {"dateTo": "2026-13-01T00:00:00Z"},
        {"page": "0"},
        {"page": "-1"},
        {"page": "1.5"},
        {"perPage": "many"},
        {"page": "99999999999999999999"},
        {"conversationId": "abc"},
        {"distinctConversations": "perhaps"},
    ],
)
async def test_parameters_that_are_refused(dana: Phone, query: dict[str, str]) -> None:
    """400 CMN-101 naming the parameter."""
    refused = await dana.get("message-store", params=query)
    assert (refused.status, refused.code) == (400, "CMN-101")
    assert refused.body["parameterName"] in query


async def test_several_messages_at_once(dana: Phone) -> None:
    """207 with a status each, in the order asked; more than fifty ids are refused."""
    one, two = (await dana.page("101")).body, (await dana.page("101")).body
    answer = await dana.get(f"message-store/{two['id']},5,{one['id']}")
    assert answer.status == 207
    assert answer.headers["Content-Type"].startswith("application/vnd.ringcentral.multipart+json")
    found = [(each["resourceId"], each["status"]) for each in answer.body]
    assert found == [(str(two["id"]), 200), ("5", 404), (str(one["id"]), 200)]
    assert answer.body[1]["body"]["errorCode"] == "InvalidParameter"
    many = ",".join(str(each) for each in range(1, 52))
    refused = await dana.get(f"message-store/{many}")
    assert (refused.status, refused.code) == (400, "CMN-106")


async def test_marking_as_read(dana: Phone, avery: Phone) -> None:
    """One, several in the path, or up to a thousand in the body; only one's own copy changes."""
    for _ in range(3):
        await dana.page("101")
    a, b, c = [each["id"] for each in await avery.messages()]
    read = {"readStatus": "Read"}
    one = await avery.call("PUT", f"message-store/{a}", json=read)
    assert (one.status, one.body["readStatus"]) == (200, "Read")
    both = await avery.call("PUT", f"message-store/{b},{c}", json=read)
    assert [each["body"]["readStatus"] for each in both.body] == ["Read", "Read"]
    each_its_own = await avery.call(
        "PUT", f"message-store/{b},{c}", json=[{"body": {"readStatus": "Unread"}}, {"body": read}]
    )
    assert [each["body"]["readStatus"] for each in each_its_own.body] == ["Unread", "Read"]
    body = [{"resourceId": str(each), "body": {"readStatus": "Unread"}} for each in (a, b, c, 7)]
    star = await avery.call("PUT", "message-store/*", json=body)
    assert (star.status, [each["status"] for each in star.body]) == (207, [200, 200, 200, 404])
    assert {each["readStatus"] for each in await dana.messages()} == {"Read"}


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("1", {"readStatus": "Maybe"}, "CMN-101"),
        ("1", {}, "CMN-101"),
        ("1", [], "CMN-101"),
        ("1", "Read", "CMN-101"),
        ("1,2", [{"readStatus": "Read"}], "CMN-101"),
        ("1,2", [1, 2], "CMN-101"),
        ("*", {"readStatus": "Read"}, "CMN-101"),
        ("*", [], "CMN-101"),
        ("*", [{"resourceId": 1}], "CMN-101"),
        ("*", [{"resourceId": "1"}] * 1001, "CMN-106"),
        ("1", {"availability": "Purged"}, "CMN-101"),
        ("abc", {"readStatus": "Read"}, "CMN-102"),
        ("1,abc", {"readStatus": "Read"}, "CMN-101"),
        ("1", {"readStatus": "Read"}, "CMN-102"),
    ],
)
async def test_updates_that_are_refused(dana: Phone, path: str, body: Any, code: str) -> None:
    """Wrong status, wrong shape, too many, no such message."""
    refused = await dana.call("PUT", f"message-store/{path}", json=body)
    assert refused.code == code
    assert 400 <= refused.status < 500


async def test_deleting_hides_and_can_be_undone(dana: Phone, avery: Phone) -> None:
    """Only in one's own mailbox; PATCH with `availability: Alive` brings it back."""
    page = (await dana.page("101")).body
    one = f"message-store/{page['id']}"
    assert (await dana.call("DELETE", one)).status == 204
    assert await dana.messages() == []
    assert len(await avery.messages()) == 1
    assert [each["id"] for each in await dana.messages(availability="Deleted")] == [page["id"]]
    assert (await dana.reply(page)).code == "CMN-102"
    back = await dana.call("PATCH", one, json={"availability": "Alive"})
    assert back.body["availability"] == "Alive"
    assert len(await dana.messages()) == 1


async def test_deleted_messages_are_purged_then_forgotten(
    office: Office, clock: ServerClock
) -> None:
    """After five days only id and availability are left, after ten nothing."""
    dana = await office.phone("104")
    page = (await dana.page("101")).body
    one = f"message-store/{page['id']}"
    await dana.call("DELETE", one)
    clock.advance(5 * DAY_S)
    dana = await office.phone("104")
    assert (await dana.get(one)).body == {"id": page["id"], "availability": "Purged"}
    assert (await dana.get(f"{one}/content/{page['id']}")).status == 404
    clock.advance(5 * DAY_S)
    assert (await (await office.phone("104")).get(one)).status == 404


async def test_purging_skips_the_days_in_between(dana: Phone) -> None:
    """`purge=true`; several ids answer 207."""
    one, two = (await dana.page("101")).body, (await dana.page("101")).body
    both = f"message-store/{one['id']},{two['id']}"
    answer = await dana.call("DELETE", both, params={"purge": "true"})
    assert answer.status == 207
    assert [each["body"]["availability"] for each in answer.body] == ["Purged", "Purged"]


async def test_a_conversation_can_be_deleted(office: Office, clock: ServerClock) -> None:
    """Up to a time; `type` beside it is MSG-390."""
    dana = await office.phone("104")
    page = (await dana.page("101", text="old")).body
    clock.advance(10)
    await dana.reply(page, text="new")
    conversation = {"conversationId": str(page["conversationId"])}
    until = {**conversation, "dateTo": "2026-03-02T09:15:05Z"}
    assert (await dana.call("DELETE", "message-store", params=until)).status == 204
    assert await dana.texts() == ["new"]
    assert (await dana.call("DELETE", "message-store", params=conversation)).status == 204
    assert await dana.texts() == []
    typed = {**conversation, "type": "Pager"}
    assert (await dana.call("DELETE", "message-store", params=typed)).code == "MSG-390"
    assert (await dana.call("DELETE", "message-store")).code == "CMN-101"


@pytest.mark.parametrize("path", ["77", "77/content/77", "{own}/content/77", "x/content/1"])
async def test_messages_that_are_not_there(dana: Phone, path: str) -> None:
    """404 CMN-102, for the message and for the attachment."""
    page = (await dana.page("101")).body
    missing = await dana.get(f"message-store/{path.format(own=page['id'])}")
    assert (missing.status, missing.code) == (404, "CMN-102")


async def test_anothers_message_is_not_there(dana: Phone, avery: Phone) -> None:
    """Ids of other mailboxes lead nowhere."""
    page = (await dana.page("101")).body
    for method in ("GET", "DELETE"):
        assert (await avery.call(method, f"message-store/{page['id']}")).status == 404


async def test_dialects_of_messages(open_office: OpenOffice) -> None:
    """Statuses differ between documents and recordings; fields may be added."""
    dialect = Dialect(inbound_status="Sent", outbound_read_status="Unread", extra_fields=True)
    office = await open_office(dialect=dialect)
    dana, avery = await office.phone("104"), await office.phone("101")
    page = (await dana.page("101")).body
    assert page["readStatus"] == "Unread"
    assert "someFutureField" in page
    assert (await avery.newest())["messageStatus"] == "Sent"


async def test_a_mailbox_may_be_capped(open_office: OpenOffice) -> None:
    """The cap's size is unknown: with one, the oldest copies go."""
    office = await open_office(dialect=Dialect(mailbox_cap=2))
    dana, avery = await office.phone("104"), await office.phone("101")
    for text in ("1", "2", "3"):
        await dana.page("101", text=text)
    assert await avery.texts() == ["2", "3"]

"""Message sync: a copy of a mailbox that can be kept up to date."""

from typing import Any

import pytest

from adapters.pager.embedded import Dialect, ServerClock
from tests.adapters.pager_embedded.conftest import Office, OpenOffice, Phone

DAY_S = 86_400


async def full(phone: Phone, **query: str) -> dict[str, Any]:
    answer = await phone.get("message-sync", params={"syncType": "FSync", **query})
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.body
    return body


async def since(phone: Phone, last: dict[str, Any]) -> dict[str, Any]:
    token = last["syncInfo"]["syncToken"]
    answer = await phone.get("message-sync", params={"syncType": "ISync", "syncToken": token})
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.body
    return body


async def test_only_what_changed_comes_again(office: Office, clock: ServerClock) -> None:
    """New, marked and deleted copies; the deleted as id and availability only."""
    dana, avery = await office.phone("104"), await office.phone("101")
    for text in ("keep", "mark", "delete"):
        await dana.page("101", text=text)
    clock.advance(10)
    first = await full(avery)
    assert first["syncInfo"]["syncType"] == "FSync"
    ids = {each["subject"]: each["id"] for each in first["records"]}
    assert (await since(avery, first))["records"] == []
    read = {"readStatus": "Read"}
    await avery.call("PUT", f"message-store/{ids['mark']}", json=read)
    await avery.call("DELETE", f"message-store/{ids['delete']}")
    await dana.page("101", text="new")
    second = await since(avery, first)
    subjects = {each.get("subject") for each in second["records"]}
    assert subjects == {"mark", "new", None}
    assert {"id": ids["delete"], "availability": "Deleted"} in second["records"]


async def test_windows_overlap_by_five_seconds(office: Office, clock: ServerClock) -> None:
    """Repeats are normal within five seconds, and over after them."""
    dana = await office.phone("104")
    await dana.page("101")
    first = await full(dana)
    again = await since(dana, first)
    assert [each["id"] for each in again["records"]] == [each["id"] for each in first["records"]]
    clock.advance(6)
    later = await since(dana, again)
    assert len(later["records"]) == 1
    assert (await since(dana, later))["records"] == []


async def test_the_token_carries_the_filters(office: Office, clock: ServerClock) -> None:
    """ISync inherits direction and conversation from the FSync it began with."""
    dana = await office.phone("104")
    first = await full(dana, direction="Outbound", messageType="Pager")
    clock.advance(6)
    await dana.page("104")
    changed = (await since(dana, first))["records"]
    assert [each["direction"] for each in changed] == ["Outbound"]


async def test_a_full_sync_can_be_limited(office: Office, clock: ServerClock) -> None:
    """The newest records, and word that there are older ones."""
    dana = await office.phone("104")
    for text in ("1", "2", "3"):
        await dana.page("101", text=text)
        clock.advance(1)
    limited = await full(dana, recordCount="2")
    assert [each["subject"] for each in limited["records"]] == ["3", "2"]
    assert limited["syncInfo"]["olderRecordsExist"] is True
    assert (await full(dana))["syncInfo"]["olderRecordsExist"] is False


@pytest.mark.parametrize(("days", "found"), [(1, 0), (7, 1)])
async def test_the_default_start_is_the_dialects(
    open_office: OpenOffice, clock: ServerClock, days: int, found: int
) -> None:
    """A day says the schema, a week the guide; clients should send `dateFrom`."""
    office = await open_office(dialect=Dialect(sync_default_days=days))
    await (await office.phone("104")).page("101")
    clock.advance(2 * DAY_S)
    dana = await office.phone("104")
    assert len((await full(dana))["records"]) == found
    assert len((await full(dana, dateFrom="2026-03-01T00:00:00Z"))["records"]) == 1


async def test_one_conversation_can_be_followed(office: Office) -> None:
    """`conversationId` is a number here; the newest of each conversation is another view."""
    dana = await office.phone("104")
    page = (await dana.page("101", text="one")).body
    await dana.reply(page, text="two")
    await dana.page("102", text="other")
    one = await full(dana, conversationId=str(page["conversationId"]))
    assert {each["subject"] for each in one["records"]} == {"one", "two"}
    newest = await full(dana, distinctConversations="true")
    assert {each["subject"] for each in newest["records"]} == {"two", "other"}


async def test_an_old_token_demands_a_full_sync(office: Office, clock: ServerClock) -> None:
    """400 MSG-333 after seven days."""
    first = await full(await office.phone("104"))
    clock.advance(7 * DAY_S + 1)
    dana = await office.phone("104")
    query = {"syncType": "ISync", "syncToken": first["syncInfo"]["syncToken"]}
    refused = await dana.get("message-sync", params=query)
    assert (refused.status, refused.code) == (400, "MSG-333")


@pytest.mark.parametrize("token", ["", "x", "a.b", "eyJ2Ijox.AAAA", "é.ü"])
async def test_tokens_that_are_refused(office: Office, token: str) -> None:
    """Missing, made up, altered: 400 CMN-101."""
    dana = await office.phone("104")
    refused = await dana.get("message-sync", params={"syncType": "ISync", "syncToken": token})
    assert (refused.status, refused.body["parameterName"]) == (400, "syncToken")


async def test_a_token_is_good_for_its_own_mailbox(office: Office) -> None:
    """Another's token, or one for another purpose, is refused."""
    dana, avery = await office.phone("104"), await office.phone("101")
    foreign = (await full(avery))["syncInfo"]["syncToken"]
    for token in (foreign, dana.tokens["access_token"]):
        refused = await dana.get("message-sync", params={"syncType": "ISync", "syncToken": token})
        assert refused.code == "CMN-101"


@pytest.mark.parametrize(
    "query",
    [
        {"syncType": "QSync"},
        {"recordCount": "0"},
        {"recordCount": "x"},
        {"conversationId": "1e9"},
        {"dateFrom": "soon"},
        {"direction": "Up"},
    ],
)
async def test_parameters_that_are_refused(office: Office, query: dict[str, str]) -> None:
    """400 CMN-101."""
    dana = await office.phone("104")
    assert (await dana.get("message-sync", params=query)).code == "CMN-101"


async def test_a_conversation_one_has_left_is_not_synced(
    office: Office, clock: ServerClock
) -> None:
    """Hidden from either kind of sync, until one is back."""
    priya, avery = await office.phone("110"), await office.phone("101")
    first = await full(avery)
    clock.advance(10)
    await priya.page("400")
    await office.remove("101", "400")
    assert (await full(avery))["records"] == []
    assert (await since(avery, first))["records"] == []
    await office.add("101", "400")
    assert len((await since(avery, first))["records"]) == 1

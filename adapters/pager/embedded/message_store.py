"""Reading and tidying one's messages: `…/message-store`."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from adapters.pager.embedded import mailbox
from adapters.pager.embedded.calls import Call, Endpoint, bulk_ids
from adapters.pager.embedded.clock import iso
from adapters.pager.embedded.errors import ApiError, bad, refuse
from adapters.pager.embedded.limits import Group
from adapters.pager.embedded.mailbox import DAY_MS, Filter
from adapters.pager.embedded.pages import World
from adapters.pager.embedded.reading import (
    LARGEST,
    flag,
    moment,
    one_of,
    others,
    page_wanted,
    read_json,
    whole_number,
)
from adapters.pager.embedded.resources import message, paged

MOST_IN_PATH = 50
MOST_IN_BODY = 1000
MULTIPART = "application/vnd.ringcentral.multipart+json"
TYPES = frozenset({"Fax", "SMS", "VoiceMail", "Pager"})
DIRECTIONS = frozenset({"Inbound", "Outbound"})
READ_STATUSES = frozenset({"Read", "Unread"})
AVAILABILITIES = frozenset({"Alive", "Deleted", "Purged"})


async def list_messages(call: Call) -> web.Response:
    """List one's copies, newest first; unknown parameters are ignored, as RingCentral does."""
    query = call.request.query
    world = call.pager.world()
    paging = page_wanted(query)
    wanted = read_filter(query, world.now_ms)
    listed = await call.pager.store.run(
        lambda db: mailbox.list_messages(
            db, call.caller, wanted, world, offset=paging.start, limit=paging.size
        )
    )
    uri = f"{call.links.extension(call.caller.id)}/message-store"
    records = [_shown(call, row, world) for row in listed.rows]
    query_shown = _with_defaults(others(query), wanted)
    return web.json_response(paged(uri, query_shown, records, listed.total, paging))


def read_filter(query: MultiMapping[str], now_ms: int) -> Filter:
    """Read the parameters of a list."""
    date_to = moment(query, "dateTo", now_ms)
    types = one_of(query, "messageType", TYPES)
    conversation = query.get("conversationId")
    return Filter(
        date_from_ms=moment(query, "dateFrom", date_to - DAY_MS),
        date_to_ms=date_to,
        conversation_id=conversation_number(conversation) if conversation is not None else None,
        direction=one_of(query, "direction", DIRECTIONS),
        read_status=one_of(query, "readStatus", READ_STATUSES),
        availability=one_of(query, "availability", AVAILABILITIES) or ("Alive",),
        distinct_conversations=flag(query, "distinctConversations"),
        only_pager=types is None or "Pager" in types,
    )


def conversation_number(text: str) -> int:
    """Read a conversation id, a number with up to 19 digits."""
    return whole_number(text, "conversationId", 0, LARGEST)


def _with_defaults(query: list[tuple[str, str]], wanted: Filter) -> list[tuple[str, str]]:
    given = {key for key, _ in query}
    defaults = (("availability", "Alive"), ("dateFrom", iso(wanted.date_from_ms)))
    return [*query, *(each for each in defaults if each[0] not in given)]


async def get_messages(call: Call) -> web.Response:
    """Fetch one copy, or several with one status each (207)."""
    ids = bulk_ids(call.request.match_info["messageId"], "messageId", MOST_IN_PATH)
    return await _answer(call, ids, lambda _db, _found, _now: None)


async def update_messages(call: Call) -> web.Response:
    """Set the read status: of one, of those in the path, or of those in the body (`*`)."""
    path = call.request.match_info["messageId"]
    body = await read_json(call.request)
    wishes = _wishes_in_body(body) if path == "*" else _wishes_in_path(path, body)

    def apply(db: sqlite3.Connection, found: Mapping[int, Any], now_ms: int) -> None:
        for read_status in READ_STATUSES:
            ids = [each for each in found if wishes[each].get("readStatus") == read_status]
            mailbox.mark(db, ids, read_status, now_ms)
        restored = [each for each in found if wishes[each].get("availability") == "Alive"]
        mailbox.restore(db, restored, now_ms)

    return await _answer(call, list(wishes), apply, bulk=path == "*" or "," in path)


def _wishes_in_path(path: str, body: Any) -> dict[int, dict[str, str]]:
    """Pair ids with bodies: one body for all, or in bulk one entry for each in the same order."""
    ids = bulk_ids(path, "messageId", MOST_IN_PATH)
    if isinstance(body, list):
        if len(body) != len(ids):
            raise bad("body")
        bodies = [each.get("body", each) if isinstance(each, dict) else None for each in body]
        return {one: _wish(each) for one, each in zip(ids, bodies, strict=True)}
    return {each: _wish(body) for each in ids}


def _wishes_in_body(body: Any) -> dict[int, dict[str, str]]:
    """Read the list form, `[{resourceId, body}]`, at most 1000 of them."""
    if not isinstance(body, list) or not body:
        raise bad("body")
    if len(body) > MOST_IN_BODY:
        raise refuse("CMN-106")
    wishes = {}
    for each in body:
        if not isinstance(each, dict) or not isinstance(each.get("resourceId"), str):
            raise bad("resourceId")
        wishes[bulk_ids(each["resourceId"], "resourceId", 1)[0]] = _wish(each.get("body"))
    return wishes


def _wish(body: Any) -> dict[str, str]:
    """Read what to change: `readStatus`, or `availability: Alive` to bring back a deleted copy."""
    if not isinstance(body, dict):
        raise bad("body")
    if body.get("readStatus") not in (*READ_STATUSES, None):
        raise bad("readStatus")
    if body.get("availability") not in ("Alive", None):
        raise bad("availability")
    wish = {key: body[key] for key in ("readStatus", "availability") if body.get(key)}
    if not wish:
        raise bad("readStatus")
    return wish


async def delete_messages(call: Call) -> web.Response:
    """Delete copies from one's own mailbox; `purge=true` skips the days in between."""
    ids = bulk_ids(call.request.match_info["messageId"], "messageId", MOST_IN_PATH)
    purge = flag(call.request.query, "purge")

    def apply(db: sqlite3.Connection, found: Mapping[int, Any], now_ms: int) -> None:
        mailbox.delete(db, found, now_ms, purge=purge)

    answer = await _answer(call, ids, apply)
    return answer if len(ids) > 1 else web.Response(status=204)


async def delete_conversations(call: Call) -> web.Response:
    """Delete conversations, up to `dateTo`, from one's own mailbox."""
    query = call.request.query
    if "conversationId" not in query:
        raise bad("conversationId")
    if "type" in query:
        raise refuse("MSG-390")
    ids = [conversation_number(each) for each in query.getall("conversationId")]
    now_ms = call.now_ms
    until_ms = moment(query, "dateTo", now_ms)

    def apply(db: sqlite3.Connection) -> int:
        found = mailbox.of_conversation(db, call.caller, ids, until_ms)
        mailbox.delete(db, found, now_ms, purge=False)
        return len(found)

    deleted = await call.pager.store.run(apply)
    if deleted:
        call.pager.notifier.messages_updated(call.caller.id, deleted)
    return web.Response(status=204)


async def get_content(call: Call) -> web.Response:
    """Fetch the text of a page as an attachment; its id is the message's."""
    (message_id,) = bulk_ids(call.request.match_info["messageId"], "messageId", 1)
    (attachment_id,) = bulk_ids(call.request.match_info["attachmentId"], "attachmentId", 1)
    world = call.pager.world()
    rows = await call.pager.store.run(
        lambda db: mailbox.read_messages(db, call.caller, [message_id], world)
    )
    row = rows.get(message_id)
    if row is None or mailbox.availability(row, world.now_ms) == "Purged":
        raise refuse("CMN-102", parameter="messageId")
    if attachment_id != message_id:
        raise refuse("CMN-102", parameter="attachmentId")
    return web.Response(text=row["text"], headers={"X-Content-Type-Options": "nosniff"})


Apply = Callable[[sqlite3.Connection, Mapping[int, Any], int], None]


async def _answer(call: Call, ids: list[int], apply: Apply, *, bulk: bool = False) -> web.Response:
    """Change what is found, then show it: plain for one id, 207 with a status each for several."""
    world = call.pager.world()

    def work(db: sqlite3.Connection) -> tuple[dict[int, sqlite3.Row], set[int]]:
        apply(db, mailbox.read_messages(db, call.caller, ids, world), world.now_ms)
        found = mailbox.read_messages(db, call.caller, ids, world)
        return found, {one for one in ids if mailbox.has_left(db, call.caller, one)}

    found, held = await call.pager.store.run(work)
    if call.request.method != "GET" and found:
        call.pager.notifier.messages_updated(call.caller.id, len(found))
    refusals = {each: _missing(call, each in held) for each in ids if each not in found}
    if len(ids) == 1 and not bulk:
        if refusals:
            raise refusals[ids[0]]
        return web.json_response(_shown(call, found[ids[0]], world))
    entries = [
        _entry(each, refusals[each].status, refusals[each].body())
        if each in refusals
        else _entry(each, 200, _shown(call, found[each], world))
        for each in ids
    ]
    return web.json_response(entries, status=207, content_type=MULTIPART)


def _entry(message_id: int, status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {"resourceId": str(message_id), "status": status, "body": body}


def _missing(call: Call, held: bool) -> ApiError:  # noqa: FBT001  a fact about the row, not a mode
    """Refuse an id: unknown, another's, or hidden since its owner left the conversation."""
    if held and call.pager.config.dialect.reads_after_leaving == "refused":
        return refuse("MSG-326")
    return refuse("CMN-102", parameter="messageId")


def _shown(call: Call, row: sqlite3.Row, world: World) -> dict[str, Any]:
    return message(row, call.links, call.pager.config.dialect, world.now_ms)


STORE = "/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-store"
READ: Any = {"scope": "ReadMessages", "permission": "ReadMessages"}
EDIT: Any = {"scope": "EditMessages", "permission": "EditMessages"}
ONE = STORE + "/{messageId}"

ENDPOINTS = [
    Endpoint("GET", STORE, list_messages, Group.LIGHT, **READ),
    Endpoint("DELETE", STORE, delete_conversations, Group.MEDIUM, **EDIT),
    Endpoint("GET", ONE, get_messages, Group.LIGHT, **READ),
    Endpoint("PUT", ONE, update_messages, Group.MEDIUM, **EDIT),
    Endpoint("PATCH", ONE, update_messages, Group.MEDIUM, **EDIT),
    Endpoint("DELETE", ONE, delete_messages, Group.MEDIUM, **EDIT),
    Endpoint(
        "GET",
        ONE + "/content/{attachmentId}",
        get_content,
        Group.MEDIUM,
        scope="ReadMessages",
        permission="ReadMessageContent",
    ),
]

"""Keeping a copy of a mailbox up to date: `…/message-sync`.

FSync starts, ISync continues with the last token, which carries the filters. Windows overlap by a
few seconds, so repeats are normal.
"""

import sqlite3
from dataclasses import asdict
from typing import Any

from aiohttp import web

from adapters.pager.embedded import mailbox
from adapters.pager.embedded.calls import Call, Endpoint
from adapters.pager.embedded.clock import iso
from adapters.pager.embedded.errors import bad, refuse
from adapters.pager.embedded.limits import Group
from adapters.pager.embedded.mailbox import DAY_MS, Filter, availability
from adapters.pager.embedded.message_store import DIRECTIONS, TYPES, conversation_number
from adapters.pager.embedded.pages import World
from adapters.pager.embedded.reading import flag, moment, one_of, whole_number
from adapters.pager.embedded.resources import message, tombstone

DEFAULT_COUNT = 250
MOST = 10_000


async def sync_messages(call: Call) -> web.Response:
    """Answer either kind of sync."""
    kind = call.request.query.get("syncType", "FSync")
    if kind == "FSync":
        return await _full(call)
    if kind == "ISync":
        return await _incremental(call)
    raise bad("syncType")


async def _full(call: Call) -> web.Response:
    """List what is there, newest first, and hand out the first token."""
    world = call.pager.world()
    wanted = _filter(call, world)
    query = call.request.query
    count = whole_number(query.get("recordCount", str(DEFAULT_COUNT)), "recordCount", 1)
    limit = min(count, MOST)
    listed = await call.pager.store.run(
        lambda db: mailbox.list_messages(db, call.caller, wanted, world, offset=0, limit=limit)
    )
    call.pager.full_sync_needed.discard(call.caller.id)
    records = [message(row, call.links, world.dialect, world.now_ms) for row in listed.rows]
    return _answer(call, "FSync", records, wanted, world, older=listed.total > limit)


def _filter(call: Call, world: World) -> Filter:
    query = call.request.query
    date_to = moment(query, "dateTo", world.now_ms)
    types = one_of(query, "messageType", TYPES)
    conversation = query.get("conversationId")
    default_from = date_to - world.dialect.sync_default_days * DAY_MS
    return Filter(
        date_from_ms=moment(query, "dateFrom", default_from),
        date_to_ms=date_to,
        conversation_id=conversation_number(conversation) if conversation is not None else None,
        direction=one_of(query, "direction", DIRECTIONS),
        distinct_conversations=flag(query, "distinctConversations"),
        only_pager=types is None or "Pager" in types,
    )


async def _incremental(call: Call) -> web.Response:
    """List what appeared, changed or went since the token's moment, less the overlap."""
    world = call.pager.world()
    wanted, since_ms = _read_token(call, world)
    rows = await call.pager.store.run(
        lambda db: mailbox.changed_messages(
            db, call.caller, wanted, since_ms - world.dialect.sync_overlap_s * 1000, world
        )
    )
    records = [_change(call, row, world) for row in rows]
    return _answer(call, "ISync", records, wanted, world, older=False)


def _change(call: Call, row: sqlite3.Row, world: World) -> dict[str, Any]:
    if availability(row, world.now_ms) != "Alive":
        return tombstone(row, world.now_ms)
    return message(row, call.links, world.dialect, world.now_ms)


def _read_token(call: Call, world: World) -> tuple[Filter, int]:
    token = call.request.query.get("syncToken", "")
    if not token:
        raise bad("syncToken")
    content = call.pager.keys.unseal("sync", token)
    if content is None or content["mailbox"] != call.caller.id:
        raise bad("syncToken")
    age_ms = world.now_ms - content["at"]
    if age_ms > world.dialect.sync_token_days * DAY_MS:
        raise refuse("MSG-333")
    if call.caller.id in call.pager.full_sync_needed:
        raise refuse("MSG-333")
    kept = content["filter"]
    lists = {key: tuple(value) for key, value in kept.items() if isinstance(value, list)}
    return Filter(**{**kept, **lists}), content["at"]


def _answer(
    call: Call, kind: str, records: list[Any], wanted: Filter, world: World, *, older: bool
) -> web.Response:
    content = {"mailbox": call.caller.id, "at": world.now_ms, "filter": asdict(wanted)}
    query = f"?{call.request.query_string}" if call.request.query_string else ""
    return web.json_response(
        {
            "uri": f"{call.links.extension(call.caller.id)}/message-sync{query}",
            "records": records,
            "syncInfo": {
                "syncType": kind,
                "syncToken": call.pager.keys.seal("sync", content),
                "syncTime": iso(world.now_ms),
                "olderRecordsExist": older,
            },
        }
    )


ENDPOINTS = [
    Endpoint(
        "GET",
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-sync",
        sync_messages,
        Group.LIGHT,
        scope="ReadMessages",
        permission="ReadMessages",
    ),
]

"""Administration, only when enabled: who is who, what was accepted, acting as a phone, the clock.

It is for tests, checkers and the demo; `admin_guard` keeps foreign web pages out.
"""

import json
import sqlite3
from typing import Any

from aiohttp import web

from adapters.pager.embedded import ledger, mailbox
from adapters.pager.embedded.calls import PAGER
from adapters.pager.embedded.clock import iso
from adapters.pager.embedded.directory import Extension, Status
from adapters.pager.embedded.directory_file import DirectoryFileError, read_extension
from adapters.pager.embedded.errors import ApiError, bad, refuse
from adapters.pager.embedded.journal import reference_in
from adapters.pager.embedded.pager import CompanyPager, describe
from adapters.pager.embedded.pages import read_draft
from adapters.pager.embedded.reading import read_object, whole_number
from adapters.pager.embedded.resources import Links, message

MOST_ENTRIES = 100_000
MOST_SHOWN = 500
LONGEST_JUMP_S = 10 * 365 * 86_400


async def log(request: web.Request) -> web.Response:
    """List every accepted page with its recipients, oldest first; `?after=` a `seq`."""
    pager = request.app[PAGER]
    after = whole_number(request.query.get("after", "0"), "after", 0)
    entries = await pager.store.run(lambda db: ledger.log_entries(db, after, MOST_ENTRIES))
    return web.json_response({"records": [_log_record(pager, each) for each in entries]})


def _log_record(pager: CompanyPager, entry: dict[str, Any]) -> dict[str, Any]:
    page: sqlite3.Row = entry["page"]
    numbers = {each["mailbox"]: _number(pager, each["mailbox"]) for each in entry["copies"]}
    inbound = [each for each in entry["copies"] if each["direction"] == "Inbound"]
    return {
        "seq": page["id"],
        "time": iso(page["created_at"]),
        "from": json.loads(page["sender"]).get("extensionNumber"),
        "to": [each["extensionNumber"] for each in json.loads(page["recipients"])],
        "recipients": [numbers[each["mailbox"]] for each in inbound],
        "text": page["text"],
        "reference": reference_in(page["text"]),
        "conversation": page["conversation"],
        "reply": bool(page["is_reply"]),
        "message_ids": {
            f"{numbers[each['mailbox']]}:{each['direction']}": str(each["id"])
            for each in entry["copies"]
        },
    }


def _number(pager: CompanyPager, extension_id: int) -> str:
    known = pager.directory.extensions.get(extension_id)
    return known.number if known else str(extension_id)


async def state(request: web.Request) -> web.Response:
    """Show people with their status and departments with their members and manager."""
    pager = request.app[PAGER]
    directory = pager.directory
    people = [each for each in directory.extensions.values() if not each.is_department]
    return web.json_response(
        {
            "company": directory.company,
            "time": iso(pager.clock.now_ms()),
            "people": [describe(each) for each in people],
            "departments": [
                {
                    **describe(each),
                    "members": [member.number for member in directory.members(each)],
                    "manager": _number(pager, each.manager) if each.manager else None,
                }
                for each in directory.departments
            ],
        }
    )


async def add_extension(request: web.Request) -> web.Response:
    """Add a person: `{number, name, …}` as in the directory file.

    With development credentials on, the answer has the person's JWT credential.
    """
    pager = request.app[PAGER]
    entry = await read_object(request)
    try:
        person = read_extension(entry, "extension")
    except DirectoryFileError as error:
        raise ApiError(400, "CMN-101", str(error)) from None
    if person.number in pager.directory.by_number:
        raise ApiError(409, "CMN-101", f"Extension {person.number} exists", "number")
    await pager.add_person(person, entry)
    credential = {"jwt": pager.keys.credential(person.id)} if pager.config.dev_credentials else {}
    return web.json_response({**describe(person), **credential}, status=201)


async def change_extension(request: web.Request) -> web.Response:
    """Set `status`: Enabled, Disabled, Frozen, NotActivated, Unassigned."""
    pager = request.app[PAGER]
    extension = named(pager, request.match_info["number"], "number")
    status = (await read_object(request)).get("status")
    if status not in [each.value for each in Status]:
        raise bad("status")
    await pager.set_status(extension, Status(status))
    return web.json_response(describe(pager.directory.extensions[extension.id]))


async def change_membership(request: web.Request) -> web.Response:
    """Put a person into a department (PUT) or take them out (DELETE); repeating is harmless."""
    pager = request.app[PAGER]
    department = named(pager, request.match_info["department"], "department")
    person = named(pager, request.match_info["number"], "number")
    if not department.is_department or not person.is_person:
        raise refuse("MSG-314")
    await pager.set_membership(department, person, belongs=request.method == "PUT")
    return web.Response(status=204)


async def phone_messages(request: web.Request) -> web.Response:
    """Show what a phone shows, newest last; `readable` is false for conversations one has left."""
    pager = request.app[PAGER]
    owner = named(pager, request.match_info["number"], "number")
    world = pager.world()
    rows = await pager.store.run(lambda db: mailbox.phone_view(db, owner, world, MOST_SHOWN))
    return web.json_response({"records": [_phone_message(row, readable) for row, readable in rows]})


def _phone_message(row: sqlite3.Row, readable: bool) -> dict[str, Any]:  # noqa: FBT001  a fact shown
    sender = json.loads(row["sender"])
    to = json.loads(row["recipients"])
    return {
        "id": str(row["id"]),
        "time": iso(row["created_at"]),
        "direction": row["direction"],
        "from": {"number": sender.get("extensionNumber"), "name": sender["name"]},
        "to": [{"number": each["extensionNumber"], "name": each["name"]} for each in to],
        "text": row["text"],
        "conversation_id": str(row["conversation_id"]),
        "read_status": row["read_status"],
        "readable": readable,
    }


async def act_as_phone(request: web.Request) -> web.Response:
    """Send as a phone: `{from, text, to?: [numbers], reply_on?: that mailbox's message id}`.

    The rules and refusals are those of the API.
    """
    pager = request.app[PAGER]
    body = await read_object(request)
    sender = named(pager, body.get("from"), "from")
    if not sender.is_active:
        raise refuse("OAU-141")
    draft = read_draft(_as_api_body(body), pager.config.dialect)
    accepted = await pager.send(draft, sender)
    links = Links(str(request.url.origin()), pager.directory.account_id)
    now_ms = pager.clock.now_ms()
    return web.json_response(message(accepted.first, links, pager.config.dialect, now_ms))


def _as_api_body(body: dict[str, Any]) -> dict[str, Any]:
    """Write a phone's message as the API would receive it."""
    to = body.get("to")
    reply_on = body.get("reply_on")
    if isinstance(reply_on, str):
        reply_on = whole_number(reply_on, "reply_on", 1)
    if isinstance(to, list):
        to = [{"extensionNumber": each} for each in to]
    return {"text": body.get("text"), "to": to, "replyOn": reply_on}


async def move_clock(request: web.Request) -> web.Response:
    """Move the pager's clock ahead by `advance_s`; what becomes due happens at once."""
    pager = request.app[PAGER]
    seconds = (await read_object(request)).get("advance_s")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise bad("advance_s")
    if not 0 <= seconds <= LONGEST_JUMP_S:
        raise bad("advance_s")
    pager.clock.advance(seconds)
    pager.journal.add("state", {"changed": "clock"})
    return web.json_response({"time": iso(pager.clock.now_ms())})


def named(pager: CompanyPager, number: Any, parameter: str) -> Extension:
    """Find an extension by its number."""
    found = pager.directory.by_number.get(number) if isinstance(number, str) else None
    if found is None:
        raise refuse("CMN-102", parameter=parameter)
    return found


ROUTES = [
    web.get("/_admin/log", log),
    web.get("/_admin/state", state),
    web.post("/_admin/extensions", add_extension),
    web.patch("/_admin/extensions/{number}", change_extension),
    web.put("/_admin/departments/{department}/members/{number}", change_membership),
    web.delete("/_admin/departments/{department}/members/{number}", change_membership),
    web.get("/_admin/mailboxes/{number}/messages", phone_messages),
    web.post("/_admin/messages", act_as_phone),
    web.post("/_admin/clock", move_clock),
]

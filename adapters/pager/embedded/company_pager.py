"""Sending: `POST …/company-pager`."""

from aiohttp import web

from adapters.pager.embedded import mailbox
from adapters.pager.embedded.calls import REFERENCE, Call, Endpoint
from adapters.pager.embedded.errors import refuse
from adapters.pager.embedded.journal import reference_in
from adapters.pager.embedded.limits import Group
from adapters.pager.embedded.pages import read_draft
from adapters.pager.embedded.requests import read_object
from adapters.pager.embedded.resources import message


async def send_page(call: Call) -> web.Response:
    """Judge, store and answer with the sender's own copy."""
    pager = call.pager
    draft = read_draft(await read_object(call.request), pager.config.dialect)
    call.request[REFERENCE] = reference_in(draft.text) or ""
    accepted = await pager.send(draft, call.caller)
    own = accepted.copies[0].message_id
    world = pager.world()
    rows = await pager.store.run(lambda db: mailbox.read_messages(db, call.caller, [own], world))
    if own not in rows:
        raise refuse("CMN-203")
    return web.json_response(message(rows[own], call.links, pager.config.dialect, world.now_ms))


ENDPOINTS = [
    Endpoint(
        "POST",
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/company-pager",
        send_page,
        Group.MEDIUM,
        scope="InternalMessages",
        permission="InternalSMS",
        feature="PagesSending",
    ),
]

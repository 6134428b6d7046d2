"""Sending: `POST …/company-pager`."""

from aiohttp import web

from adapters.pager.embedded.calls import REFERENCE, Call, Endpoint
from adapters.pager.embedded.journal import reference_in
from adapters.pager.embedded.limits import Group
from adapters.pager.embedded.pages import read_draft
from adapters.pager.embedded.reading import read_object
from adapters.pager.embedded.resources import message


async def send_page(call: Call) -> web.Response:
    """Judge, store and answer with the sender's own copy."""
    pager = call.pager
    draft = read_draft(await read_object(call.request), pager.config.dialect)
    call.request[REFERENCE] = reference_in(draft.text) or ""
    accepted = await pager.send(draft, call.caller)
    return web.json_response(message(accepted.first, call.links, pager.config.dialect, call.now_ms))


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

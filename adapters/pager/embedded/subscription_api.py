"""Subscribing: `/restapi/v1.0/subscription`."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from adapters.pager.embedded.calls import Call, Endpoint, check_scope
from adapters.pager.embedded.errors import bad, refuse
from adapters.pager.embedded.filters import EventFilter, check_reminder, read_filter
from adapters.pager.embedded.keys import new_uuid
from adapters.pager.embedded.limits import Group
from adapters.pager.embedded.reading import read_object, read_optional_object
from adapters.pager.embedded.resources import API
from adapters.pager.embedded.subscriptions import Subscription, show
from adapters.pager.embedded.webhooks import check_address

DEFAULT_LIFE_S = 604_800  # seven days, then silence
LONGEST_LIFE_S = 315_360_000
MOST_FILTERS = 100
LONGEST_TOKEN = 255


async def create(call: Call) -> web.Response:
    """Check the wish, shake hands with the receiver, then remember the subscription."""
    check_scope(call.session, "SubscriptionWebhook")
    body = await read_object(call.request)
    lifetime_s = _lifetime(body)
    filters = _filters(call, body.get("eventFilters"), lifetime_s)
    address, token = _delivery(body.get("deliveryMode"))
    _check_room(call)
    await call.pager.webhooks.shake_hands(address, token)
    _check_room(call)  # others may have been made during the handshake
    subscription = Subscription(
        id=new_uuid(),
        client_id=call.session.client_id,
        extension_id=call.caller.id,
        filters=filters,
        address=address,
        verification_token=token,
        created_ms=call.now_ms,
        expires_ms=call.now_ms + lifetime_s * 1000,
    )
    return await _saved(call, subscription)


def _check_room(call: Call) -> None:
    mine = call.pager.subscriptions.of(call.session.client_id, call.caller.id)
    if len(mine) >= call.pager.config.dialect.subscription_limit:
        raise refuse("SUB-505")


async def update(call: Call) -> web.Response:
    """Change filters and lifetime; everything else is ignored, and an empty body renews."""
    body = await read_optional_object(call.request)
    subscription = _mine(call)
    lifetime_s = _lifetime(body)
    filters = subscription.filters
    if body.get("eventFilters") is not None:
        check_scope(call.session, "SubscriptionWebhook")
        filters = _filters(call, body["eventFilters"], lifetime_s)
    expires_ms = call.now_ms + lifetime_s * 1000
    return await _saved(call, replace(subscription, filters=filters, expires_ms=expires_ms))


async def renew(call: Call) -> web.Response:
    """Start the usual lifetime anew."""
    expires_ms = call.now_ms + DEFAULT_LIFE_S * 1000
    return await _saved(call, replace(_mine(call), expires_ms=expires_ms))


async def list_mine(call: Call) -> web.Response:
    """List the subscriptions of this user and app."""
    mine = call.pager.subscriptions.of(call.session.client_id, call.caller.id)
    records = [show(each, call.links, call.now_ms) for each in mine]
    return web.json_response({"uri": f"{call.links.origin}{API}/subscription", "records": records})


async def get(call: Call) -> web.Response:
    """Show one."""
    return web.json_response(show(_mine(call), call.links, call.now_ms))


async def cancel(call: Call) -> web.Response:
    """End one."""
    await call.pager.subscriptions.remove(_mine(call))
    return web.Response(status=204)


async def _saved(call: Call, subscription: Subscription) -> web.Response:
    await call.pager.subscriptions.save(subscription)
    call.pager.notifier.watch(subscription)
    return web.json_response(show(subscription, call.links, call.now_ms))


def _mine(call: Call) -> Subscription:
    name = call.request.match_info["subscriptionId"]
    return call.pager.subscriptions.owned(name, call.session.client_id, call.caller.id)


def _lifetime(body: dict[str, Any]) -> int:
    lifetime_s = body.get("expiresIn", DEFAULT_LIFE_S)
    if not isinstance(lifetime_s, int) or isinstance(lifetime_s, bool):
        raise bad("expiresIn")
    if not 1 <= lifetime_s <= LONGEST_LIFE_S:
        raise bad("expiresIn")
    return lifetime_s


def _filters(call: Call, wanted: Any, lifetime_s: int) -> tuple[EventFilter, ...]:
    if not isinstance(wanted, list) or not 0 < len(wanted) <= MOST_FILTERS:
        raise bad("eventFilters")
    if not all(isinstance(each, str) and each for each in wanted):
        raise bad("eventFilters")
    filters = tuple(read_filter(each, call.caller, call.pager.directory) for each in wanted)
    for each in filters:
        if each.threshold_s is not None:
            refusal = check_reminder(each, lifetime_s)
            if refusal is not None:
                raise refusal
        else:
            check_scope(call.session, "ReadMessages" if each.messages else "ReadAccounts")
    return filters


def _delivery(mode: Any) -> tuple[str, str | None]:
    """Read where and how to deliver; only webhooks are known."""
    if not isinstance(mode, dict):
        raise bad("deliveryMode")
    if mode.get("transportType") != "WebHook":
        raise bad("deliveryMode.transportType")
    token = mode.get("verificationToken")
    if token is not None and not _is_header_value(token):
        raise bad("deliveryMode.verificationToken")
    return check_address(mode.get("address")), token


def _is_header_value(token: Any) -> bool:
    return (
        isinstance(token, str)
        and 0 < len(token) <= LONGEST_TOKEN
        and token.isascii()
        and token.isprintable()
    )


ALL = API + "/subscription"
ONE = ALL + "/{subscriptionId}"

ENDPOINTS = [
    Endpoint("GET", ALL, list_mine, Group.LIGHT),
    Endpoint("POST", ALL, create, Group.MEDIUM),
    Endpoint("GET", ONE, get, Group.LIGHT),
    Endpoint("PUT", ONE, update, Group.MEDIUM),
    Endpoint("DELETE", ONE, cancel, Group.MEDIUM),
    Endpoint("POST", ONE + "/renew", renew, Group.LIGHT),
]

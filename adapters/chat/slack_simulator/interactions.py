"""Clicks, forms, options and shortcuts: what a person does with what the app has shown."""

from dataclasses import dataclass
from typing import Any

from adapters.chat.slack_simulator.blocks import check_suggestions
from adapters.chat.slack_simulator.commands import Outcome
from adapters.chat.slack_simulator.delivery import Answer, Request
from adapters.chat.slack_simulator.elements import (
    STATE_KEYS,
    Placed,
    elements_of,
    find_element,
    initial_state,
    is_empty,
    options_of,
    state_from,
)
from adapters.chat.slack_simulator.messages import Message
from adapters.chat.slack_simulator.private import Private
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.tickets import ResponseUrl
from adapters.chat.slack_simulator.views import View
from adapters.chat.slack_simulator.wire import Json, SlackError, invalid, parse_json
from adapters.chat.slack_simulator.workspace import Channel, User

REQUIRED = "Please complete this required field."
TROUBLE = "We had some trouble connecting. Try again?"


@dataclass(frozen=True)
class Surface:
    """Where a person clicks: a message, something private, or a view."""

    channel: Channel | None = None
    message: Message | None = None
    private: Private | None = None
    view: View | None = None

    @property
    def blocks(self) -> list[Json]:
        """What there is to click."""
        shown = self.message or self.private
        if shown is not None:
            inside = [one for each in shown.attachments for one in each.get("blocks") or []]
            return [*shown.blocks, *inside]
        return self.view.blocks if self.view is not None else []


async def act(slack: Slack, user: User, surface: Surface, action_id: str, given: Json) -> Outcome:
    """Click or choose; `given` may hold `block_id`, `value`, `selected_option` and their kin.

    Raises:
        SlackError: there is no such element, or it has no such option.
    """
    placed = find_element(surface.blocks, action_id, given.get("block_id"))
    action = _action(slack, surface, placed, given)
    payload = _base(slack, user, "block_actions") | {
        "trigger_id": slack.tickets.trigger(user.id, surface.view.id if surface.view else None),
        "actions": [action],
    }
    payload |= _place(slack, user, surface)
    where = surface.channel.id if surface.channel else None
    return _outcome(await _send(slack, payload, where, user.id))


def _action(slack: Slack, surface: Surface, placed: Placed, given: Json) -> Json:
    """The entry of `actions`; a stateful element's new state is kept in its view."""
    element = placed.element
    common = {
        "type": element["type"],
        "action_id": placed.action_id,
        "block_id": placed.block_id,
        "action_ts": f"{slack.clock.now():.6f}",
    }
    if element["type"] in STATE_KEYS:
        key, _ = STATE_KEYS[element["type"]]
        offered = (
            surface.view.offered.get((placed.block_id, placed.action_id), [])
            if surface.view
            else []
        )
        state = state_from(element, given.get(key, given.get("value")), offered)
        if surface.view is not None:
            surface.view.values.setdefault(placed.block_id, {})[placed.action_id] = state
        return common | state
    if element["type"] == "overflow":
        wanted = given.get("selected_option", given.get("value"))
        return common | {"selected_option": _overflow_option(element, wanted)}
    shown = {name: element[name] for name in ("text", "value", "style", "url") if name in element}
    return common | shown


def _overflow_option(element: Json, given: Any) -> Json:
    wanted = given.get("value") if isinstance(given, dict) else given
    for option in options_of(element):
        if option.get("value") == wanted:
            return option
    raise SlackError("invalid_value")


def _place(slack: Slack, user: User, surface: Surface) -> Json:
    """Container, channel, message, state and response_url, by kind of surface."""
    if surface.view is not None:
        view = slack.views.as_json(surface.view)
        return {"container": {"type": "view", "view_id": surface.view.id}, "view": view}
    channel = surface.channel
    shown = surface.message or surface.private
    if channel is None or shown is None:
        raise SlackError("message_not_found")
    ticket = ResponseUrl(user.id, channel.id, slack.clock.now(), thread_ts=shown.thread_ts)
    container: Json = {
        "type": "message",
        "message_ts": shown.ts,
        "channel_id": channel.id,
        "is_ephemeral": surface.private is not None,
    }
    if shown.thread_ts is not None:
        container["thread_ts"] = shown.thread_ts
    place: Json = {
        "container": container,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "state": {"values": _message_state(surface.blocks)},
    }
    if surface.message is not None:
        ticket.message_ts = surface.message.ts
        place["message"] = surface.message.as_json()
    elif surface.private is not None:
        ticket.private_id = surface.private.id
    return place | {"response_url": slack.response_url("actions", ticket)}


def _message_state(blocks: list[Json]) -> dict[str, dict[str, Json]]:
    values: dict[str, dict[str, Json]] = {}
    for placed in elements_of(blocks):
        if (state := initial_state(placed.element)) is not None:
            values.setdefault(placed.block_id, {})[placed.action_id] = state
    return values


async def submit(slack: Slack, user: User, view: View, values: Json) -> Json:
    """Fill in a form and press its button; answers as the person sees it.

    Raises:
        SlackError: a value no such form could hold.
    """
    _fill_in(view, values)
    if missing := _incomplete(view):
        return {"ok": False, "status": None, "response": None, "errors": missing}
    payload = _base(slack, user, "view_submission") | {
        "trigger_id": slack.tickets.trigger(user.id, view.id),
        "view": slack.views.as_json(view),
        "response_urls": _response_urls(slack, user, view),
    }
    answer = await _send(slack, payload, None, user.id)
    if answer.error is not None:
        return _failed(answer)
    try:
        return _follow(slack, view, answer)
    except SlackError as error:
        return {"ok": False, "status": answer.status, "response": TROUBLE, "error": error.code}


def _fill_in(view: View, values: Json) -> None:
    for placed in elements_of(view.blocks):
        block = values.get(placed.block_id)
        if not isinstance(block, dict) or placed.action_id not in block:
            continue
        if placed.element["type"] not in STATE_KEYS:
            raise SlackError("invalid_value")
        offered = view.offered.get((placed.block_id, placed.action_id), [])
        state = state_from(placed.element, block[placed.action_id], offered)
        view.values.setdefault(placed.block_id, {})[placed.action_id] = state
    known = {placed.block_id for placed in elements_of(view.blocks)}
    if unknown := sorted(set(values) - known):
        raise SlackError("block_not_found", block_id=unknown[0])


def _incomplete(view: View) -> dict[str, str]:
    """What the client itself complains about, by block, before the app hears anything."""
    errors = {}
    for placed in elements_of(view.blocks):
        if not placed.is_input:
            continue
        state = view.values[placed.block_id][placed.action_id]
        text, element = state.get("value"), placed.element
        if is_empty(state):
            if not placed.block.get("optional"):
                errors[placed.block_id] = REQUIRED
        elif isinstance(text, str) and len(text) > element.get("max_length", 3_000):
            errors[placed.block_id] = (
                f"Must be {element.get('max_length', 3_000)} characters or fewer."
            )
        elif isinstance(text, str) and len(text) < element.get("min_length", 0):
            errors[placed.block_id] = f"Must be {element['min_length']} characters or more."
    return errors


def _response_urls(slack: Slack, user: User, view: View) -> list[Json]:
    """One URL for each conversation chosen in a select with `response_url_enabled`."""
    urls = []
    for placed in elements_of(view.blocks):
        if not placed.element.get("response_url_enabled"):
            continue
        state = view.values.get(placed.block_id, {}).get(placed.action_id, {})
        channel = state.get("selected_conversation") or state.get("selected_channel")
        if channel in slack.workspace.channels:
            ticket = ResponseUrl(user.id, channel, slack.clock.now())
            urls.append(
                {
                    "block_id": placed.block_id,
                    "action_id": placed.action_id,
                    "channel_id": channel,
                    "response_url": slack.response_url("app", ticket),
                }
            )
    return urls


def _follow(slack: Slack, view: View, answer: Answer) -> Json:
    """Do what the app answered to a submission; anything but its few forms is trouble."""
    seen: Json = {"ok": True, "status": answer.status, "response": None}
    if not answer.body.strip():
        slack.views.close(view)
        return seen | {"closed": True}
    reply = _json_object(answer)
    match reply.get("response_action"):
        case "clear":
            slack.views.close(view, all_of_them=True)
            return seen | {"response": reply, "closed": True}
        case "update" if isinstance(reply.get("view"), dict):
            slack.views.update(view, reply["view"])
            return seen | {"response": reply}
        case "push" if isinstance(reply.get("view"), dict):
            slack.views.push(view.user, reply["view"])
            return seen | {"response": reply}
        case "errors" if isinstance(reply.get("errors"), dict) and reply["errors"]:
            inputs = {placed.block_id for placed in elements_of(view.blocks) if placed.is_input}
            if not inputs.issuperset(reply["errors"]):
                raise SlackError("invalid_error_block_id")
            return seen | {"ok": False, "response": reply, "errors": reply["errors"]}
        case _:
            raise SlackError("invalid_response")


async def close(slack: Slack, user: User, view: View, *, all_of_them: bool = False) -> Outcome:
    """Press cancel or the cross; the app hears of it if the view says so."""
    slack.views.close(view, all_of_them=all_of_them)
    if not view.content.get("notify_on_close"):
        return Outcome(None, None)
    payload = _base(slack, user, "view_closed") | {
        "view": slack.views.as_json(view),
        "is_cleared": all_of_them,
    }
    return _outcome(await _send(slack, payload, None, user.id))


async def suggest(slack: Slack, user: User, surface: Surface, placed: Placed, typed: str) -> Json:
    """The `options` or `option_groups` the app offers for what was typed into an external select.

    Raises:
        SlackError: the app did not answer with options in time.
    """
    payload = _base(slack, user, "block_suggestion") | {
        "block_id": placed.block_id,
        "action_id": placed.action_id,
        "value": typed,
    }
    payload |= {
        key: value for key, value in _place(slack, user, surface).items() if key != "response_url"
    }
    answer = await _send(slack, payload, surface.channel.id if surface.channel else None, user.id)
    if answer.error is not None:
        raise SlackError(answer.error)
    reply = _json_object(answer)
    kind = "option_groups" if "option_groups" in reply else "options"
    if problems := list(check_suggestions(reply)):
        raise invalid(*problems, code="invalid_options")
    if surface.view is not None:
        surface.view.offered[placed.block_id, placed.action_id] = options_of(reply)
    return {kind: reply[kind]}


async def use_shortcut(
    slack: Slack, user: User, callback_id: str, channel: Channel | None, message: Message | None
) -> Outcome:
    """Choose a shortcut, from a message's menu or from anywhere.

    Raises:
        SlackError: `shortcut_not_found`.
    """
    shortcut = slack.workspace.app.shortcut(callback_id)
    is_global = message is None or channel is None
    if shortcut is None or (shortcut.type == "global") is not is_global:
        raise SlackError("shortcut_not_found")
    payload = _base(slack, user, "shortcut" if is_global else "message_action") | {
        "callback_id": callback_id,
        "trigger_id": slack.tickets.trigger(user.id),
        "action_ts": f"{slack.clock.now():.6f}",
    }
    if message is not None and channel is not None:
        ticket = ResponseUrl(user.id, channel.id, slack.clock.now(), message.thread_ts)
        payload |= {
            "channel": {"id": channel.id, "name": channel.name or "directmessage"},
            "message_ts": message.ts,
            "message": message.as_json(),
            "response_url": slack.response_url("app", ticket),
        }
    return _outcome(await _send(slack, payload, channel.id if channel else None, user.id))


def open_home(slack: Slack, user: User) -> None:
    """A person opens the app's Home tab; what is published there comes along."""
    view = slack.views.home(user.id)
    event: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": slack.workspace.direct_message(user.id).id,
        "tab": "home",
        "event_ts": f"{slack.clock.now():.6f}",
    }
    slack.events.emit(event | ({"view": slack.views.as_json(view)} if view else {}), user=user.id)


def _base(slack: Slack, user: User, kind: str) -> Json:
    """What every interactive payload begins with."""
    workspace = slack.workspace
    return {
        "type": kind,
        "team": {"id": workspace.team_id, "domain": workspace.team_domain},
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": user.team_id,
        },
        "api_app_id": workspace.app.id,
        "token": "legacy",
        "enterprise": None,
        "is_enterprise_install": False,
    }


async def _send(slack: Slack, payload: Json, channel: str | None, user: str) -> Answer:
    number = payload.get("trigger_id") or slack.ids.next("In")
    return await slack.link.send(
        Request("interactive", payload["type"], number, payload, channel, user)
    )


def _outcome(answer: Answer) -> Outcome:
    """What the person notices: nothing, or that it did not work."""
    if answer.error is None:
        return Outcome(answer.status, None)
    return Outcome(answer.status, {"text": TROUBLE}, answer.error)


def _failed(answer: Answer) -> Json:
    return {"ok": False, "status": answer.status, "response": TROUBLE, "error": answer.error}


def _json_object(answer: Answer) -> Json:
    try:
        reply = parse_json(answer.body)
    except ValueError:
        raise SlackError("invalid_response") from None
    if not isinstance(reply, dict):
        raise SlackError("invalid_response")
    return reply

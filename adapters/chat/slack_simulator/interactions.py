"""Clicks, options, shortcuts and the Home tab: what a person does with what the app shows."""

from dataclasses import dataclass
from typing import Any

from adapters.chat.slack_simulator.blocks import check_suggestions
from adapters.chat.slack_simulator.elements import (
    STATE_KEYS,
    Placed,
    elements_of,
    find_element,
    initial_state,
    options_of,
    state_from,
)
from adapters.chat.slack_simulator.messages import Message
from adapters.chat.slack_simulator.payloads import (
    Outcome,
    base_payload,
    json_object,
    outcome_of,
    send,
)
from adapters.chat.slack_simulator.private import Private
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.tickets import ResponseUrl
from adapters.chat.slack_simulator.views import View
from adapters.chat.slack_simulator.wire import Json, SlackError, invalid
from adapters.chat.slack_simulator.workspace import Channel, User


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
    payload = base_payload(slack, user, "block_actions") | {
        "trigger_id": slack.tickets.trigger(user.id, surface.view.id if surface.view else None),
        "actions": [action],
    }
    payload |= _place(slack, user, surface)
    where = surface.channel.id if surface.channel else None
    return outcome_of(await send(slack, payload, where, user.id))


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
        chosen = given.get(key, given.get("value"))
        if surface.view is not None:
            return common | surface.view.enter(placed, chosen)
        return common | state_from(element, chosen, [])
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


async def suggest(slack: Slack, user: User, surface: Surface, placed: Placed, typed: str) -> Json:
    """The `options` or `option_groups` the app offers for what was typed into an external select.

    Raises:
        SlackError: the app did not answer with options in time.
    """
    payload = base_payload(slack, user, "block_suggestion") | {
        "block_id": placed.block_id,
        "action_id": placed.action_id,
        "value": typed,
    }
    payload |= {
        key: value for key, value in _place(slack, user, surface).items() if key != "response_url"
    }
    answer = await send(slack, payload, surface.channel.id if surface.channel else None, user.id)
    if answer.error is not None:
        raise SlackError(answer.error)
    reply = json_object(answer)
    kind = "option_groups" if "option_groups" in reply else "options"
    if problems := list(check_suggestions(reply)):
        raise invalid(*problems, code="invalid_options")
    if surface.view is not None:
        # What was chosen stays chosen, whatever is typed and offered after it.
        offered = surface.view.offered.setdefault((placed.block_id, placed.action_id), [])
        offered[:0] = [option for option in options_of(reply) if option not in offered]
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
    payload = base_payload(slack, user, "shortcut" if is_global else "message_action") | {
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
    return outcome_of(await send(slack, payload, channel.id if channel else None, user.id))


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

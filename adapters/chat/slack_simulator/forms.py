"""Modals as a person uses them: fill in, submit, close; and what the app makes of it."""

from typing import Final

from adapters.chat.slack_simulator.blocks import INPUT_LENGTH
from adapters.chat.slack_simulator.delivery import Answer
from adapters.chat.slack_simulator.elements import STATE_KEYS, elements_of, is_empty
from adapters.chat.slack_simulator.payloads import (
    TROUBLE,
    Outcome,
    base_payload,
    json_object,
    outcome_of,
    send,
)
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.tickets import ResponseUrl
from adapters.chat.slack_simulator.views import View
from adapters.chat.slack_simulator.wire import Json, SlackError
from adapters.chat.slack_simulator.workspace import User

REQUIRED: Final = "Please complete this required field."


async def submit(slack: Slack, user: User, view: View, values: Json) -> Json:
    """Fill in a form and press its button; answers as the person sees it.

    Raises:
        SlackError: a value no such form could hold.
    """
    _fill_in(view, values)
    if missing := _incomplete(view):
        return {"ok": False, "status": None, "response": None, "errors": missing}
    payload = base_payload(slack, user, "view_submission") | {
        "trigger_id": slack.tickets.trigger(user.id, view.id),
        "view": slack.views.as_json(view),
        "response_urls": _response_urls(slack, user, view),
    }
    answer = await send(slack, payload, None, user.id)
    if answer.error is not None:
        return {
            "ok": False,
            "status": answer.status,
            "response": {"text": TROUBLE},
            "error": answer.error,
        }
    try:
        return _follow(slack, view, answer)
    except SlackError as error:
        return {
            "ok": False,
            "status": answer.status,
            "response": {"text": TROUBLE},
            "error": error.code,
        }


def _fill_in(view: View, values: Json) -> None:
    for placed in elements_of(view.blocks):
        block = values.get(placed.block_id)
        if not isinstance(block, dict) or placed.action_id not in block:
            continue
        if placed.element["type"] not in STATE_KEYS:
            raise SlackError("invalid_value")
        view.enter(placed, block[placed.action_id])
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
        if is_empty(state):
            words = None if placed.block.get("optional") else REQUIRED
        else:
            words = _wrong_length(placed.element, state)
        if words is not None:
            errors[placed.block_id] = words
    return errors


def _wrong_length(element: Json, state: Json) -> str | None:
    if element["type"] != "plain_text_input":
        return None
    length = len(str(state["value"]))
    least, most = element.get("min_length", 0), element.get("max_length", INPUT_LENGTH)
    if length > most:
        return f"Must be {most} characters or fewer."
    return f"Must be {least} characters or more." if length < least else None


def _response_urls(slack: Slack, user: User, view: View) -> list[Json]:
    """One URL for each conversation chosen in a select with `response_url_enabled`."""
    urls = []
    for placed in elements_of(view.blocks):
        if not placed.element.get("response_url_enabled"):
            continue
        state = view.values.get(placed.block_id, {}).get(placed.action_id, {})
        channel = state.get("selected_conversation") or state.get("selected_channel")
        if isinstance(channel, str) and channel in slack.workspace.channels:
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
    reply = json_object(answer)
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
    payload = base_payload(slack, user, "view_closed") | {
        "view": slack.views.as_json(view),
        "is_cleared": all_of_them,
    }
    return outcome_of(await send(slack, payload, None, user.id))

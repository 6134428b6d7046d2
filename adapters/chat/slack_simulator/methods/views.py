"""`views.*`: modals and Home tabs."""

from typing import Final

from adapters.chat.slack_simulator.methods.call import Call, Method
from adapters.chat.slack_simulator.views import View
from adapters.chat.slack_simulator.wire import Json, SlackError, missing


def _content(call: Call) -> Json:
    view = call.args.mapping("view")
    if view is None:
        raise missing("view")
    return view


def _trigger_id(call: Call) -> str:
    return call.args.maybe("trigger_id") or call.args.text("interactivity_pointer")


def _shown(call: Call, view: View) -> Json:
    return {"view": call.slack.views.as_json(view)}


def open_view(call: Call) -> Json:
    """Show a modal to the person the trigger came from."""
    trigger = call.slack.tickets.exchange(_trigger_id(call))
    return _shown(call, call.slack.views.open(trigger.user, _content(call)))


def push(call: Call) -> Json:
    """Show a modal on top of the one the trigger came from."""
    trigger = call.slack.tickets.exchange(_trigger_id(call))
    if trigger.view is None:
        raise SlackError("not_in_modal")
    return _shown(call, call.slack.views.push(trigger.user, _content(call)))


def update(call: Call) -> Json:
    """Change an open view."""
    view_id, external_id = call.args.maybe("view_id"), call.args.maybe("external_id")
    if not (view_id or external_id):
        raise missing("view_id")
    view = call.slack.views.find(view_id, external_id)
    call.slack.views.update(view, _content(call), call.args.maybe("hash"))
    return _shown(call, view)


def publish(call: Call) -> Json:
    """Set a person's Home tab."""
    if not call.slack.workspace.app.home_tab:
        raise SlackError("not_enabled")
    user = call.user(call.args.text("user_id"))
    content, expected_hash = _content(call), call.args.maybe("hash")
    return _shown(call, call.slack.views.publish(user.id, content, expected_hash))


METHODS: Final = (
    Method("views.open", open_view, "tier_4"),
    Method("views.push", push, "tier_4"),
    Method("views.update", update, "tier_4"),
    Method("views.publish", publish, "tier_4"),
)

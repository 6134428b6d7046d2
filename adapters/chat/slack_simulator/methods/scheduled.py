"""`chat.scheduleMessage` and its kin, on the workspace's clock."""

from typing import Final

from adapters.chat.slack_simulator.methods.call import Call, Method, page
from adapters.chat.slack_simulator.methods.chat import Letter, letter
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.wire import Json, SlackError, missing

LATEST_S: Final = 120 * 24 * 3600


def schedule(call: Call) -> Json:
    """Post at `post_at` (seconds since the epoch), within 120 days."""
    if "post_at" not in call.args:
        raise missing("post_at")
    post_at, now = call.args.number("post_at", 0, low=0, high=10**12), call.slack.clock.now()
    if post_at <= now:
        raise SlackError("time_in_past")
    if post_at > now + LATEST_S:
        raise SlackError("time_too_far")
    ready, key = letter(call), call.slack.ids.next("Q")
    call.slack.scheduled[key] = {
        "id": key,
        "channel_id": ready.channel.id,
        "post_at": post_at,
        "date_created": int(now),
        "text": ready.content.text,
    }
    call.slack.tasks.spawn(_post_later(call.slack, key, post_at, ready))
    return {
        "channel": ready.channel.id,
        "scheduled_message_id": key,
        "post_at": post_at,
        "message": {"type": "delayed_message", "text": ready.content.text},
    }


async def _post_later(slack: Slack, key: str, post_at: float, ready: Letter) -> None:
    await slack.clock.wait_until(post_at)
    if slack.scheduled.pop(key, None) is None:
        return
    try:
        ready.send(slack)
    except SlackError:
        return  # The channel changed its mind meanwhile; Slack says nothing either.


def unschedule(call: Call) -> Json:
    """Take a scheduled message back."""
    channel, key = call.channel(), call.args.text("scheduled_message_id")
    waiting = call.slack.scheduled.get(key)
    if waiting is None or waiting["channel_id"] != channel.id:
        raise SlackError("invalid_scheduled_message_id")
    del call.slack.scheduled[key]
    return {}


def list_scheduled(call: Call) -> Json:
    """What waits to be posted, in a channel or anywhere."""
    channel = call.args.maybe("channel")
    waiting = [one for one in call.slack.scheduled.values() if channel in {None, one["channel_id"]}]
    shown, cursor = page(call, waiting)
    return {"scheduled_messages": shown, **cursor}


METHODS: Final = (
    Method("chat.scheduleMessage", schedule, "tier_3", ("chat:write",)),
    Method("chat.deleteScheduledMessage", unschedule, "tier_3", ("chat:write",)),
    Method("chat.scheduledMessages.list", list_scheduled, "tier_3"),
)

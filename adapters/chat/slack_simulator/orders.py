"""The fault verbs a driver may order: some wait for what they spoil, some are done at once."""

from collections.abc import Callable
from typing import Final

from adapters.chat.slack_simulator import membership
from adapters.chat.slack_simulator.faults import Fault
from adapters.chat.slack_simulator.posting import unfurl
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.transport import AFTER, BEFORE
from adapters.chat.slack_simulator.wire import Args, Json, SlackError, invalid
from adapters.chat.slack_simulator.workspace import Posting, User

WAITING: Final = BEFORE | AFTER | {"retry_event", "duplicate", "reorder", "drop_event", "ratelimit"}
# What a server that listens cannot do to its client.
CLIENT_SIDE: Final = frozenset({"dns_fail", "tls_fail", "connect_hang"})
NOT_OPTIONS: Final = frozenset({"verb", "times", "method", "channel", "own"})


def order(slack: Slack, args: Args) -> Json:
    """Order a fault: `verb`, `times` (default 1; null or 0: until removed), `method`, `channel`.

    Event verbs wait for what people do, with `own` also for what the app did.

    Raises:
        SlackError: no such verb, or it lacks what it needs.
    """
    verb = args.text("verb").replace("-", "_")
    if (deed := AT_ONCE.get(verb)) is not None:
        return {"done": verb, **(deed(slack, args) or {})}
    if verb in CLIENT_SIDE:
        raise invalid(f"{verb} happens before a connection exists: spoil it on the caller's side")
    if verb not in WAITING:
        known = ", ".join(sorted(WAITING | set(AT_ONCE)))
        raise invalid(f"unknown verb {verb}; known are {known}")
    times = args.number("times", 1, low=0, high=1_000_000)
    channel = args.maybe("channel")
    if channel is not None and verb in BEFORE:
        raise invalid(f"{verb} happens before the channel is known")
    fault = Fault(
        id=slack.ids.next("F"),
        verb=verb,
        times=None if args.is_null("times") else times or None,
        method=args.maybe("method") or _usual_method(verb),
        channel=channel,
        own=args.flag("own"),
        options=args.others(NOT_OPTIONS),
    )
    slack.faults.add(fault)
    return {"id": fault.id, "fault": fault.as_json()}


def _usual_method(verb: str) -> str:
    """What a verb spoils when nothing is named."""
    return "chat.postMessage" if verb in AFTER | {"ratelimit"} else "*"


def _app_rate_limited(slack: Slack, args: Args) -> None:
    slack.events.limit_rate(float(args.number("for_s", 60, low=0, high=86_400)))


def _expire_response_url(slack: Slack, _args: Args) -> None:
    slack.tickets.expire_response_urls()


def _expire_trigger(slack: Slack, _args: Args) -> None:
    slack.tickets.expire_triggers()


def _archive(slack: Slack, args: Args) -> None:
    archived = not args.flag("undo")
    membership.archive(slack, slack.channel(args.text("channel")), archived=archived)


def _kick_bot(slack: Slack, args: Args) -> None:
    bot = slack.workspace.app.bot_user_id
    membership.leave(slack, slack.channel(args.text("channel")), bot)


def _posting(slack: Slack, args: Args) -> None:
    """Set who may post: open, read_only_channel, thread_only_channel, non_threadable_channel."""
    rule = args.text("rule")
    if rule not in set(Posting):
        raise invalid(f"rule must be one of {', '.join(Posting)}")
    slack.channel(args.text("channel")).posting = Posting(rule)


def _lock_thread(slack: Slack, args: Args) -> None:
    message = slack.message(args.text("channel"), args.text("ts"))
    message.is_locked = not args.flag("undo")


def _change_channel_id(slack: Slack, args: Args) -> Json:
    channel = slack.channel(args.text("channel"))
    new_id = args.maybe("new_id") or slack.ids.next("C")
    if new_id in slack.workspace.channels:
        raise SlackError("name_taken")
    return {"channel": membership.change_id(slack, channel, new_id).id}


def _rename_channel(slack: Slack, args: Args) -> None:
    membership.rename(slack, slack.channel(args.text("channel")), args.text("name"))


def _revoke_token(slack: Slack, _args: Args) -> None:
    """A token is taken back; the app hears of it."""
    slack.tokens.end_all("token_revoked")
    tokens = {"oauth": [], "bot": [slack.workspace.app.bot_user_id]}
    slack.events.emit({"type": "tokens_revoked", "tokens": tokens, "event_ts": _now(slack)})


def _expire_token(slack: Slack, _args: Args) -> None:
    slack.tokens.end_all("token_expired")


def _uninstall(slack: Slack, _args: Args) -> None:
    uninstall(slack)


def uninstall(slack: Slack) -> None:
    """The app is removed from the workspace: two events, in either order, and no more access."""
    slack.tokens.end_all("account_inactive")
    slack.events.emit({"type": "app_uninstalled", "event_ts": _now(slack)})
    tokens = {"oauth": [], "bot": [slack.workspace.app.bot_user_id]}
    slack.events.emit({"type": "tokens_revoked", "tokens": tokens, "event_ts": _now(slack)})


def _reinstall(slack: Slack, _args: Args) -> None:
    slack.tokens.revive()


def _unfurl(slack: Slack, args: Args) -> None:
    channel = slack.channel(args.text("channel"))
    message = slack.message(channel.id, args.text("ts"))
    url = args.maybe("url") or "https://example.com/"
    preview = {"from_url": url, "title": "Example", "text": "A preview.", "fallback": "Example"}
    unfurl(slack, channel, message, [preview])


def _share(slack: Slack, args: Args) -> None:
    membership.share(slack, slack.channel(args.text("channel")), shared=not args.flag("undo"))


def _set_away(slack: Slack, args: Args) -> None:
    _user(slack, args).is_active = args.flag("undo")


def _deactivate(slack: Slack, args: Args) -> None:
    user = _user(slack, args)
    user.deleted = not args.flag("undo")
    shown = {"id": user.id, "team_id": user.team_id, "deleted": user.deleted}
    slack.events.emit({"type": "user_change", "user": shown, "event_ts": _now(slack)})


def _set_group(slack: Slack, args: Args) -> None:
    """Set who is in a user group: `users`, separated by commas."""
    group = slack.workspace.usergroups.get(args.text("usergroup"))
    wanted = [one for one in (args.maybe("users") or "").split(",") if one]
    if group is None or not set(wanted).issubset(slack.workspace.users):
        raise SlackError("no_such_subteam" if group is None else "user_not_found")
    membership.set_group(slack, group, wanted)


def _user(slack: Slack, args: Args) -> User:
    user = slack.workspace.users.get(args.text("user"))
    if user is None:
        raise SlackError("user_not_found")
    return user


def _lose_command(slack: Slack, args: Args) -> None:
    """An app installed later owns the command from now on."""
    slack.lost_commands.add(args.text("command"))


def _now(slack: Slack) -> str:
    return f"{slack.clock.now():.6f}"


AT_ONCE: Final[dict[str, Callable[[Slack, Args], Json | None]]] = {
    "app_rate_limited": _app_rate_limited,
    "archive": _archive,
    "change_channel_id": _change_channel_id,
    "deactivate": _deactivate,
    "expire_response_url": _expire_response_url,
    "expire_token": _expire_token,
    "expire_trigger": _expire_trigger,
    "kick_bot": _kick_bot,
    "lock_thread": _lock_thread,
    "lose_command": _lose_command,
    "posting": _posting,
    "reinstall": _reinstall,
    "rename_channel": _rename_channel,
    "revoke_token": _revoke_token,
    "set_away": _set_away,
    "set_group": _set_group,
    "share": _share,
    "unfurl": _unfurl,
    "uninstall": _uninstall,
}

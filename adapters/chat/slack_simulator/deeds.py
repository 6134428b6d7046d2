"""What a person or a driver can do: `POST /_sim/…` and its kin."""

from typing import Final

from adapters.chat.slack_simulator import forms, interactions, membership
from adapters.chat.slack_simulator.commands import Line, run_command, threads_refusal
from adapters.chat.slack_simulator.elements import find_element
from adapters.chat.slack_simulator.interactions import Surface
from adapters.chat.slack_simulator.messages import Message
from adapters.chat.slack_simulator.orders import order
from adapters.chat.slack_simulator.posting import (
    change,
    delete,
    may_post,
    react,
    say,
    typed_content,
    unreact,
)
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.views import View
from adapters.chat.slack_simulator.wire import Args, Json, SlackError, invalid
from adapters.chat.slack_simulator.workspace import Channel, User

FURTHEST: Final = 4_102_444_800.0
"""The year 2100, in seconds since the epoch."""


def _user(slack: Slack, args: Args) -> User:
    user = slack.workspace.users.get(args.text("user"))
    if user is None:
        raise SlackError("user_not_found")
    if user.deleted:
        raise SlackError("account_inactive")
    return user


def _insider(slack: Slack, args: Args) -> User:
    """Somebody of the workspace the app is installed in; others see none of its menus."""
    user = _user(slack, args)
    if user.team_id != slack.workspace.team_id:
        raise SlackError("not_installed_for_you")
    return user


def _channel(slack: Slack, args: Args, user: User) -> Channel:
    """The channel a person acts in; `channel` may be a user id: their talk with the app.

    Raises:
        SlackError: `channel_not_found`, `not_in_channel`.
    """
    wanted = args.text("channel")
    if wanted == slack.workspace.app.bot_user_id:
        return slack.workspace.direct_message(user.id)
    channel = slack.channel(wanted)
    if user.id not in channel.members:
        raise SlackError("channel_not_found" if channel.is_private else "not_in_channel")
    return channel


def _view(slack: Slack, view_id: str, user: User) -> View:
    view = slack.views.get(view_id)
    if view.user != user.id:
        raise SlackError("not_found")
    return view


async def command(slack: Slack, args: Args) -> Json:
    """Type a slash command."""
    user = _user(slack, args)
    channel, thread_ts = _channel(slack, args, user), args.maybe("thread_ts")
    outcome = await run_command(slack, Line(user, channel, args.text("text"), thread_ts))
    return outcome.as_json()


async def message(slack: Slack, args: Args) -> Json:
    """Say something; the app hears of it a moment later."""
    user = _user(slack, args)
    channel, thread_ts = _channel(slack, args, user), args.maybe("thread_ts")
    files = args.objects("files", "invalid_arguments") or []
    typed = args.maybe("text") or ""
    if not (typed.strip() or files):
        raise SlackError("no_text")
    word = typed.partition(" ")[0]
    if thread_ts is not None and slack.workspace.app.command(word) is not None:
        raise SlackError("not_supported_in_threads", message=threads_refusal(word))
    may_post(slack, channel, thread_ts, is_bot=False)
    is_me = word == "/me"
    subtype = "me_message" if is_me else "file_share" if files else None
    posted = say(
        slack,
        channel,
        user,
        typed.removeprefix("/me ") if is_me else typed,
        thread_ts=thread_ts,
        subtype=subtype,
        broadcast=args.flag("reply_broadcast"),
        files=slack.add_files(user.id, files),
    )
    return {"ts": posted.ts, "channel": channel.id}


async def edit(slack: Slack, args: Args) -> Json:
    """Change one's own message."""
    user = _user(slack, args)
    channel = _channel(slack, args, user)
    own = _own(slack, channel, user, args)
    change(slack, channel, own, typed_content(slack, args.text("text")), editor=user.id)
    return {"ts": own.ts}


async def remove(slack: Slack, args: Args) -> Json:
    """Delete one's own message."""
    user = _user(slack, args)
    channel = _channel(slack, args, user)
    delete(slack, channel, _own(slack, channel, user, args))
    return {}


def _own(slack: Slack, channel: Channel, user: User, args: Args) -> Message:
    found = slack.message(channel.id, args.text("ts"))
    if found.user != user.id or found.subtype == "tombstone":
        raise SlackError("not_your_message")
    return found


async def action(slack: Slack, args: Args) -> Json:
    """Click a button or choose from a menu, in a message, an ephemeral one or a view."""
    user = _user(slack, args)
    surface = _surface(slack, args, user)
    given = args.others({"user", "channel", "ts", "action_id", "view_id"})
    outcome = await interactions.act(slack, user, surface, args.text("action_id"), given)
    return outcome.as_json()


def _surface(slack: Slack, args: Args, user: User) -> Surface:
    if view_id := args.maybe("view_id"):
        return Surface(view=_view(slack, view_id, user))
    channel, ts = _channel(slack, args, user), args.text("ts")
    private = slack.privates.find(user.id, channel.id, ts)
    if private is not None:
        return Surface(channel, private=private)
    return Surface(channel, message=slack.message(channel.id, ts))


async def options(slack: Slack, args: Args) -> Json:
    """Type into an external select; the app's options come back as it gave them."""
    user = _user(slack, args)
    surface = _surface(slack, args, user)
    placed = find_element(surface.blocks, args.text("action_id"), args.maybe("block_id"))
    return await interactions.suggest(slack, user, surface, placed, args.maybe("value") or "")


async def submit(slack: Slack, args: Args) -> Json:
    """Fill in a modal and press its button."""
    user = _user(slack, args)
    view = _view(slack, args.text("view"), user)
    return await forms.submit(slack, user, view, args.mapping("values") or {})


async def close(slack: Slack, args: Args) -> Json:
    """Close a modal."""
    user = _user(slack, args)
    view = _view(slack, args.text("view"), user)
    outcome = await forms.close(slack, user, view, all_of_them=args.flag("clear"))
    return outcome.as_json()


async def shortcut(slack: Slack, args: Args) -> Json:
    """Use a shortcut, with `channel` and `ts` one from a message's menu."""
    user, callback_id = _insider(slack, args), args.text("callback_id")
    if "ts" not in args:
        outcome = await interactions.use_shortcut(slack, user, callback_id, None, None)
        return outcome.as_json()
    channel = _channel(slack, args, user)
    found = slack.message(channel.id, args.text("ts"))
    outcome = await interactions.use_shortcut(slack, user, callback_id, channel, found)
    return outcome.as_json()


async def open_home(slack: Slack, args: Args) -> Json:
    """Open the app's Home tab."""
    user = _insider(slack, args)
    interactions.open_home(slack, user)
    return {}


async def reaction(slack: Slack, args: Args) -> Json:
    """React to a message, or with `remove` take it back."""
    user = _user(slack, args)
    channel = _channel(slack, args, user)
    found = slack.message(channel.id, args.text("ts"))
    deed = unreact if args.flag("remove") else react
    deed(slack, channel, found, user.id, args.text("name").strip(":"))
    return {}


async def invite(slack: Slack, args: Args) -> Json:
    """Make somebody, or the bot, a member."""
    user, channel = _user(slack, args), slack.channel(args.text("channel"))
    membership.join(slack, channel, user.id, args.maybe("inviter"))
    return {}


async def reload(slack: Slack, args: Args) -> Json:
    """A person reloads their client: private messages are gone."""
    slack.privates.reload(_user(slack, args).id)
    return {}


async def add_fault(slack: Slack, args: Args) -> Json:
    """Order a fault."""
    return order(slack, args)


async def clear_faults(slack: Slack, args: Args) -> Json:
    """Take back one fault, or all."""
    slack.faults.clear(args.maybe("id"))
    return {}


async def advance_clock(slack: Slack, args: Args) -> Json:
    """Move the workspace's time forward by `advance_s`; `with_app` if the app's clock moves too."""
    try:
        seconds = float(args.text("advance_s"))
    except ValueError:
        raise invalid("advance_s must be a number of seconds") from None
    if not 0 <= seconds <= FURTHEST - slack.clock.now():
        raise invalid("advance_s must not be negative nor lead beyond the year 2100")
    slack.clock.advance(seconds, with_app=args.flag("with_app"))
    return {"now": slack.clock.now()}


async def verify(slack: Slack, _args: Args) -> Json:
    """Verify the request URL again."""
    return {"ok": await slack.events.verify_url()}


async def replay(slack: Slack, args: Args) -> Json:
    """Send a logged request again, as it was."""
    request = slack.link.logged(args.number("seq", 0, low=0, high=10**12))
    if request is None:
        raise SlackError("not_found")
    answer = await slack.link.send(request)
    return {"ok": answer.error is None, "status": answer.status, "error": answer.error}

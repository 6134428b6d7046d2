"""Commands, clicks, shortcuts and forms as facts for the core, and its answers to them."""

from adapters.chat.slack.answers import AnswerAddresses
from adapters.chat.slack.blocks import action_of
from adapters.chat.slack.body import Body
from adapters.chat.slack.hearing import Hearing
from adapters.chat.slack.payload import Json, digest, flag, items, part, word
from adapters.chat.slack.text import read
from adapters.chat.slack.views import PAGE_FORM, SILENCE_FORM, TO, read_form, read_silence
from gateway.domain.content import OptionGroup
from gateway.domain.ids import ChannelId, ChatMessageId, ChatUserId, ExtensionNumber
from gateway.domain.inbound import (
    ChatAction,
    ChatCommand,
    ChatShortcut,
    FormSubmission,
    SilenceSubmission,
)
from gateway.domain.pages import ChatThread, Person
from gateway.ports.intake import Answer, FormProblems

_NOTHING = Answer()
_ACTS = frozenset({"button", "overflow"})


class Interactions:
    """What somebody asked for directly. Every method returns when the core has recorded it.

    Raises (every method):
        GatewayError: not recorded.
    """

    def __init__(self, hearing: Hearing, addresses: AnswerAddresses) -> None:
        self._hearing = hearing
        self._addresses = addresses

    async def command(self, body: Body) -> Answer:
        """Take `/page …`."""
        user, channel = word(body, "user_id"), word(body, "channel_id")
        if not user or not channel:
            return self._left_alone("command")
        self._addresses.keep(ChatUserId(user), ChannelId(channel), word(body, "response_url"))
        command = ChatCommand(
            key=_key("command", body),
            person=await self._hearing.person(user, word(body, "team_id")),
            channel=ChannelId(channel),
            name=word(body, "command"),
            text=read(word(body, "text")),
            received_at=self._hearing.clock.now(),
            trigger=word(body, "trigger_id"),
        )
        return await self._hearing.intake.command(command)

    async def action(self, body: Body) -> Answer:
        """Take a pressed button or a choice from a menu; other elements only hold a choice."""
        pressed = next(iter(items(body, "actions")), {})
        if word(pressed, "type") not in _ACTS or not word(body, "user", "id"):
            return self._left_alone("block_actions")
        action = ChatAction(
            key=_key("action", body, word(pressed, "action_ts")),
            person=await self._person(body),
            channel=self._keep_address(body),
            action=action_of(word(pressed, "action_id")),
            value=word(pressed, "value") or word(pressed, "selected_option", "value"),
            received_at=self._hearing.clock.now(),
            thread=await self._thread(body),
            message=_message(body),
            trigger=word(body, "trigger_id"),
        )
        return await self._hearing.intake.action(action)

    async def shortcut(self, body: Body) -> Answer:
        """Take a global shortcut, or one used on a message."""
        if not word(body, "user", "id"):
            return self._left_alone("shortcut")
        shortcut = ChatShortcut(
            key=_key("shortcut", body, word(body, "action_ts")),
            person=await self._person(body),
            name=word(body, "callback_id"),
            received_at=self._hearing.clock.now(),
            channel=self._keep_address(body),
            thread=await self._thread(body),
            text=await self._hearing.directory.words(word(body, "message", "text")),
            trigger=word(body, "trigger_id"),
        )
        return await self._hearing.intake.shortcut(shortcut)

    async def form(self, body: Body) -> FormProblems | None:
        """Take a submitted form."""
        view = part(body, "view")
        match word(view, "callback_id"):
            case name if name == PAGE_FORM and word(body, "user", "id"):
                return await self._page_form(body, view)
            case name if name == SILENCE_FORM and word(body, "user", "id"):
                return await self._silence_form(body, view)
            case _:
                self._left_alone("view_submission")
                return None

    async def _silence_form(self, body: Body, view: Json) -> FormProblems | None:
        entered = read_silence(view)
        submission = SilenceSubmission(
            key=_key("form", body, word(view, "id"), word(view, "hash")),
            person=await self._person(body),
            lasts=entered.lasts,
            text=entered.text,
            context=entered.context,
            received_at=self._hearing.clock.now(),
        )
        return await self._hearing.intake.silence(submission)

    async def _page_form(self, body: Body, view: Json) -> FormProblems | None:
        entered = read_form(view)
        submission = FormSubmission(
            key=_key("form", body, word(view, "id"), word(view, "hash")),
            person=await self._person(body),
            to=entered.to,
            text=entered.text,
            send_as=ExtensionNumber(entered.send_as) if entered.send_as else None,
            channel=ChannelId(entered.channel) if entered.channel else None,
            draft=entered.draft,
            received_at=self._hearing.clock.now(),
        )
        return await self._hearing.intake.form(submission)

    async def options(self, body: Body) -> tuple[OptionGroup, ...]:
        """Offer recipients for what was typed so far."""
        if word(body, "action_id") != TO or not word(body, "user", "id"):
            return ()
        return await self._hearing.intake.recipients(await self._person(body), word(body, "value"))

    def _left_alone(self, kind: str) -> Answer:
        self._hearing.ignored(kind, "not_ours")
        return _NOTHING

    async def _person(self, body: Body) -> Person:
        """Describe who acted. In shared channels outsiders can press our buttons."""
        return await self._hearing.person(word(body, "user", "id"), word(body, "user", "team_id"))

    def _keep_address(self, body: Body) -> ChannelId | None:
        """Tell where it was, and remember how the person can be answered there."""
        channel = channel_of(body)
        if channel is not None:
            user = ChatUserId(word(body, "user", "id"))
            self._addresses.keep(user, channel, word(body, "response_url"))
        return channel

    async def _thread(self, body: Body) -> ChatThread | None:
        channel, root = channel_of(body), root_of(body)
        if channel is None or root is None:
            return None
        return ChatThread((await self._hearing.directory.us()).workspace, channel, root)


def channel_of(body: Json) -> ChannelId | None:
    """Find the channel of a click or shortcut; forms and the home tab have none."""
    channel = word(body, "channel", "id") or word(body, "container", "channel_id")
    return ChannelId(channel) if channel else None


def root_of(body: Json) -> ChatMessageId | None:
    """Find the message that the thread hangs from, which may be the message itself.

    An ephemeral message is in a thread or nowhere: it has no replies of its own.
    """
    root = word(body, "message", "thread_ts") or word(body, "container", "thread_ts")
    return ChatMessageId(root) if root else _message(body)


def _message(body: Json) -> ChatMessageId | None:
    if flag(body, "container", "is_ephemeral"):
        return None
    ts = word(body, "container", "message_ts") or word(body, "message_ts")
    return ChatMessageId(ts) if ts else None


def _key(kind: str, body: Body, *facts: str) -> str:
    """Make the repeat key: a trigger is made for one interaction, and is secret while it lives."""
    who = (word(body, "team_id"), word(body, "team", "id"), word(body, "user", "id"))
    return f"slack:{kind}:{digest(word(body, 'trigger_id') or repr(body), *who, *facts)}"

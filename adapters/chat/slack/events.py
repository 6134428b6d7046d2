"""Slack's events as facts for the core."""

import re
from collections.abc import Awaitable, Callable, Mapping

from adapters.chat.slack.body import Body
from adapters.chat.slack.hearing import Hearing
from adapters.chat.slack.memory import Memory
from adapters.chat.slack.messages import Changed, Deleted, Ignored, Ours, Written, judge
from adapters.chat.slack.payload import Json, digest, flag, items, number, part, word, words
from adapters.chat.slack.people import Identity
from gateway.domain.ids import ChannelId, ChatMessageId, ChatUserId, WorkspaceId
from gateway.domain.inbound import (
    ChannelMoved,
    ChatDeletion,
    ChatEdit,
    ChatReply,
    HomeOpened,
    PersonGone,
    WorkspaceGone,
)
from gateway.domain.pages import ChatThread
from gateway.ports.clock import Clock

Handle = Callable[[Body], Awaitable[None]]

NEEDS_NO_TOKEN = frozenset({"app_uninstalled", "tokens_revoked"})
"""Events that tell of the end of our token, and so must be understood without it."""

_ON_ITS_WAY_S = 60.0
"""What is younger may still be told of."""
_TWINS_WITHIN_S = 60.0
_SEEN_MOST = 10_000
_UNITS = ("B", "kB", "MB", "GB")
_STEP = 1000


class Events:
    """One handler per type of event, looked up; the rest is counted and left alone."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._twins = _Twins(hearing.clock)
        self.handlers: Mapping[str, Handle] = {
            "message": self._message,
            "app_mention": self._message,
            "app_home_opened": self._home_opened,
            "app_uninstalled": self._gone,
            "tokens_revoked": self._gone,
            "channel_id_changed": self._channel_moved,
            "user_change": self._person_changed,
            "channel_rename": self._renamed,
            "group_rename": self._renamed,
        }

    async def handle(self, body: Body) -> None:
        """Tell the core of an event; returns when the core has recorded it.

        Raises:
            GatewayError: not recorded; Slack has to come again.
        """
        kind = word(body, "event", "type")
        handler = self.handlers.get(kind)
        if handler is None:
            self._hearing.ignored(kind, "unknown_event")
        elif kind not in NEEDS_NO_TOKEN and not await self._is_for_us(body):
            self._hearing.ignored(kind, "other_workspace")
        else:
            await handler(body)

    async def _is_for_us(self, body: Body) -> bool:
        """Compare the installation the event was sent to with ours.

        The envelope's own `team_id` may be the other company's in a shared channel.
        """
        us = await self._hearing.directory.us()
        granted = items(body, "authorizations")
        ids = {word(each, name) for each in granted for name in ("team_id", "enterprise_id")}
        return not granted or us.workspace in ids or us.enterprise in ids - {""}

    # --- messages ------------------------------------------------------------------------------

    async def read(self, message: Json, channel: str) -> None:
        """Tell the core of a message found in a thread; one it was told of changes nothing.

        Raises:
            GatewayError: not recorded.
        """
        us = await self._hearing.directory.us()
        judged = judge({**message, "channel": channel}, Ours(us.bot, us.bot_user, ""))
        if isinstance(judged, Written):
            age_s = self._hearing.clock.now().timestamp() - _written_at(judged.ts)
            await self._written(judged, us, untold=age_s > _ON_ITS_WAY_S)

    async def _message(self, body: Body) -> None:
        us = await self._hearing.directory.us()
        event = part(body, "event")
        ours = Ours(us.bot, us.bot_user, word(body, "api_app_id"))
        match judge(event, ours):
            case Written() as written:
                await self._written(written, us)
            case Changed() as changed:
                await self._changed(changed, us, event)
            case Deleted() as deleted:
                await self._deleted(deleted, us, event)
            case Ignored(why):
                self._hearing.ignored("message", why)

    async def _written(self, written: Written, us: Identity, *, untold: bool = False) -> None:
        message = written.message
        first_ts = self._twins.first(written.channel, word(message, "client_msg_id"), written.ts)
        reply = ChatReply(
            key=_key("message", us.workspace, written.channel, first_ts),
            person=await self._hearing.person(written.user, _team(message)),
            thread=_thread(us.workspace, written.channel, written.root),
            message=ChatMessageId(written.ts),
            text=await self._words(_without_address(_text(message), us.bot_user)),
            received_at=self._hearing.clock.now(),
            files=await self._files(message),
            mentions_us=_mentions(us, word(message, "text")),
            under_us=_under_us(message, us),
            untold=untold,
        )
        await self._hearing.intake.reply(reply)

    async def _changed(self, changed: Changed, us: Identity, event: Json) -> None:
        message = part(event, "message")
        edit = ChatEdit(
            key=_key("edit", us.workspace, changed.channel, changed.ts, changed.edited),
            person=await self._hearing.person(changed.user, _team(message)),
            thread=_thread(us.workspace, changed.channel, changed.root),
            message=ChatMessageId(changed.ts),
            text=await self._words(_without_address(changed.text, us.bot_user)),
            before=await self._words(_without_address(changed.before, us.bot_user)),
            received_at=self._hearing.clock.now(),
            files=await self._files(message),
            mentions_us=_mentions(us, changed.text),
            mentioned_us=_mentions(us, changed.before),
            version=changed.edited,
            under_us=_under_us(message, us),
        )
        await self._hearing.intake.edit(edit)

    async def _deleted(self, deleted: Deleted, us: Identity, event: Json) -> None:
        before = part(event, "previous_message")
        deletion = ChatDeletion(
            key=_key("deletion", us.workspace, deleted.channel, deleted.ts),
            person=await self._hearing.person(deleted.user, _team(before)),
            thread=_thread(us.workspace, deleted.channel, deleted.root),
            message=ChatMessageId(deleted.ts),
            received_at=self._hearing.clock.now(),
            # What somebody else began is no thread of ours.
            under_us=deleted.root != deleted.ts and _under_us(before, us),
        )
        await self._hearing.intake.deletion(deletion)

    async def _files(self, message: Json) -> tuple[str, ...]:
        """Name what is attached, without what was deleted from the message."""
        files = [file for file in items(message, "files") if word(file, "mode") != "tombstone"]
        return tuple([_file_line(await self._known(file)) for file in files])

    async def _known(self, file: Json) -> Json:
        """In shared channels Slack wants to be asked for what it otherwise tells."""
        if word(file, "file_access") != "check_file_info":
            return file
        return {**file, **await self._hearing.directory.file(word(file, "id"))}

    async def _words(self, text: str) -> str:
        return await self._hearing.directory.words(text)

    # --- life of the app -----------------------------------------------------------------------

    async def _home_opened(self, body: Body) -> None:
        event = part(body, "event")
        if word(event, "tab") != "home" or not word(event, "user"):
            return self._hearing.ignored("app_home_opened", "other_tab")
        person = await self._hearing.person(word(event, "user"), "")
        return await self._hearing.intake.home(HomeOpened(person))

    async def _gone(self, body: Body) -> None:
        event, team = part(body, "event"), word(body, "team_id")
        revoked = word(event, "type") == "tokens_revoked"
        if revoked and not words(event, "tokens", "bot"):
            return self._hearing.ignored("tokens_revoked", "no_bot_token")
        if not team or self._hearing.directory.workspace not in {"", team}:
            return self._hearing.ignored("tokens_revoked", "other_workspace")
        key = _key("gone", team, word(body, "event_id"))
        return await self._hearing.intake.workspace_gone(WorkspaceGone(key, WorkspaceId(team)))

    async def _channel_moved(self, body: Body) -> None:
        us = await self._hearing.directory.us()
        event = part(body, "event")
        old, new = word(event, "old_channel_id"), word(event, "new_channel_id")
        if not old or not new:
            return self._hearing.ignored("channel_id_changed", "malformed")
        key = _key("moved", us.workspace, old, new)
        moved = ChannelMoved(key, us.workspace, ChannelId(old), ChannelId(new))
        return await self._hearing.intake.channel_moved(moved)

    async def _person_changed(self, body: Body) -> None:
        us = await self._hearing.directory.us()
        person = part(body, "event", "user")
        user = ChatUserId(word(person, "id"))
        self._hearing.directory.forget_person(user)
        if flag(person, "deleted"):
            await self._hearing.intake.person_gone(PersonGone(us.workspace, user))

    async def _renamed(self, body: Body) -> None:
        self._hearing.directory.forget_channel(ChannelId(word(body, "event", "channel", "id")))


class _Twins:
    """Remembers which `ts` a message was first heard with.

    Slack has been seen to tell of one message twice with two `ts`; only `client_msg_id` is the
    same then. Memory is enough: the twins come within seconds.
    """

    def __init__(self, clock: Clock) -> None:
        self._first: Memory[tuple[str, str], str] = Memory(
            clock, lasts_s=_TWINS_WITHIN_S, most=_SEEN_MOST
        )

    def first(self, channel: str, client_msg_id: str, ts: str) -> str:
        """Give the `ts` the message goes by."""
        if not client_msg_id:
            return ts
        first = self._first.get((channel, client_msg_id))
        if first is None:
            self._first.keep((channel, client_msg_id), ts)
        return first or ts


def _under_us(message: Json, us: Identity) -> bool:
    """Whether a message stands in a thread of ours; Slack may leave out whose it is."""
    return word(message, "parent_user_id") in {"", us.bot_user, us.bot}


def _written_at(ts: str) -> float:
    """Read when a message was written, in seconds since 1970; what is no time is long ago."""
    return float(ts) if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", ts) else 0.0


def _key(kind: str, *facts: str) -> str:
    return f"slack:{kind}:{digest(*facts)}"


def _thread(workspace: WorkspaceId, channel: str, root: str) -> ChatThread:
    return ChatThread(workspace, ChannelId(channel), ChatMessageId(root))


def _team(message: Json) -> str:
    """Tell which company somebody wrote from; in shared channels it is not always ours."""
    return word(message, "user_team") or word(message, "source_team") or word(message, "team")


def _text(message: Json) -> str:
    """Read what was written; of a message shared without a word, what was shared."""
    shared = (
        word(each, "text") or word(each, "fallback") for each in items(message, "attachments")
    )
    return word(message, "text") or "\n".join(filter(None, shared))


def _without_address(text: str, bot_user: str) -> str:
    """Leave out a mention of us at the beginning: it addresses the words, it is not one."""
    return re.sub(rf"^\s*<@{re.escape(bot_user)}(\|[^>]*)?>[\s,:]*", "", text)


def _mentions(us: Identity, text: str) -> bool:
    return re.search(rf"<@{re.escape(us.bot_user)}[|>]", text) is not None


def _file_line(file: Json) -> str:
    """Name an attachment: `photo.png (2.1 MB) https://…`."""
    name = word(file, "name") or word(file, "title") or word(file, "id")
    size = number(file, "size")
    pieces = (name, f"({_readable_size(size)})" if size > 0 else "", word(file, "permalink"))
    return " ".join(filter(None, pieces))


def _readable_size(size: float) -> str:
    for unit in _UNITS[:-1]:
        if size < _STEP:
            return f"{size:.3g} {unit}"
        size /= _STEP
    return f"{size:.3g} {_UNITS[-1]}"

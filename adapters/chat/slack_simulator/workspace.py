"""People, channels and the app of one Slack workspace."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final


class Posting(StrEnum):
    """What members may do in a channel."""

    OPEN = "open"
    READ_ONLY = "read_only_channel"
    THREAD_ONLY = "thread_only_channel"
    NON_THREADABLE = "non_threadable_channel"


@dataclass
class User:
    """A person or bot. `is_stranger`: known only through a shared channel of another company."""

    id: str
    name: str
    real_name: str
    team_id: str
    title: str = ""
    email: str = ""
    tz: str = "Etc/UTC"
    locale: str = "en-US"
    color: str = "4a6fa5"
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False
    # An ephemeral message reaches only people who are there to see it.
    is_active: bool = True


@dataclass
class Channel:
    """A conversation of any kind. `user` is the person of a direct message with the app."""

    id: str
    name: str
    members: list[str]
    topic: str = ""
    is_private: bool = False
    is_im: bool = False
    is_mpim: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False
    user: str | None = None
    created: int = 1_767_225_600
    posting: Posting = Posting.OPEN

    @property
    def kind(self) -> str:
        """The `channel_type` of events: channel, group, mpim or im."""
        if self.is_im:
            return "im"
        if self.is_mpim:
            return "mpim"
        return "group" if self.is_private else "channel"


@dataclass
class UserGroup:
    """A mentionable group such as @oncall."""

    id: str
    handle: str
    name: str
    users: list[str]
    is_disabled: bool = False


@dataclass(frozen=True)
class Command:
    """A slash command the app has registered."""

    command: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False


@dataclass(frozen=True)
class Shortcut:
    """`type` is `global` or `message`."""

    callback_id: str
    name: str
    type: str = "message"
    description: str = ""


BOT_SCOPES: Final = (
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "chat:write.customize",
    "commands",
    "files:read",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "links:write",
    "metadata.message:read",
    "mpim:history",
    "mpim:read",
    "mpim:write",
    "reactions:read",
    "reactions:write",
    "usergroups:read",
    "users:read",
    "users:read.email",
)

BOT_EVENTS: Final = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_id_changed",
    "channel_rename",
    "channel_shared",
    "channel_unshared",
    "group_rename",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "reaction_removed",
    "subteam_members_changed",
    "subteam_updated",
    "tokens_revoked",
    "user_change",
)


@dataclass(frozen=True)
class App:
    """The app as installed: what it may do and what it hears; `manifest` is what it was made of."""

    id: str = "A0PAGER"
    name: str = "Pager"
    bot_user_id: str = "U0PAGER"
    bot_id: str = "B0PAGER"
    bot_name: str = "pager"
    scopes: tuple[str, ...] = BOT_SCOPES
    events: tuple[str, ...] = BOT_EVENTS
    commands: tuple[Command, ...] = (Command("/page", "Send a page", "dba Disk is full", True),)  # noqa: FBT003 - the fields' order is the manifest's
    shortcuts: tuple[Shortcut, ...] = (
        Shortcut("page_msg", "Page from message", "message"),
        Shortcut("page", "Send a page", "global"),
    )
    redirect_urls: tuple[str, ...] = ()
    home_tab: bool = True
    messages_tab: bool = True
    token_rotation: bool = False
    delayed_events: bool = False
    manifest: dict[str, Any] | None = None

    def command(self, word: str) -> Command | None:
        """The registered command of that word, if any."""
        return next((one for one in self.commands if one.command == word), None)

    def shortcut(self, callback_id: str) -> Shortcut | None:
        """The shortcut of that id, if any."""
        return next((one for one in self.shortcuts if one.callback_id == callback_id), None)


@dataclass
class Workspace:
    """Everyone and everything, by id."""

    team_id: str
    team_name: str
    team_domain: str
    app: App
    users: dict[str, User]
    channels: dict[str, Channel]
    usergroups: dict[str, UserGroup] = field(default_factory=dict)
    group_messages: int = 0

    def user_named(self, name: str) -> User | None:
        """The person whose handle is `name`, whatever its case."""
        wanted = name.lower()
        return next((one for one in self.users.values() if one.name.lower() == wanted), None)

    def channel_named(self, name: str) -> Channel | None:
        """The channel called `name`; direct messages have no name."""
        return next(
            (one for one in self.channels.values() if one.name == name and not one.is_im), None
        )

    def usergroup_named(self, handle: str) -> UserGroup | None:
        """The group whose handle is `handle`."""
        return next((one for one in self.usergroups.values() if one.handle == handle), None)

    def bot_is_in(self, channel: Channel) -> bool:
        """Whether the app's bot is a member."""
        return self.app.bot_user_id in channel.members

    def visible_to(self, user_id: str) -> list[Channel]:
        """The channels in a person's sidebar and directory; outsiders see only their own."""
        user = self.users[user_id]
        walled = user.is_stranger or user.is_restricted or user.is_ultra_restricted
        return [
            channel
            for channel in self.channels.values()
            if user_id in channel.members
            or not (walled or channel.is_private or channel.is_im or channel.is_mpim)
        ]

    def direct_message(self, *user_ids: str) -> Channel:
        """The conversation between the app and these people, begun if there is none."""
        members = sorted({*user_ids, self.app.bot_user_id})
        for channel in self.channels.values():
            if (channel.is_im or channel.is_mpim) and sorted(channel.members) == members:
                return channel
        channel = self._new_direct_message(user_ids, members)
        self.channels[channel.id] = channel
        return channel

    def _new_direct_message(self, user_ids: tuple[str, ...], members: list[str]) -> Channel:
        if len(user_ids) == 1:
            (user,) = user_ids
            return Channel(f"D{user[1:]}", "", members, is_private=True, is_im=True, user=user)
        names = "--".join(self.users[user].name for user in user_ids)
        self.group_messages += 1
        name, key = f"mpdm-{names}-1", f"G0MPIM{self.group_messages}"
        return Channel(key, name, members, is_mpim=True, is_private=True)

    def rename_id(self, old: str, new: str) -> Channel:
        """Give a channel another id, as happens when sharing begins (G… becomes C…)."""
        channel = replace(self.channels.pop(old), id=new)
        self.channels[new] = channel
        return channel

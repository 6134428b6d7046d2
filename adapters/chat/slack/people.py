"""Who and what Slack's ids stand for, from memory where possible."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from adapters.chat.slack.api import SlackApi
from adapters.chat.slack.cache import Cache
from adapters.chat.slack.payload import Json, flag, items, part, word, words
from adapters.chat.slack.settings import SlackSettings
from adapters.chat.slack.text import Mentioned, clean_name, label_of, mentions, readable, unescape
from gateway.domain.errors import ChatError, ChatSignedOutError, ChatUnavailableError
from gateway.domain.ids import ChannelId, ChatUserId, WorkspaceId
from gateway.domain.inbound import ChannelMention, GroupMention, UserMention
from gateway.domain.pages import Person
from gateway.ports.clock import Clock

T = TypeVar("T")

_DAY_S = 86_400.0
_FOREVER_S = float("inf")
_AVATARS = "https://avatars.slack-edge.com/"
"""Where Slack keeps the pictures people upload; no other address becomes an icon."""

_US = "us"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are to Slack, from `auth.test`."""

    workspace: WorkspaceId
    name: str
    enterprise: str
    bot: str
    bot_user: ChatUserId


@dataclass(frozen=True, slots=True)
class Profile:
    """A person and their picture (empty when it is not one Slack keeps)."""

    person: Person
    picture: str


class Directory:
    """Names and flags, each asked once and kept."""

    def __init__(self, api: SlackApi, clock: Clock, settings: SlackSettings) -> None:
        self._api = api
        self._patience_s = settings.lookup_timeout_s
        fresh_s = settings.remember_people_s
        self._team = settings.team
        self._us = Cache(self._ask_us, clock, fresh_s=_FOREVER_S, stale_s=_FOREVER_S)
        self._profiles = Cache(self._ask_profile, clock, fresh_s=fresh_s, stale_s=_DAY_S)
        self._channels = Cache(self._ask_channel, clock, fresh_s=fresh_s, stale_s=_DAY_S)
        self._groups = Cache(self._ask_groups, clock, fresh_s=fresh_s, stale_s=_DAY_S)

    async def us(self) -> Identity:
        """Tell who we are; one call for the life of the process.

        Raises:
            ChatError: nobody answered, or the token is dead.
        """
        return await self._us.get(_US)

    @property
    def workspace(self) -> WorkspaceId:
        """Tell the workspace, once known; empty before."""
        us = self._us.peek(_US)
        return us.workspace if us else WorkspaceId("")

    @property
    def name(self) -> str:
        """Tell what the workspace is called, once known; empty before."""
        us = self._us.peek(_US)
        return us.name if us else ""

    async def profile(self, user: ChatUserId) -> Profile:
        """Describe a user.

        Raises:
            ChatError: unknown, or nobody answered and nothing is remembered.
        """
        return await self._profiles.get(user)

    async def us_in_time(self) -> Identity:
        """Tell who we are while Slack waits for an answer; as `us`, or it took too long."""
        return await self._in_time(self.us())

    async def person_in_time(self, user: ChatUserId) -> Person:
        """Describe who acted while Slack waits for an answer; as `profile`, or it took too long."""
        return (await self._in_time(self.profile(user))).person

    async def _in_time(self, question: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._patience_s):
                return await question
        except TimeoutError as error:
            raise ChatUnavailableError("lookup_timeout") from error

    async def words(self, text: str) -> str:
        """Turn Slack's text into words; names that cannot be had in time read as their labels."""
        names: dict[Mentioned, str] = {}
        try:
            async with asyncio.timeout(self._patience_s):
                for mentioned in dict.fromkeys(mentions(text)):
                    names[mentioned] = await self._name(mentioned)
        except TimeoutError:
            pass
        return readable(text, lambda mentioned: names.get(mentioned) or label_of(mentioned))

    async def file(self, file: str) -> Json:
        """Describe an attachment that a message names by its id only; empty if not in time."""
        try:
            async with asyncio.timeout(self._patience_s):
                return part(await self._api.call("files.info", file=file), "file")
        except (ChatError, TimeoutError):
            return {}

    def forget_us(self) -> None:
        """Ask who we are again: the app was installed anew."""
        self._us.forget(_US)

    def forget_person(self, user: ChatUserId) -> None:
        """Ask who somebody is again: their name or what they may do has changed."""
        self._profiles.forget(user)

    def forget_channel(self, channel: ChannelId) -> None:
        """Ask for a channel's name again: it was renamed."""
        self._channels.forget(channel)

    async def _name(self, mentioned: Mentioned) -> str:
        try:
            match mentioned:
                case UserMention(user):
                    return (await self.profile(user)).person.name
                case ChannelMention(channel, label):
                    return f"#{label or await self._channels.get(channel)}"
                case GroupMention(group, label):
                    return label or f"@{(await self._groups.get(_US))[group]}"
        except (ChatError, KeyError):
            return ""

    async def _ask_us(self, _: str) -> Identity:
        answer = await self._api.call("auth.test")
        workspace = word(answer, "team_id")
        if not workspace:
            raise ChatUnavailableError("no_team_id")
        if self._team not in {"", workspace}:
            raise ChatSignedOutError("token_of_another_workspace")
        return Identity(
            workspace=WorkspaceId(workspace),
            name=word(answer, "team"),
            enterprise=word(answer, "enterprise_id"),
            bot=word(answer, "bot_id"),
            bot_user=ChatUserId(word(answer, "user_id")),
        )

    async def _ask_profile(self, user: ChatUserId) -> Profile:
        us = await self.us()
        answer = await self._api.call("users.info", user=user, include_locale=True)
        described = part(answer, "user")
        picture = word(described, "profile", "image_72")
        person = Person(
            workspace=us.workspace,
            user=user,
            name=_full_name(described) or user,
            guest=flag(described, "is_restricted") or flag(described, "is_ultra_restricted"),
            stranger=flag(described, "is_stranger") or not _is_one_of_us(described, us),
            bot=flag(described, "is_bot"),
            active=not flag(described, "deleted"),
            language=word(described, "locale"),
        )
        return Profile(person, picture if picture.startswith(_AVATARS) else "")

    async def _ask_channel(self, channel: ChannelId) -> str:
        return word(await self._api.call("conversations.info", channel=channel), "channel", "name")

    async def _ask_groups(self, _: str) -> dict[str, str]:
        groups = items(await self._api.call("usergroups.list"), "usergroups")
        return {word(group, "id"): word(group, "handle") for group in groups}

    async def group_members(self, group: str) -> tuple[ChatUserId, ...]:
        """List a user group's people; the group goes by its id or its handle.

        Raises:
            ChatError: unknown group, or nobody answered.
        """
        if not group.isupper():
            handles = await self._ask_groups("")
            group = next((id_ for id_, handle in handles.items() if handle == group), group)
        answer = await self._api.call("usergroups.users.list", usergroup=group)
        return tuple(map(ChatUserId, words(answer, "users")))


def _is_one_of_us(described: object, us: Identity) -> bool:
    """Tell our company's people from those of a shared channel's other side; in doubt, no."""
    enterprise = word(described, "enterprise_user", "enterprise_id")
    return word(described, "team_id") == us.workspace or enterprise == us.enterprise != ""


def _full_name(described: object) -> str:
    """Choose the full name: people with a pager need not know anybody's name in Slack."""
    for path in (("profile", "real_name"), ("real_name",), ("profile", "display_name"), ("name",)):
        if name := clean_name(unescape(word(described, *path))):
            return name
    return ""

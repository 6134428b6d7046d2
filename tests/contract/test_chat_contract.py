"""What every chat platform behind our port does; run on Slack and on the fake.

The real adapter talks HTTP to a Slack workspace. Both workspaces have the same people.
"""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

import pytest
from typing_extensions import override

from adapters.chat.slack_simulator import Limits, SlackServerConfig
from gateway.domain.content import (
    Button,
    Buttons,
    Content,
    Emphasis,
    Form,
    Option,
    PageForm,
    Paragraph,
    Quote,
    SilenceForm,
    Small,
    Span,
)
from gateway.domain.errors import (
    ChatError,
    ChatOutcomeUnknownError,
    ChatRefusal,
    ChatRefusedError,
    ChatSignedOutError,
    ChatThrottledError,
    ChatUnavailableError,
    Disposition,
)
from gateway.domain.ids import ChannelId, ChatMessageId, ChatUserId, WorkspaceId
from gateway.domain.inbound import ChatCommand
from gateway.domain.pages import ChatThread, Person
from gateway.ports.chat import Chat, ChatEdit, ChatPost, ChatWhisper
from tests.adapters.slack.desk import Desk, desk
from tests.fakes.chat import FakeChat, small_workspace
from tests.fakes.clock import SkippingClock

ACME, ELSEWHERE = WorkspaceId("T0ACME"), WorkspaceId("T0OTHER")
OPS, DBA, NOWHERE = map(ChannelId, ("C0OPS", "C0DBA", "C0NOWHERE"))
DANA, AVERY, BO, GUEST, STRANGER, NOBODY = map(
    ChatUserId, ("U0DANA", "U0AVERY", "U0BO", "U0GUEST", "U0STRANGER", "U0NOBODY")
)
STATUS = Content(
    "Dana Lee paged DBA",
    (
        Paragraph(((Span("Dana Lee paged "), Span("DBA", Emphasis.STRONG)),)),
        Quote("Disk is 95% full"),
        Buttons((Button("cancel_page", "pg_7K2M", "Cancel this page"),)),
        Small((Span("Ref pg_7K2M"),)),
    ),
)
SAID = Content("on it", (Paragraph(((Span("on it"),),)),))
FORM = PageForm(
    "Page someone",
    "Send page",
    "Cancel",
    "To",
    "Name or extension",
    "Message",
    "Up to 1,024 characters.",
    "Send as",
    "Show replies in",
    to=(Option("DBA", "400"),),
)
SILENCE = SilenceForm(
    *("Silence alerts", "Silence", "Cancel", "Alerts of db-7 page nobody.", "For how long"),
    (Option("1 hour", "1"),),
    *("Why", "The thread shows this.", "al_91QX"),
)


def status(marker: str = "pg_7K2M:1", channel: ChannelId = OPS) -> ChatPost:
    return ChatPost(ACME, channel, STATUS, marker)


def reply(root: ChatMessageId, marker: str = "pg_7K2M:2", speaker: str = "") -> ChatPost:
    return ChatPost(ACME, OPS, SAID, marker, root=root, speaker=speaker)


class Room(Protocol):
    """A chat, the eyes that see what stands there, and the hands that disturb it."""

    chat: Chat
    clock: SkippingClock

    async def channel(self, channel: ChannelId) -> list[str]: ...
    async def thread(self, root: ChatMessageId) -> list[str]: ...
    async def signs(self, message: ChatMessageId) -> list[str]: ...
    async def private(self, user: ChatUserId) -> list[str]: ...
    async def forms(self) -> int: ...
    async def home(self, user: ChatUserId) -> bool: ...
    async def trigger(self) -> str: ...
    async def lose_answer(self) -> None: ...
    async def drop_request(self) -> None: ...
    async def outage(self) -> None: ...
    async def sign_out(self) -> None: ...
    async def archive(self) -> None: ...
    async def throttle(self, seconds: int) -> None: ...


@dataclass
class FakeRoom(Room):
    chat: FakeChat
    clock: SkippingClock

    @override
    async def channel(self, channel: ChannelId) -> list[str]:
        return [m.content.summary for m in self.chat.posted if m.channel == channel and not m.root]

    @override
    async def thread(self, root: ChatMessageId) -> list[str]:
        return [m.content.summary for m in self.chat.in_thread(root)]

    @override
    async def signs(self, message: ChatMessageId) -> list[str]:
        return list(self.chat.signs[OPS, message])

    @override
    async def private(self, user: ChatUserId) -> list[str]:
        told = [told.content.summary for told in self.chat.told if told.user == user]
        return told + await self.channel(ChannelId(f"D{user[1:]}"))

    @override
    async def forms(self) -> int:
        return len(self.chat.forms)

    @override
    async def home(self, user: ChatUserId) -> bool:
        return user in self.chat.homes

    @override
    async def trigger(self) -> str:
        return "1.2.3"

    @override
    async def lose_answer(self) -> None:
        self.chat.lose_next()

    @override
    async def drop_request(self) -> None:
        self.chat.drop_next()

    @override
    async def outage(self) -> None:
        self.chat.away = ChatUnavailableError()

    @override
    async def sign_out(self) -> None:
        self.chat.away = ChatSignedOutError()

    @override
    async def archive(self) -> None:
        self.chat.close(OPS)

    @override
    async def throttle(self, seconds: int) -> None:
        self.chat.quiet(OPS, seconds)


@dataclass
class SlackRoom(Room):
    chat: Chat
    clock: SkippingClock
    at: Desk

    @override
    async def channel(self, channel: ChannelId) -> list[str]:
        return [message["text"] for message in await self.at.messages(channel)]

    @override
    async def thread(self, root: ChatMessageId) -> list[str]:
        return [message["text"] for message in (await self.at.messages(OPS, thread_ts=root))[1:]]

    @override
    async def signs(self, message: ChatMessageId) -> list[str]:
        (found,) = [one for one in await self.at.messages(OPS) if one["ts"] == message]
        emoji = {"white_check_mark": "✅", "hourglass_flowing_sand": "⏳"}
        return [emoji[reaction["name"]] for reaction in found.get("reactions", [])]

    @override
    async def private(self, user: ChatUserId) -> list[str]:
        direct = await self.at.sim("GET", f"/channels/D{user[1:]}/messages")
        told = [*await self.at.private(user), *direct.get("messages", [])]
        return [message["text"] for message in told]

    @override
    async def forms(self) -> int:
        return len((await self.at.sim("GET", "/views", user=DANA))["views"])

    @override
    async def home(self, user: ChatUserId) -> bool:
        return (await self.at.sim("GET", "/home", user=user))["view"] is not None

    @override
    async def trigger(self) -> str:
        await self.at.types("/page")
        return self.at.ear.only(ChatCommand).trigger

    @override
    async def lose_answer(self) -> None:
        await self.at.fault("process_then_reset")

    @override
    async def drop_request(self) -> None:
        await self.at.fault("reset_before_read", method="chat.postMessage")

    @override
    async def outage(self) -> None:
        await self.at.slack_goes_away()

    @override
    async def sign_out(self) -> None:
        await self.at.fault("revoke_token")

    @override
    async def archive(self) -> None:
        await self.at.fault("archive", channel=OPS)

    @override
    async def throttle(self, seconds: int) -> None:
        await self.at.fault("ratelimit", channel=OPS, retry_after=seconds)


@asynccontextmanager
async def fake_room() -> AsyncIterator[Room]:
    clock = SkippingClock()
    yield FakeRoom(small_workspace(clock), clock)


@asynccontextmanager
async def slack_room() -> AsyncIterator[Room]:
    async with desk(SlackServerConfig(limits=Limits.without_rates())) as at:
        yield SlackRoom(at.slack.chat, at.clock, at)


@pytest.fixture(params=[fake_room, slack_room], ids=["fake", "slack"])
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    async with request.param() as ready:
        yield ready


# --- posting -----------------------------------------------------------------------------------


async def test_a_post_stands_in_its_channel(room: Room) -> None:
    """The receipt names it, so that it can be answered and edited."""
    receipt = await room.chat.post(status())
    assert receipt.channel == OPS
    assert receipt.message
    assert await room.channel(OPS) == ["Dana Lee paged DBA"]


async def test_a_reply_stands_in_its_thread_in_order(room: Room) -> None:
    """And not in the channel, whoever it looks like."""
    root = (await room.chat.post(status())).message
    first = await room.chat.post(reply(root, "m:2", "Avery Kim"))
    second = await room.chat.post(reply(root, "m:3"))
    assert await room.thread(root) == ["on it", "on it"]
    assert await room.channel(OPS) == ["Dana Lee paged DBA"]
    assert first.message < second.message


async def test_a_person_can_be_posted_to(room: Room) -> None:
    """A quiet page's thread lives in the direct message; the receipt names that conversation."""
    receipt = await room.chat.post(status(channel=ChannelId(DANA)))
    assert receipt.channel == "D0DANA"
    assert await room.private(DANA) == ["Dana Lee paged DBA"]
    edit = ChatEdit(ACME, receipt.channel, receipt.message, Content("Sent 17:53"), "m")
    assert await room.chat.update(edit) == receipt


async def test_a_channel_we_are_not_in_refuses(room: Room) -> None:
    """Never taken for success: replies could not come back (landmine 3)."""
    error = await _refused(room.chat.post(status(channel=NOWHERE)))
    assert error.reason is ChatRefusal.NOT_IN_CHANNEL


async def test_an_archived_channel_refuses(room: Room) -> None:
    """For good, with a reason of its own."""
    await room.archive()
    error = await _refused(room.chat.post(status()))
    assert error.reason is ChatRefusal.CHANNEL_CLOSED


async def test_another_workspace_is_not_ours(room: Room) -> None:
    """We hold no token there, whatever the id says (I8)."""
    error = await _refused(room.chat.post(replace(status(), workspace=ELSEWHERE)))
    assert error.reason is ChatRefusal.PERMISSION
    assert await room.channel(OPS) == []


# --- not knowing -------------------------------------------------------------------------------


async def test_a_post_whose_answer_is_lost_is_unknown_and_found(room: Room) -> None:
    """It stands there, once; looking finds it by its marker."""
    before = room.clock.now()
    await room.lose_answer()
    with pytest.raises(ChatOutcomeUnknownError):
        await room.chat.post(status())
    found = await room.chat.find_post(status(), before)
    assert found is not None
    assert found.channel == OPS
    assert await room.channel(OPS) == ["Dana Lee paged DBA"]


async def test_a_reply_whose_answer_is_lost_is_found_in_its_thread(room: Room) -> None:
    """Among others that say the same."""
    root = (await room.chat.post(status())).message
    await room.chat.post(reply(root, "m:2"))
    await room.lose_answer()
    with pytest.raises(ChatOutcomeUnknownError):
        await room.chat.post(reply(root, "m:3", "Avery Kim"))
    found = await room.chat.find_post(reply(root, "m:3"), room.clock.now())
    assert found is not None
    assert await room.chat.find_post(reply(root, "m:4"), room.clock.now()) is None


async def test_a_lost_request_is_unknown_and_absent(room: Room) -> None:
    """From here it looks the same as a lost answer; only looking tells."""
    before = room.clock.now()
    await room.drop_request()
    with pytest.raises(ChatOutcomeUnknownError):
        await room.chat.post(status())
    assert await room.chat.find_post(status(), before) is None


async def test_a_direct_message_is_found_by_the_persons_id(room: Room) -> None:
    """What can be posted to can be searched."""
    post = status(channel=ChannelId(DANA))
    receipt = await room.chat.post(post)
    assert await room.chat.find_post(post, room.clock.now()) == receipt


async def test_older_posts_are_not_looked_at(room: Room) -> None:
    """The look begins where it is told to."""
    await room.chat.post(status())
    later = room.clock.now() + timedelta(hours=1)
    assert await room.chat.find_post(status(), later) is None


async def test_an_outage_is_no_refusal(room: Room) -> None:
    """Nothing left this machine: try again later."""
    await room.chat.post(status())
    await room.outage()
    with pytest.raises(ChatError) as caught:
        await room.chat.post(status("m:2"))
    assert caught.value.disposition is Disposition.RETRY_LATER
    with pytest.raises(ChatError):
        await room.chat.find_post(status("m:2"), room.clock.now())


async def test_a_revoked_token_is_the_operators_matter(room: Room) -> None:
    """Work waits; it is nobody's fault who wrote something."""
    await room.chat.post(status())
    await room.sign_out()
    with pytest.raises(ChatSignedOutError):
        await room.chat.post(status("m:2"))


async def test_too_fast_says_when_to_come_back(room: Room) -> None:
    """Silent until then, and other channels go on."""
    await room.chat.post(status())
    await room.throttle(30)
    for _ in range(2):
        with pytest.raises(ChatThrottledError) as caught:
            await room.chat.post(status("m:2"))
        assert caught.value.retry_at == room.clock.now() + timedelta(seconds=30)
    await room.chat.post(status("m:3", DBA))
    room.clock.move(31)
    await room.chat.post(status("m:2"))
    assert len(await room.channel(OPS)) == 2


# --- editing and signs -------------------------------------------------------------------------


async def test_an_edit_replaces_the_words(room: Room) -> None:
    """Doing it twice is harmless, and the message can still be found by its first marker."""
    receipt = await room.chat.post(status())
    edit = ChatEdit(ACME, OPS, receipt.message, Content("Sent 17:53"), "pg_7K2M:status")
    assert await room.chat.update(edit) == receipt
    assert await room.chat.update(edit) == receipt
    assert await room.channel(OPS) == ["Sent 17:53"]
    assert await room.chat.find_post(status(), room.clock.now()) == receipt


async def test_a_message_that_is_gone_cannot_be_edited(room: Room) -> None:
    """The target is gone, not the channel."""
    edit = ChatEdit(ACME, OPS, ChatMessageId("1.000001"), STATUS, "m")
    assert (await _refused(room.chat.update(edit))).reason is ChatRefusal.TARGET_GONE


async def test_signs_come_and_go(room: Room) -> None:
    """A sign that is there, or gone, already is success."""
    message = (await room.chat.post(status())).message
    thread = ChatThread(ACME, OPS, message)
    for _ in range(2):
        await room.chat.react(thread, message, "⏳")
    await room.chat.react(thread, message, "✅")
    for _ in range(2):
        await room.chat.unreact(thread, message, "⏳")
    assert await room.signs(message) == ["✅"]


# --- private words -----------------------------------------------------------------------------


async def test_a_whisper_reaches_one_person_in_place(room: Room) -> None:
    """Nobody else sees it."""
    receipt = await room.chat.whisper(ChatWhisper(ACME, DANA, OPS, SAID))
    assert receipt.place == "ephemeral"
    assert await room.private(DANA) == ["on it"]
    assert await room.private(AVERY) == []
    assert await room.channel(OPS) == []


@pytest.mark.parametrize("channel", [None, DBA, NOWHERE])
async def test_a_whisper_follows_a_person_who_is_not_there(
    room: Room, channel: ChannelId | None
) -> None:
    """Where they acted does not work: a direct message does."""
    receipt = await room.chat.whisper(ChatWhisper(ACME, BO, channel, SAID))
    assert receipt.place == "direct"
    assert await room.private(BO) == ["on it"]


async def test_nobody_cannot_be_told(room: Room) -> None:
    """No way works: somebody else has to be told."""
    error = await _refused(room.chat.whisper(ChatWhisper(ACME, NOBODY, OPS, SAID)))
    assert error.disposition is Disposition.REFUSED


# --- forms, home, people -----------------------------------------------------------------------


@pytest.mark.parametrize("form", [FORM, SILENCE], ids=["page", "silence"])
async def test_a_form_opens_once_per_trigger(room: Room, form: Form) -> None:
    """A used trigger is too late, like an old one."""
    trigger = await room.trigger()
    await room.chat.open_form(trigger, form)
    assert await room.forms() == 1
    error = await _refused(room.chat.open_form(trigger, form))
    assert error.reason is ChatRefusal.TOO_LATE


async def test_a_home_tab_is_drawn_for_one_person(room: Room) -> None:
    """Each person has their own."""
    await room.chat.publish_home(ACME, DANA, STATUS)
    assert await room.home(DANA)
    assert not await room.home(AVERY)


@pytest.mark.parametrize(
    "person",
    [
        Person(ACME, DANA, "Dana Lee", language="en-US"),
        Person(ACME, GUEST, "Gus Guest", guest=True, language="en-US"),
        Person(ACME, STRANGER, "Sky Stranger", stranger=True, language="en-US"),
    ],
)
async def test_a_person_is_described_with_their_flags(room: Room, person: Person) -> None:
    """Policy decides by them, and private words are in their language."""
    assert await room.chat.person(ACME, person.user) == person


async def test_an_unknown_person_is_refused(room: Room) -> None:
    """Not made up."""
    error = await _refused(room.chat.person(ACME, NOBODY))
    assert error.reason is ChatRefusal.PERSON_UNREACHABLE


async def test_a_group_has_members(room: Room) -> None:
    """A group that does not exist is refused."""
    assert await room.chat.group_members(ACME, "S0ONCALL") == (DANA,)
    assert (await _refused(room.chat.group_members(ACME, "S0NONE"))).reason


async def _refused(deed: Awaitable[object]) -> ChatRefusedError:
    with pytest.raises(ChatRefusedError) as caught:
        await deed
    return caught.value

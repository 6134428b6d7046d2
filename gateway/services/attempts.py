"""One attempt at one delivery, and one look for a delivery whose answer was lost.

The only place that turns an outbox row into a call of a port. Words are made here, at the last
moment, so that what people read is true when they read it.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.deliveries import (
    Absent,
    Awake,
    ChatReceipt,
    Deferred,
    Delivery,
    Look,
    Outcome,
    PagerReceipt,
    Receipt,
    Refused,
    Repeatable,
    Sent,
    Unknown,
    Unreadable,
    outcome_of,
)
from gateway.domain.errors import (
    ChatError,
    ChatRefusal,
    ChatRefusedError,
    GatewayError,
    StoreUnavailableError,
    ThreadNotOpenError,
)
from gateway.domain.ids import ExtensionNumber
from gateway.domain.inbound import PagerMessage
from gateway.domain.outbound import (
    PostChatMessage,
    PostChatReply,
    React,
    SendFollowUp,
    SendPage,
    SendPageReply,
    UpdateChatMessage,
    Wake,
    Whisper,
)
from gateway.domain.pages import Fault, Page, Person, ThreadLink
from gateway.ports.chat import Chat, ChatEdit, ChatPost, ChatWhisper
from gateway.ports.clock import CLOCKS_DIFFER, Clock
from gateway.ports.pager import OutgoingPage, OutgoingReply, Pager
from gateway.ports.store import Store
from gateway.services.authority import Authority
from gateway.services.breaker import Breakers, goes_to_chat
from gateway.services.pausing import Pausing
from gateway.services.people import People
from gateway.services.telling import Teller


@dataclass
class Attempts:
    """Calls the ports for outbox rows, unless the foreign system wants to be left alone."""

    store: Store
    pager: Pager
    chat: Chat
    clock: Clock
    people: People
    teller: Teller
    authority: Authority
    pausing: Pausing
    breakers: Breakers = field(init=False)

    def __post_init__(self) -> None:
        """Trust both systems to begin with."""
        self.breakers = Breakers(self.clock)

    def waits(self, delivery: Delivery) -> bool:
        """Whether nothing is to be tried: the workspace has removed us, and may take us back."""
        return not self.chat.admitted and goes_to_chat(delivery.outbound)

    async def make(self, delivery: Delivery) -> Outcome:
        """Try once. A known error becomes an outcome; anything else is a bug and propagates."""
        breaker = self.breakers.of(delivery.outbound)
        if breaker is None:
            return await self._make(delivery)
        if breaker is self.breakers.pager and (until := self.pausing.until()):
            return Deferred(Fault("gateway.paused"), until)
        entered = breaker.enter()
        if isinstance(entered, datetime):
            return Deferred(breaker.silence, entered)
        return await breaker.watch(entered, self._make(delivery))

    async def _make(self, delivery: Delivery) -> Outcome:
        try:
            denied = await self.authority.denies(delivery)
            return Refused(denied) if denied else Sent(await self._send(delivery))
        except StoreUnavailableError:
            # Everything is read before anything leaves: what could not be read was not sent.
            return Deferred(Fault("gateway.paused"))
        except GatewayError as error:
            outcome = outcome_of(error, getattr(error, "retry_at", None))
            return _harmless_to_repeat(delivery, outcome)

    async def look(self, delivery: Delivery) -> Look:
        """Look upstream whether a delivery without an answer is there.

        Raises:
            StoreUnavailableError: nothing was looked at; look again later.
        """
        breaker = self.breakers.of(delivery.outbound)
        if breaker is None or _is_repeatable(delivery):
            return Repeatable()
        entered = breaker.enter()
        if isinstance(entered, datetime):
            return Unreadable(breaker.silence)
        return await breaker.watch(entered, self._look(delivery))

    async def _look(self, delivery: Delivery) -> Look:
        try:
            found = await self._find(delivery)
        except StoreUnavailableError:
            raise
        except GatewayError as error:
            return Unreadable(Fault.of(error))
        return Sent(found, found=True) if found else Absent()

    async def _send(self, delivery: Delivery) -> Receipt:
        match delivery.outbound:
            case SendPage(part=1) as page:
                return await self.pager.send(OutgoingPage(page.sender, page.to, page.text))
            case SendPage() as page:
                return await self._reply(delivery, page.sender, page.text)
            case SendPageReply(afresh=to) as reply if to:
                return await self.pager.send(OutgoingPage(reply.sender, to, reply.text))
            case SendPageReply() as reply:
                return await self._reply(delivery, reply.sender, reply.text)
            case SendFollowUp(to=to) as further if to:
                return await self.pager.send(OutgoingPage(further.sender, to, further.text))
            case SendFollowUp() as further:
                return await self._reply(delivery, further.sender, further.text)
            case Wake():
                return Awake()
            case PostChatMessage(notice=None) | UpdateChatMessage():
                return await self._status(delivery)
            case PostChatMessage() | PostChatReply():
                return await self.chat.post(await self._post(delivery))
            case Whisper() as whisper:
                return await self._whisper(whisper)
            case React() as react:
                return await self._react(react)

    async def _reply(self, delivery: Delivery, sender: ExtensionNumber, text: str) -> PagerReceipt:
        link = await self._link(delivery, sender)
        return await self.pager.reply(OutgoingReply(sender, link.newest, text))

    async def _link(self, delivery: Delivery, sender: ExtensionNumber) -> ThreadLink:
        for link in await self.store.links(delivery.ref):
            if link.mailbox == sender:
                return link
        raise ThreadNotOpenError

    async def _status(self, delivery: Delivery) -> ChatReceipt:
        """Post the status message; the one that stands already is edited instead."""
        page = await self._page(delivery)
        if page.thread is None:
            return await self.chat.post(await self._post(delivery))
        content, thread = await self.teller.status(page), page.thread
        marker = f"{delivery.ref}:status"
        edit = ChatEdit(thread.workspace, thread.channel, thread.root, content, marker)
        return await self.chat.update(edit)

    async def _post(self, delivery: Delivery) -> ChatPost:
        marker = f"{delivery.ref}:{delivery.id}"
        match delivery.outbound:
            case PostChatMessage(workspace, channel, None):
                content = await self.teller.status(await self._page(delivery))
                return ChatPost(workspace, channel, content, marker)
            case PostChatMessage(workspace, channel, notice) if notice:
                return ChatPost(workspace, channel, self.teller.content(notice), marker)
            case PostChatReply() as reply:
                return await self._thread_post(delivery, reply, marker)
            case _:
                raise TypeError(delivery.outbound)

    async def _thread_post(self, delivery: Delivery, reply: PostChatReply, marker: str) -> ChatPost:
        thread = reply.thread or (await self._page(delivery)).thread
        if thread is None:
            raise ChatRefusedError(reason=ChatRefusal.TARGET_GONE)
        return ChatPost(
            thread.workspace,
            thread.channel,
            self.teller.content(reply.notice) if reply.notice else self.teller.said(reply.text),
            marker,
            root=thread.root,
            speaker=reply.author_name,
            speaker_user=self.people.user_of(reply.author) if reply.author else None,
        )

    async def _whisper(self, whisper: Whisper) -> ChatReceipt:
        reader = await self._reader(whisper)
        content = self.teller.content(whisper.notice, reader)
        return await self.chat.whisper(
            ChatWhisper(whisper.workspace, whisper.user, whisper.channel, content, whisper.thread)
        )

    async def _reader(self, whisper: Whisper) -> Person | None:
        """Ask who reads it, for their language; they are told, even when nobody can say."""
        with suppress(ChatError):
            return await self.chat.person(whisper.workspace, whisper.user)
        return None

    async def _react(self, react: React) -> ChatReceipt:
        try:
            if react.instead_of:
                await self.chat.unreact(react.thread, react.message, react.instead_of)
            await self.chat.react(react.thread, react.message, react.emoji)
        except ChatRefusedError as error:
            # On a message that somebody deleted there is nothing to mark.
            if error.reason != ChatRefusal.TARGET_GONE:
                raise
        return ChatReceipt(react.thread.channel, react.message)

    async def _page(self, delivery: Delivery) -> Page:
        page = await self.store.page(delivery.ref)
        if page is None:
            raise LookupError(delivery.ref)
        return page

    async def _find(self, delivery: Delivery) -> Receipt | None:
        since = (delivery.started_at or delivery.created_at) - CLOCKS_DIFFER
        match delivery.outbound:
            case (
                SendPage(sender=sender, text=text)
                | SendPageReply(sender=sender, text=text)
                | SendFollowUp(sender=sender, text=text)
            ):
                until = self.clock.now() + CLOCKS_DIFFER
                for message in await self.pager.sent_between(sender, since, until):
                    if _same_text(message.text, text) and not await self._known(message):
                        return _receipt(message)
                return None
            case PostChatMessage() | PostChatReply():
                return await self.chat.find_post(await self._post(delivery), since)
            case UpdateChatMessage() | Whisper() | React() | Wake():
                raise TypeError(delivery.outbound)

    async def _known(self, message: PagerMessage) -> bool:
        """Two replies may say the same ("ok"); what is another delivery's receipt is not ours."""
        return await self.store.is_ours(message.mailbox, message.id)


def _same_text(upstream: str, ours: str) -> bool:
    return upstream.split() == ours.split()


def _receipt(message: PagerMessage) -> PagerReceipt:
    return PagerReceipt(message.id, message.conversation, message.created_at)


def _harmless_to_repeat(delivery: Delivery, outcome: Outcome) -> Outcome:
    match outcome:
        case Unknown(fault) if _is_repeatable(delivery):
            return Deferred(fault)
        case _:
            return outcome


def _is_repeatable(delivery: Delivery) -> bool:
    """Edits and signs change nothing when repeated; a private word told twice beats silence."""
    return isinstance(delivery.outbound, UpdateChatMessage | Whisper | React | Wake)

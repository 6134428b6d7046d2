"""RingCentral's company pager behind our port.

Source: RingCentral developer guide, "Sending Pager Messages", "Message Store", "Message Sync".
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from typing_extensions import override

from adapters.pager.ringcentral import wire
from adapters.pager.ringcentral.accounts import RingCentralAccounts
from adapters.pager.ringcentral.client import OWN_EXTENSION, Call, Sender, every_page
from adapters.pager.ringcentral.directory import RingCentralDirectory
from adapters.pager.ringcentral.errors import FULL_SYNC_NEEDED, Subject
from adapters.pager.ringcentral.gates import Group
from adapters.pager.ringcentral.inbound import WebhookReceiver
from adapters.pager.ringcentral.limiter import Share
from adapters.pager.ringcentral.nudging import Nudges
from adapters.pager.ringcentral.senders import Senders
from adapters.pager.ringcentral.standing import Standing, UpstreamClock
from adapters.pager.ringcentral.subscriptions import SubscriptionKeeper
from adapters.pager.ringcentral.transport import TOO_LONG
from gateway.domain.deliveries import PagerReceipt
from gateway.domain.errors import (
    PagerAuthError,
    PagerError,
    PagerThrottledError,
    SenderMismatchError,
)
from gateway.domain.ids import ChatUserId, ExtensionNumber
from gateway.domain.inbound import PagerMessage
from gateway.ports.observer import Observer
from gateway.ports.pager import Mailbox, OutgoingPage, OutgoingReply, Pager, SyncedMessages

PER_PAGE = "100"
FULL = (("syncType", "FSync"),)
FULL_COUNT = "100"
"""Records of a full sync; what is older comes from the message store, which has pages."""

_SEND = "company-pager.send"
RESET_MARGIN = timedelta(minutes=1)
RESTART_CODES = FULL_SYNC_NEEDED | {TOO_LONG}

Query = tuple[tuple[str, str], ...]
Reader = Callable[[wire.Record], PagerMessage | None]


@dataclass(frozen=True, slots=True)
class _Synced:
    """One answer of message-sync."""

    messages: tuple[PagerMessage | None, ...]
    token: str
    at: datetime
    older_exist: bool


class RingCentralPager(Pager):
    """The pager, its directory, its webhook receiver, and the task that keeps events coming."""

    def __init__(
        self,
        senders: Senders,
        nudges: Nudges,
        observer: Observer,
        *,
        accounts: RingCentralAccounts,
        directory: RingCentralDirectory,
        webhook: WebhookReceiver,
        upstream: UpstreamClock,
        keeper: SubscriptionKeeper | None,
    ) -> None:
        self.accounts = accounts
        self.directory = directory
        self.webhook = webhook
        self._senders = senders
        self._nudges = nudges
        self._observer = observer
        self._upstream = upstream
        self._keeper = keeper

    async def keep(self) -> None:
        """Keep subscriptions alive until cancelled; without a public URL there are none."""
        if self._keeper:
            await self._keeper.keep()

    def standing(self) -> Standing:
        """Tell how things stand, from what is known; asks nothing of RingCentral."""
        remaining: dict[str, int] = {}
        for account in self._senders.accounts:
            for group, left in account.sender.remaining().items():
                remaining[group] = min(left, remaining.get(group, left))
        ends = {each.sender.name: each.sender.signs_in_until for each in self._senders.accounts}
        return Standing(
            remaining,
            self._keeper.until() if self._keeper else {},
            {name: at for name, at in ends.items() if at},
            self._upstream.ahead_s,
        )

    async def links(self) -> Mapping[ChatUserId, ExtensionNumber]:
        """Tell which chat user sends from which extension, as far as known."""
        await self.mailboxes()
        return {
            account.chat_user: account.number
            for account in self._senders.accounts
            if account.chat_user and account.number
        }

    @override
    async def mailboxes(self) -> tuple[Mailbox, ...]:
        return await self._senders.mailboxes()

    @override
    def per_minute(self, sender: ExtensionNumber) -> int:
        return self._senders.known(sender).per_minute(_SEND, Group.MEDIUM)

    @override
    async def send(self, page: OutgoingPage) -> PagerReceipt:
        to = [{"extensionNumber": number} for number in page.to]
        return await self._post(page.sender, page.text, page.to, {"to": to})

    @override
    async def reply(self, reply: OutgoingReply) -> PagerReceipt:
        return await self._post(reply.sender, reply.text, (), {"replyOn": int(reply.reply_on)})

    async def _post(
        self,
        number: ExtensionNumber,
        text: str,
        to: tuple[ExtensionNumber, ...],
        addressed: Mapping[str, object],
    ) -> PagerReceipt:
        sender = await self._senders.of(number)
        text = wire.whole_unicode(text)
        call = Call(
            _SEND,
            Group.MEDIUM,
            "POST",
            f"{OWN_EXTENSION}/company-pager",
            body={"from": {"extensionNumber": number}, "text": text, **addressed},
            key=(text, to, str(addressed.get("replyOn"))),
            share=Share.ORDINARY,
            subject=Subject(number, to, self.directory.known_departments),
        )
        try:
            return await sender.act(call, wire.receipt)
        except SenderMismatchError:
            await self._senders.forget(number)
            raise

    @override
    async def sent_between(
        self, sender: ExtensionNumber, since: datetime, until: datetime
    ) -> tuple[PagerMessage, ...]:
        account = await self._senders.of(sender)
        span = (
            ("direction", "Outbound"),
            ("dateFrom", wire.iso(since)),
            ("dateTo", wire.iso(until)),
        )
        read = partial(_sent_message, mailbox=sender)
        try:
            # What somebody deleted meanwhile was sent all the same.
            shown = (("availability", "Alive"), ("availability", "Deleted"))
            found = await every_page(account.ask, _list_call(sender, (*span, *shown)), read)
        except (PagerThrottledError, PagerAuthError):
            raise
        except PagerError:
            synced = await account.ask(_sync_call(sender, (*FULL, *span)), _sync_reader(read))
            if synced.older_exist:
                raise
            found = synced.messages
        return _in_order(found)

    @override
    async def sync(
        self, mailbox: ExtensionNumber, cursor: str | None, since: datetime
    ) -> SyncedMessages:
        sender = await self._senders.of(mailbox)
        last_at, token = _parts(cursor)
        if token:
            try:
                query = (("syncType", "ISync"), ("syncToken", token))
                read = _sync_reader(partial(self._message, mailbox=mailbox))
                return _result(await sender.ask(_sync_call(mailbox, query), read))
            except PagerError as error:
                if error.vendor_code not in RESTART_CODES:
                    raise
        since = min(since, last_at - RESET_MARGIN) if last_at else since
        return replace(await self._everything(sender, mailbox, since), reset=cursor is not None)

    async def _everything(
        self, sender: Sender, mailbox: ExtensionNumber, since: datetime
    ) -> SyncedMessages:
        """Begin anew: a full sync for the token, and the message store for what it leaves out."""
        read = partial(self._message, mailbox=mailbox)
        start = ("dateFrom", wire.iso(since))
        query = (*FULL, start, ("messageType", "Pager"), ("recordCount", FULL_COUNT))
        synced = await sender.ask(_sync_call(mailbox, query), _sync_reader(read))
        if synced.older_exist:
            span = (start, ("dateTo", wire.iso(synced.at)))
            older = await every_page(sender.ask, _list_call(mailbox, span), read)
            synced = replace(synced, messages=(*older, *synced.messages))
        return _result(synced)

    def _message(self, record: wire.Record, mailbox: ExtensionNumber) -> PagerMessage | None:
        """Read a record; one that makes no sense must not stop all others for ever."""
        if not wire.is_alive_page(record):
            return None
        try:
            return wire.message(record, mailbox)
        except wire.WireError as error:
            self._observer.saw("pager.record_skipped", mailbox=mailbox, where=str(error))
            return None

    @override
    def nudges(self) -> AsyncIterator[ExtensionNumber]:
        return self._nudges.listen()


def _sent_message(record: wire.Record, mailbox: ExtensionNumber) -> PagerMessage | None:
    """Read a record as evidence: one that makes no sense leaves the question open (an error)."""
    return None if wire.is_tombstone(record) else wire.message(record, mailbox)


def _list_call(mailbox: ExtensionNumber, query: Query) -> Call:
    return Call(
        "message-store.list",
        Group.LIGHT,
        "GET",
        f"{OWN_EXTENSION}/message-store",
        (("messageType", "Pager"), ("perPage", PER_PAGE), *query),
        key=query,
        subject=Subject(mailbox),
    )


def _sync_call(mailbox: ExtensionNumber, query: Query) -> Call:
    return Call(
        "message-sync.read",
        Group.LIGHT,
        "GET",
        f"{OWN_EXTENSION}/message-sync",
        query,
        subject=Subject(mailbox),
    )


def _sync_reader(read: Reader) -> Callable[[wire.Record], _Synced]:
    def read_answer(answer: wire.Record) -> _Synced:
        about = wire.as_record(answer.get("syncInfo"), "syncInfo")
        return _Synced(
            messages=tuple(read(record) for record in wire.records(answer)),
            token=wire.text(about, "syncToken"),
            at=wire.moment(about, "syncTime"),
            older_exist=about.get("olderRecordsExist") is True,
        )

    return read_answer


def _result(synced: _Synced) -> SyncedMessages:
    cursor = f"{wire.iso(synced.at)}|{synced.token}"
    return SyncedMessages(_in_order(synced.messages), cursor)


def _parts(cursor: str | None) -> tuple[datetime | None, str]:
    """Take a cursor apart: when it was given, so that a reset leaves no gap, and the token."""
    at, _, token = (cursor or "").partition("|")
    try:
        return wire.moment({"at": at}, "at"), token
    except wire.WireError:
        return None, ""


def _in_order(messages: tuple[PagerMessage | None, ...]) -> tuple[PagerMessage, ...]:
    """Put messages in order, each once, its newest reading."""
    known = {message.id: message for message in messages if message is not None}
    return tuple(sorted(known.values(), key=wire.by_age))

"""The send budget: what alerts have to say on the pager is put by, and told as there is room.

A sender may send some forty messages a minute. People's own pages and replies go past this and find
room kept for them. In a storm criticals go singly and the rest as digests; nothing is dropped.

What is put by stands in its lane like everything else, due so late that it is never taken by
itself: should nobody ever divide the budget, it leaves then all the same. Who divides it, by a
waking of the sender's own lane, releases it or tells it in a digest in one transaction, so that a
crash neither loses nor doubles anything.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.domain.alerts import Severity
from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.domain.ids import ChannelId, ExtensionNumber, Ref, WorkspaceId
from gateway.domain.outbound import AlertNews, PostChatReply, SendFollowUp, SendPage, Wake, Waking
from gateway.domain.pager_text import compose_reply
from gateway.domain.pages import Page, PageState
from gateway.domain.routing.alerts import badness
from gateway.domain.routing.fates import Fate
from gateway.domain.routing.storms import Budget, Digest, WaitingPage, plan
from gateway.domain.threads import ThreadMode
from gateway.ports.changes import Change, Enqueue, MovePage, NewPage, Release, SetFates
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.pager import Pager
from gateway.ports.store import Store
from gateway.services.alerts.pages import DIGEST, URGENCY, alert_page, listed
from gateway.services.lanes import chat_lane, pager_lane
from gateway.services.showing import show_status
from gateway.text.words import Words

_PUT_BY = timedelta(hours=1)
_COMPANY = timedelta(seconds=1)
"""Pages of one moment are divided together. Neither criticals wait for it, nor the first page."""
GATHER = timedelta(seconds=30)
"""How long a digest of few pages waits for more."""
_WINDOW = timedelta(minutes=1)
_SOON = timedelta(seconds=4)
_CARD_WAITS = timedelta(seconds=15)
_PEOPLE = 0.25
"""The share of a minute's sends that alerts leave to people."""
_MOST = 1000


def is_put_by(change: Change) -> bool:
    """Whether this is something for the pager that waits for the budget."""
    match change:
        case Enqueue(outbound=SendPage(news=news) | SendFollowUp(news=news)):
            return news is not None
        case _:
            return False


def _divide(sender: ExtensionNumber, at: datetime) -> Enqueue:
    wake = Wake(Waking.BUDGET, sender)
    return Enqueue(f"budget:{sender}", Ref(""), wake, at, priority=0, coalesce=True)


@dataclass(frozen=True, slots=True)
class _Telling:
    """A delivery that tells of alerts; it waits for its part of the budget, or left of late."""

    delivery: Delivery
    news: AlertNews


@dataclass
class PageBudget:
    """Divides a sender's budget.

    Remembers until when it gathers: what a restart forgets, or another process does not know, lets
    one page more go without company.
    """

    store: Store
    pager: Pager
    clock: Clock
    ids: Ids
    observer: Observer
    workspace: WorkspaceId
    mode: ThreadMode
    words: Words
    _gathers: dict[ExtensionNumber, datetime] = field(default_factory=dict, init=False)

    def put_by(self, due: Enqueue) -> tuple[Change, ...]:
        """Let an alert's page wait for its part of the budget, and see to it that it is divided."""
        match due.outbound:
            case SendPage(sender=sender, news=news) | SendFollowUp(sender=sender, news=news) if (
                news
            ):
                is_critical = news.severity is Severity.CRITICAL
                soon = due.at if is_critical else self._free_at(sender, due.at)
                return (replace(due, due_at=due.at + _PUT_BY), _divide(sender, soon))
            case _:
                return (due,)

    def _free_at(self, sender: ExtensionNumber, now: datetime) -> datetime:
        """Tell when a page may go that is not critical: at once after a quiet time."""
        # No later than a second from now, also when a clock was put back.
        return max(now, min(self._gathers.get(sender, now), now + _COMPANY))

    async def due(self, sender: ExtensionNumber) -> tuple[Change, ...]:
        """Release what there is room for, tell the rest in digests, and come again for the rest."""
        now = self.clock.now()
        put_by = await self.store.put_by(sender, now, _MOST)
        hurry = await self.store.kept_waiting(sender, now)
        waiting = _hurried(put_by, hurry)
        if not waiting:
            return ()
        until = self._gathers_until(sender, waiting, now)
        if until <= now:
            self._gathers[sender] = now + _COMPANY
            return await self._divided(sender, waiting, now)
        self._gathers[sender] = until
        criticals = [each for each in waiting if _is_critical(each)]
        divided = await self._divided(sender, criticals, now) if criticals else ()
        return (*divided, _divide(sender, until))

    def _gathers_until(
        self, sender: ExtensionNumber, waiting: Sequence[_Telling], now: datetime
    ) -> datetime:
        """Tell until when what is not critical waits for company."""
        since = [each.delivery.created_at for each in waiting if not _is_critical(each)]
        if len(since) == len(waiting) == 1:
            return self._free_at(sender, now)
        # Before a clock was put back, nobody knows when.
        return min(since) + _COMPANY if since and min(since) <= now else now

    async def _divided(
        self, sender: ExtensionNumber, pages: Sequence[_Telling], now: datetime
    ) -> tuple[Change, ...]:
        waiting = {_key(each): each for each in pages}
        sent = await self.store.sends(sender, now - _WINDOW)
        used = await self.store.used(sender, now - _WINDOW, now)
        left = [_waiting(each) for each in _with_news(delivery for _, delivery in sent)]
        budget = _budget(self.pager.per_minute(sender), used)
        planned = plan((_waiting(each) for each in waiting.values()), budget, now, left)
        changes: list[Change] = []
        for send in planned.sends:
            if isinstance(send, Digest):
                told = [waiting[page.id] for page in send.pages]
                changes += await self._digest(sender, send, told, now)
            else:
                changes += _released(waiting[send.id], now)
        if planned.waiting or len(waiting) == _MOST:
            changes.append(_divide(sender, _next(planned.waiting, sent[:1], now)))
        return tuple(changes)

    async def _digest(
        self, sender: ExtensionNumber, digest: Digest, told: list[_Telling], now: datetime
    ) -> list[Change]:
        """Tell several pages as one, in a conversation and a thread of its own."""
        newest = {each.delivery.ref: each.news for each in told}
        names = sum((Counter(dict(news.names)) for news in newest.values()), Counter[str]())
        kind = "over" if told[0].news.over else digest.severity.value
        minutes = max(1, round((now - digest.since).total_seconds() / 60))
        text = self.words.digest_page(names.total(), kind, minutes, tuple(names.most_common()))
        first = await self.store.page(told[0].delivery.ref)
        page = alert_page(
            self.ids.ref(DIGEST),
            sender,
            told[0].news.to,
            text,
            workspace=self.workspace,
            channel=first.channel if first else ChannelId(""),
            now=now,
            mode=self.mode,
        )
        (words, *_) = compose_reply(text, None, page.ref, max_parts=1)
        send = SendPage(sender, page.to, words, insist=True)
        urgency = URGENCY[digest.severity]
        self.observer.saw("alerts.digested", page_id=page.ref, pages=len(told))
        return [
            *(change for each in told for change in _called_off(each, now)),
            NewPage(page),
            Enqueue(pager_lane(page.ref), page.ref, send, now, priority=urgency),
            *self._in_chat(page, newest, now),
        ]

    def _in_chat(self, page: Page, told: dict[Ref, AlertNews], now: datetime) -> Iterator[Change]:
        if not page.channel:
            return
        # The page first: its outcome brings this forward. The chat takes few messages a second,
        # and this one says what the many cards that wait beside it are about.
        yield replace(show_status(page, now), due_at=now + _CARD_WAITS, priority=1)
        lines = [f"{news.title} · {ref}" for ref, news in told.items()]
        for notice in listed(lines):
            post = PostChatReply(None, notice=notice)
            yield Enqueue(chat_lane(page.ref), page.ref, post, now, priority=4)


def _hurried(put_by: Iterable[Delivery], hurry: Iterable[str]) -> list[_Telling]:
    """Read what waits; what stands before something worse in its lane is as urgent as that.

    In lanes where a person waits behind it, it is as urgent as they are.
    """
    worst = dict.fromkeys(hurry, Severity.CRITICAL)
    read = []
    for each in _with_news(sorted(put_by, key=lambda each: each.id, reverse=True)):
        lane, news = each.delivery.lane, each.news
        worst[lane] = max(worst.get(lane, news.severity), news.severity, key=badness)
        read.append(replace(each, news=replace(news, severity=worst[lane])))
    return read[::-1]


def _with_news(deliveries: Iterable[Delivery]) -> Iterator[_Telling]:
    """Find those that tell of alerts."""
    for delivery in deliveries:
        match delivery.outbound:
            case SendPage(news=news) | SendFollowUp(news=news) if news:
                yield _Telling(delivery, news)
            case _:
                continue


def _is_critical(each: _Telling) -> bool:
    return each.news.severity is Severity.CRITICAL


def _waiting(each: _Telling) -> WaitingPage:
    news, delivery = each.news, each.delivery
    receiver = f"{','.join(news.to)} {news.over}"
    return WaitingPage(_key(each), receiver, news.source, news.severity, delivery.created_at)


def _key(each: _Telling) -> str:
    """Name what waits so that names sort like ids."""
    return f"{each.delivery.id:020}"


def _budget(per_minute: int, used: int) -> Budget:
    """Give alerts what they leave over to people, a third of it for criticals alone."""
    whole = per_minute - round(per_minute * _PEOPLE)
    return Budget(max(whole - used, 0), whole // 3, whole // 3, GATHER)


def _next(
    waiting: Iterable[WaitingPage], oldest: Iterable[tuple[datetime, Delivery]], now: datetime
) -> datetime:
    """Come again when a send leaves the window, or a digest has gathered for long enough.

    And soon in any case: somebody may have begun to wait behind it.
    """
    times = [page.since + GATHER for page in waiting] + [at + _WINDOW for at, _ in oldest]
    later = [at for at in times if at > now]
    return max(min(*later, now + _SOON), now + _COMPANY) if later else now + _COMPANY


def _released(each: _Telling, now: datetime) -> Iterator[Change]:
    yield Release(each.delivery.id, DeliveryState.READY, now, (DeliveryState.READY,))
    yield from _fates(each.news, Fate.PAGED)


def _called_off(each: _Telling, now: datetime) -> Iterator[Change]:
    delivery = each.delivery
    yield Release(delivery.id, DeliveryState.CANCELLED, now, (DeliveryState.READY,))
    if isinstance(delivery.outbound, SendPage):
        yield MovePage(delivery.ref, PageState.SENT, now)
    yield from _fates(each.news, Fate.DIGESTED)


def _fates(news: AlertNews, fate: Fate) -> Iterator[Change]:
    if news.events:
        yield SetFates(dict.fromkeys(news.events, fate))

"""How an incident speaks: one page, one message in the chat, its story in the thread.

An incident is a `Page` too (origin `ALERT`), so that replies, links and status messages are those
every page has. What it says on the pager is put by until the sender's budget is divided (`budget`).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.domain.errors import FactValue
from gateway.domain.ids import ChannelId, ExtensionNumber, Ref, WorkspaceId
from gateway.domain.incidents import Incident
from gateway.domain.outbound import (
    AlertNews,
    Notice,
    PostChatMessage,
    PostChatReply,
    SendFollowUp,
    SendPage,
)
from gateway.domain.pager_text import compose_reply
from gateway.domain.routing.alerts import RoutedAlert
from gateway.domain.threads import ThreadMode
from gateway.ports.changes import Change, Enqueue, NewPage
from gateway.ports.clock import Clock
from gateway.ports.store import Store
from gateway.services.alerts.budget import PageBudget
from gateway.services.alerts.pages import URGENCY, alert_page, listed, titled
from gateway.services.lanes import chat_lane, pager_lane
from gateway.services.people import People
from gateway.services.showing import show_status


def news_of(
    incident: Incident,
    alerts: Iterable[RoutedAlert] = (),
    traces: Iterable[str] = (),
    *,
    over: bool = False,
) -> AlertNews:
    """Say what a message about an incident tells: these alerts, or else all that fire."""
    told = tuple(alerts) or (incident.grouping.firing if incident.grouping else ())
    names = Counter(alert.labels.get("alertname") or incident.title for alert in told)
    return AlertNews(
        source=told[0].labels.get("source", "") if told else "",
        severity=incident.severity,
        to=incident.told,
        title=titled(incident.title),
        names=tuple((names or Counter([incident.title])).most_common()),
        events=tuple(int(trace) for trace in traces),
        over=over,
    )


@dataclass(frozen=True)
class Voice:
    """Makes the deliveries of incidents."""

    store: Store
    clock: Clock
    people: People
    workspace: WorkspaceId
    mode: ThreadMode
    budget: PageBudget

    @property
    def may_speak(self) -> bool:
        """Whether there is somebody to send alerts from."""
        return self.people.shared is not None

    def begin(
        self, incident: Incident, channel: str, text: str, news: AlertNews
    ) -> tuple[Change, ...]:
        """Page those who are to be told, and show the card."""
        page = alert_page(
            incident.ref,
            self.people.shared or ExtensionNumber(""),
            incident.told,
            incident.title,
            workspace=self.workspace,
            channel=ChannelId(channel),
            now=self.clock.now(),
            mode=self.mode,
        )
        shown = (show_status(page, self.clock.now()),) if channel else ()
        return (NewPage(page), *self.send(incident, incident.told, text, news), *shown)

    def send(
        self,
        incident: Incident,
        to: tuple[ExtensionNumber, ...],
        text: str,
        news: AlertNews | None = None,
    ) -> tuple[Change, ...]:
        """Page people in a conversation of its own."""
        shared = self.people.shared
        if shared is None or not to:
            return ()
        (words, *_) = compose_reply(text, None, incident.ref, max_parts=1)
        others = tuple(n for n in to if n != shared)
        news = replace(news or news_of(incident), to=others)
        page = SendPage(shared, others, words, insist=True, news=news)
        return self._to_pager(incident, page)

    def follow_up(
        self, incident: Incident, text: str, news: AlertNews | None = None
    ) -> tuple[Change, ...]:
        """Say more in the conversation of those who were paged."""
        shared = self.people.shared
        if shared is None or not incident.told:
            return ()
        (words, *_) = compose_reply(text, None, incident.ref, max_parts=1)
        return self._to_pager(incident, SendFollowUp(shared, words, news or news_of(incident)))

    def point(self, incident: Incident, channel: str) -> tuple[Change, ...]:
        """Tell another channel of an incident that nobody has answered."""
        if not channel:
            return ()
        minutes = round((self.clock.now() - incident.opened_at).total_seconds() / 60)
        facts: dict[str, FactValue] = {
            "ref": incident.ref,
            "title": incident.title,
            "minutes": minutes,
        }
        post = PostChatMessage(
            self.workspace, ChannelId(channel), Notice("alert.unanswered", facts)
        )
        return (Enqueue(chat_lane(incident.ref), incident.ref, post, self.clock.now(), priority=1),)

    async def show(self, incident: Incident) -> tuple[Change, ...]:
        """Bring the card up to date."""
        page = await self.store.page(incident.ref)
        if page is None or not page.channel:
            return ()
        return (show_status(page, self.clock.now()),)

    def tell(self, ref: Ref, notice: Notice) -> tuple[Change, ...]:
        """Write a line of the story into the thread."""
        post = PostChatReply(None, notice=notice)
        return (Enqueue(chat_lane(ref), ref, post, self.clock.now(), priority=4),)

    def name(self, ref: Ref, titles: Iterable[str]) -> tuple[Change, ...]:
        """Name every alert in the thread, in as many messages as that takes."""
        notices = listed(map(titled, titles))
        return tuple(change for notice in notices for change in self.tell(ref, notice))

    def _to_pager(
        self, incident: Incident, outbound: SendPage | SendFollowUp
    ) -> tuple[Change, ...]:
        urgency = URGENCY[incident.severity]
        lane, now = pager_lane(incident.ref), self.clock.now()
        return self.budget.put_by(Enqueue(lane, incident.ref, outbound, now, priority=urgency))

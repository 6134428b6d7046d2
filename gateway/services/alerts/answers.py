"""Somebody answers: with a button in the chat, or with a word on the pager.

Both ways do the same, check the same, and tell the loser of a race who was first.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from gateway.domain import policy
from gateway.domain.actions import Action
from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.errors import FactValue
from gateway.domain.ids import ChannelId, Ref
from gateway.domain.inbound import ChatAction, ChatCommand, PagerMessage
from gateway.domain.incidents import RANK, Deed, Incident, IncidentState
from gateway.domain.outbound import Notice, SendFollowUp
from gateway.domain.pager_text import compose_reply
from gateway.domain.pages import Origin, Page, Person
from gateway.ports.changes import Audit, Change, Enqueue
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Store
from gateway.services.alerts.desk import Desk, Filed, filed, written
from gateway.services.alerts.reach import Reach
from gateway.services.alerts.voice import Voice
from gateway.services.alerts.watch import Watch
from gateway.services.lanes import pager_lane
from gateway.services.people import People
from gateway.services.permission import Permission
from gateway.services.wishes import Told
from gateway.text.words import Words

_SNOOZE = timedelta(hours=1)
_MOST_READ = 200
"""Open alerts that are looked at for somebody; in a storm the latest ones."""
_WORD = re.compile(
    r"\s*(ack|acknowledge|1|resolve|resolved|help)\b[\s.:!]*(al_[0-9a-z]{4,16})?\s*$", re.IGNORECASE
)
_ACK_WORDS = frozenset({"ack", "acknowledge", "1"})
_ACTS: dict[str, Act] = {
    Action.ACK: Act.INCIDENT_ACKNOWLEDGED,
    Action.RESOLVE: Act.INCIDENT_RESOLVED,
    Action.ESCALATE: Act.INCIDENT_ESCALATED,
    Action.SNOOZE: Act.INCIDENT_SNOOZED,
}
ALERT_ACTIONS = frozenset(_ACTS)
NOWHERE = ChannelId("")
"""Where a button is that stands in no channel; rules that name channels are not met there."""


@dataclass(frozen=True)
class Answers:
    """Takes answers to incidents."""

    store: Store
    clock: Clock
    observer: Observer
    desk: Desk
    voice: Voice
    watch: Watch
    reach: Reach
    people: People
    permission: Permission
    words: Words

    # --- from the chat ---------------------------------------------------------------------

    async def press(self, action: ChatAction) -> Told:
        """Do what a button on the card says.

        Raises:
            StoreUnavailableError: nothing was recorded; the button still works.
        """
        ref, channel = Ref(action.value), action.channel or NOWHERE
        return await self._asked(action.action, ref, action.key, action.person, channel)

    async def acknowledge(self, ref: Ref | None, command: ChatCommand) -> Told:
        """Do what the button does for somebody who typed the reference, and say that it is done.

        Raises:
            StoreUnavailableError: nothing was recorded.
        """
        if ref is None:
            return Told(Notice("alert.unknown"))
        told = await self._asked(Action.ACK, ref, command.key, command.person, command.channel)
        found = None if told.notice else await self.desk.read(ref)
        if found is None:
            return told
        return Told(Notice("alert.taken", {"title": found.incident.title, "ref": ref}))

    async def _asked(
        self, deed: str, ref: Ref, key: str, person: Person, channel: ChannelId
    ) -> Told:
        found = await self.asked_by(person, ref, channel)
        if isinstance(found, Notice):
            return Told(found)
        by = Actor.of_person(person.workspace, person.user)
        return await self._do(deed, ref, key, person.name, by)

    async def by_operator(self, deed: Action, ref: Ref, key: str, by: Actor) -> Told:
        """Answer for an operator, who may answer whatever there is.

        Raises:
            StoreUnavailableError: nothing was recorded.
        """
        return await self._do(deed, ref, key, by.who, by)

    async def asked_by(self, person: Person, ref: Ref, channel: ChannelId | None) -> Filed | Notice:
        """Find an incident for somebody who wants to act on it, or say why they cannot.

        `channel` is where they want it; `None` where that was judged before.
        """
        found = await self.desk.read(ref)
        if found is None:
            is_page = ref.startswith("pg_")
            return Notice("alert.is_page" if is_page else "alert.unknown", {"typed": ref})
        if not await self._may(person, found.incident, channel):
            shown = list(self.reach.shown(found.incident.told))
            return Notice("alert.not_allowed", {"recipients": shown, "ref": ref})
        return found

    async def waiting_for(self, person: Person) -> tuple[Incident, ...]:
        """List alerts somebody was paged for that nobody took yet, the worst and oldest first.

        Only those they may answer where no channel is.
        """
        number = self.people.known(person.user)
        if number is None:
            return ()
        found = [filed(each).incident for each in await self.store.open_incidents(_MOST_READ)]
        waiting = [
            each
            for each in found
            if each.state is IncidentState.OPEN
            and not each.snoozed_until
            and not each.silenced
            and self.reach.concerns(number, each.told)
            and await self._may(person, each, NOWHERE)
        ]
        return tuple(sorted(waiting, key=lambda each: (RANK[each.severity], each.opened_at)))

    async def _may(self, person: Person, incident: Incident, channel: ChannelId | None) -> bool:
        """People whose extension we know must have been paged; others are trusted by channel."""
        now, told = self.clock.now(), incident.told
        if self.permission.to_reply(person):
            return False
        act = policy.Act.ANSWER
        if await self.permission.to_reach(act, person, told, channel=channel, at=now):
            return False
        number = self.people.known(person.user)
        return number is None or not told or self.reach.concerns(number, told)

    async def _do(self, deed: str, ref: Ref, key: str, who: str, by: Actor) -> Told:
        refusal: list[Notice] = []
        read: list[Incident] = []

        async def decide(found: Filed) -> tuple[Change, ...] | None:
            read.append(found.incident)
            objection = _objection(deed, found.incident)
            if objection:
                refusal.append(objection)
                return None
            changes = await self._decided(deed, found, who, pager=by.origin == "pager")
            return (*changes, self._noted(deed, ref, by)) if changes else None

        if await self.desk.change(ref, key, decide) and deed == Action.ACK:
            self._saw_acknowledged(read[-1])
        return Told(refusal[-1]) if refusal else Told()

    def _saw_acknowledged(self, incident: Incident) -> None:
        waited = self.clock.now() - incident.opened_at
        self.observer.saw(
            "incident.acknowledged",
            page_id=incident.ref,
            severity=incident.severity.value,
            elapsed_ms=round(waited.total_seconds() * 1000),
        )

    async def _decided(
        self, deed: str, found: Filed, who: str, *, pager: bool
    ) -> tuple[Change, ...]:
        now = self.clock.now()
        incident = found.incident
        match deed:
            case Action.ACK:
                after = incident.acknowledged(who, now)
                facts: dict[str, FactValue] = {"name": who, "at": now.isoformat()}
                notice = Notice("alert.acknowledged", {**facts, "from_pager": pager})
            case Action.SNOOZE:
                until = now + _SNOOZE
                after = incident.snoozed(who, until, now)
                notice = Notice("alert.snoozed", {"name": who, "until": until.isoformat()})
            case Action.ESCALATE:
                return await self.watch.escalate(found, who)
            case _:
                after = incident.resolved(who, now)
                notice = Notice("alert.resolved", {"name": who, "minutes": _minutes(after)})
        return (
            written(found, after),
            *await self.voice.show(after),
            *self.voice.tell(after.ref, notice),
            *self._to_pagers(after, deed),
            *self.watch.next_look(after),
        )

    def _noted(self, deed: str, ref: Ref, by: Actor) -> Audit:
        return Audit(AuditEntry(_ACTS[deed], ref, by, self.clock.now()))

    def _to_pagers(self, incident: Incident, deed: str) -> tuple[Change, ...]:
        if deed != Action.RESOLVE:
            return ()
        return self.voice.follow_up(incident, self.words.incident_over(incident))

    # --- from the pager --------------------------------------------------------------------

    async def hear(self, page: Page | None, message: PagerMessage) -> tuple[Change, ...] | None:
        """Take a word typed on a pager; `None` when it is ordinary talk.

        The changes returned answer on the pager; what the word does is committed by itself first,
        under the message's own key, so that a repeat does nothing.
        """
        found = _WORD.match(message.text)
        if page is None or page.origin is not Origin.ALERT or found is None:
            return None
        word, named = found[1].lower(), found[2]
        ref = Ref(f"al_{named[3:].upper()}") if named else page.ref
        return self._say(page, await self._heard(word, ref, message))

    async def _heard(self, word: str, ref: Ref, message: PagerMessage) -> str:
        if word == "help":
            return self.words.sentence("alert.pager_help")
        found = await self.desk.read(ref)
        if found is None:
            return self.words.sentence("alert.pager_none")
        if not self.reach.concerns(message.sender, found.incident.told):
            return self.words.sentence("alert.pager_stranger")
        deed = Action.ACK if word in _ACK_WORDS else Action.RESOLVE
        key = f"answer:{message.mailbox}:{message.id}"
        by = Actor.of_extension(message.sender)
        told = await self._do(deed, ref, key, message.sender_name, by)
        return self._answered(deed, ref, told)

    def _answered(self, deed: Action, ref: Ref, told: Told) -> str:
        if told.notice:
            known = {k: v for k, v in told.notice.facts.items() if isinstance(v, str)}
            over = told.notice.key == "alert.already_resolved"
            said = "alert.pager_already_resolved" if over else "alert.pager_already"
            return self.words.sentence(said, **known)
        key = "alert.pager_acked" if deed is Action.ACK else "alert.pager_resolved"
        return self.words.sentence(key, ref=ref)

    def _say(self, page: Page, text: str) -> tuple[Change, ...]:
        shared = self.people.shared
        if shared is None:
            return ()
        (words, *_) = compose_reply(text, None, page.ref, max_parts=1)
        further = SendFollowUp(shared, words)
        return (Enqueue(pager_lane(page.ref), page.ref, further, self.clock.now(), priority=0),)


def _objection(deed: str, incident: Incident) -> Notice | None:
    """Say why there is nothing to do; the first who acted is named."""
    match incident.state, deed:
        case IncidentState.RESOLVED, _:
            at = incident.resolved_at or incident.opened_at
            ends = [entry for entry in incident.history if entry.deed is Deed.RESOLVED]
            who = ends[-1].who if ends else ""
            return Notice("alert.already_resolved", {"name": who, "at": at.isoformat()})
        case IncidentState.ACKNOWLEDGED, Action.ACK:
            at = incident.acknowledged_at or incident.opened_at
            facts: dict[str, FactValue] = {
                "name": incident.acknowledged_by,
                "at": at.isoformat(),
            }
            return Notice("alert.already_acknowledged", facts)
        case _:
            return None


def _minutes(incident: Incident) -> int:
    ended = incident.resolved_at or incident.opened_at
    return round((ended - incident.opened_at).total_seconds() / 60)

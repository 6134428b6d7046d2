"""Who may do what where: every kind of person, every way to act, every place, under each policy.

Each cell is played on the real services and compared with `may`, which is written down apart from
them. Whoever is not foreseen may nothing.
"""

import itertools
from dataclasses import dataclass, replace
from enum import StrEnum

import pytest

from gateway.domain.actions import Action
from gateway.domain.alerts import Alert, AlertStatus, Ingest, Severity
from gateway.domain.ids import ChannelId, ChatMessageId, ChatUserId, DraftId, ExtensionNumber, Ref
from gateway.domain.inbound import ChatAction, ChatCommand, ChatReply, ChatShortcut, FormSubmission
from gateway.domain.outbound import Notice, SendPageReply
from gateway.domain.pages import DRAFT_LIFE, ChatThread, Draft, Page, PageState
from gateway.domain.policy import Act, PolicyRule, PolicyTable
from gateway.ports.changes import SaveDraft
from gateway.ports.orders import PageOrder, Taken
from gateway.ports.store import Unit
from gateway.services.alerts.answers import NOWHERE
from gateway.services.clients import Client
from gateway.services.permission import Unlinked
from tests.acceptance.alert_rules import RULES
from tests.actors import ACME, ACTORS, Actor
from tests.services.acme import AVERY, DANA, OPS, Acme, running_acme, said

PRIVATE, DIRECT, SHARED = ChannelId("G0SECRET"), ChannelId("D0DIRECT"), ChannelId("C0SHARED")
NEW = ChatUserId("U0NEW")


class Deed(StrEnum):
    """What somebody tries."""

    PAGE_PERSON = "page a person"
    PAGE_DEPARTMENT = "page a department"
    PAGE_AS_ANOTHER = "page as somebody else"
    PAGE_AS_DEPARTMENT = "page as a department"
    REPLY = "reply"
    FORM = "send a form"
    SHORTCUT = "open a form"
    RESEND = "press a button that sends"
    CANCEL = "cancel somebody else's page"
    ANSWER = "answer an alert"
    ORDER = "page over HTTP"
    LINK = "link an extension"


class Place(StrEnum):
    """Where they try it."""

    PUBLIC = "public channel"
    PRIVATE = "private channel"
    DIRECT = "direct message"
    SHARED = "shared channel"
    THREAD = "thread"
    NOWHERE = "no channel"


CHANNELS = {
    Place.PUBLIC: OPS,
    Place.PRIVATE: PRIVATE,
    Place.DIRECT: DIRECT,
    Place.SHARED: SHARED,
    Place.THREAD: OPS,
}


@dataclass(frozen=True)
class Policy:
    """What an operator set. `lets_in` are the kinds of people who are let in."""

    name: str
    lets_in: frozenset[str] = frozenset()
    wants_links: bool = False
    table: tuple[PolicyRule, ...] = ()


TABLE = (
    PolicyRule(
        "DBA from the private channel",
        allow=True,
        acts=(Act.PAGE,),
        to=("DBA",),
        channels=(PRIVATE,),
    ),
    PolicyRule("DBA from nowhere else", allow=False, acts=(Act.PAGE,), to=("DBA",)),
    PolicyRule("No talk in direct messages", allow=False, acts=(Act.REPLY,), channels=(DIRECT,)),
    PolicyRule("Newcomers answer in #ops", allow=True, acts=(Act.ANSWER,), channels=(OPS,)),
    PolicyRule("And nowhere else", allow=False, acts=(Act.ANSWER,), users=(NEW,)),
    PolicyRule("Everything else", allow=True),
)
POLICIES = (
    Policy("as it comes"),
    Policy("everybody let in", lets_in=frozenset({"guests", "strangers", "bots"})),
    Policy("guests let in", lets_in=frozenset({"guests"})),
    Policy("only from one's own extension", wants_links=True),
    Policy("by table", table=TABLE),
)


def may(actor: Actor, deed: Deed, place: Place, policy: Policy) -> bool:
    """Say who may, in as few words as there are."""
    if deed is Deed.ORDER:
        return actor.program and place in {Place.PUBLIC, Place.THREAD, Place.NOWHERE}
    if actor.barred and actor.barred not in policy.lets_in:
        return False
    if deed in {Deed.PAGE_AS_ANOTHER, Deed.PAGE_AS_DEPARTMENT, Deed.CANCEL}:
        return False
    if deed is Deed.LINK:
        return True
    if deed is Deed.REPLY and place is Place.NOWHERE:
        return False
    if policy.wants_links and not actor.linked:
        return False
    if not policy.table:
        return True
    match deed:
        case Deed.PAGE_DEPARTMENT:
            return place is Place.PRIVATE
        case Deed.REPLY:
            return place is not Place.DIRECT
        case Deed.ANSWER:
            return actor.person.user != NEW or place in {Place.PUBLIC, Place.THREAD}
        case _:
            return True


@dataclass
class Trial:
    """A company in which everything is tried."""

    acme: Acme
    shown: dict[Place, Page]
    waiting: dict[ChatUserId, Page]
    incident: Ref

    async def succeeds(self, actor: Actor, deed: Deed, place: Place) -> bool:
        """Try it, and see whether it had its effect."""
        person, words = actor.person, f"Words {self.acme.key()}"
        channel = CHANNELS.get(place)
        match deed:
            case Deed.PAGE_PERSON:
                return await self._types(actor, f"102 {words}", place)
            case Deed.PAGE_DEPARTMENT:
                return await self._types(actor, f"400 {words}", place)
            case Deed.PAGE_AS_ANOTHER:
                return await self._types(actor, f"--from 102 110 {words}", place)
            case Deed.PAGE_AS_DEPARTMENT:
                return await self._types(actor, f"--from 400 102 {words}", place)
            case Deed.REPLY:
                return await self._replies(actor, words, place)
            case Deed.FORM:
                now, key = self.acme.clock.now(), self.acme.key()
                form = FormSubmission(key, person, ("102",), words, None, channel, "", now)
                await self.acme.intake.form(form)
                return await self._has_paged(actor, words)
            case Deed.SHORTCUT:
                return await self._opens(actor, place)
            case Deed.RESEND:
                return await self._resends(actor, words, place)
            case Deed.CANCEL:
                page = self.waiting[AVERY if person.user == DANA else DANA]
                await self._presses(actor, Action.CANCEL_PAGE, page.ref, place)
                return (await self.acme.seen(page.ref)).state is PageState.CANCELLED
            case Deed.ANSWER:
                answers = self.acme.intake.answers  # type: ignore[attr-defined]  # a white-box look
                return not isinstance(
                    await answers.asked_by(person, self.incident, channel or NOWHERE), Notice
                )
            case Deed.ORDER:
                return await self._orders(actor, words, channel)
            case Deed.LINK:
                told = said(await self.acme.intake.command(self._command(actor, "link", place)))
                return not told.startswith("Not sent.")

    def _command(self, actor: Actor, text: str, place: Place) -> ChatCommand:
        channel = CHANNELS.get(place, ChannelId(""))
        key, now = self.acme.key(), self.acme.clock.now()
        return ChatCommand(key, actor.person, channel, "/page", (text,), now, trigger=key)

    async def _types(self, actor: Actor, text: str, place: Place) -> bool:
        await self.acme.intake.command(self._command(actor, text, place))
        return await self._has_paged(actor, text.partition("Words")[2])

    async def _has_paged(self, actor: Actor, words: str) -> bool:
        pages = await self.acme.store.pages_of(ACME, actor.person.user, 1)
        return any(words in page.text for page in pages)

    async def _replies(self, actor: Actor, words: str, place: Place) -> bool:
        nowhere = ChatThread(ACME, OPS, ChatMessageId("1.000001"))
        page = self.shown.get(place)
        thread = page.thread if page and page.thread else nowhere
        message, now = self.acme.chat.next_ts(), self.acme.clock.now()
        reply = ChatReply(self.acme.key(), actor.person, thread, message, words, now)
        await self.acme.intake.reply(reply)
        ref = page.ref if page else self.shown[Place.PUBLIC].ref
        sent = (each.outbound for each in await self.acme.store.deliveries(ref))
        return any(isinstance(each, SendPageReply) and words in each.text for each in sent)

    async def _opens(self, actor: Actor, place: Place) -> bool:
        before, key = len(self.acme.chat.forms), self.acme.key()
        channel, now = CHANNELS.get(place), self.acme.clock.now()
        shortcut = ChatShortcut(key, actor.person, "page", now, channel, text="x", trigger=key)
        await self.acme.intake.shortcut(shortcut)
        return len(self.acme.chat.forms) > before

    async def _resends(self, actor: Actor, words: str, place: Place) -> bool:
        person, now = actor.person, self.acme.clock.now()
        channel = CHANNELS.get(place, ChannelId(person.user))
        draft = Draft(
            id=DraftId(words.replace(":", "-")),
            workspace=ACME,
            author=person.user,
            author_name=person.name,
            channel=channel,
            text=words,
            ask="page.repeat",
            expires_at=now + DRAFT_LIFE,
            to=(ExtensionNumber("102"),),
        )
        await self.acme.store.commit(Unit((SaveDraft(draft),), once=self.acme.key()))
        await self._presses(actor, Action.TRY_AGAIN, draft.id, place)
        return await self._has_paged(actor, words)

    async def _presses(self, actor: Actor, action: Action, value: str, place: Place) -> None:
        page = self.shown.get(place) if place is Place.THREAD else None
        key, now = self.acme.key(), self.acme.clock.now()
        channel, thread = CHANNELS.get(place), page.thread if page else None
        pressed = ChatAction(
            key, actor.person, channel, action, value, now, thread=thread, trigger=key
        )
        await self.acme.intake.action(pressed)

    async def _orders(self, actor: Actor, words: str, channel: ChannelId | None) -> bool:
        orders, client = self.acme.core.orders, actor.person.name
        known = orders.clients  # type: ignore[attr-defined]  # a white-box look
        if client not in known.known:
            assert known.denies(client, ("102",), "700")
            return False
        order = PageOrder(client, self.acme.key(), "digest", ("102",), words, channel)
        return isinstance(await orders.take(order), Taken)


async def begun(acme: Acme) -> Trial:
    """Let there be threads, pages that wait, and an alert."""
    for channel in CHANNELS.values():
        acme.chat.channels.setdefault(channel, set())
    for actor in ACTORS:
        acme.chat.people[actor.person.user] = actor.person
    shown = {
        place: await acme.page(f"102 Shown in a {place}", channel=channel)
        for place, channel in CHANNELS.items()
    }
    incident = await fired(acme)
    shown = {place: await acme.seen(page.ref) for place, page in shown.items()}
    waiting = {user: await acme.page("102 Waits", by=user) for user in (DANA, AVERY)}
    return Trial(acme, shown, waiting, incident)


async def fired(acme: Acme) -> Ref:
    """Have an alert for the DBAs; gives its reference."""
    now = acme.clock.now()
    alert = Alert(
        source="prom",
        source_event_id="1",
        dedup_key="db-7",
        status=AlertStatus.FIRING,
        severity=Severity.ERROR,
        title="DiskFull on db-7",
        text="",
        labels={"alertname": "DiskFull", "team": "db", "severity": "error"},
        links=(),
        starts_at=now,
        ends_at=None,
        received_at=now,
    )
    assert acme.core.alerts is not None
    await acme.core.alerts.take(Ingest("prom", now, (alert,), b"{}"))
    await acme.pass_time(120)
    return Ref(acme.sent("DiskFull")[0].rpartition(" ")[2])


@pytest.mark.parametrize("policy", POLICIES, ids=[policy.name for policy in POLICIES])
async def test_every_cell_is_as_it_is_written(policy: Policy) -> None:
    """Nobody may more, and nobody may less."""
    routes = replace(RULES, policies=PolicyTable(policy.table))
    unlinked = Unlinked.DENY if policy.wants_links else Unlinked.SHARED
    client = Client("ci", None, channels=frozenset({OPS}), per_minute=1000)
    company = running_acme(
        "101",
        routes=routes,
        clients=(client,),
        unlinked=unlinked,
        guests="guests" in policy.lets_in,
        strangers="strangers" in policy.lets_in,
        bots="bots" in policy.lets_in,
    )
    async with company as acme:
        trial = await begun(acme)
        wrong = [
            (actor.kind, str(deed), str(place))
            for actor, deed, place in itertools.product(ACTORS, Deed, Place)
            if await trial.succeeds(actor, deed, place) != may(actor, deed, place, policy)
        ]
    assert wrong == []


def test_there_are_enough_kinds_to_mean_something() -> None:
    """A kind that is forgotten here is allowed to nobody's knowledge."""
    assert (len(ACTORS), len(Deed), len(Place)) == (10, 12, 6)
    assert {actor.barred for actor in ACTORS} == {"", "guests", "strangers", "bots", "always"}

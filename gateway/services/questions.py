"""Sub-commands: answered from memory and our own rows, nothing is asked of the pager."""

from dataclasses import dataclass

from gateway.domain.actions import Action
from gateway.domain.addressing import Doubt, Resolved, resolve
from gateway.domain.commands import Sub, SubCommand, Term, Typed, readable_term
from gateway.domain.duty import Duty
from gateway.domain.errors import AmbiguousRecipientError, NotLinkedError
from gateway.domain.ids import Ref
from gateway.domain.inbound import ChatCommand
from gateway.domain.pages import Origin, Page, Person
from gateway.ports.store import Store
from gateway.services.addresses import Addresses
from gateway.services.alerts.answers import Answers
from gateway.services.alerts.duty import Duties
from gateway.services.decisions import Decisions
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.explaining import Explaining
from gateway.services.linking.desk import LinkDesk
from gateway.services.people import People
from gateway.services.sending import Sending
from gateway.services.wishes import Question, Told, Wish
from gateway.text.words import Words

_LAST_PAGES = 5


@dataclass(frozen=True)
class Questions:
    """Answers sub-commands."""

    store: Store
    sending: Sending
    decisions: Decisions
    addresses: Addresses
    directory: DirectoryKeeper
    people: People
    words: Words
    explaining: Explaining
    linking: LinkDesk
    answers: Answers | None = None
    duties: Duties | None = None

    async def answer(self, command: ChatCommand, asked: SubCommand) -> Told:
        """Answer one sub-command."""
        match asked.sub:
            case Sub.HELP:
                return self.help()
            case Sub.WHO:
                return await self._who(command, asked.who)
            case Sub.CAN:
                return await self._can(command, asked.who)
            case Sub.STATUS | Sub.WHY if asked.ref:
                return await self._one(command, asked.ref)
            case Sub.STATUS | Sub.WHY:
                return await self._last(command)
            case Sub.CANCEL:
                return await self._cancel(command, asked.ref)
            case Sub.TEST:
                return await self._test(command)
            case Sub.LINK if isinstance(asked.who, Typed):
                return await self.linking.by_code(command.person, asked.who.text)
            case Sub.LINK:
                return await self.linking.offer(command.person)
            case Sub.UNLINK:
                return await self.linking.unlink(command.person)
            case Sub.SETTINGS:
                return await self.linking.settings(command.person)
            case Sub.ONCALL if self.duties:
                return await self._on_call(command, asked.who, self.duties)
            case Sub.ACK if self.answers:
                return await self.answers.acknowledge(asked.ref, command)
            case Sub.ONCALL | Sub.ACK:
                return self.sending.tell("command.not_here", {"sub": asked.sub.value})

    def help(self) -> Told:
        """Show how paging works."""
        return self.sending.tell("command.help", {}, ((Action.OPEN_FORM, ""),))

    async def _who(self, command: ChatCommand, who: Term | None) -> Told:
        """Show who is behind a name; of several with one name, all."""
        if who is None:
            return Told(content=self.words.to(command.person).departments(self.directory.current))
        match resolve((who,), await self.addresses.book((who,), command)):
            case Resolved(to) | Doubt(error=AmbiguousRecipientError(choices=to)):
                return self._cards(command.person, to)
            case Doubt(error=NotLinkedError() as error):
                return self.sending.tell("link.unknown", {"user": error.user, "typed": error.typed})
            case Doubt(term=term):
                return self._cards(command.person, (term,))

    async def _can(self, command: ChatCommand, who: Term | None) -> Told:
        """Tell whether somebody may page these people from here, and by which rule."""
        if who is None:
            return self.help()
        match resolve((who,), await self.addresses.book((who,), command)):
            case Resolved(to):
                notice = await self.sending.permission.explain(
                    command.person, to, channel=command.channel, at=command.received_at
                )
                return Told(notice)
            case Doubt(error=AmbiguousRecipientError(choices=to)):
                return self._cards(command.person, to)
            case Doubt(error=NotLinkedError() as error):
                return self.sending.tell("link.unknown", {"user": error.user, "typed": error.typed})
            case Doubt(term=term):
                return self._cards(command.person, (term,))

    def _cards(self, person: Person, to: tuple[str, ...]) -> Told:
        return Told(content=self.words.to(person).who(to, self.directory.current))

    def schedules(self) -> tuple[str, ...]:
        """List the names that `oncall` takes besides those of the directory."""
        return self.duties.names() if self.duties else ()

    async def _on_call(self, command: ChatCommand, who: Term | None, duties: Duties) -> Told:
        """Show who is on call: by a schedule, behind a department, in a person's turns, or all."""
        if who is None:
            return self._duties(command.person, duties.all())
        schedule = duties.of_schedule(readable_term(who))
        if schedule:
            return self._duties(command.person, (schedule,))
        match resolve((who,), await self.addresses.book((who,), command)):
            case Resolved(to) | Doubt(error=AmbiguousRecipientError(choices=to)):
                behind = (duty for number in to for duty in duties.of_extension(number))
                found = tuple(dict.fromkeys(behind))
                return self._duties(command.person, found, readable_term(who))
            case Doubt(error=NotLinkedError() as error):
                return self.sending.tell("link.unknown", {"user": error.user, "typed": error.typed})
            case Doubt(term=term):
                return self._cards(command.person, (term,))

    def _duties(self, person: Person, found: tuple[Duty, ...], name: str = "") -> Told:
        if not found:
            return self.sending.tell("oncall.none", {"name": name})
        return Told(content=self.words.to(person).on_call(found, self.directory.current))

    async def _one(self, command: ChatCommand, ref: Ref) -> Told:
        """Tell what became of one's page; alerts concern everybody who may page."""
        if ref.startswith("pg_"):
            page = await self._own(command, ref)
            if page is None:
                return self.sending.tell("command.unknown_ref", {"typed": ref})
            deliveries = await self.store.deliveries(ref)
            life = self.words.to(command.person).life(page, deliveries, self.directory.current)
            return Told(content=life)
        why = await self.explaining.why(ref)
        if why is None:
            return self.sending.tell("command.unknown_ref", {"typed": ref})
        return Told(content=self.words.to(command.person).why(why))

    async def _last(self, command: ChatCommand) -> Told:
        person = command.person
        pages = await self.store.pages_of(person.workspace, person.user, _LAST_PAGES)
        if not pages:
            return self.sending.tell("command.no_pages", {}, ((Action.OPEN_FORM, ""),))
        return Told(content=self.words.to(person).pages(pages, self.directory.current))

    async def _cancel(self, command: ChatCommand, ref: Ref | None) -> Told:
        page = await self._own(command, ref) if ref else None
        if page is None:
            return self.sending.tell("command.unknown_ref", {"typed": ref or ""})
        return await self.decisions.cancel(page, command.key)

    async def _own(self, command: ChatCommand, ref: Ref) -> Page | None:
        """People see their own pages; everybody else's are none of their business here."""
        page = await self.store.page(ref)
        same = page and page.workspace == command.person.workspace
        return page if page and same and page.author == command.person.user else None

    async def _test(self, command: ChatCommand) -> Told:
        own = self.people.known(command.person.user)
        if own is None:
            return await self.linking.offer(command.person)
        told = await self.sending.send(
            Wish(
                key=command.key,
                person=command.person,
                channel=command.channel,
                to=(own,),
                text=self.words.sentence("page.test_text"),
                origin=Origin.COMMAND,
                send_as=self.people.shared,
                agreed=frozenset({Question.REPEAT}),
            )
        )
        accepted = told.notice is not None and told.notice.key == "page.accepted"
        return self.sending.tell("page.test_sent", {"number": own}) if accepted else told

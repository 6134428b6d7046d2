"""The paging form: opened with what is known, answered from memory, sent like any other wish."""

from dataclasses import dataclass, replace

from gateway.domain.actions import Action
from gateway.domain.content import Option, OptionGroup, PageForm
from gateway.domain.errors import ChatError, PageTooLongError
from gateway.domain.ids import ChannelId, DraftId, ExtensionNumber, Ref
from gateway.domain.inbound import FormSubmission
from gateway.domain.outbound import Notice, Whisper
from gateway.domain.pager_text import compose_page
from gateway.domain.pages import Origin, Person
from gateway.ports.changes import Enqueue
from gateway.ports.chat import Chat
from gateway.ports.intake import FormProblems
from gateway.ports.store import Store, Unit
from gateway.services.addresses import Addresses
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.lanes import tell_lane
from gateway.services.people import People
from gateway.services.sending import Sending
from gateway.services.wishes import Question, Told, Wish
from gateway.text.words import Words

_MOST_OPTIONS = 100
_LONGEST_VALUE = 75
_ANY_REF = Ref("pg_222222")
"""Any reference does for measuring: all are of one length."""


@dataclass(frozen=True, slots=True)
class Prefill:
    """What a form starts with, and the key of what somebody did to open it."""

    key: str
    person: Person
    trigger: str
    channel: ChannelId | None = None
    to: tuple[ExtensionNumber, ...] = ()
    text: str = ""
    draft: str = ""
    quiet: bool = False


@dataclass(frozen=True)
class Forms:
    """Opens, feeds and takes the paging form."""

    chat: Chat
    words: Words
    store: Store
    directory: DirectoryKeeper
    people: People
    sending: Sending
    addresses: Addresses

    async def open(self, prefill: Prefill) -> Told:
        """Show the form; where that does not work, offer a button that tries it again.

        Without a recipient it begins with whom the channel usually pages.
        """
        usual = self.addresses.usual(prefill.channel)
        if usual and not (prefill.to or prefill.draft):
            prefill = replace(prefill, to=usual.numbers)
        denied = self.sending.permission.to_reply(prefill.person)
        if denied:
            return await self.sending.refuse(self._begun(prefill), denied)
        try:
            await self.chat.open_form(prefill.trigger, self._form(prefill))
        except ChatError:
            return await self._offer(prefill)
        return Told()

    async def _offer(self, prefill: Prefill) -> Told:
        """Keep what was typed: whoever presses the button finds it in the form."""
        if prefill.draft or not (prefill.to or prefill.text):
            offer = ((Action.OPEN_FORM, prefill.draft),)
            return self.sending.tell("command.form_late", {}, offer)
        return await self.sending.ask(
            self._begun(prefill), "command.form_late", (Action.OPEN_FORM,)
        )

    def _begun(self, prefill: Prefill) -> Wish:
        return Wish(
            key=prefill.key,
            person=prefill.person,
            channel=prefill.channel or ChannelId(prefill.person.user),
            to=prefill.to,
            text=prefill.text,
            origin=Origin.FORM,
            quiet=prefill.quiet,
        )

    async def submit(self, submission: FormSubmission) -> FormProblems | None:
        """Take the form; what stands in the way is said under the field and nothing is lost."""
        to = self._chosen(submission)
        problems = self._problems(submission, to)
        if problems:
            return FormProblems(problems)
        wish = self._wish(submission, to)
        told = await self.sending.send(wish)
        if told.notice and told.notice.key != "page.accepted":
            await self._whisper(wish, told.notice)
        return None

    def options(self, person: Person, typed: str) -> tuple[OptionGroup, ...]:
        """Offer people and departments for what was typed so far."""
        if self.sending.permission.to_ask(person):
            return ()
        found = self.directory.search.suggest(typed, limit=_MOST_OPTIONS // 2)
        directory, words = self.directory.current, self.words.to(person)
        groups = (
            (words.sentence("form.group_people"), found.people),
            (words.sentence("form.group_departments"), found.departments),
        )
        offered = [
            OptionGroup(label, tuple(Option(words.option(e, directory), e.number) for e in entries))
            for label, entries in groups
        ]
        sets = tuple(Option(name, name) for name in found.sets if len(name) <= _LONGEST_VALUE)
        offered.append(OptionGroup(words.sentence("form.group_aliases"), sets))
        return tuple(group for group in offered if group.options)

    def _chosen(self, submission: FormSubmission) -> tuple[ExtensionNumber, ...]:
        """Tell who was chosen: entries by number, sets by name."""
        directory = self.directory.current
        found = (directory.several(value) for value in submission.to)
        chosen = (
            several.numbers if several else (ExtensionNumber(value),)
            for several, value in zip(found, submission.to, strict=True)
        )
        return tuple(dict.fromkeys(number for numbers in chosen for number in numbers))

    def _form(self, prefill: Prefill) -> PageForm:
        directory, words = self.directory.current, self.words.to(prefill.person)
        known = (directory.extension(number) for number in prefill.to)
        to = tuple(Option(words.option(e, directory), e.number) for e in known if e)
        form = words.form(
            own=self.people.extension_of(prefill.person.user), shared=self.people.shared
        )
        channel = ChannelId(prefill.person.user) if prefill.quiet else prefill.channel
        return replace(form, to=to, text=prefill.text, channel=channel, draft=prefill.draft)

    def _problems(
        self, submission: FormSubmission, to: tuple[ExtensionNumber, ...]
    ) -> dict[str, str]:
        problems: dict[str, str] = {}
        words = self.words.to(submission.person)
        if not submission.text.strip():
            problems["text"] = words.sentence("form.text_missing")
        if not to:
            problems["to"] = words.sentence("form.to_missing")
        if "text" not in problems and (over := self._over(submission)):
            problems["text"] = words.sentence("form.too_long", over=over)
        return problems

    def _over(self, submission: FormSubmission) -> int:
        """Count the units too many for the parts we are ready to send."""
        most = self.sending.accepting.asking.max_parts
        try:
            compose_page(submission.text, submission.person.name, _ANY_REF, max_parts=most)
        except PageTooLongError as error:
            return max(error.length - error.limit * most, 1)
        return 0

    def _wish(self, submission: FormSubmission, to: tuple[ExtensionNumber, ...]) -> Wish:
        channel = submission.channel or ChannelId(submission.person.user)
        return Wish(
            key=submission.key,
            person=submission.person,
            channel=channel,
            to=to,
            text=submission.text,
            origin=Origin.FORM,
            send_as=submission.send_as,
            agreed=frozenset({Question.LENGTH}),
            draft=DraftId(submission.draft) if submission.draft else None,
        )

    async def _whisper(self, wish: Wish, notice: Notice) -> None:
        """A closed form has no place for an answer: it is told where replies will be shown."""
        user = wish.person.user
        whisper = Whisper(wish.person.workspace, user, wish.channel, notice)
        ref = Ref(str(notice.facts.get("ref", "")))
        now = self.sending.clock.now()
        told = Enqueue(tell_lane(ref, user), ref, whisper, now, priority=1)
        await self.store.commit(Unit((told,), once=f"{wish.key}:told"))

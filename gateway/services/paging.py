"""`/page …`: from what was typed to a page, a question, or an answer."""

from dataclasses import dataclass, replace

from gateway.domain.actions import Action
from gateway.domain.addressing import Doubt, Resolution, Resolved, guess, resolve
from gateway.domain.commands import (
    AskIntent,
    NobodyNamed,
    OpenForm,
    Options,
    PageCommand,
    SubCommand,
    Term,
    UnknownStart,
    parse,
)
from gateway.domain.errors import (
    AmbiguousRecipientError,
    FactValue,
    GatewayError,
    IncompleteRecipientError,
    NotLinkedError,
    UnknownRecipientError,
)
from gateway.domain.ids import ExtensionNumber
from gateway.domain.inbound import ChatCommand
from gateway.domain.pages import Fault, Origin
from gateway.services.addresses import Addresses
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.forms import Forms, Prefill
from gateway.services.questions import Questions
from gateway.services.sending import Sending
from gateway.services.wishes import Question, Told, Wish
from gateway.text.words import Words


@dataclass(frozen=True)
class Paging:
    """Understands the command line."""

    sending: Sending
    forms: Forms
    questions: Questions
    addresses: Addresses
    directory: DirectoryKeeper
    words: Words

    async def take(self, command: ChatCommand) -> Told:
        """Answer a command.

        Raises:
            StoreUnavailableError: nothing was recorded.
        """
        parsed = parse(command.text, self.directory.current, self.questions.schedules())
        denied = self.sending.permission.to_ask(command.person)
        if denied:
            # A doubt would name people to somebody who may not even ask.
            return await self.sending.refuse(self._wish(command, "", Options()), denied)
        match parsed:
            case SubCommand():
                return await self.questions.answer(command, parsed)
            case OpenForm(to, text, options):
                return await self._open(command, to, self._wish(command, text, options))
            case PageCommand(to, text, options):
                return await self._page(command, to, self._wish(command, text, options), options)
            case UnknownStart(text, options):
                return await self._guess(command, self._wish(command, text, options), options)
            case AskIntent(sub, text):
                facts: dict[str, FactValue] = {"typed": text, "sub": sub.value}
                actions = (Action.SHOW_HELP, Action.CHOOSE_RECIPIENT)
                wish = self._wish(command, text, Options())
                return await self.sending.ask(wish, "command.or_message", actions, facts)
            case NobodyNamed(text):
                wish = self._wish(command, text, Options())
                return await self.sending.ask(wish, "command.syntax", (Action.OPEN_FORM,))

    async def _page(
        self, command: ChatCommand, to: tuple[Term, ...], wish: Wish, options: Options
    ) -> Told:
        found = resolve(to, await self.addresses.book(to, command))
        wish = replace(wish, to=_settled(found))
        sender = await self._sender(command, options)
        if isinstance(sender, Fault):
            return await self.sending.refuse(wish, sender)
        wish = replace(wish, send_as=sender)
        if isinstance(found, Doubt):
            return await self._doubt(wish, found)
        return await self.sending.send(wish)

    async def _sender(
        self, command: ChatCommand, options: Options
    ) -> ExtensionNumber | Fault | None:
        """Settle `--from`; `None` when nobody was named.

        There are only two senders to choose from, so a doubt about one needs no question.
        """
        if options.send_as is None:
            return None
        terms = (options.send_as,)
        match resolve(terms, await self.addresses.book(terms, command)):
            case Resolved((number,)):
                return number
            case _:
                return Fault("policy.denied", {"rule": "sender"})

    async def _open(self, command: ChatCommand, to: tuple[Term, ...], wish: Wish) -> Told:
        """Somebody or something to say is missing: the form asks for it."""
        if to:
            found = resolve(to, await self.addresses.book(to, command))
            wish = replace(wish, to=_settled(found))
            if isinstance(found, Doubt):
                return await self._doubt(wish, found)
        return await self.forms.open(
            Prefill(
                command.key,
                command.person,
                command.trigger,
                command.channel,
                wish.to,
                wish.text,
                quiet=wish.quiet,
            )
        )

    async def _guess(self, command: ChatCommand, wish: Wish, options: Options) -> Told:
        sender = await self._sender(command, options)
        if isinstance(sender, Fault):
            return await self.sending.refuse(wish, sender)
        found = guess(wish.text, self.directory.search.near)
        usual = self.addresses.usual(command.channel)
        if usual and usual.numbers and not _near(found.error):
            return await self._ask_usual(replace(wish, to=usual.numbers, send_as=sender))
        doubt = Doubt(found.error, found.term)
        return await self._doubt(replace(wish, text=found.text, send_as=sender), doubt)

    async def _ask_usual(self, wish: Wish) -> Told:
        """Nobody was named where a channel has its usual recipients: one button is for them."""
        recipients = list(map(self.directory.current.name_of, wish.to))
        actions = (Action.PAGE_THESE, Action.CHOOSE_RECIPIENT)
        return await self.sending.ask(wish, "recipient.usual", actions, {"recipients": recipients})

    async def _doubt(self, wish: Wish, doubt: Doubt) -> Told:
        """Ask who is meant. Choosing settles one word, so with more in doubt the form asks."""
        near = () if doubt.others else _near(doubt.error)
        directory, words = self.directory.current, self.words.to(wish.person)
        entries = tuple(e for e in map(directory.extension, near) if e)
        facts: dict[str, FactValue] = {
            **doubt.error.facts(),
            "typed": doubt.term,
            "choices": [words.choice(e) for e in entries],
            "updated_at": directory.snapshot.taken_at.isoformat(),
            "unread": not self.directory.known,
            **({"number": doubt.term} if doubt.term.isdigit() else {}),
        }
        rest = isinstance(doubt.error, IncompleteRecipientError) and not doubt.others
        return await self.sending.ask(
            wish,
            doubt.error.code,
            (Action.PAGE_THESE, Action.CHOOSE_RECIPIENT) if rest else (Action.CHOOSE_RECIPIENT,),
            facts,
            choices=tuple(e.number for e in entries),
            term=doubt.term,
        )

    def _wish(self, command: ChatCommand, text: str, options: Options) -> Wish:
        return Wish(
            key=command.key,
            person=command.person,
            channel=command.channel,
            to=(),
            text=text,
            origin=Origin.COMMAND,
            quiet=options.quiet,
            agreed=frozenset({Question.SIZE} if options.now else ()),
        )


def _settled(found: Resolution) -> tuple[ExtensionNumber, ...]:
    match found:
        case Resolved(to) | Doubt(settled=to):
            return to


def _near(error: GatewayError) -> tuple[ExtensionNumber, ...]:
    match error:
        case AmbiguousRecipientError(choices=choices):
            return choices
        case UnknownRecipientError(near=near) | NotLinkedError(near=near):
            return near
        case _:
            return ()

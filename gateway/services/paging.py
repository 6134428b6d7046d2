"""`/page …`: from what was typed to a page, a question, or an answer."""

from dataclasses import dataclass, replace

from gateway.domain.actions import Action
from gateway.domain.addressing import Doubt, Resolved, guess, resolve
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
    NotLinkedError,
    UnknownRecipientError,
)
from gateway.domain.ids import ChannelId, ExtensionNumber
from gateway.domain.inbound import ChatCommand
from gateway.domain.pages import Origin
from gateway.services.addresses import Addresses
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.forms import Forms, Prefill
from gateway.services.questions import Questions
from gateway.services.sending import Sending, Told, Wish
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
        parsed = parse(command.text, self.directory.current)
        match parsed:
            case SubCommand():
                return await self.questions.answer(command, parsed)
            case OpenForm(to, text, options):
                return await self._open(command, to, text, options)
            case PageCommand(to, text, options):
                return await self._page(command, to, text, options)
            case UnknownStart(text, options):
                return await self._guess(command, text, options)
            case AskIntent(sub, text):
                wish = self._wish(command, (), text, Options())
                facts: dict[str, FactValue] = {"typed": text, "sub": sub.value}
                return await self.sending.ask(
                    wish, "command.or_message", (Action.SHOW_HELP, Action.CHOOSE_RECIPIENT), facts
                )
            case NobodyNamed(text):
                wish = self._wish(command, (), text, Options())
                return await self.sending.ask(wish, "command.syntax", (Action.OPEN_FORM,))

    async def _page(
        self, command: ChatCommand, to: tuple[Term, ...], text: str, options: Options
    ) -> Told:
        sender = await self._sender(command, options)
        if isinstance(sender, Doubt):
            return await self._doubt(command, sender, text, options)
        match resolve(to, await self.addresses.book(to, command)):
            case Resolved(numbers):
                wish = self._wish(command, numbers, text, options)
                return await self.sending.send(replace(wish, send_as=sender))
            case Doubt() as doubt:
                return await self._doubt(command, doubt, text, options)

    async def _sender(
        self, command: ChatCommand, options: Options
    ) -> ExtensionNumber | Doubt | None:
        """Settle `--from`; `None` when nobody was named."""
        if options.send_as is None:
            return None
        terms = (options.send_as,)
        match resolve(terms, await self.addresses.book(terms, command)):
            case Resolved(numbers):
                return numbers[0]
            case Doubt() as doubt:
                return doubt

    async def _open(
        self, command: ChatCommand, to: tuple[Term, ...], text: str, options: Options
    ) -> Told:
        """Somebody or something to say is missing: the form asks for it."""
        denied = self.sending.permission.to_reply(command.person)
        if denied:
            return await self.sending.refuse(self._wish(command, (), text, options), denied)
        numbers: tuple[ExtensionNumber, ...] = ()
        if to:
            match resolve(to, await self.addresses.book(to, command)):
                case Resolved(found):
                    numbers = found
                case Doubt() as doubt:
                    return await self._doubt(command, doubt, text, options)
        prefill = Prefill(command.person, command.trigger, command.channel, numbers, text)
        return await self.forms.open(prefill)

    async def _guess(self, command: ChatCommand, text: str, options: Options) -> Told:
        found = guess(text, self.directory.search.near)
        doubt = Doubt(found.error, found.term)
        return await self._doubt(command, doubt, found.text, options)

    async def _doubt(self, command: ChatCommand, doubt: Doubt, text: str, options: Options) -> Told:
        """Ask who is meant. Choosing settles one word, so with more in doubt the form asks."""
        near = () if doubt.others else _near(doubt.error)
        wish = self._wish(command, doubt.settled, text, options)
        directory = self.directory.current
        entries = tuple(e for e in map(directory.extension, near) if e)
        facts: dict[str, FactValue] = {
            **doubt.error.facts(),
            "typed": doubt.term,
            "choices": [self.words.choice(e) for e in entries],
            "updated_at": directory.snapshot.taken_at.isoformat(),
            **({"number": doubt.term} if doubt.term.isdigit() else {}),
        }
        return await self.sending.ask(
            wish,
            doubt.error.code,
            (Action.CHOOSE_RECIPIENT,),
            facts,
            choices=tuple(e.number for e in entries),
            term=doubt.term,
        )

    def _wish(
        self, command: ChatCommand, to: tuple[ExtensionNumber, ...], text: str, options: Options
    ) -> Wish:
        return Wish(
            key=command.key,
            person=command.person,
            channel=ChannelId(command.channel),
            to=to,
            text=text,
            origin=Origin.COMMAND,
            quiet=options.quiet,
        )


def _near(error: GatewayError) -> tuple[ExtensionNumber, ...]:
    match error:
        case AmbiguousRecipientError(choices=choices):
            return choices
        case UnknownRecipientError(near=near) | NotLinkedError(near=near):
            return near
        case _:
            return ()

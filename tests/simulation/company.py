"""The world around the gateway: a pager, a chat, people's senders; they outlive the process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from typing_extensions import override

from gateway.domain.deliveries import ChatReceipt, PagerReceipt
from gateway.domain.errors import FactValue
from gateway.domain.ids import ChatMessageId, ExtensionNumber
from gateway.domain.pages import ChatThread
from gateway.ports.chat import ChatEdit, ChatPost, ChatWhisper
from gateway.ports.observer import Observer
from tests.fakes.chat import FakeChat, words
from tests.fakes.pager import Conversation, FakePager
from tests.simulation.loop import the_loop


@dataclass
class Journal:
    """Everything that happened, a line each; two runs of a seed write the same."""

    lines: list[str] = field(default_factory=list)

    def note(self, what: str, *facts: object) -> None:
        """Write a line, with the moment."""
        told = " ".join(repr(fact) if isinstance(fact, str) else str(fact) for fact in facts)
        self.lines.append(f"{the_loop().time():11.4f} {what} {told}")

    def digest(self) -> str:
        """Give the fingerprint of a run."""
        return sha256("\n".join(self.lines).encode()).hexdigest()


@dataclass
class JournalObserver(Observer):
    """Writes down what the gateway sees of itself."""

    journal: Journal
    seen: dict[str, int] = field(default_factory=dict)
    facts: list[str] = field(default_factory=list)

    @override
    def saw(self, event: str, /, **facts: FactValue) -> None:
        self.seen[event] = self.seen.get(event, 0) + 1
        self.facts.append(str(facts))
        self.journal.note(f"  {event}", *(f"{key}={value}" for key, value in facts.items()))


@dataclass
class JournalPager(FakePager):
    """Writes down what the pager takes; `taken_at` are the virtual seconds of each."""

    journal: Journal = field(default_factory=Journal)
    taken_at: list[float] = field(default_factory=list)
    by_phone: list[bool] = field(default_factory=list)
    _phoning: bool = False

    @override
    def phone(
        self,
        sender: ExtensionNumber,
        text: str,
        *,
        to: tuple[ExtensionNumber, ...] = (),
        reply_on: "str | None" = None,
    ) -> PagerReceipt:
        self._phoning = True
        try:
            return super().phone(sender, text, to=to, reply_on=reply_on)  # type: ignore[arg-type]  # an id
        finally:
            self._phoning = False

    @override
    def _deliver(
        self,
        sender: ExtensionNumber,
        to: tuple[ExtensionNumber, ...],
        text: str,
        talk: Conversation,
    ) -> PagerReceipt:
        self.journal.note("pager takes", sender, to, text[:60])
        self.taken_at.append(the_loop().time())
        self.by_phone.append(self._phoning)
        return super()._deliver(sender, to, text, talk)


@dataclass
class JournalChat(FakeChat):
    """Writes down what is shown and told."""

    journal: Journal = field(default_factory=Journal)
    watcher: Callable[[str], None] = lambda _: None
    """Is told every status message as it is shown."""

    @override
    async def post(self, post: ChatPost) -> ChatReceipt:
        receipt = await super().post(post)
        self.journal.note("chat shows", post.channel, post.root or "-", words(post.content)[:200])
        self.watcher(words(post.content))
        return receipt

    @override
    async def update(self, edit: ChatEdit) -> ChatReceipt:
        receipt = await super().update(edit)
        self.journal.note("chat edits", edit.message, words(edit.content)[:200])
        self.watcher(words(edit.content))
        return receipt

    @override
    async def whisper(self, whisper: ChatWhisper) -> ChatReceipt:
        receipt = await super().whisper(whisper)
        self.journal.note("chat tells", whisper.user, words(whisper.content)[:200])
        return receipt

    @override
    async def react(self, thread: ChatThread, message: ChatMessageId, emoji: str) -> None:
        await super().react(thread, message, emoji)
        self.journal.note("chat marks", message, emoji)

    def roots(self, token: str) -> list[ChatMessageId]:
        """Find status messages that quote a page's words."""
        found = (m for m in self.posted if m.root is None and token in m.text)
        return [message.ts for message in found]

"""Runs that come before the real one: everything live but the sending, or the pager our own.

Such a run has a database of its own, so nothing of it is ever mixed with what really happened:
pages that wait are left alone, and conversations of one pager are not looked for on the other.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from adapters.registry import EmbeddedBackend
from gateway.domain.deliveries import PagerReceipt
from gateway.domain.errors import DryRunError
from gateway.domain.ids import ExtensionNumber
from gateway.domain.inbound import PagerMessage
from gateway.ports.observer import Observer
from gateway.ports.pager import Mailbox, OutgoingPage, OutgoingReply, Pager, SyncedMessages
from gateway.settings import Settings, control_socket


def without_sending(settings: Settings) -> Settings:
    """Make the settings of a dry run; `Seams.dry_run` keeps it from sending."""
    return _beside(settings, "dry-run")


def with_own_pager(settings: Settings) -> Settings:
    """Make the settings of a run on the company pager of our own, whose people are others."""
    if isinstance(settings.pager, EmbeddedBackend):
        return settings
    pager = EmbeddedBackend(data=settings.vault.key_file.with_name("pager.db"))
    return _beside(settings, "embedded").model_copy(update={"pager": pager, "people": ()})


def with_its_own_pager(settings: Settings) -> Settings:
    """Make so the settings of a further workspace; its database is beside the first one's."""
    file = settings.vault.key_file.with_name(f"pager.{settings.slack.team}.db")
    pager = EmbeddedBackend(data=file)
    return settings.model_copy(update={"pager": pager, "people": ()})


def _beside(settings: Settings, name: str) -> Settings:
    """Move to a database of its own; commands find the run where they always do."""
    file = settings.vault.key_file.with_name(f"gateway-{name}.db")
    database = settings.database.model_copy(update={"url": f"sqlite:///{file}", "migrate": True})
    admin = settings.admin.model_copy(update={"socket": control_socket(settings)})
    return settings.model_copy(update={"database": database, "admin": admin})


@dataclass(frozen=True)
class DryRunPager(Pager):
    """Reads like the pager behind it, and sends nothing: every page is refused, and logged."""

    behind: Pager
    observer: Observer

    @override
    async def mailboxes(self) -> tuple[Mailbox, ...]:
        return await self.behind.mailboxes()

    @override
    def per_minute(self, sender: ExtensionNumber) -> int:
        return self.behind.per_minute(sender)

    @override
    async def send(self, page: OutgoingPage) -> PagerReceipt:
        self._saw(page.sender, page.text, to=list(page.to))
        raise DryRunError

    @override
    async def reply(self, reply: OutgoingReply) -> PagerReceipt:
        self._saw(reply.sender, reply.text)
        raise DryRunError

    def _saw(self, sender: ExtensionNumber, text: str, **more: list[str]) -> None:
        """Write what would have been sent, without its words."""
        self.observer.saw("pager.not_sent", sender=sender, characters=len(text), **more)

    @override
    async def sent_between(
        self, sender: ExtensionNumber, since: datetime, until: datetime
    ) -> tuple[PagerMessage, ...]:
        return await self.behind.sent_between(sender, since, until)

    @override
    async def sync(
        self, mailbox: ExtensionNumber, cursor: str | None, since: datetime
    ) -> SyncedMessages:
        return await self.behind.sync(mailbox, cursor, since)

    @override
    def nudges(self) -> AsyncIterator[ExtensionNumber]:
        return self.behind.nudges()

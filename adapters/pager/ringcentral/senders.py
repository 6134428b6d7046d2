"""Everybody we can speak as: which extension each credential belongs to."""

import json
from dataclasses import dataclass

from adapters.pager.ringcentral import wire
from adapters.pager.ringcentral.client import OWN_EXTENSION, Call, Sender
from adapters.pager.ringcentral.errors import Subject
from adapters.pager.ringcentral.gates import Group
from adapters.pager.ringcentral.shelf import Shelf
from gateway.domain.errors import PagerError, SenderMismatchError
from gateway.domain.ids import ChatUserId, ExtensionNumber
from gateway.ports.observer import Observer
from gateway.ports.pager import Mailbox


@dataclass(slots=True)
class Account:
    """A credential and what is known of its extension.

    `expected` is what the settings say. `mailbox` is what RingCentral says: asked once and then
    kept in the vault, so that a start does not depend on RingCentral.
    """

    sender: Sender
    shared: bool = False
    expected: ExtensionNumber | None = None
    chat_user: ChatUserId | None = None
    mailbox: Mailbox | None = None

    @property
    def number(self) -> ExtensionNumber | None:
        """The extension's number, as far as known."""
        return self.mailbox.extension if self.mailbox else self.expected


class Senders:
    """Finds the sender behind an extension number."""

    def __init__(self, accounts: tuple[Account, ...], shelf: Shelf, observer: Observer) -> None:
        self._of_settings = accounts
        self.granted: tuple[Account, ...] = ()
        """People who let us in while we run."""
        self._shelf = shelf
        self._observer = observer

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Everybody we can speak as, the shared sender first."""
        return (*self._of_settings, *self.granted)

    @property
    def shared(self) -> Account:
        """The sender for people who are not linked."""
        return self._of_settings[0]

    async def mailboxes(self) -> tuple[Mailbox, ...]:
        """List the mailboxes, the shared one first.

        Somebody whose number the settings name is listed unasked; somebody else whose credential
        does not work now is left out.

        Raises:
            PagerError: the shared sender is not known yet and cannot be asked for.
        """
        found = [await self.identify(self.shared)]
        for account in self.accounts[1:]:
            mailbox = account.mailbox or await self._listed(account)
            if mailbox is not None:
                found.append(mailbox)
        return tuple(found)

    async def of(self, number: ExtensionNumber) -> Sender:
        """Find who sends as this extension.

        Raises:
            SenderMismatchError: we hold no credential for it.
            PagerError: it cannot be found out now.
        """
        trouble: PagerError = SenderMismatchError()
        known = [account for account in self.accounts if account.number == number]
        for account in known or [each for each in self.accounts if each.number is None]:
            try:
                mailbox = await self.identify(account)
            except PagerError as error:
                trouble = error
                continue
            if mailbox.extension == number:
                return account.sender
        raise trouble

    def known(self, number: ExtensionNumber) -> Sender:
        """Find who sends as this extension without asking; the shared sender if nobody does."""
        found = (each.sender for each in self.accounts if each.number == number)
        return next(found, self.shared.sender)

    async def identify(self, account: Account) -> Mailbox:
        """Learn whose credential this is.

        Raises:
            SenderMismatchError: somebody else's than the settings say.
            PagerError: it cannot be found out now.
        """
        if account.mailbox is None:
            mailbox = await self._remembered(account) or await self._asked(account)
            if account.expected not in {mailbox.extension, None}:
                raise SenderMismatchError
            account.mailbox = mailbox
        return account.mailbox

    async def forget(self, number: ExtensionNumber) -> None:
        """Ask again next time: RingCentral says the sender is somebody else now."""
        for account in self.accounts:
            if account.number == number:
                account.mailbox = None
                await self._shelf.forget(_name(account))

    async def leave(self, credential: str) -> None:
        """Forget what was kept beside a credential that is no more."""
        for kind in ("mailbox", "webhooks"):
            await self._shelf.forget(f"{kind}.{credential}")

    async def _listed(self, account: Account) -> Mailbox | None:
        if account.expected:
            return Mailbox(account.expected, account.expected, shared=False)
        try:
            return await self.identify(account)
        except PagerError as error:
            self._observer.saw(
                "pager.mailbox_unknown", sender=account.sender.name, error_code=error.code
            )
            return None

    async def _remembered(self, account: Account) -> Mailbox | None:
        stored = await self._shelf.get(_name(account))
        try:
            known = wire.parse((stored or "").encode())
            number, name = wire.text(known, "number"), wire.text(known, "name")
        except wire.WireError:
            return None
        return Mailbox(ExtensionNumber(number), name, account.shared)

    async def _asked(self, account: Account) -> Mailbox:
        call = Call(
            "extension.get",
            Group.LIGHT,
            "GET",
            OWN_EXTENSION,
            subject=Subject(account.expected or ""),
        )
        number, name = await account.sender.ask(call, _number_and_name)
        await self._shelf.put(_name(account), json.dumps({"number": number, "name": name}))
        return Mailbox(ExtensionNumber(number), name, account.shared)


def _name(account: Account) -> str:
    return f"mailbox.{account.sender.name}"


def _number_and_name(record: wire.Record) -> tuple[str, str]:
    number = wire.an_id(record, "extensionNumber")
    return number, wire.readable(wire.text(record, "name", number))

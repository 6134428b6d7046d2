"""People who let us send as them: OAuth with PKCE, one session for each link.

Source: RingCentral developer guide, "Authorization code flow" and "PKCE". A code works once and
for a minute. Revoking any token of a session ends it.
"""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from typing_extensions import override

from adapters.pager.ringcentral import wire
from adapters.pager.ringcentral.auth import TokenKeeper
from adapters.pager.ringcentral.client import OWN_EXTENSION, Call, Sender
from adapters.pager.ringcentral.credentials import App, Credential
from adapters.pager.ringcentral.gates import Gates, Group
from adapters.pager.ringcentral.nudging import Waiting
from adapters.pager.ringcentral.seams import Seams
from adapters.pager.ringcentral.senders import Account, Senders
from adapters.pager.ringcentral.settings import RingCentralSettings
from adapters.pager.ringcentral.shelf import Shelf, fingerprint
from adapters.pager.ringcentral.transport import Transport
from gateway.domain.errors import PagerError
from gateway.domain.ids import ExtensionNumber
from gateway.domain.people import PersonLink
from gateway.ports.accounts import Accounts, Grant
from gateway.ports.pager import Mailbox

START_PATH = "/ringcentral/oauth/start/"
CALLBACK_PATH = "/ringcentral/oauth/callback"
AUTHORIZE_PATH = "/restapi/oauth/authorize"


@dataclass(frozen=True, slots=True)
class Office:
    """Makes senders, each with its own token and limits; the limit on signing in is the app's."""

    settings: RingCentralSettings
    transport: Transport
    shelf: Shelf
    seams: Seams
    app: App
    signing_in: Gates

    @classmethod
    def open(
        cls, settings: RingCentralSettings, transport: Transport, shelf: Shelf, seams: Seams
    ) -> "Office":
        """Open it; nothing is asked of RingCentral."""
        app = App(settings.client_id, settings.client_secret.get_secret_value())
        app_name = fingerprint(settings.server_url, settings.client_id)
        signing_in = Gates(app_name, settings.rates, shelf, seams)
        return cls(settings, transport, shelf, seams, app, signing_in)

    def by_jwt(self, jwt: str) -> Sender:
        """Make a sender who signs in with a JWT credential."""
        credential = Credential.of(self.settings.server_url, self.app, jwt)
        return self.sender(self.keeper(credential))

    def keeper(self, credential: Credential) -> TokenKeeper:
        """Make who keeps one sender signed in."""
        return TokenKeeper(credential, self.transport, self.signing_in, self.shelf, self.seams)

    def sender(self, keeper: TokenKeeper) -> Sender:
        """Make a sender from its keeper."""
        gates = Gates(keeper.name, self.settings.rates, self.shelf, self.seams)
        return Sender(keeper.name, keeper, gates, self.transport, self.seams)


@dataclass
class RingCentralAccounts(Accounts):
    """Lets people in by RingCentral's consent page."""

    office: Office
    senders: Senders
    _in_use: dict[str, Account] = field(default_factory=dict, init=False)
    _ended: Waiting[str] = field(default_factory=Waiting, init=False)

    @override
    def start_page(self, ticket: str) -> str | None:
        settings = self.office.settings
        if settings.public_url is None or not settings.sign_in:
            return None
        return f"{settings.public_url}{START_PATH}{ticket}"

    @override
    def sign_in_page(self, state: str, challenge: str) -> str:
        query = {
            "response_type": "code",
            "client_id": self.office.app.client_id,
            "redirect_uri": self._callback,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.office.settings.server_url}{AUTHORIZE_PATH}?{urlencode(query)}"

    @property
    def _callback(self) -> str:
        return f"{self.office.settings.public_url}{CALLBACK_PATH}"

    @override
    async def redeem(self, code: str, verifier: str) -> Grant | None:
        # A name of its own: the session of an earlier link lives on until the new one is confirmed.
        keeper = self._keeper(fingerprint(self.office.seams.ids.secret()))
        await keeper.redeem(code, verifier, self._callback)
        try:
            account, number, name = await self.office.sender(keeper).ask(_who(), _whose)
            ours, _, _ = await self.senders.shared.sender.ask(_who(), _whose)
        except PagerError:
            await keeper.revoke()
            raise
        if account != ours:
            await keeper.revoke()
            return None
        return Grant(keeper.name, number, name)

    @override
    def use(self, links: Iterable[PersonLink]) -> None:
        wanted = {link.credential: link for link in links if link.credential}
        self._in_use = {
            name: self._in_use.get(name) or self._account(link) for name, link in wanted.items()
        }
        self.senders.granted = tuple(self._in_use.values())

    def _account(self, link: PersonLink) -> Account:
        keeper = self._keeper(link.credential, in_use=True)
        mailbox = Mailbox(link.extension, link.extension_name, shared=False)
        sender = self.office.sender(keeper)
        return Account(sender, expected=link.extension, chat_user=link.user, mailbox=mailbox)

    def _keeper(self, name: str, *, in_use: bool = False) -> TokenKeeper:
        keeper = self.office.keeper(Credential(name, self.office.app, jwt=""))
        if in_use:
            keeper.when_ended = lambda: self._ended.put(name)
        return keeper

    @override
    async def revoke(self, credential: str) -> None:
        await self._keeper(credential).revoke()
        await self.senders.leave(credential)

    @override
    def ended(self) -> AsyncIterator[str]:
        return self._ended.listen()


def _who() -> Call:
    return Call("extension.get", Group.LIGHT, "GET", OWN_EXTENSION)


def _whose(record: wire.Record) -> tuple[str, ExtensionNumber, str]:
    """Read account, number and name; the account stands in the extension's own address."""
    found = re.search(r"/account/(\d+)/", wire.text(record, "uri"))
    if found is None:
        raise wire.WireError("uri names no account")
    number = wire.an_id(record, "extensionNumber")
    name = wire.readable(wire.text(record, "name", number))
    return found[1], ExtensionNumber(number), name

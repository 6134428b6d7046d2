"""The door for programs: who holds which token, and the routes."""

import hmac
from hashlib import sha256

from aiohttp import web

from adapters.alerts.authentication.keyring import Folder, Keyring, KeyringError
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.orders import OrderDesk
from gateway.services.clients import OPERATOR
from gateway.settings import Settings
from gateway.text.words import Words
from gateway.web.api import ApiDoor, Identify, bearer
from gateway.web.api_errors import ApiRefusals
from gateway.web.openapi import DESCRIPTION, PAGES, openapi_json

_SHORTEST_TOKEN = 20


class Tokens:
    """Knows clients by their tokens; holds digests, and compares all of them every time."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Look up every token once, so that a missing file is told at the start.

        Raises:
            KeyringError: a token is out of reach, too short, or two clients have the same.
        """
        folder = Folder(settings.secrets) if settings.secrets else Folder()
        self._rings: dict[str, Keyring[bytes]] = {}
        for client in settings.api.clients:
            try:
                self._rings[client.name] = Keyring(client.tokens, folder, clock, _digest)
            except KeyringError as error:
                raise KeyringError(
                    f"api.clients.{client.name}: {error}; a token has 20 characters or more"
                ) from None
        shown = set(self._keys())
        if len({key for _, key in shown}) < len(shown):
            raise KeyringError("api.clients: two clients have the same token")

    @property
    def any_known(self) -> bool:
        """Whether there are clients at all."""
        return bool(self._rings)

    def client(self, request: web.Request) -> str | None:
        """Tell whose token a request shows."""
        given = sha256(bearer(request) or b"").digest()
        fits = [name for name, key in self._keys() if hmac.compare_digest(key, given)]
        return fits[0] if len(set(fits)) == 1 else None

    def _keys(self) -> list[tuple[str, bytes]]:
        return [(name, key) for name, ring in self._rings.items() for key in ring.active()]


def _digest(token: str) -> bytes:
    if len(token) < _SHORTEST_TOKEN:
        raise ValueError
    return sha256(token.encode()).digest()


def api_routes(
    desk: OrderDesk, tokens: Tokens, words: Words, observer: Observer
) -> tuple[web.RouteDef, ...]:
    """Open the door where there are clients for it."""
    return program_routes(desk, tokens.client, words, observer) if tokens.any_known else ()


def program_routes(
    desk: OrderDesk, identify: Identify, words: Words, observer: Observer
) -> tuple[web.RouteDef, ...]:
    """Make the routes for programs, and their description."""
    refusals = ApiRefusals(words.explained)
    door = ApiDoor(PAGES, desk, identify, refusals, observer)
    return (web.get(DESCRIPTION, _describe), *door.routes())


def send_routes(desk: OrderDesk, words: Words, observer: Observer) -> tuple[web.RouteDef, ...]:
    """Make the same routes for the control door, where the socket proves who asks."""
    refusals = ApiRefusals(words.explained)
    return tuple(ApiDoor("/-/pages", desk, _operator, refusals, observer).routes())


def _operator(_: web.Request) -> str:
    return OPERATOR.name


async def _describe(_: web.Request) -> web.Response:
    return web.Response(text=openapi_json(), content_type="application/json")

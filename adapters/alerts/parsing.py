"""What a vendor's folder provides, and the source that grows from it with name and credential."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Protocol

from typing_extensions import override

from adapters.alerts.authentication.credentials import Authenticator
from adapters.alerts.body import redact
from gateway.domain.alert_form import bounded_key
from gateway.domain.alerts import Alert, Item
from gateway.ports.alerts import AlertRequest, AlertSource, Checked, Headers, Parsed


class Parser(Protocol):
    """Reads one vendor's deliveries. Total: odd input is malformed, never an exception.

    `secrets` are the members of a body that must not be kept.
    """

    methods: ClassVar[frozenset[str]] = frozenset({"POST"})
    secrets: ClassVar[tuple[str, ...]] = ()

    def parse(self, request: AlertRequest) -> Parsed:
        """Read an authentic delivery.

        Raises:
            UnreadableDeliveryError: nothing of it can be used.
        """
        ...

    def handshake(self, _: Headers) -> Mapping[str, str] | None:
        """Answer OPTIONS; few vendors ask first."""
        return None


class ConfiguredSource(AlertSource):
    """A vendor's parser behind a name and a credential."""

    def __init__(self, name: str, guard: Authenticator, parser: Parser, *, retired: bool) -> None:
        self.name = name
        self.guard = guard
        self.parser = parser
        self.retired = retired
        self.methods = parser.methods

    @override
    async def authenticate(self, request: AlertRequest) -> Checked:
        return await self.guard.check(request)

    @override
    def parse(self, request: AlertRequest) -> Parsed:
        parsed = self.parser.parse(request)
        return replace(parsed, items=tuple(map(_bounded, parsed.items)))

    @override
    def redacted(self, body: bytes) -> bytes:
        return redact(body, self.parser.secrets)

    @override
    def handshake(self, headers: Headers) -> Mapping[str, str] | None:
        return self.parser.handshake(headers)


def _bounded(item: Item) -> Item:
    """Bound the keys of what became no alert; the normal form has bounded the others."""
    return item if isinstance(item, Alert) else replace(item, key=bounded_key(item.key))

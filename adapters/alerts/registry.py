"""The only list of alert sources: their settings, and what each is made of."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

import aiohttp
from pydantic import Discriminator, Field, model_validator
from typing_extensions import override

from adapters.alerts.alertmanager.source import Alertmanager, AlertmanagerSettings
from adapters.alerts.authentication import authenticator
from adapters.alerts.authentication.credentials import Authenticator
from adapters.alerts.authentication.keyring import Folder, Keyring, KeyringError
from adapters.alerts.cloudevents.source import CloudEvents, CloudEventsSettings
from adapters.alerts.datadog.source import Datadog, DatadogSettings
from adapters.alerts.generic.source import Generic, GenericSettings
from adapters.alerts.grafana.source import Grafana, GrafanaSettings
from adapters.alerts.pagerduty.source import (
    PagerDuty,
    PagerDutySettings,
    RoutingKey,
    RoutingKeyAuth,
    routing_key,
)
from adapters.alerts.parsing import ConfiguredSource, Parser
from adapters.alerts.sentry.source import Sentry, SentrySettings
from adapters.alerts.settings import ClientAuth, GuardedSource, Section
from adapters.alerts.sns.auth import SnsAuth
from adapters.alerts.sns.fetching import Fetch, HttpFetch
from adapters.alerts.sns.source import Sns, SnsSettings
from gateway.ports.alerts import AlertSource, AlertSources, UnreadableDeliveryError
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer

SourceSettings = Annotated[
    AlertmanagerSettings
    | GrafanaSettings
    | PagerDutySettings
    | SnsSettings
    | DatadogSettings
    | SentrySettings
    | CloudEventsSettings
    | GenericSettings,
    Discriminator("kind"),
]


class AlertSettings(Section):
    """Who may send alerts."""

    sources: tuple[SourceSettings, ...] = Field(
        default=(),
        description="One for each sender.",
        examples=[
            [
                {
                    "name": "am-prod",
                    "kind": "alertmanager",
                    "auth": {"profile": "token", "secrets": ["file:am_prod"]},
                }
            ]
        ],
    )

    @model_validator(mode="after")
    def _has_names_once(self) -> Self:
        names = [source.name for source in self.sources]
        if len(set(names)) < len(names):
            raise ValueError("two sources have the same name")
        return self

    def insecure(self) -> tuple[str, ...]:
        """List the sources without a credential; allowed on a loopback listener only."""
        guarded = (source for source in self.sources if isinstance(source, GuardedSource))
        return tuple(source.name for source in guarded if source.insecure)

    def by_certificate(self) -> tuple[str, ...]:
        """List the sources whose senders show a certificate; the listener has to verify it."""
        return tuple(s.name for s in self.sources if isinstance(s.auth, ClientAuth))


@dataclass(frozen=True)
class Seams:
    """What sources need of the world."""

    clock: Clock
    observer: Observer
    fetch: Fetch
    secrets: Folder


class Sources(AlertSources):
    """Every configured source: by name, or by routing key where that is the only address."""

    def __init__(self, sources: Sequence[ConfiguredSource]) -> None:
        self._named: dict[str, ConfiguredSource] = {}
        self._keyed: list[tuple[RoutingKey, ConfiguredSource]] = []
        for source in sources:
            if isinstance(source.guard, RoutingKey):
                self._keyed.append((source.guard, source))
            else:
                self._named[source.name] = source

    @override
    def named(self, name: str) -> AlertSource | None:
        return self._named.get(name)

    @override
    def keyed(self, body: bytes) -> AlertSource | None:
        try:
            given = routing_key(body)
        except UnreadableDeliveryError:
            return None
        found = [source for key, source in self._keyed if key.fits(given)]
        return found[0] if found else None


@asynccontextmanager
async def open_alert_sources(
    settings: AlertSettings, *, secrets: Path | None, clock: Clock, observer: Observer
) -> AsyncIterator[Sources]:
    """Open every source. `secrets` is the folder in which `file:` names are looked up.

    Raises:
        KeyringError: a secret is empty, out of reach or malformed; the text names the source.
    """
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        folder = Folder(secrets or Path())
        seams = Seams(clock, observer, HttpFetch(session), folder)
        yield Sources(tuple(_opened(settings, seams)))


def _opened(settings: AlertSettings, seams: Seams) -> Iterator[ConfiguredSource]:
    for source in settings.sources:
        try:
            yield open_source(source, seams)
        except KeyringError as error:
            raise KeyringError(f"alerts.sources.{source.name}: {error}") from None


def open_source(settings: SourceSettings, seams: Seams) -> ConfiguredSource:
    """Open one source.

    Raises:
        KeyringError: a secret is empty, out of reach or malformed.
    """
    guard, parser = _guard(settings, seams), open_parser(settings)
    return ConfiguredSource(settings.name, guard, parser, retired=settings.retired)


def open_parser(settings: SourceSettings) -> Parser:
    """Open what reads one source's bodies; it needs no secrets."""
    form = settings.form()
    match settings:
        case AlertmanagerSettings():
            return Alertmanager(form, settings.mapping)
        case GrafanaSettings():
            return Grafana(form, settings.mapping)
        case PagerDutySettings():
            return PagerDuty(form)
        case SnsSettings():
            return Sns(form, settings.no_data, settings.mapping)
        case DatadogSettings():
            return Datadog(form, settings.no_data)
        case SentrySettings():
            return Sentry(form)
        case CloudEventsSettings():
            return CloudEvents(form, settings.mapping, settings.origins, settings.rate)
        case GenericSettings():
            return Generic(form, settings.chosen())


def _guard(settings: SourceSettings, seams: Seams) -> Authenticator:
    match settings.auth:
        case RoutingKeyAuth() as auth:
            return RoutingKey(Keyring(auth.secrets, seams.secrets, seams.clock, str.encode))
        case SnsAuth() as auth:
            # X.509 comes with it, and no other source needs that.
            from adapters.alerts.sns.signature import SnsSignature  # noqa: PLC0415 - see above

            return SnsSignature(auth, seams.fetch, seams.clock, seams.observer)
        case auth:
            return authenticator(auth, seams.secrets, seams.clock)

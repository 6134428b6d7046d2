"""The settings as a whole, and what of them must fit together."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import SettingsConfigDict

from adapters.alerts.registry import AlertSettings
from adapters.chat.slack.settings import SlackSettings
from adapters.pager.ringcentral.settings import RingCentralSettings, WebAddress
from adapters.registry import EmbeddedBackend, PagerBackend, RingCentralBackend
from gateway.settings.control import AdminSettings, DatabaseSettings, VaultSettings
from gateway.settings.listening import LOOPBACK, ConsoleSettings, ServerSettings
from gateway.settings.sections import (
    ApiSettings,
    DeliverySettings,
    DirectorySettings,
    LogSettings,
    PersonSettings,
    PolicySettings,
    ProbeSettings,
    RoutingSettings,
    TracingSettings,
    WorkspacesSettings,
)
from gateway.settings.tables import Sourced


class Settings(Sourced):
    """Everything an operator can set."""

    server: ServerSettings = Field(default_factory=ServerSettings)
    admin: AdminSettings = Field(default_factory=AdminSettings)
    console: ConsoleSettings = Field(default_factory=ConsoleSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    vault: VaultSettings = Field(default_factory=VaultSettings)
    slack: SlackSettings = Field(description="The chat side.")
    pager: PagerBackend = Field(default_factory=EmbeddedBackend, description="The pager side.")
    people: tuple[PersonSettings, ...] = ()
    directory: DirectorySettings = Field(default_factory=DirectorySettings)
    routing: RoutingSettings = Field(default_factory=RoutingSettings)
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)
    policy: PolicySettings = Field(default_factory=PolicySettings)
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)
    workspaces: WorkspacesSettings = Field(default_factory=WorkspacesSettings)
    probe: ProbeSettings = Field(default_factory=ProbeSettings)
    log: LogSettings = Field(default_factory=LogSettings)
    tracing: TracingSettings = Field(default_factory=TracingSettings)

    @model_validator(mode="after")
    def _can_be_installed(self) -> Self:
        if self.workspaces.installs and not self.server.public_url:
            raise ValueError("workspaces.client_id needs server.public_url, where Slack leads back")
        if not (self.slack.bot_token.get_secret_value() or self.workspaces.installs):
            raise ValueError("slack.bot_token is needed, or workspaces.client_id to install by")
        if self.workspaces.folder and not self.slack.team:
            raise ValueError("workspaces.folder needs slack.team: whose this file is")
        return self

    @model_validator(mode="after")
    def _only_this_computer_may_come_unchecked(self) -> Self:
        open_to_all = self.alerts.insecure()
        if open_to_all and self.server.host not in LOOPBACK:
            raise PydanticCustomError(
                "insecure_source",
                "alerts.sources {names} have no credential, so server.host must be 127.0.0.1; "
                "give them an `auth`, or listen on this computer only",
                {"names": ", ".join(open_to_all)},
            )
        return self

    @model_validator(mode="after")
    def _an_open_console_is_for_this_computer(self) -> Self:
        if self.console.sign_in == "off" and self.admin.host not in LOOPBACK:
            raise PydanticCustomError(
                "open_console",
                "console.sign_in is off, so admin.host must be 127.0.0.1; sign people in, or "
                "listen on this computer only",
            )
        return self

    @model_validator(mode="after")
    def _people_come_from_one_workspace(self) -> Self:
        if self.console.sign_in == "slack" and not self.slack.team:
            raise PydanticCustomError(
                "console_team",
                "console.sign_in is slack, so slack.team must name the workspace; people of any "
                "other one can sign in with Slack as well",
            )
        return self

    @model_validator(mode="after")
    def _client_certificates_are_verified(self) -> Self:
        shown = self.alerts.by_certificate()
        if shown and self.server.tls_client_ca is None:
            raise PydanticCustomError(
                "unverified_source",
                "alerts.sources {names} show client certificates, so server.tls_certificate and "
                "server.tls_client_ca are needed; nobody would ever be believed",
                {"names": ", ".join(shown)},
            )
        return self

    def known_pager(self) -> RingCentralBackend | EmbeddedBackend:
        """Give the pager's settings with the public address that counts for it."""
        pager, url = self.pager, self.server.public_url
        if isinstance(pager, EmbeddedBackend) or pager.public_url:
            return pager
        return pager.model_copy(update={"public_url": url})


class _SlackApp(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    mode: Literal["http", "socket"] = SlackSettings.model_fields["mode"].default
    api_url: str = SlackSettings.model_fields["api_url"].default
    command: str = SlackSettings.model_fields["command"].default
    proxy: str = SlackSettings.model_fields["proxy"].default


class _PagerApp(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    server_url: WebAddress = RingCentralSettings.model_fields["server_url"].default
    client_id: str = ""
    public_url: WebAddress | None = None


class AppSettings(Sourced):
    """What is said of our apps at Slack and RingCentral, while their secrets are still missing."""

    model_config = SettingsConfigDict(extra="ignore", defer_build=True)

    server: ServerSettings = Field(default_factory=ServerSettings)
    slack: _SlackApp = Field(default_factory=_SlackApp)
    pager: _PagerApp = Field(default_factory=_PagerApp)

    @property
    def public_url(self) -> str | None:
        """Where Slack reaches us; `None` when we call Slack."""
        return None if self.slack.mode == "socket" else self.server.public_url

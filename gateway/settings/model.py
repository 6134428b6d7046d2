"""Every setting: its name, default, bounds and what it is for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    PrivateAttr,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from adapters.alerts.registry import AlertSettings
from adapters.alerts.settings import Secrets
from adapters.chat.slack.settings import ApiUrl, SlackSettings
from adapters.pager.ringcentral.settings import RingCentralSettings, WebAddress
from adapters.registry import EmbeddedBackend, PagerBackend, RingCentralBackend
from gateway.domain.circles import circle_through
from gateway.domain.threads import ThreadMode
from gateway.routes.problems import Path as Steps
from gateway.services.clients import RESERVED
from gateway.services.permission import Unlinked
from gateway.settings.layers import PREFIX, Layers
from gateway.settings.shapes import leaves
from gateway.web.console.sessions import Role

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""Hosts that are this computer."""
_NUMBER = r"^[0-9]{2,10}$"


Names = Annotated[
    tuple[str, ...],
    BeforeValidator(
        lambda given: (given,) if isinstance(given, str) else given,
        json_schema_input_type=str | tuple[str, ...],
    ),
]
"""One name or number, or several."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSettings(_Section):
    """The listener for Slack and the pager."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port; 0 takes a free one.")
    public_url: WebAddress | None = Field(
        default=None,
        description="Our public HTTPS address, as Slack and RingCentral reach us. It goes into the "
        "app manifest, and with it RingCentral tells us of new messages within seconds.",
        examples=["https://pages.example.com"],
    )
    tls_certificate: Path | None = Field(
        default=None,
        description="Certificate and its chain (PEM). With it the listener speaks HTTPS only; "
        "without it, put a proxy in front that does.",
        examples=["/etc/gateway/tls.crt"],
    )
    tls_key: Path | None = Field(
        default=None,
        description="Its private key (PEM), unless it stands in the same file.",
        examples=["/etc/gateway/tls.key"],
    )
    tls_client_ca: Path | None = Field(
        default=None,
        description="Authority (PEM) of the client certificates that alert sources with the "
        "profile `mtls` show. Nobody else needs one.",
        examples=["/etc/gateway/clients-ca.crt"],
    )

    @model_validator(mode="after")
    def _has_a_certificate(self) -> Self:
        if self.tls_certificate is None and (self.tls_key or self.tls_client_ca):
            raise PydanticCustomError("tls_certificate", "tls_certificate is missing")
        return self


class AdminSettings(_Section):
    """The listener for operators and probes; keep it off the internet."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8081, ge=0, le=65535, description="Port; 0 takes a free one.")
    socket: Path | None = Field(
        default=None,
        description="Unix socket for commands such as `gateway status`; whoever may write to it is "
        "an operator. Unset: beside the SQLite file, else beside `vault.key_file`.",
        examples=["/run/gateway/gateway.sock"],
    )


class ConsoleSettings(_Section):
    """The console for operators, `/console` on the admin listener."""

    sign_in: Literal["link", "slack", "oidc", "proxy", "off"] = Field(
        default="link",
        description="`link`: by a link that `gateway console login` prints. `slack`: with Slack, "
        "people of `slack.team`. `oidc`: at an OpenID Connect issuer. `proxy`: a proxy in front "
        "signs people in. `off`: whoever reaches the listener is an administrator; on this "
        "computer only.",
    )
    public_url: WebAddress | None = Field(
        default=None,
        description="Its HTTPS address, when a proxy serves it. Without it the console answers on "
        "this computer only.",
        examples=["https://pager-console.example.com"],
    )
    lasts_s: float = Field(
        default=12 * 3600.0, gt=0, description="Seconds after which people have to sign in again."
    )
    roles: Mapping[str, Role] = Field(
        default_factory=dict,
        description="What people may do, by the name or group that their sign-in gives them: "
        "`viewer`, `operator` or `admin`. The strongest counts; `*` is everybody. With Slack, "
        "names are user ids; of an issuer, subjects and mail addresses that it checked.",
        examples=[{"ada@example.com": "admin", "dba": "operator", "*": "viewer"}],
    )
    issuer: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#@]+$",
        description="Issuer (`oidc`), letter for letter as its discovery document names itself. "
        "With `slack`, unset: https://slack.com; GovSlack has its own.",
        examples=["https://login.example.com/realms/staff"],
    )
    client_id: str | None = Field(
        default=None,
        min_length=1,
        description="Our client id with the issuer; of the Slack app, on its Basic Information "
        "page (`slack`, `oidc`).",
        examples=["pager-console"],
    )
    client_secret: SecretStr | None = Field(
        default=None,
        min_length=1,
        description="Our client secret, from the same place.",
        examples=["…"],
    )
    groups_claim: str = Field(
        default="groups",
        min_length=1,
        description="The claim of the ID token that lists people's groups (`oidc`).",
    )
    proxy_networks: tuple[IPvAnyNetwork, ...] = Field(
        default=(),
        description="Where the proxy comes from; from elsewhere its headers are not believed.",
        examples=[["127.0.0.1/32", "10.0.7.0/24"]],
    )
    proxy_user_header: str = Field(
        default="X-Forwarded-User", description="The header that names who signed in."
    )
    proxy_groups_header: str = Field(
        default="X-Forwarded-Groups", description="The header with their groups, between commas."
    )

    @model_validator(mode="after")
    def _trusts_somebody(self) -> Self:
        if self.sign_in == "proxy" and not (self.proxy_networks and self.roles):
            raise PydanticCustomError(
                "console_proxy", "with sign_in = proxy, proxy_networks and roles say who comes in"
            )
        return self

    @model_validator(mode="after")
    def _is_registered(self) -> Self:
        needed = {
            "slack": ("client_id", "client_secret", "roles", "public_url"),
            "oidc": ("issuer", "client_id", "client_secret", "roles"),
        }
        missing = [name for name in needed.get(self.sign_in, ()) if not getattr(self, name)]
        if missing:
            raise PydanticCustomError(
                "console_issuer",
                "with sign_in = {mode}, {names} must be set",
                {"mode": self.sign_in, "names": ", ".join(missing)},
            )
        return self

    @field_validator("issuer")
    @classmethod
    def _is_believable(cls, issuer: str | None) -> str | None:
        parts = urlsplit(issuer or "")
        if issuer and parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise PydanticCustomError("console_issuer_url", "issuer begins with https://")
        return issuer

    @field_validator("public_url")
    @classmethod
    def _is_encrypted(cls, url: str | None) -> str | None:
        if url and not url.startswith("https://"):
            raise PydanticCustomError("console_url", "public_url begins with https://")
        return url


class DatabaseSettings(_Section):
    """Where everything lives that must not be forgotten."""

    url: str = Field(
        default="sqlite:///gateway.db",
        description="`sqlite:///FILE` for one process, `postgresql://…` for several.",
        examples=["postgresql://gateway@db.example.com/gateway"],
    )
    migrate: bool = Field(
        default=True, description="Bring the schema up to date at start instead of refusing."
    )
    keep_days: int = Field(
        default=90, ge=2, description="Days after which finished pages and deliveries are removed."
    )
    keep_audit_days: int = Field(
        default=730,
        ge=2,
        description="Days after which records of the audit trail are removed; a sealed checkpoint "
        "takes their place.",
    )


class VaultSettings(_Section):
    """Keys that encrypt tokens in the database."""

    keys: tuple[SecretStr, ...] = Field(
        default=(),
        description="Base64 keys of 32 bytes; the first encrypts, all decrypt. "
        "Empty: `key_file` is used.",
        examples=[["wkV1…="]],
    )
    key_file: Path = Field(
        default=Path("gateway.key"),
        description="Made at the first start, readable by its owner only. Back it up apart from "
        "the database.",
    )


class DirectorySettings(_Section):
    """What the pager's directory does not say."""

    aliases: Mapping[str, Names] = Field(
        default_factory=dict,
        description="Names for several: people, departments, other aliases and schedules, by name "
        "or number.",
        examples=[{"leads": ["On-call leads", "101"]}],
    )
    user_groups: Mapping[str, Names] = Field(
        default_factory=dict,
        description="Whom a Slack user group stands for, by handle or id. Those not named here "
        "stand for their members' extensions.",
        examples=[{"dba-oncall": "DBA"}],
    )
    channels: Mapping[str, Names] = Field(
        default_factory=dict,
        description="Whom a channel (by id) usually pages: what its forms begin with, and what "
        "its mention stands for.",
        examples=[{"C0123ABCD": ["DBA"]}],
    )
    managers: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Department number to its managers' extensions; RingCentral shows them to "
        "nobody but themselves.",
        examples=[{"400": ["110"]}],
    )
    refresh_s: float = Field(default=600.0, gt=0, description="Seconds between two readings.")

    @model_validator(mode="after")
    def _aliases_end_somewhere(self) -> Self:
        circles = (circle_through(name, self.aliases) for name in self.aliases)
        if circle := next(filter(None, circles), None):
            raise PydanticCustomError(
                "alias_circle",
                "aliases go round in a circle: {way}",
                {"way": " → ".join(circle)},
            )
        return self


class RoutingSettings(_Section):
    """Where alerts go."""

    file: Path | None = Field(
        default=None,
        description="Routes, receivers and schedules (YAML). Without it no alerts are taken.",
        examples=["routes.yaml"],
    )
    watch_s: float = Field(
        default=0.5,
        gt=0,
        description="Seconds between two looks whether the file changed; then it is read again.",
    )


class PersonSettings(_Section):
    """Who a chat user is on the phone. With a credential, they send from their own extension."""

    chat_user: str = Field(min_length=1, description="Slack user id.", examples=["U0A2B3C4D"])
    extension: str = Field(pattern=_NUMBER, description="Their extension.", examples=["104"])
    jwt: SecretStr | None = Field(default=None, description="Their RingCentral JWT credential.")


class PolicySettings(_Section):
    """Who may page."""

    unlinked: Unlinked = Field(
        default=Unlinked.SHARED,
        description="`shared`: people without a credential are sent for by the shared sender. "
        "`deny`: they are not.",
    )
    guests: bool = Field(default=False, description="Whether Slack guests may page.")
    strangers: bool = Field(
        default=False, description="Whether people of other companies may (Slack Connect)."
    )
    bots: bool = Field(default=False, description="Whether bots may.")
    max_parts: int = Field(default=5, ge=1, le=20, description="Most pager messages per page.")
    ask_above: int = Field(
        default=25, ge=0, description="Ask before paging more people than this; 0 never asks."
    )
    ask_before: Names = Field(
        default=(),
        description="Ask before every page to these, however few they are.",
        examples=[["Nursing"]],
    )
    undo_s: float = Field(
        default=0.0,
        ge=0,
        le=60,
        description="Seconds in which people may take a page back before it goes out; programs "
        "and alerts never wait.",
    )
    thread_mode: ThreadMode = Field(
        default=ThreadMode.REPLIES,
        description="What of a page's thread goes to the pager until somebody chooses in its menu: "
        "`replies` is all of it, `mentions` what mentions the app, `nothing` none.",
    )
    alert_thread_mode: ThreadMode = Field(
        default=ThreadMode.MENTIONS, description="The same for threads about alerts."
    )
    per_minute: int = Field(
        default=0, ge=0, description="Most pages and replies a minute from one person; 0: no limit."
    )
    department_per_minute: int = Field(
        default=0, ge=0, description="Most to one department, whoever sends; 0: no limit."
    )
    workspace_per_minute: int = Field(
        default=0,
        ge=0,
        description="Most from everybody together, programs too; 0: no limit. Alerts never count.",
    )


class ApiClientSettings(_Section):
    """A program that may page over HTTP."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,30}$",
        description="What its pages begin with on the pager.",
        examples=["ci"],
    )
    tokens: Secrets = Field(
        description="Any of them is taken; at least 20 characters. To change one, put the new one "
        "beside it and give the old one an end."
    )
    to: Literal["any"] | Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="Whom it may page: names, numbers, departments, aliases; or `any`.",
        examples=[["DBA", "102"]],
    )
    sender: str | None = Field(
        default=None,
        pattern=_NUMBER,
        description="Extension its pages come from; unset: the shared sender.",
        examples=["710"],
    )
    channels: tuple[str, ...] = Field(
        default=(),
        description="Slack channels in which it may show its pages.",
        examples=[["C0123ABCD"]],
    )
    per_minute: int = Field(default=30, ge=1, description="Most requests for pages a minute.")


class ApiSettings(_Section):
    """Paging over HTTP, `/api/v1`. Without a client there is no such route."""

    clients: tuple[ApiClientSettings, ...] = Field(default=(), description="One for each program.")

    @model_validator(mode="after")
    def _has_names_once(self) -> Self:
        names = [*RESERVED, *(client.name for client in self.clients)]
        if len(set(names)) < len(names):
            raise ValueError(f"two clients have the same name, or one of {sorted(RESERVED)}")
        return self


class DeliverySettings(_Section):
    """Bounds of patience, in seconds."""

    visible_after_s: float = Field(
        default=20.0, ge=0, description="An accepted page shows up in the pager within this time."
    )
    hold_after_s: float = Field(
        default=120.0, gt=0, description="Unreadable this long after a lost answer: ask the author."
    )
    give_up_after_s: float = Field(
        default=1800.0, gt=0, description="Unsent this long: say so, and stop trying."
    )
    poll_s: float = Field(
        default=15.0, gt=0, description="Seconds between two looks into a mailbox without a nudge."
    )


class ProbeSettings(_Section):
    """A page that the gateway sends by itself, to know that the whole way works."""

    to: str = Field(
        default="",
        pattern=r"^([0-9]{2,10})?$",
        description="Extension that gets it from the shared sender: one that nobody reads. Empty: "
        "none is sent.",
        examples=["799"],
    )
    every_minutes: float = Field(
        default=15, ge=1, description="Minutes from one to the next; one process sends it."
    )


class WorkspacesSettings(_Section):
    """More Slack workspaces that this process serves, each with its own pager account."""

    folder: Path | None = Field(
        default=None,
        description="A settings file (TOML) for each workspace but the first, which is this "
        "file's. Only workspaces that have one are served.",
        examples=["workspaces.d"],
    )
    client_id: str | None = Field(
        default=None,
        min_length=1,
        description="The app's client id (Basic Information page). With it, workspaces without a "
        "bot token in their file install the app at `/slack/install`.",
        examples=["1000.2000"],
    )
    client_secret: SecretStr | None = Field(
        default=None,
        min_length=1,
        description="The app's client secret, from the same page.",
        examples=["…"],
    )

    api_url: ApiUrl | None = Field(
        default=None,
        description="Web API beside the consent page; unset: `slack.api_url`.",
        examples=["https://slack.com/api/"],
    )

    @property
    def several(self) -> bool:
        """Whether the app may be in more workspaces than the first."""
        return self.folder is not None or self.installs

    @property
    def installs(self) -> bool:
        """Whether workspaces can install the app by themselves."""
        return self.client_id is not None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.client_id is None) != (self.client_secret is None):
            raise ValueError("client_id and client_secret belong together")
        return self


class LogSettings(_Section):
    """What is written to standard error."""

    level: str = Field(
        default="info",
        pattern="^(debug|info|warning|error)$",
        description="The least that is written.",
    )
    json_lines: bool | None = Field(
        default=None,
        description="Force JSON on or off; unset: JSON unless on a terminal.",
        examples=[True],
    )


class TracingSettings(_Section):
    """Traces, in OpenTelemetry's form. They need the extra `otel`."""

    endpoint: str = Field(
        default="",
        pattern=r"^(https?://.+)?$",
        description="Where a collector takes spans over HTTP (OTLP); empty: nothing is traced. "
        "What it wants in headers goes into OTEL_EXPORTER_OTLP_HEADERS.",
        examples=["http://127.0.0.1:4318/v1/traces"],
    )
    share: float = Field(
        default=1.0, ge=0, le=1, description="Which share of requests is traced; 1 is all of them."
    )


class Sourced(BaseSettings):
    """Read from environment, secrets directory and file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )
    _layers: Layers | None = PrivateAttr(None)
    _folder: Path | None = PrivateAttr(None)
    _as_read: Mapping[Steps, Any] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is given: `loading` reads the sources, and remembers which said what."""
        return (init_settings,)

    def read_from(self, layers: Layers, folder: Path | None) -> None:
        """Remember where all of this was read."""
        self._layers, self._folder = layers, folder
        self._as_read = dict(leaves(self))

    @property
    def layers(self) -> Layers | None:
        """Where all of this was read; `None` when a program made it."""
        return self._layers

    @property
    def as_read(self) -> Mapping[Steps, Any]:
        """Every value as it was read; a copy may have been changed since, by a flag."""
        return self._as_read

    @property
    def secrets(self) -> Path | None:
        """The folder with a file for each secret."""
        return self._folder


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


class ControlSettings(Sourced):
    """What is needed to find a running gateway's control socket: no secrets, no routes."""

    model_config = SettingsConfigDict(extra="ignore")

    admin: AdminSettings = Field(default_factory=AdminSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    vault: VaultSettings = Field(default_factory=VaultSettings)


class _SlackApp(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    mode: Literal["http", "socket"] = SlackSettings.model_fields["mode"].default
    api_url: str = SlackSettings.model_fields["api_url"].default
    command: str = SlackSettings.model_fields["command"].default
    proxy: str = SlackSettings.model_fields["proxy"].default


class _PagerApp(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    server_url: WebAddress = RingCentralSettings.model_fields["server_url"].default
    client_id: str = ""
    public_url: WebAddress | None = None


class AppSettings(Sourced):
    """What is said of our apps at Slack and RingCentral, while their secrets are still missing."""

    model_config = SettingsConfigDict(extra="ignore")

    server: ServerSettings = Field(default_factory=ServerSettings)
    slack: _SlackApp = Field(default_factory=_SlackApp)
    pager: _PagerApp = Field(default_factory=_PagerApp)

    @property
    def public_url(self) -> str | None:
        """Where Slack reaches us; `None` when we call Slack."""
        return None if self.slack.mode == "socket" else self.server.public_url


def control_socket(settings: Settings | ControlSettings, workspace: str = "") -> Path:
    """Tell where the running gateway takes commands; each workspace but the first has its own."""
    first = _first_socket(settings)
    return first.with_name(f"{first.stem}.{workspace}{first.suffix}") if workspace else first


def _first_socket(settings: Settings | ControlSettings) -> Path:
    if settings.admin.socket:
        return settings.admin.socket
    scheme, _, file = settings.database.url.partition(":///")
    if scheme == "sqlite" and file and file != ":memory:":
        return Path(file).with_suffix(".sock")
    return settings.vault.key_file.with_name("gateway.sock")

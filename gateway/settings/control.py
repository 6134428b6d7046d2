"""What finds a running gateway: where it listens for commands, and which workspaces it has.

Commands that only ask need nothing else, and start without the systems the gateway speaks with.
"""

from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from gateway.routes.problems import Located
from gateway.settings.reading import ConfigurationError, load, load_file
from gateway.settings.tables import Section, Sourced


class AdminSettings(Section):
    """The listener for operators and probes; keep it off the internet."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8081, ge=0, le=65535, description="Port; 0 takes a free one.")
    socket: Path | None = Field(
        default=None,
        description="Unix socket for commands such as `gateway status`; whoever may write to it is "
        "an operator. Unset: beside the SQLite file, else beside `vault.key_file`.",
        examples=["/run/gateway/gateway.sock"],
    )


class DatabaseSettings(Section):
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


class VaultSettings(Section):
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


class Whose(BaseModel):
    """Which workspace a file is about."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    team: str = ""


class _Further(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    folder: Path | None = None


class ControlSettings(Sourced):
    """What is needed to find a running gateway's control sockets: no secrets, no routes."""

    model_config = SettingsConfigDict(extra="ignore", defer_build=True)

    admin: AdminSettings = Field(default_factory=AdminSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    vault: VaultSettings = Field(default_factory=VaultSettings)
    slack: Whose = Field(default_factory=Whose)
    workspaces: _Further = Field(default_factory=_Further)


class Reachable(Protocol):
    """Settings that say where a gateway is found."""

    @property
    def admin(self) -> AdminSettings:
        """Where operators reach it."""
        ...

    @property
    def database(self) -> DatabaseSettings:
        """Where it keeps what it must not forget."""
        ...

    @property
    def vault(self) -> VaultSettings:
        """Where its keys are."""
        ...


class _ControlFile(Sourced):
    model_config = SettingsConfigDict(extra="ignore")

    slack: Whose = Field(default_factory=Whose)


def load_control_settings(config: Path | None = None) -> ControlSettings:
    """Read what finds a running gateway, from where it reads its settings itself.

    Raises:
        ConfigurationError: with every problem found.
    """
    return load(ControlSettings, config)


def control_socket(settings: Reachable, workspace: str = "") -> Path:
    """Tell where the running gateway takes commands; each workspace but the first has its own."""
    first = _first_socket(settings)
    return first.with_name(f"{first.stem}.{workspace}{first.suffix}") if workspace else first


def _first_socket(settings: Reachable) -> Path:
    if settings.admin.socket:
        return settings.admin.socket
    scheme, _, file = settings.database.url.partition(":///")
    if scheme == "sqlite" and file and file != ":memory:":
        return Path(file).with_suffix(".sock")
    return settings.vault.key_file.with_name("gateway.sock")


def control_of_each(first: ControlSettings) -> dict[str, ControlSettings]:
    """Tell what finds each workspace of a process, by team, the first one first.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    found = {first.slack.team: first}
    folder = first.workspaces.folder
    for file in files_in(folder) if folder else ():
        if team := load_file(_ControlFile, file).slack.team:
            found.setdefault(team, first.model_copy(update=apart(first, team)))
    return found


def apart(first: Reachable, team: str) -> dict[str, Any]:
    """Give a workspace a socket and a database of its own."""
    admin = first.admin.model_copy(update={"socket": control_socket(first, team)})
    return {"admin": admin, "database": _database(first.database, team)}


def files_in(folder: Path) -> list[Path]:
    """List the files of further workspaces, by their names.

    Raises:
        ConfigurationError: there is no such folder.
    """
    if not folder.is_dir():
        raise ConfigurationError([Located(str(folder), 0, 0, "", "is no folder")])
    return sorted(folder.glob("*.toml"))


def _database(first: DatabaseSettings, team: str) -> DatabaseSettings:
    """Give a workspace a database of its own: a file beside the first's, or a schema in it."""
    scheme, _, file = first.url.partition("://")
    if scheme == "sqlite":
        own = f"sqlite:///{beside(Path(file.removeprefix('/')), team)}" if file else first.url
    else:
        parts = urlsplit(first.url)
        query = {**dict(parse_qsl(parts.query)), "search_path": f"workspace_{team.lower()}"}
        own = urlunsplit(parts._replace(query=urlencode(query)))
    return first.model_copy(update={"url": own})


def beside(file: Path, team: str) -> Path:
    """Name a file of a workspace's own, beside the first's."""
    return file.with_name(f"{file.stem}.{team}{file.suffix}")

"""One settings file per workspace, joined with what all workspaces of a process share.

Shared are the listeners, the database server, the Slack app and the log; nothing else is, so a file
says everything about its workspace, and environment variables nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from adapters.alerts.registry import AlertSettings
from adapters.chat.slack.settings import WorkspaceSlack
from adapters.registry import EmbeddedBackend, PagerBackend, RingCentralBackend
from gateway.routes.problems import Located
from gateway.settings.control import apart, beside, files_in
from gateway.settings.model import Settings
from gateway.settings.reading import ConfigurationError, load_file
from gateway.settings.sections import (
    ApiSettings,
    DeliverySettings,
    DirectorySettings,
    PersonSettings,
    PolicySettings,
    RoutingSettings,
)
from gateway.settings.tables import Sourced


class WorkspaceFile(Sourced):
    """Everything that is particular to a workspace. The pager is named: nobody gets one unasked."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, defer_build=True)

    slack: WorkspaceSlack
    pager: PagerBackend
    people: tuple[PersonSettings, ...] = ()
    directory: DirectorySettings = Field(default_factory=DirectorySettings)
    routing: RoutingSettings = Field(default_factory=RoutingSettings)
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)
    policy: PolicySettings = Field(default_factory=PolicySettings)
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)


def load_workspaces(first: Settings) -> tuple[Settings, ...]:
    """Read the settings of every workspace but the first, by their files' names.

    Secrets may stand in a folder named like the file: `acme/slack__bot_token` beside `acme.toml`.

    Raises:
        ConfigurationError: with every problem of all files.
    """
    folder = first.workspaces.folder
    if folder is None:
        return ()
    found: list[Settings] = []
    problems: list[Located] = []
    for file in files_in(folder):
        try:
            found.append(_joined(first, load_file(WorkspaceFile, file)))
        except ConfigurationError as error:
            problems += error.problems
        except ValidationError as error:
            problems += [_of_all(file, each["msg"]) for each in error.errors(include_input=False)]
    problems += [_of_all(folder, problem) for problem in _shared_by_two((first, *found))]
    if problems:
        raise ConfigurationError(problems)
    return tuple(found)


def _of_all(place: Path, problem: str) -> Located:
    return Located(str(place), 0, 0, "", problem)


def _joined(first: Settings, given: WorkspaceFile) -> Settings:
    """Make a workspace's settings whole.

    Raises:
        ValidationError: what the file says does not go with what is shared.
    """
    settings = Settings(**_values(first, given))
    if given.layers:
        settings.read_from(given.layers, given.secrets)
    return settings


def _values(first: Settings, given: WorkspaceFile) -> dict[str, Any]:
    team = given.slack.team
    vault = first.vault.model_copy(update={"key_file": beside(first.vault.key_file, team)})
    shared = {name: getattr(first, name) for name in ("server", "log", "workspaces", "tracing")}
    particular = {name: getattr(given, name) for name in type(given).model_fields}
    return {
        **shared,
        **particular,
        **apart(first, team),
        "vault": vault,
        "slack": first.slack.of(given.slack),
        "pager": _pager(given.pager, team),
    }


def _pager(pager: RingCentralBackend | EmbeddedBackend, team: str) -> object:
    """Keep an embedded pager's messages in a file of its own, unless the workspace names one."""
    if not isinstance(pager, EmbeddedBackend) or "data" in pager.model_fields_set:
        return pager
    return pager.model_copy(update={"data": beside(pager.data, team)})


# --- what must not be shared -------------------------------------------------------------------


def _shared_by_two(all_of_them: Iterable[Settings]) -> list[str]:
    """Find what two workspaces have in common, and may not: each would see the other's."""
    seen: dict[str, Counter[object]] = {}
    for settings in all_of_them:
        for kind, values in _own(settings).items():
            seen.setdefault(kind, Counter()).update(set(values))
    return [
        f"two workspaces have the same {kind}"
        for kind, counts in seen.items()
        if any(count > 1 for count in counts.values())
    ]


def _own(settings: Settings) -> Mapping[str, Iterator[object]]:
    pager, slack = settings.pager, settings.slack
    jwts = [person.jwt for person in settings.people]
    if isinstance(pager, RingCentralBackend):
        jwts += [pager.jwt, *(person.jwt for person in pager.people)]
    token = slack.bot_token.get_secret_value()
    return {
        "slack.team": iter([slack.team] if slack.team else []),
        "slack.bot_token": iter([token] if token else []),
        "pager credential (jwt)": (jwt.get_secret_value() for jwt in jwts if jwt),
        "pager.data": iter([pager.data.absolute()] if isinstance(pager, EmbeddedBackend) else []),
        "name among alerts.sources": (source.name for source in settings.alerts.sources),
    }

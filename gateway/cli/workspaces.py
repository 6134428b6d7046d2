"""Which of several workspaces a command means: `--workspace`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from gateway.cli.exits import Exit, end

if TYPE_CHECKING:
    from gateway.settings import ControlSettings, Settings

Command = TypeVar("Command", bound=Callable[..., object])
_T = TypeVar("_T")
_ASKED = f"{__name__}.asked"


def _remember(context: click.Context, _: click.Parameter, workspace: str) -> None:
    context.meta[_ASKED] = workspace


def names_workspace(command: Command) -> Command:
    """Give a command `--workspace`, which `asked_workspace` tells."""
    return click.option(
        "--workspace",
        default="",
        metavar="TEAM",
        expose_value=False,
        callback=_remember,
        help="Which of several workspaces (T…).",
    )(command)


def asked_workspace() -> str:
    """Tell what `--workspace` says; empty where none is named."""
    context = click.get_current_context(silent=True)
    return str(context.meta.get(_ASKED, "")) if context else ""


def control_meant(config: Path | None) -> "Mapping[str, ControlSettings]":
    """Read what finds the workspace that is named, or all of them; ends with 1 without it."""
    return _meant(control_of_all(config))


def control_of_all(config: Path | None) -> "Mapping[str, ControlSettings]":
    """Read what finds each workspace, the first one first. Ends with 3 for broken settings."""
    from gateway.settings import (  # noqa: PLC0415 - heavy
        ConfigurationError,
        control_of_each,
        load_control_settings,
    )

    try:
        return control_of_each(load_control_settings(config))
    except ConfigurationError as error:
        end(Exit.CONFIGURATION, str(error))


def settings_meant(config: Path | None) -> "Mapping[str, Settings]":
    """Read all settings of the workspace that is named, or of all of them; ends likewise."""
    from gateway.settings import (  # noqa: PLC0415 - heavy
        ConfigurationError,
        load_settings,
        load_workspaces,
    )

    try:
        first = load_settings(config)
        return _meant({each.slack.team: each for each in (first, *load_workspaces(first))})
    except ConfigurationError as error:
        end(Exit.CONFIGURATION, str(error))


def _meant(found: Mapping[str, _T]) -> Mapping[str, _T]:
    asked = asked_workspace()
    if not asked:
        return found
    if asked not in found:
        named = ", ".join(filter(None, found))
        known = f" They name {named}." if named else ""
        end(Exit.NEGATIVE, f"No settings say slack.team = {asked}.{known}")
    return {asked: found[asked]}


def the_one(found: Mapping[str, _T]) -> _T:
    """Give the only one. Ends with 2 when there are several: somebody has to say which."""
    if len(found) > 1:
        named = ", ".join(found)
        raise click.UsageError(f"There are several. Say which one with --workspace: {named}.")
    return next(iter(found.values()))

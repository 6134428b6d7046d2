"""Reading what an operator set for one model: what was said where, checked as a whole.

Precedence: `GATEWAY_…` environment (nested by `__`) > secrets directory > TOML file > defaults.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from gateway.routes.problems import Located, did_you_mean
from gateway.settings.explaining import explained
from gateway.settings.layers import (
    PREFIX,
    Environment,
    Layer,
    Layers,
    SecretFiles,
    SettingsFile,
    UnreadableLayerError,
    read_file,
    read_text,
)
from gateway.settings.shapes import is_model
from gateway.settings.tables import Sourced

_OWN_NAMES = frozenset({"GATEWAY_CONFIG", "GATEWAY_SECRETS_DIR"})

SETTINGS_FILE = "gateway.toml"
"""Read where nothing else is named, if it is in the working directory."""
SECRETS_FOLDER = "secrets"
"""Beside the settings file: taken where `GATEWAY_SECRETS_DIR` names no other."""


class ConfigurationError(Exception):
    """The settings cannot be used; `problems` says all of why, in order, without values."""

    def __init__(self, problems: Iterable[Located]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


_Kind = TypeVar("_Kind", bound=Sourced)


@dataclass(frozen=True, slots=True)
class Places:
    """Where settings are read from: a TOML file, and a folder with one file per secret."""

    file: Path | None = None
    secrets: Path | None = None


def places(config: Path | None = None, environment: Mapping[str, str] | None = None) -> Places:
    """Find them: what is named by `config` or the environment, else what stands here."""
    names = os.environ if environment is None else environment  # noqa: TID251 - the one home
    named, here = names.get("GATEWAY_CONFIG"), Path(SETTINGS_FILE)
    file = config or (Path(named) if named else here if here.is_file() else None)
    if "GATEWAY_SECRETS_DIR" in names:
        return Places(file, _existing(Path(names["GATEWAY_SECRETS_DIR"])))
    return Places(file, _existing(file.parent / SECRETS_FOLDER) if file else None)


def _existing(path: Path) -> Path | None:
    return path if path.is_dir() else None


def load(
    kind: type[_Kind],
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
    whole: type[Sourced] | None = None,
) -> _Kind:
    """Read and check settings of one kind.

    Args:
        kind: what is read.
        config: the TOML file; `None` takes `GATEWAY_CONFIG`, else `gateway.toml` if it is here.
        environment: only for tests that look at names; values come from the real environment.
        whole: what knows all variables, where `kind` does not.

    Raises:
        ConfigurationError: with every problem found.
    """
    names = os.environ if environment is None else environment  # noqa: TID251 - the one home
    found = places(config, names)
    file = found.file
    unknown = list(_unknown_names(names, whole or kind))
    return _together(
        kind,
        (_variables(kind, names),),
        found.secrets,
        lambda: [read_file(kind, file)] if file else [],
        unknown,
    )


def load_text(kind: type[_Kind], text: str, name: str) -> _Kind:
    """Read and check settings that stand in no file, with environment and secrets as they are.

    Raises:
        ConfigurationError: with every problem found.
    """
    names = os.environ  # noqa: TID251 - the one home
    return _together(
        kind,
        (_variables(kind, names),),
        places().secrets,
        lambda: [read_text(kind, name, text)],
        list(_unknown_names(names, kind)),
    )


def _variables(kind: type[Sourced], names: Iterable[str]) -> Environment:
    return Environment(kind, PREFIX, frozenset(map(str.upper, names)))


def load_file(kind: type[_Kind], file: Path) -> _Kind:
    """Read and check a settings file that stands for itself: variables do not speak of it.

    Its secrets may stand in a folder named like it.

    Raises:
        ConfigurationError: with every problem found.
    """
    return _together(kind, (), _existing(file.with_suffix("")), lambda: [read_file(kind, file)], [])


def _together(
    kind: type[_Kind],
    stronger: tuple[Layer, ...],
    folder: Path | None,
    read: Callable[[], list[SettingsFile]],
    problems: list[Located],
) -> _Kind:
    secrets = [SecretFiles(kind, folder)] if folder else []
    try:
        layers = Layers((*stronger, *secrets, *read()))
        values = layers.values
    except UnreadableLayerError as error:
        raise ConfigurationError([*problems, error.problem]) from None
    try:
        settings = kind(**values)
    except ValidationError as error:
        told = {each.file for each in problems}
        found = (each for each in explained(error, kind, layers) if each.file not in told)
        raise ConfigurationError([*problems, *found]) from None
    if problems:
        raise ConfigurationError(problems)
    settings.read_from(layers, folder)
    return settings


def _unknown_names(environment: Mapping[str, str], model: type[Sourced]) -> Iterator[Located]:
    """Refuse misspelled variables: the settings library would ignore them in silence."""
    known = set(variables_of(model)) | _OWN_NAMES
    for name in environment:
        if name.startswith(PREFIX) and _is_refused(name.upper(), model, known):
            problem = f"no such setting{did_you_mean(name.upper(), known)}"
            yield Located(name, 0, 0, "", problem)


def _is_refused(name: str, model: type[Sourced], known: set[str]) -> bool:
    """Whether nobody knows a name, and the table it would stand in refuses what it does not know.

    A name is known as a setting, or as an item inside one that holds a table or a list.
    """
    pieces = name.split("__")
    if name in known or any("__".join(pieces[:n]) in known for n in range(len(pieces), 1, -1)):
        return False
    field = model.model_fields.get(pieces[0].removeprefix(PREFIX).lower())
    table = field.annotation if field and is_model(field.annotation) else model
    return bool(table and table.model_config.get("extra") == "forbid")


def variables_of(model: type[BaseModel]) -> Iterator[str]:
    """List the environment names of all settings that are written as one value."""
    for name, field in model.model_fields.items():
        yield from _leaves(f"{PREFIX}{name}".upper(), field.annotation)


def _leaves(name: str, annotation: Any) -> Iterator[str]:
    models = [a for a in (annotation, *_unwrapped(annotation)) if is_model(a)]
    if not is_model(annotation):
        # A list or table of them may be given as JSON.
        yield name
    for model in models:
        for inner, field in model.model_fields.items():
            yield from _leaves(f"{name}__{inner}".upper(), field.annotation)


def _unwrapped(annotation: Any) -> Iterator[Any]:
    for argument in get_args(annotation):
        yield argument
        yield from _unwrapped(argument)

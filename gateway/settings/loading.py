"""The only reader of environment and settings files: what an operator set, checked as a whole.

Precedence: `GATEWAY_…` environment (nested by `__`) > secrets directory > TOML file > defaults.
"""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from gateway.settings.model import PREFIX, ControlSettings, Settings, Sourced

_OWN_NAMES = frozenset({"GATEWAY_CONFIG", "GATEWAY_SECRETS_DIR"})

SETTINGS_FILE = "gateway.toml"
"""Read where nothing else is named, if it is in the working directory."""
SECRETS_FOLDER = "secrets"
"""Beside the settings file: taken where `GATEWAY_SECRETS_DIR` names no other."""


class ConfigurationError(Exception):
    """The settings cannot be used; `problems` says all of why, one line each, without values."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


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


def load_settings(
    config: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Read and check everything.

    Args:
        config: the TOML file; `None` takes `GATEWAY_CONFIG`, else `gateway.toml` if it is here.
        environment: only for tests that look at names; values come from the real environment.

    Raises:
        ConfigurationError: with every problem found.
    """
    return _load(Settings, config, environment)


def load_control_settings(config: Path | None = None) -> ControlSettings:
    """Read what finds a running gateway, from where it reads its settings itself.

    Raises:
        ConfigurationError: with every problem found.
    """
    return _load(ControlSettings, config)


def _load(
    kind: type[_Kind], config: Path | None, environment: Mapping[str, str] | None = None
) -> _Kind:
    names = os.environ if environment is None else environment  # noqa: TID251 - the one home
    found = places(config, names)
    problems = [*_unknown_names(names), *_unreadable(found.file)]
    if problems:
        raise ConfigurationError(problems)
    # A class reads from where it says, so this call gets a class of its own.
    sources = {"toml_file": found.file, "secrets": found.secrets, "__module__": __name__}
    sourced: type[_Kind] = type(kind.__name__, (kind,), sources)
    try:
        return sourced()
    except ValidationError as error:
        raise ConfigurationError(_explain(error)) from None


def _existing(path: Path) -> Path | None:
    return path if path.is_dir() else None


def _unreadable(file: Path | None) -> list[str]:
    if file is None:
        return []
    try:
        tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        return [f"{file}: cannot be read ({error.strerror})"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return [f"{file}: {error}"]
    return []


def _unknown_names(environment: Mapping[str, str]) -> list[str]:
    """Refuse misspelled variables: the settings library would ignore them in silence."""
    known = set(known_variables()) | _OWN_NAMES
    problems = []
    for name in environment:
        if name.startswith(PREFIX) and not _is_known(name.upper(), known):
            near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.6)
            hint = f"; did you mean {near[0]}?" if near else ""
            problems.append(f"{name}: no such setting{hint}")
    return sorted(problems)


def _is_known(name: str, known: set[str]) -> bool:
    """A name is known as a setting, or as an item inside one that holds a table or a list."""
    pieces = name.split("__")
    return any("__".join(pieces[:n]) in known for n in range(len(pieces), 1, -1)) or name in known


def known_variables() -> Iterator[str]:
    """List the environment names of all settings that are written as one value."""
    for name, field in Settings.model_fields.items():
        yield from _leaves(f"{PREFIX}{name}".upper(), field.annotation)


def _leaves(name: str, annotation: Any) -> Iterator[str]:
    models = [a for a in (annotation, *_unwrapped(annotation)) if _is_model(a)]
    if not _is_model(annotation):
        # A list or table of them may be given as JSON.
        yield name
    for model in models:
        for inner, field in model.model_fields.items():
            yield from _leaves(f"{name}__{inner}".upper(), field.annotation)


def _unwrapped(annotation: Any) -> Iterator[Any]:
    for argument in get_args(annotation):
        yield argument
        yield from _unwrapped(argument)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _explain(error: ValidationError) -> list[str]:
    """Say where and what, never the value: it may be a secret."""
    problems = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        place = ".".join(str(piece) for piece in item["loc"]) or "settings"
        message = "is required" if item["type"] == "missing" else item["msg"]
        problems.append(f"{place}: {message}")
    return sorted(set(problems))

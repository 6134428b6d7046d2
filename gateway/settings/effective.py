"""The settings in force, each with where it comes from, and without secrets."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel, SecretStr

from gateway.routes.problems import Path, readable_path
from gateway.settings.layers import Layers, without_password
from gateway.settings.model import Settings

DEFAULT, FLAG, PROGRAM = "default", "flag", "program"
HIDDEN = "[hidden]"


@dataclass(frozen=True, slots=True)
class Effective:
    """One setting as it is shown: a text as it is, other values as JSON, nothing where it is unset.

    A secret is `[hidden]`. `source` is where people can look: a variable's name, a file, a file and
    its line, or one of the words above. `program`: no file was read, as in the demo.
    """

    key: str
    value: str
    source: str


def effective_settings(settings: Settings) -> tuple[Effective, ...]:
    """List everything in force, in the order of the example file."""
    layers = settings.layers
    loaded = dict(_leaves(_loaded(settings), ()))
    return tuple(
        Effective(readable_path(path), _shown(value), _source(path, value, loaded, layers))
        for path, value in _leaves(settings, ())
    )


def _loaded(settings: Settings) -> BaseModel:
    """Give what the layers say, without what a flag of the command put over it."""
    if settings.layers is None:
        return Settings(slack=settings.slack)
    return type(settings)(**settings.layers.values)


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _leaves(getattr(value, name), (*path, name))
    elif isinstance(value, tuple) and any(isinstance(each, BaseModel) for each in value):
        for number, each in enumerate(value):
            yield from _leaves(each, (*path, number))
    else:
        yield path, value


def _source(path: Path, value: Any, loaded: Mapping[Path, Any], layers: Layers | None) -> str:
    is_as_loaded = path in loaded and loaded[path] == value
    if layers is None:
        return DEFAULT if is_as_loaded and path[0] != "slack" else PROGRAM
    if not is_as_loaded:
        return FLAG
    return layers.source(path) or DEFAULT


def _shown(value: Any) -> str:
    plain = _plain(value)
    if plain is None or isinstance(plain, str):
        return plain or ""
    return json.dumps(plain, ensure_ascii=False).replace(f'"{HIDDEN}"', HIDDEN)


def _plain(value: Any) -> Any:
    match value:
        case SecretStr():
            return HIDDEN
        case Enum():
            return value.value
        case str() | FilePath():
            return without_password(str(value))
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items()}
        case tuple() | list():
            return [_plain(each) for each in value]
        case bool() | int() | float() | None:
            return value
    return str(value)

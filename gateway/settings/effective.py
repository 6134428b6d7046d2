"""The settings in force, each with where it comes from, and without secrets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from pydantic import SecretStr

from gateway.routes.problems import Path, readable_path
from gateway.settings.layers import without_password
from gateway.settings.model import Settings
from gateway.settings.shapes import at, leaves

DEFAULT, FLAG, PROGRAM, SHARED = "default", "flag", "program", "shared"
HIDDEN = "[hidden]"


@dataclass(frozen=True, slots=True)
class Effective:
    """One setting as it is shown: a text as it is, other values as JSON, nothing where it is unset.

    A secret is `[hidden]`. `source` is where people can look: a variable's name, a file, a file and
    its line, or one of the words above. `program`: no file was read, as in the demo;
    `shared`: it is the first workspace's.
    """

    key: str
    value: str
    source: str


def effective_settings(settings: Settings) -> tuple[Effective, ...]:
    """List everything in force, in the order of the example file."""
    return tuple(
        Effective(readable_path(path), _shown(value), _source(path, value, settings))
        for path, value in leaves(settings)
    )


def _source(path: Path, value: Any, settings: Settings) -> str:
    layers, as_read = settings.layers, settings.as_read
    if layers is None:
        return DEFAULT if _defaults().get(path, ...) == value else PROGRAM
    if path not in as_read or as_read[path] != value:
        return FLAG
    return layers.source(path) or (DEFAULT if at(layers.kind, path) else SHARED)


@cache
def _defaults() -> Mapping[Path, Any]:
    return {
        path: value
        for name, field in Settings.model_fields.items()
        if not field.is_required()
        for path, value in leaves(field.get_default(call_default_factory=True), (name,))
    }


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

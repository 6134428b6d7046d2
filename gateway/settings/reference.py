"""Everything that can be set, by its key, as facts: for `config explain` and the reference page."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, SecretStr, WithJsonSchema
from pydantic.fields import FieldInfo

from gateway.routes.model import RoutesFile
from gateway.routes.problems import did_you_mean
from gateway.settings.layers import PREFIX
from gateway.settings.model import Settings
from gateway.settings.shapes import has_list, is_list, is_model, is_table, models_in

_TAGS = frozenset({"kind", "backend", "profile"})
"""Keys that say which of several tables this one is."""
_SAYS_WHICH = "Which of them it is; some of the other keys depend on it."
REQUIRED, UNSET, FROM_THE_REST = "required", "unset", "by what else is set"
RESTART, HOT = "after a restart", "at once: the file is read again when it changes"
_READ_AGAIN = {
    "server.tls_certificate": "after a restart; the file's content at once, when it is renewed",
    "server.tls_key": "after a restart; the file's content at once, when it is renewed",
    "alerts.sources[].auth.secrets[].file": "after a restart; the file's content at once",
    "api.clients[].tokens[].file": "after a restart; the file's content at once",
}
_NOT_IN_A_NAME = re.compile(r"\[\]|\.\d+")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `only` names the alternatives it belongs to; empty: all there are."""

    key: str
    kind: str
    default: str
    bounds: str
    says: str
    example: str
    variable: str
    counts: str
    only: tuple[str, ...] = ()

    @property
    def plain_key(self) -> str:
        """The key without the signs of lists."""
        return _NOT_IN_A_NAME.sub("", self.key)

    @property
    def table(self) -> str:
        """The key of the table it stands in."""
        return self.key.rpartition(".")[0]


def settings_reference() -> tuple[Setting, ...]:
    """List every setting of `gateway.toml`, in its order."""
    return tuple(_merged(_walk(Settings, "")))


def routes_reference() -> tuple[Setting, ...]:
    """List everything that `routes.yaml` can say, in its order."""
    found = _merged(_walk(RoutesFile, ""))
    return tuple(replace(each, variable="", counts=HOT) for each in found)


def find(key: str) -> tuple[Setting, ...]:
    """Find what is meant by a key, a variable, or the name of a whole section."""
    name = key.lower().removeprefix(PREFIX.lower()) if key.upper().startswith(PREFIX) else key
    wanted = _NOT_IN_A_NAME.sub("", name.replace("__", "."))
    every = (*settings_reference(), *routes_reference())
    exact = tuple(each for each in every if each.plain_key == wanted)
    return exact or tuple(each for each in every if each.plain_key.startswith(f"{wanted}."))


def nearest(key: str) -> str:
    """Offer the key that was meant, perhaps."""
    every = (*settings_reference(), *routes_reference())
    return did_you_mean(key, {each.plain_key for each in every})


# --- walking the model ---------------------------------------------------------------------------


def _walk(
    model: type[BaseModel], prefix: str, only: tuple[str, ...] = (), above: tuple[type, ...] = ()
) -> Iterator[Setting]:
    """List a table's settings; a table inside itself is named, and not opened again."""
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        tables = list(models_in(field.annotation))
        within = f"{key}{'[]' * has_list(field.annotation)}."
        if not tables or set(tables) & {model, *above}:
            yield _setting(key, field, only)
            continue
        for table in tables:
            tag = _tag(table) if len(tables) > 1 else ()
            yield from _walk(table, within, tag, (*above, model))


def _tag(table: type[BaseModel]) -> tuple[str, ...]:
    """Name the alternative that a table is."""
    for name, field in table.model_fields.items():
        if name in _TAGS and get_origin(field.annotation) is Literal:
            return tuple(f'{name} = "{each}"' for each in get_args(field.annotation))
    return ()


def _merged(found: Iterator[Setting]) -> Iterator[Setting]:
    """Tell once what several alternatives have in common, and all names of alternatives at once."""
    same: dict[Setting, dict[str, None]] = {}
    every: dict[str, dict[str, None]] = {}
    for each in found:
        every.setdefault(each.table, {}).update(dict.fromkeys(each.only))
        if each.key.rpartition(".")[2] in _TAGS:
            default = REQUIRED if each.default == REQUIRED else FROM_THE_REST
            common = replace(each, only=(), kind="", default=default, says=_SAYS_WHICH)
            same.setdefault(common, {})[each.kind] = None
        else:
            same.setdefault(replace(each, only=()), {}).update(dict.fromkeys(each.only))
    for each, names in same.items():
        if not each.kind:
            kinds = dict.fromkeys(word for kind in names for word in kind.split(", "))
            yield replace(each, kind=", ".join(kinds))
        else:
            yield replace(each, only=() if names == every[each.table] else tuple(names))


def _setting(key: str, field: FieldInfo, only: tuple[str, ...]) -> Setting:
    in_list = "[]" in key
    return Setting(
        key,
        _kind(field.annotation, field.metadata),
        _default(field),
        ", ".join(_bounds(field)),
        field.description or "",
        _example(field),
        "" if in_list else PREFIX + key.replace(".", "__").upper(),
        _READ_AGAIN.get(key, RESTART),
        only,
    )


# --- words for types, defaults and bounds --------------------------------------------------------

_KINDS: dict[Any, str] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "path",
    SecretStr: "secret",
    datetime: "time",
    AwareDatetime: "time with its zone",
}


def _kind(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    for each in metadata:
        if isinstance(each, WithJsonSchema):
            return _in_words(each.json_schema or {})
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0], get_args(annotation)[1:])
    if get_origin(annotation) in {Union, UnionType}:
        kinds = [_kind(each) for each in get_args(annotation) if each is not NoneType]
        return " or ".join(dict.fromkeys(kinds))
    return _of_form(annotation)


def _in_words(schema: Mapping[str, Any]) -> str:
    said = str(schema.get("description", "text")).removesuffix(".")
    return said[:1].lower() + said[1:]


def _of_form(form: Any) -> str:
    if get_origin(form) is Literal:
        return ", ".join(map(str, get_args(form)))
    if is_list(form):
        return f"list: {_kind(get_args(form)[0])}"
    if is_table(form):
        return f"table of your own keys: {_kind(get_args(form)[1])}"
    if isinstance(form, type) and issubclass(form, Enum):
        return ", ".join(str(each.value) for each in form)
    return "table" if is_model(form) else _KINDS.get(form, "text")


def _bounds(field: FieldInfo) -> Iterator[str]:
    words = {
        "ge": "at least {}",
        "gt": "more than {}",
        "le": "at most {}",
        "lt": "less than {}",
        "min_length": "not empty",
        "max_length": "at most {} long",
        "pattern": "of the form {}",
    }
    for each in field.metadata:
        for name, said in words.items():
            if (bound := getattr(each, name, None)) is not None:
                yield said.format(bound)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return REQUIRED
    value = field.get_default(call_default_factory=True)
    return UNSET if value is None else as_toml(value)


def _example(field: FieldInfo) -> str:
    return as_toml(field.examples[0]) if field.examples else ""


def as_toml(value: Any) -> str:
    """Write a value as it stands in a settings file."""
    match value:
        case bool():
            return "true" if value else "false"
        case Enum():
            return json.dumps(str(value.value))
        case int() | float():
            return str(value)
        case Path() | str() | SecretStr():
            return json.dumps(str(value), ensure_ascii=False)
        case dict():
            pairs = (f"{json.dumps(str(k))} = {as_toml(v)}" for k, v in value.items())
            return "{ " + ", ".join(pairs) + " }" if value else "{}"
        case list() | tuple():
            return "[" + ", ".join(map(as_toml, value)) + "]"
    return json.dumps(str(value), ensure_ascii=False)

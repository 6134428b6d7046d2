"""The settings file with everything in it: each setting at its default, with what it is for."""

import textwrap
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gateway.settings import Settings
from gateway.settings.reference import as_toml
from gateway.settings.shapes import has_list, is_model, models_in

_HEAD = """\
#:schema schema/gateway.schema.json
#
# Every setting of the gateway at its default. Copy what you change; leave the rest out.
# Stronger than this file: a file per secret in GATEWAY_SECRETS_DIR (slack__bot_token), and
# environment variables (GATEWAY_SLACK__BOT_TOKEN). `gateway config check FILE` checks it.
"""
_WIDTH = 96


def example_toml() -> str:
    """Write the whole file."""
    sections = (_section(name, field) for name, field in Settings.model_fields.items())
    return "\n".join([_HEAD, *("\n".join(lines) for lines in sections)])


def _section(name: str, field: FieldInfo) -> Iterator[str]:
    models = list(models_in(field.annotation))
    lists = has_list(field.annotation)
    for model in models:
        header = f"[[{name}]]" if lists else f"[{name}]"
        yield from _comment((model.__doc__ or "").strip().splitlines()[0])
        yield f"# {header}" if lists or len(models) > 1 else header
        tables = {i: _listed(setting.annotation) for i, setting in model.model_fields.items()}
        for inner, setting in model.model_fields.items():
            if tables[inner] is None:
                yield from _setting(inner, setting)
        for inner, table in tables.items():  # what follows a table's head belongs to it
            if table is not None:
                yield from _table(f"{name}.{inner}", table)
        yield ""


def _table(name: str, model: type[BaseModel]) -> Iterator[str]:
    """Show one of several tables of the same kind."""
    yield from _comment((model.__doc__ or "").strip().splitlines()[0])
    yield f"# [[{name}]]"
    for inner, setting in model.model_fields.items():
        yield from _setting(inner, setting)


def _listed(annotation: Any) -> type[BaseModel] | None:
    """Tell of what a list of tables is made, if they are all of one kind."""
    models = list(models_in(annotation)) if has_list(annotation) else []
    return models[0] if len(models) == 1 else None


def _setting(name: str, field: FieldInfo) -> Iterator[str]:
    if is_model(field.annotation):
        yield f"# {name}: a table of its own"
        for inner, setting in field.annotation.model_fields.items():  # type: ignore[union-attr] # _is_model checked
            yield from _setting(f"{name}.{inner}", setting)
        return
    yield from _comment(field.description or "")
    default = field.get_default(call_default_factory=True)
    if default is PydanticUndefined or default is None or default in ((), {}):
        example = field.examples[0] if field.examples else "…"
        yield f"# {name} = {as_toml(example)}"
    else:
        yield f"# {name} = {as_toml(default)}"


def _comment(text: str) -> Iterator[str]:
    for line in textwrap.wrap(text, _WIDTH):
        yield f"# {line}"

"""The published JSON Schema of `gateway.toml`, for editors; `python -m gateway.settings.schema`.

It is milder than the gateway in one thing: nothing is required at the top, because everything may
be set by variables and secret files as well.
"""

import json
import sys
from typing import Any

from gateway.routes.schema import without_titles
from gateway.settings.model import Settings
from gateway.settings.shapes import models_in


def settings_schema() -> str:
    """Write the schema as it is published in `config/schema/gateway.schema.json`."""
    schema: dict[str, Any] = Settings.model_json_schema()
    schema.pop("required", None)
    for field in Settings.model_fields.values():
        for model in models_in(field.annotation):
            schema["$defs"][model.__name__].pop("required", None)
    _one_word_will_do(schema["$defs"])
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **without_titles(_any_of(schema)),
        "title": "gateway.toml",
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _one_word_will_do(definitions: dict[str, Any]) -> None:
    """A secret may be written as plain text, or as `file:NAME`."""
    secret = definitions["Secret"]
    definitions["Secret"] = {"anyOf": [{"type": "string", "minLength": 1}, secret]}


def _any_of(value: Any) -> Any:
    """Let alternatives overlap: without what is required, several may fit."""
    if isinstance(value, list):
        return [_any_of(each) for each in value]
    if isinstance(value, dict):
        kept = {key: each for key, each in value.items() if key != "discriminator"}
        return {"anyOf" if key == "oneOf" else key: _any_of(v) for key, v in kept.items()}
    return value


if __name__ == "__main__":
    sys.stdout.write(settings_schema())

"""The published JSON Schema of `routes.yaml`, for editors; `python -m gateway.routes.schema`."""

import json
import sys
from typing import Any

from gateway.routes.model import RoutesFile


def routes_schema() -> str:
    """Write the schema as it is published in `config/schema/routes.schema.json`."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **without_titles(RoutesFile.model_json_schema()),
        "title": "routes.yaml",
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def without_titles(value: Any) -> Any:
    """Drop the names the library makes up of field names; they say nothing new."""
    if isinstance(value, list):
        return [without_titles(each) for each in value]
    if isinstance(value, dict):
        kept = {k: each for k, each in value.items() if k != "title" or not isinstance(each, str)}
        return {key: without_titles(each) for key, each in kept.items()}
    return value


if __name__ == "__main__":
    sys.stdout.write(routes_schema())

"""The description of `/api/v1` for programs (OpenAPI 3.1); `python -m gateway.web.openapi`.

Made from the models that read and write the wire, so that it cannot say anything else.
"""

import json
import sys
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.web.api_models import PageAccepted, PageBody, PageStatus, Refusal

Json = dict[str, Any]

PAGES = "/api/v1/pages"
DESCRIPTION = "/api/v1/openapi.json"

_REFUSED = {
    "400": "Not JSON, or no usable Idempotency-Key.",
    "401": "No token of a known client.",
    "403": "This client may not page these people, or not show pages in this channel.",
    "404": "This client has no such page.",
    "408": "The body took too long to arrive.",
    "413": "The body is larger than 128 KiB.",
    "415": "The body is not plain JSON.",
    "422": "Understood, and cannot be done as it is: a field is wrong, a name is unknown or fits "
    "several people, the text is too long; or the Idempotency-Key stands for another page.",
    "429": "Too many requests of this client in the last minute; come again after Retry-After.",
    "503": "Nothing could be written down; come again after Retry-After, with the same key.",
}
_LATER = {"429", "503"}


def document() -> Json:
    """Make the description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pager gateway",
            "version": "1",
            "description": "Pages to people and departments through RingCentral's company pager. "
            "What was accepted is sent once, or its refusal is told.",
        },
        "paths": {PAGES: {"post": _send()}, PAGES + "/{ref}": {"get": _look()}},
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"client": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"client": []}],
    }


@cache
def openapi_json() -> str:
    """Write it as it is kept in `docs/reference/openapi.json` and served."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _send() -> Json:
    return {
        "operationId": "sendPage",
        "summary": "Send a page",
        "parameters": [_KEY],
        "requestBody": {"required": True, "content": _content(PageBody)},
        "responses": {
            "202": {
                "description": "The page is on record and will be sent.",
                "headers": {
                    "Location": {
                        "description": "Where to ask how it stands.",
                        "schema": {"type": "string"},
                    }
                },
                "content": _content(PageAccepted),
            },
            **_refusals("400", "401", "403", "408", "413", "415", "422", "429", "503"),
        },
    }


def _look() -> Json:
    reference: Json = {
        "name": "ref",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "examples": ["pg_7K2M9Q"]},
    }
    return {
        "operationId": "getPage",
        "summary": "Ask how a page stands",
        "parameters": [reference],
        "responses": {
            "200": {"description": "How it stands.", "content": _content(PageStatus)},
            **_refusals("401", "404", "503"),
        },
    }


_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Unique for each page of this client, such as a UUID. The same key with the "
    "same body is the same page, however often it comes, for at least 25 hours; with another body "
    "it is refused. A request that was refused does not use its key up.",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
}


def _refusals(*statuses: str) -> Json:
    return {
        status: {
            "description": _REFUSED[status],
            **({"headers": _RETRY_AFTER} if status in _LATER else {}),
            "content": _content(Refusal),
        }
        for status in statuses
    }


_RETRY_AFTER: Json = {
    "Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}
}


def _content(model: type[BaseModel]) -> Json:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}


def _schemas() -> Json:
    models: list[Any] = [(m, "validation") for m in (PageBody, PageAccepted, PageStatus, Refusal)]
    _, made = models_json_schema(models, ref_template="#/components/schemas/{model}")
    schemas: Json = _plain(made["$defs"])
    return schemas


def _plain(value: Any) -> Any:
    """Leave out what the library makes up: titles, and nulls where a field is just absent."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {k: each for k, each in value.items() if k != "title" or not isinstance(each, str)}
    options = [each for each in kept.pop("anyOf", []) if each != {"type": "null"}]
    if len(options) == 1:
        kept |= options[0]
    if kept.get("default", ...) is None:
        del kept["default"]
    return {key: _plain(each) for key, each in kept.items()}


if __name__ == "__main__":
    sys.stdout.write(openapi_json())

"""Requests that Schemathesis makes up from a description of an API, to be sent over real HTTP.

Only its generators are used: its runner would call from a thread of its own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, settings
from schemathesis import Case
from schemathesis.core import NOT_SET
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation

Operation = APIOperation[Any, Any, Any, Any]
AnyCase = Case[Any]

_LONGEST_PATH = 8000
"""What is longer no HTTP server of ours reads; `tests/adapters/test_smuggling.py` tries that."""

few = settings(
    max_examples=25,
    # One server for all examples is what is wanted here, and schemas filter as they do.
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Generated:
    """A request; `path` carries its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """List what a description says can be asked for."""
    schema = schemathesis.openapi.from_dict(dict(document))
    found = list(schema.get_all_operations())
    return [each.ok() for each in found if isinstance(each, Ok)]


def every(described: list[Operation]) -> pytest.MarkDecorator:
    """Run a test on every operation, with requests that keep to the description and that do not."""
    cases = [
        pytest.param(operation.as_strategy(mode), id=f"{operation.label} {mode.value}")
        for operation in described
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        # Where nothing but a path is asked for, every path keeps to the description.
        if mode is GenerationMode.POSITIVE or operation.body or operation.query
    ]
    return pytest.mark.parametrize("cases", cases)


def request_of(case: AnyCase) -> Generated:
    """Turn a case into a request that can be sent."""
    query = urlencode(case.query or {}, doseq=True, errors="replace")
    headers = {name: value for name, value in (case.headers or {}).items() if _sendable(value)}
    if case.media_type and case.body is not NOT_SET:
        headers["Content-Type"] = case.media_type
    path = f"{case.formatted_path}?{query}" if query else case.formatted_path
    assume(len(path) < _LONGEST_PATH)
    return Generated(case.method, path, headers, _body(case))


def _sendable(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


def _body(case: AnyCase) -> bytes | None:
    match case.body:
        case bytes() as raw:
            return raw
        case form if case.media_type == "application/x-www-form-urlencoded" and form is not NOT_SET:
            fields = form if isinstance(form, dict) else {}
            return urlencode(fields, doseq=True, errors="replace").encode()
        case body if body is NOT_SET:
            return None
        case body:
            return json.dumps(body).encode()

"""Checks answers against RingCentral's own schema (OpenAPI 3.0), stricter than it asks.

`nullable` becomes a type, and objects with listed properties admit no others: a misspelt field
would pass an open schema. Parts of an `allOf` stay open, since each sees the other's fields, and so
do errors, which the live service sends with more on top than the schema knows.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from ruamel.yaml import YAML

FILE = Path(__file__).parents[2] / "data/ringcentral-openapi-subset.yaml"
METHODS = ("get", "put", "post", "patch", "delete")
NAME = "urn:ringcentral"


class Schema:
    """The operations of the subset, by `operationId`."""

    def __init__(self) -> None:
        document = YAML(typ="safe").load(FILE)
        self._components = document["components"]
        self.operations: dict[str, Any] = {
            operation["operationId"]: operation
            for path in document["paths"].values()
            for method, operation in path.items()
            if method in METHODS
        }
        open_parts = {each["$ref"] for each in _all_of(document) if "$ref" in each}
        for name, schema in self._components["schemas"].items():
            is_part = f"#/components/schemas/{name}" in open_parts
            if "properties" in schema and not is_part and "Error" not in name:
                schema.setdefault("additionalProperties", False)
        _adapt(document)
        resource = Resource.from_contents(document, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(NAME, resource)

    def check(self, operation: str, status: int, content_type: str, body: Any) -> None:
        """Assert that an answer is one this operation may give.

        Statuses the schema leaves out for refusals are checked against the general error body.
        """
        answers = self.operations[operation]["responses"]
        answer = answers.get(str(status))
        if answer is None and status >= 400:
            self.check_part("ApiErrorResponseModel", body)
            return
        assert answer is not None, f"{operation} never answers {status}"
        if "$ref" in answer:
            answer = self._components["responses"][answer["$ref"].rpartition("/")[2]]
        if "content" not in answer:
            assert body in ("", None)
            return
        assert content_type in answer["content"], content_type
        self._validate(answer["content"][content_type]["schema"], body)

    def check_part(self, name: str, body: Any) -> None:
        """Assert that a value is what a named schema describes."""
        self._validate({"$ref": f"{NAME}#/components/schemas/{name}"}, body)

    def error_codes(self) -> Iterator[tuple[str, int, str]]:
        """List what each operation may refuse with: operation, status, code."""
        for name, operation in self.operations.items():
            for error in operation.get("x-error-codes", ()):
                yield name, error["httpCode"], error["errorCode"]

    def _validate(self, schema: dict[str, Any], body: Any) -> None:
        Draft202012Validator(
            schema, registry=self._registry, format_checker=FormatChecker(["date-time"])
        ).validate(body)


def _all_of(node: Any) -> Iterator[dict[str, Any]]:
    """Find every part of every `allOf`."""
    if isinstance(node, dict):
        yield from node.get("allOf", ())
        for each in node.values():
            yield from _all_of(each)
    elif isinstance(node, list):
        for each in node:
            yield from _all_of(each)


def _adapt(node: Any) -> None:
    """Turn `nullable` into a type, and references into absolute ones, in place."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            node["$ref"] = NAME + node["$ref"]
        if node.pop("nullable", False) is True and "type" in node:
            node["type"] = [node["type"], "null"]
        for each in node.values():
            _adapt(each)
    elif isinstance(node, list):
        for each in node:
            _adapt(each)

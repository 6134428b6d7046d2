"""What the model's library says about a file, in the words of the people who write it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from gateway.routes.fields import MISTAKE
from gateway.routes.problems import Problem, did_you_mean

_OLD_KEYS = {
    "match": "was Alertmanager's old form; write matchers: ['team=\"db\"']",
    "match_re": "was Alertmanager's old form; write matchers: ['team=~\"db|web\"']",
    "source_match": "was Alertmanager's old form; write source_matchers",
    "target_match": "was Alertmanager's old form; write target_matchers",
    "mute_time_intervals": "belongs to a route; at the top it is time_intervals",
    "global": "is Alertmanager's; receivers here name departments and channels",
}


def explain(error: ValidationError, model: type[BaseModel]) -> Iterator[Problem]:
    """Give every problem once, each where somebody can mend it."""
    items = error.errors(include_url=False, include_input=False)
    around = {each["loc"][:size] for each in items for size in range(len(each["loc"]))}
    for item in items:
        if item["loc"] not in around:
            yield _problem(item, model)


def _problem(item: Any, model: type[BaseModel]) -> Problem:
    path = item["loc"]
    context = item.get("ctx", {})
    match item["type"]:
        case "extra_forbidden":
            return Problem(path, _unknown(str(path[-1]), _known(model, path[:-1])), on_key=True)
        case "missing":
            return Problem(path[:-1], f'"{path[-1]}" is missing')
        case kind if kind == MISTAKE:
            return Problem(path, context["problem"], context["at"])
        case "enum" | "literal_error":
            return Problem(path, f"expected {str(context['expected']).replace(chr(39), '')}")
    return Problem(path, _expected(item["type"], context) or str(item["msg"]))


def _expected(kind: str, context: Mapping[str, Any]) -> str:
    match kind:
        case "string_type":
            return "expected text"
        case "tuple_type" | "list_type":
            return "expected a list"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "expected keys and values"
        case "bool_type" | "bool_parsing":
            return "expected true or false"
        case "int_type" | "int_parsing" | "int_from_float":
            return "expected a whole number"
        case "too_short" | "string_too_short":
            return "must not be empty"
        case "string_too_long":
            return f"must not be longer than {context['max_length']} characters"
        case "greater_than_equal":
            return f"expected {context['ge']} or more"
    return ""


def _unknown(key: str, known: Iterable[str]) -> str:
    if key in _OLD_KEYS:
        return f'"{key}" {_OLD_KEYS[key]}'
    return f'unknown key "{key}"{did_you_mean(key, known)}'


def _known(model: type[BaseModel], path: Iterable[str | int]) -> list[str]:
    """List the keys that can stand at a place."""
    found: type[BaseModel] | None = model
    for step in path:
        if found and isinstance(step, str):
            field = next((f for n, f in found.model_fields.items() if step in {n, f.alias}), None)
            found = next(_models(field.annotation), None) if field else found
    return [field.alias or name for name, field in found.model_fields.items()] if found else []


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)

"""What the model's library says about settings, in words, where somebody can mend it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from gateway.routes.problems import Located, Path, Problem, did_you_mean
from gateway.settings.layers import PREFIX, Layers, has
from gateway.settings.shapes import at, is_model, keys_at


def explained(error: ValidationError, model: type[BaseModel], layers: Layers) -> Iterator[Located]:
    """Give every problem once. No value is repeated: it may be a secret."""
    for item in error.errors(include_url=False, include_input=False):
        path = _written(item["loc"], layers.values)
        if item["type"] == "union_tag_invalid":
            path = (*path, _bare(item["ctx"]["discriminator"]))
        unknown = item["type"] == "extra_forbidden"
        text = _unknown(item["loc"], model) if unknown else _said(item)
        if item["type"] == "missing":
            text += _as_variable(path, model)
        yield layers.locate(Problem(path, text, on_key=unknown))


def _written(loc: Sequence[str | int], values: Any) -> Path:
    """Take out of an error's path what names an alternative of the model, not a place."""
    path: list[str | int] = []
    for number, step in enumerate(loc):
        if has(values, (step,)):
            values = values[step]
            path.append(step)
        elif number == len(loc) - 1 and isinstance(values, Mapping):
            path.append(step)
    return tuple(path)


# --- words ---------------------------------------------------------------------------------------


def _unknown(loc: Sequence[str | int], model: type[BaseModel]) -> str:
    key = str(loc[-1])
    return f'unknown key "{key}"{did_you_mean(key, keys_at(model, tuple(loc[:-1])))}'


def _as_variable(path: Path, model: type[BaseModel]) -> str:
    """Say how else something can be set, where that is one value."""
    if any(isinstance(step, int) for step in path) or any(map(is_model, at(model, path))):
        return ""
    return f"; as a variable: {PREFIX}{'__'.join(map(str, path)).upper()}"


def _said(item: Any) -> str:
    bounds = {"ge": "or more", "gt": "more than", "le": "or less", "lt": "less than"}
    context: Mapping[str, Any] = item.get("ctx", {})
    match str(item["type"]):
        case "missing":
            return "is required"
        case "string_type" | "string_sub_type" | "path_type":
            return "expected text"
        case "tuple_type" | "list_type":
            return "expected a list"
        case "model_type" | "model_attributes_type" | "dict_type" | "mapping_type":
            return "expected a table"
        case "bool_type" | "bool_parsing":
            return "expected true or false"
        case "int_type" | "int_parsing" | "int_from_float":
            return "expected a whole number"
        case "float_type" | "float_parsing":
            return "expected a number"
        case "too_short" | "string_too_short":
            return "must not be empty"
        case "enum" | "literal_error":
            return f"expected {_bare(context['expected'])}"
        case "union_tag_invalid":
            return _tags(context)
        case "union_tag_not_found":
            return f"{_bare(context['discriminator'])} is required"
        case "string_pattern_mismatch":
            return f"expected text of the form {context['pattern']}"
        case "greater_than_equal" | "less_than_equal":
            bound = next(name for name in ("ge", "le") if name in context)
            return f"expected {context[bound]} {bounds[bound]}"
        case "greater_than" | "less_than":
            bound = next(name for name in ("gt", "lt") if name in context)
            return f"expected {bounds[bound]} {context[bound]}"
    return str(item["msg"]).removeprefix("Value error, ")


def _tags(context: Mapping[str, Any]) -> str:
    known = _bare(context["expected_tags"])
    return f"expected one of {known}{did_you_mean(str(context['tag']), known.split(', '))}"


def _bare(words: object) -> str:
    """Take the quotes away that the library puts around names."""
    return str(words).replace("'", "")

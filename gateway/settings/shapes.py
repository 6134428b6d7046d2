"""What may stand at a place in the settings, found in the model by following a path."""

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

from gateway.routes.problems import Path


def forms(annotation: Any) -> Iterator[Any]:
    """List the alternatives of an annotation, without what only adds to them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from forms(get_args(annotation)[0])
    elif origin in {Union, UnionType}:
        for each in get_args(annotation):
            yield from forms(each)
    else:
        yield annotation


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """List the tables an annotation allows, on their own or in a list, in their order."""
    for form in forms(annotation):
        if is_model(form):
            yield form
        elif is_list(form):
            yield from models_in(get_args(form)[0])


def is_model(form: Any) -> bool:
    """Whether a form is a table of settings."""
    return isinstance(form, type) and issubclass(form, BaseModel)


def is_list(form: Any) -> bool:
    """Whether a form is a list of equals."""
    origin = get_origin(form)
    return isinstance(origin, type) and issubclass(origin, Sequence)


def has_list(annotation: Any) -> bool:
    """Whether an annotation allows a list."""
    return any(map(is_list, forms(annotation)))


def is_table(form: Any) -> bool:
    """Whether a form is a table with keys of the operator's own."""
    origin = get_origin(form)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def at(annotation: Any, path: Path) -> list[Any]:
    """List the forms a value may have at a path; empty where the model has no such place."""
    found = list(forms(annotation))
    for step in path:
        found = [inner for form in found for inner in _inside(form, step)]
    return found


def _inside(form: Any, step: str | int) -> Iterator[Any]:
    if isinstance(step, int):
        if is_list(form):
            yield from forms(get_args(form)[0])
    elif is_model(form):
        if field := form.model_fields.get(step):
            yield from forms(field.annotation)
    elif is_table(form):
        yield from forms(get_args(form)[1])


def keys_at(annotation: Any, path: Path) -> list[str]:
    """List the keys that may stand in the table at a path of a validation error.

    Such a path also names the alternative that was taken, by its tag.
    """
    found = list(forms(annotation))
    for step in path:
        inner = [each for form in found for each in _inside(form, step)]
        tagged = [form for form in found if is_model(form) and step in _tags(form)]
        found = inner or tagged or found
    return [key for form in found if is_model(form) for key in form.model_fields]


def _tags(model: type[BaseModel]) -> set[Any]:
    fields = (field.annotation for field in model.model_fields.values())
    return {tag for each in fields if get_origin(each) is Literal for tag in get_args(each)}


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """List the values of a table that hold no others, with their paths."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from leaves(getattr(value, name), (*path, name))
    elif isinstance(value, tuple) and any(isinstance(each, BaseModel) for each in value):
        for number, each in enumerate(value):
            yield from leaves(each, (*path, number))
    else:
        yield path, value


def may_be_shown(annotation: Any, path: Path) -> bool:
    """Whether what stands at a path is known to be no secret."""
    found = at(annotation, path)
    return bool(found) and not any(map(_may_be_secret, found))


def _may_be_secret(form: Any) -> bool:
    inner = get_args(form)[0] if is_list(form) else form
    return any(is_model(each) or each is SecretStr for each in forms(inner))

"""Raw bytes of a verified request, parsed once into a plain object with known bounds."""

import json
from urllib.parse import parse_qsl

from adapters.chat.slack.text import whole

BYTES_MOST = 256 * 1024
DEPTH_MOST = 32
NODES_MOST = 20_000
FIELDS_MOST = 200

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

Body = dict[str, object]


class MalformedBodyError(ValueError):
    """Signed, but not what Slack sends."""


def parse(raw: bytes, content_type: str) -> Body:
    """Read an event (JSON), a command (form) or an interaction (JSON in the field `payload`).

    A command's text may contain the word "payload", which must not make it an interaction; so the
    form is taken apart first, and a form with `command` is a command.

    Raises:
        MalformedBodyError: other types, bad UTF-8, bad JSON, too deep, too many parts.
    """
    try:
        if content_type == JSON:
            return _object(raw.decode())
        if content_type == FORM:
            form = _form(raw)
            return form if "command" in form else _object(str(form.get("payload", "")))
    except (ValueError, RecursionError) as error:
        raise MalformedBodyError from error
    raise MalformedBodyError


def is_tls_probe(raw: bytes, content_type: str) -> bool:
    """Tell whether this is Slack's `ssl_check`, which distributed apps get unsigned."""
    if content_type != FORM or b"ssl_check=1" not in raw:
        return False
    try:
        return _form(raw).get("ssl_check") == "1"
    except ValueError:
        return False


def _form(raw: bytes) -> Body:
    pairs = parse_qsl(
        raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MOST
    )
    form: Body = {name: _clean(value) for name, value in pairs}
    if len(form) != len(pairs):
        raise MalformedBodyError
    return form


def _object(text: str) -> Body:
    value = _Copy().of(json.loads(text, parse_constant=_refuse))
    if not isinstance(value, dict):
        raise MalformedBodyError
    return value


def _refuse(constant: str) -> object:
    raise MalformedBodyError(constant)


class _Copy:
    """Copies parsed JSON, counting what it passes and cleaning every string."""

    def __init__(self) -> None:
        self._nodes = 0

    def of(self, value: object, depth: int = 1) -> object:
        self._nodes += 1
        if depth > DEPTH_MOST or self._nodes > NODES_MOST:
            raise MalformedBodyError
        match value:
            case str():
                return _clean(value)
            case dict():
                return {_clean(str(name)): self.of(each, depth + 1) for name, each in value.items()}
            case list():
                return [self.of(each, depth + 1) for each in value]
            case _:
                return value


def _clean(text: str) -> str:
    """Drop what no database and no encoder takes: NUL and halves of surrogate pairs."""
    return whole(text).replace("\0", "")

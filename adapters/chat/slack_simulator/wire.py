"""What crosses the wire: JSON objects, arguments in any encoding, refusals by code."""

import json
from collections.abc import Collection, Mapping
from typing import Any, NoReturn, TypeAlias

Json: TypeAlias = dict[str, Any]


class SlackError(Exception):
    """A refusal as the Web API words it: HTTP 200 with `ok: false` and a code."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra: Json = extra

    def as_json(self) -> Json:
        """The body of the answer."""
        return {"ok": False, "error": self.code, **self.extra}


def missing(name: str) -> SlackError:
    """The refusal for an absent required argument."""
    return invalid(f"[ERROR] missing required field: {name}")


def invalid(*messages: str, code: str = "invalid_arguments") -> SlackError:
    """A refusal that says what is wrong, where Slack puts such words."""
    return SlackError(code, response_metadata={"messages": list(messages)})


def parse_json(text: str | bytes) -> Any:
    """Decode JSON; ValueError covers bad UTF-8, bad syntax and absurd nesting alike."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _refuse_constant(name: str) -> NoReturn:
    """Python reads NaN and Infinity, JSON has none."""
    raise ValueError(name)


def dump(value: object) -> str:
    """Compact JSON in ASCII, as Slack sends it; half a surrogate pair breaks nothing."""
    return json.dumps(value, separators=(",", ":"))


def weight(value: object) -> int:
    """How many bytes the value has as JSON in UTF-8."""
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


class Args:
    """Arguments of one call. Values may be native (JSON body) or strings (query, form)."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = {name: value for name, value in given.items() if value is not None}
        self._nulls = given.keys() - self._given.keys()

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def is_null(self, name: str) -> bool:
        """Whether it was given as `null`, which everywhere else means not given."""
        return name in self._nulls

    def others(self, names: Collection[str]) -> Json:
        """Everything given besides `names`."""
        return {name: value for name, value in self._given.items() if name not in names}

    def text(self, name: str) -> str:
        """A required string that is not empty."""
        value = self.maybe(name)
        if not value:
            raise missing(name)
        return value

    def maybe(self, name: str) -> str | None:
        """An optional string; numbers are taken as their digits, as in a form."""
        value = self._given.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise invalid(f"[ERROR] must provide a string [json-pointer:/{name}]")

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean: `true`, `"true"`, `1` and `"1"` are yes."""
        value = self._given.get(name)
        if value is None:
            return default
        return str(value).lower() in {"true", "1"}

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number between `low` and `high`, both included."""
        value = self.maybe(name)
        if value is None:
            return default
        try:
            number = int(float(value))
        except (ValueError, OverflowError):
            raise invalid(f"[ERROR] invalid number [json-pointer:/{name}]") from None
        if not low <= number <= high:
            raise SlackError("invalid_limit" if name == "limit" else "invalid_arguments")
        return number

    def nested(self, name: str, code: str = "invalid_arguments") -> Any:
        """A structure, native or as a JSON string; None when absent.

        Raises:
            SlackError: with `code`, when the string is not JSON.
        """
        value = self._given.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return parse_json(value)
        except ValueError:
            raise SlackError(code) from None

    def mapping(self, name: str, code: str = "invalid_arguments") -> Json | None:
        """A JSON object, or None when absent."""
        value = self.nested(name, code)
        if value is None or isinstance(value, dict):
            return value
        raise SlackError(code)

    def objects(self, name: str, code: str = "invalid_blocks_format") -> list[Json] | None:
        """A JSON array of objects, or None when absent."""
        value = self.nested(name, code)
        if value is None:
            return None
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
        raise SlackError(code)

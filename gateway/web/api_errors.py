"""Refusals of `/api/v1` as answers: a stable code, words, and what to do next."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import ValidationError

from gateway.domain.errors import FactValue, StoreUnavailableError
from gateway.ports.orders import NotTaken
from gateway.text.programs import Explained
from gateway.web.api_models import Choice, FieldProblem, Position, Problem, Refusal

Explain = Callable[[str, Mapping[str, FactValue]], Explained]

_AGAIN_S = 5

STATUS = {
    "api.json": 400,
    "api.key_missing": 400,
    "api.key_unusable": 400,
    "api.cut_off": 400,
    "api.unauthorized": 401,
    "policy.denied": 403,
    "api.no_such_page": 404,
    "api.method": 405,
    "api.too_slow": 408,
    "api.too_large": 413,
    "api.media_type": 415,
    "api.too_many": 429,
    "page.too_many": 429,
    "gateway.not_recorded": 503,
}
"""Everything else is 422: it was understood, and cannot be done as it is."""

_OF_HTTP = {
    400: "api.cut_off",
    405: "api.method",
    408: "api.too_slow",
    413: "api.too_large",
    415: "api.media_type",
}
_OF_FIELD = {
    "missing": "api.field_missing",
    "extra_forbidden": "api.field_unknown",
    "string_type": "api.field_text",
    "list_type": "api.field_list",
    "bool_type": "api.field_yes_or_no",
    "model_type": "api.field_object",
    "model_attributes_type": "api.field_object",
    "string_too_short": "api.field_short",
    "too_short": "api.field_short",
    "string_too_long": "api.field_long",
    "too_long": "api.field_long",
}
_MOST_FIELDS = 20
_LONGEST_NAME = 64
_POSITION = re.compile(r"line (\d+) column (\d+)")


class ApiRefusals:
    """Makes the answers, with words."""

    def __init__(self, explain: Explain) -> None:
        self._explain = explain

    def answer(self, problem: Problem, headers: Mapping[str, str] | None = None) -> web.Response:
        """Answer with a problem; its code decides the status."""
        again = problem.retry_after_s
        return web.Response(
            text=Refusal(error=problem).model_dump_json(exclude_none=True),
            content_type="application/json",
            status=STATUS.get(problem.code, 422),
            headers={**(headers or {}), **({"Retry-After": str(again)} if again else {})},
        )

    def problem(self, code: str, **more: Any) -> Problem:
        """Explain a code."""
        told = self._explain(code, {})
        return Problem(code=code, message=told.message, next=told.next or None, **more)

    def not_taken(self, refusal: NotTaken) -> Problem:
        """Tell why an order was not taken."""
        where = FieldProblem(field=refusal.field, message=refusal.message)
        return Problem(
            code=refusal.code,
            message=refusal.message,
            next=refusal.next or None,
            fields=[where] if refusal.field else None,
            choices=[Choice(number=e.number, name=e.name, kind=e.kind) for e in refusal.choices]
            or None,
            retry_after_s=refusal.retry_after_s,
        )

    def unreadable(self, error: ValidationError) -> Problem:
        """Tell what is wrong with a body, without repeating any of it but names of fields."""
        found = error.errors(include_url=False, include_input=False)
        if found[0]["type"] == "json_invalid":
            return self.problem("api.json", position=_position(found[0]))
        return self.problem("api.body", fields=[self._field(each) for each in found[:_MOST_FIELDS]])

    def _field(self, error: Mapping[str, Any]) -> FieldProblem:
        limits = error.get("ctx", {})
        limit = limits.get("max_length", limits.get("min_length", 0))
        code = _OF_FIELD.get(error["type"], "api.field_form")
        return FieldProblem(
            field=_place(error["loc"]), message=self._explain(code, {"limit": limit}).message
        )

    def told(self, handler: Handler) -> Handler:
        """Answer in this API's form whatever a handler of it raises."""

        async def answered(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except web.HTTPException as refusal:
                code = _OF_HTTP.get(refusal.status)
                if code is None:
                    raise
                return self.answer(self.problem(code), _allowed(refusal))
            except StoreUnavailableError as error:
                return self.answer(self.problem(error.code, retry_after_s=_AGAIN_S))

        return answered


def _allowed(refusal: web.HTTPException) -> dict[str, str]:
    allowed = refusal.headers.get("Allow")
    return {"Allow": allowed} if allowed else {}


def _position(error: Mapping[str, Any]) -> Position | None:
    found = _POSITION.search(str(error.get("ctx", {}).get("error", "")))
    return Position(line=int(found[1]), column=int(found[2])) if found else None


def _place(location: tuple[int | str, ...]) -> str:
    """Write a place as programs do: `to[1]`; the body itself is `.`."""
    written = ""
    for step in location:
        written += f"[{step}]" if isinstance(step, int) else f".{step[:_LONGEST_NAME]}"
    return written.removeprefix(".") or "."

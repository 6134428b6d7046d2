"""Silences, for an operator: listed, added, prolonged and ended over the control door."""

from datetime import timedelta
from typing import TypeVar

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from gateway.domain.routing.durations import parse_duration
from gateway.domain.routing.matchers import Matcher, parse_matchers
from gateway.domain.routing.silences import KeptSilence, SilenceProblem
from gateway.domain.routing.syntax import RoutingSyntaxError
from gateway.ports.clock import Clock
from gateway.services.alerts.silencing import Silencing, Wanted
from gateway.text.words import Words
from gateway.web.errors import RefusedError

_Asked = TypeVar("_Asked", bound=BaseModel)

_LONGEST = timedelta(days=365)
_STATUS = {SilenceProblem.UNKNOWN: 404, SilenceProblem.ALREADY_EXPIRED: 409}
"""All other problems are of what was asked: 400."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Add(_Body):
    """A silence as it is asked for; `for` is a duration such as `2h`."""

    matchers: tuple[str, ...]
    author: str
    comment: str
    lasts: str = Field(alias="for")
    starts_at: AwareDatetime | None = None


class _Extend(_Body):
    """`for`: how long from now on."""

    by: str
    lasts: str = Field(alias="for")


class _Expire(_Body):
    by: str


def silence_routes(
    silencing: Silencing | None, words: Words, clock: Clock
) -> tuple[web.RouteDef, ...]:
    """Make the routes of the control door; without alert routes they say so."""

    def kept() -> Silencing:
        if silencing is None:
            raise RefusedError("silence.off", words.sentence("silence.off"), 404)
        return silencing

    def shown(found: KeptSilence | SilenceProblem, status: int = 200) -> web.Response:
        if isinstance(found, SilenceProblem):
            raise refused_silence(found, words)
        return web.json_response({"silence": _as_json(found, clock)}, status=status)

    async def listed(request: web.Request) -> web.Response:
        found = await kept().listed(ended="ended" in request.query)
        return web.json_response({"silences": [_as_json(each, clock) for each in found]})

    async def one(request: web.Request) -> web.Response:
        id_ = request.match_info["id"]
        found = (each for each in await kept().listed(ended=True) if each.silence.id == id_)
        return shown(next(found, SilenceProblem.UNKNOWN))

    async def add(request: web.Request) -> web.Response:
        asked = await _read(request, _Add)
        wanted = Wanted(
            read_matchers(asked.matchers),
            asked.author.strip(),
            asked.comment.strip(),
            read_duration(asked.lasts),
            asked.starts_at,
        )
        return shown(await kept().add(wanted), 201)

    async def extend(request: web.Request) -> web.Response:
        asked = await _read(request, _Extend)
        until = clock.now() + read_duration(asked.lasts)
        return shown(await kept().extend(request.match_info["id"], until, asked.by.strip()))

    async def expire(request: web.Request) -> web.Response:
        asked = await _read(request, _Expire)
        return shown(await kept().expire(request.match_info["id"], asked.by.strip()))

    return (
        web.get("/-/silences", listed),
        web.get("/-/silences/{id}", one),
        web.post("/-/silences", add),
        web.post("/-/silences/{id}/extend", extend),
        web.post("/-/silences/{id}/expire", expire),
    )


def _as_json(kept: KeptSilence, clock: Clock) -> dict[str, object]:
    silence = kept.silence
    return {
        "id": silence.id,
        "state": silence.state(clock.now()).value,
        "matchers": [str(matcher) for matcher in silence.matchers],
        "author": silence.author,
        "comment": silence.comment,
        "starts_at": silence.starts_at.isoformat(timespec="seconds"),
        "ends_at": silence.ends_at.isoformat(timespec="seconds"),
        "of_file": not kept.history,
        "history": [
            {
                "at": entry.at.isoformat(timespec="seconds"),
                "deed": entry.deed.value,
                "by": entry.by,
                "ends_at": entry.ends_at.isoformat(timespec="seconds"),
            }
            for entry in kept.history
        ],
    }


async def _read(request: web.Request, kind: type[_Asked]) -> _Asked:
    try:
        return kind.model_validate_json(await request.read())
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        problems = (f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in found)
        raise RefusedError("silence.request", "; ".join(problems), 400) from None


def refused_silence(problem: SilenceProblem, words: Words) -> RefusedError:
    """Say why a silence cannot be made or changed."""
    code = f"silence.{problem}"
    return RefusedError(code, words.sentence(code), _STATUS.get(problem, 400))


def read_matchers(written: tuple[str, ...]) -> tuple[Matcher, ...]:
    """Read matchers as people write them.

    Raises:
        RefusedError: one of them cannot be read.
    """
    found: list[Matcher] = []
    for text in written:
        try:
            found += parse_matchers(text)
        except RoutingSyntaxError as error:
            raise RefusedError("silence.matcher", f"{text}: {error.problem}", 400) from None
    return tuple(found)


def read_duration(written: str) -> timedelta:
    """Read `2h`; a year at most.

    Raises:
        RefusedError: it is none.
    """
    try:
        return min(parse_duration(written), _LONGEST)
    except (RoutingSyntaxError, OverflowError):
        raise RefusedError(
            "silence.duration", f"{written}: a duration is written 30m, 2h or 1d", 400
        ) from None

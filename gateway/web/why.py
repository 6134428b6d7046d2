"""Why something went the way it went, for an operator: `GET /-/why/{ref}`."""

from aiohttp import web
from pydantic import TypeAdapter

from gateway.domain.commands import read_ref
from gateway.domain.content import Content, Paragraph
from gateway.domain.explanations import Explanation, IncidentWhy, PageWhy, RequestWhy
from gateway.services.explaining import Explaining
from gateway.text.lines import plain
from gateway.text.words import Words
from gateway.web.errors import RefusedError

_EXPLANATIONS: TypeAdapter[Explanation] = TypeAdapter(Explanation)


def why_routes(explaining: Explaining, words: Words) -> tuple[web.RouteDef, ...]:
    """Make the route of the control door: facts under `why`, and the same in words."""

    async def why(request: web.Request) -> web.Response:
        typed = request.match_info["ref"]
        ref = read_ref(typed)
        found = await explaining.why(ref) if ref else None
        if found is None:
            raise RefusedError("why.unknown", words.sentence("why.unknown", typed=typed), 404)
        facts = _EXPLANATIONS.dump_python(found, mode="json")
        lines = _lines(words.why(found))
        return web.json_response({"kind": _kind(found), "why": facts, "lines": lines})

    return (web.get("/-/why/{ref}", why),)


def _kind(why: Explanation) -> str:
    match why:
        case IncidentWhy():
            return "incident"
        case PageWhy():
            return "page"
        case RequestWhy():
            return "request"


def _lines(content: Content) -> list[str]:
    paragraphs = (block for block in content.blocks if isinstance(block, Paragraph))
    return [plain(line) for paragraph in paragraphs for line in paragraph.lines]

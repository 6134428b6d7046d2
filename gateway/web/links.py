"""Who linked themselves, for an operator: listed, and ended over the control door."""

from aiohttp import web

from gateway.domain.ids import ExtensionNumber
from gateway.domain.people import PersonLink
from gateway.services.linking.links import Links
from gateway.text.words import Words
from gateway.web.errors import RefusedError
from gateway.web.operator import read_operator


def link_routes(links: Links, words: Words) -> tuple[web.RouteDef, ...]:
    """Make the routes of the control door."""

    async def listed(_: web.Request) -> web.Response:
        found = await links.listed()
        return web.json_response({"links": [_as_json(each) for each in found]})

    async def revoke(request: web.Request) -> web.Response:
        by = read_operator(await request.read(), "link.request")
        ended = await links.revoke(ExtensionNumber(request.match_info["extension"]), by)
        if ended is None:
            raise RefusedError("link.unknown", words.sentence("link.no_such"), 404)
        return web.json_response({"link": _as_json(ended)})

    return (web.get("/-/links", listed), web.post("/-/links/{extension}/revoke", revoke))


def _as_json(link: PersonLink) -> dict[str, object]:
    return {
        "extension": link.extension,
        "name": link.extension_name,
        "user": link.user,
        "user_name": link.user_name,
        "sends": bool(link.credential),
        "linked_at": link.at.isoformat(),
    }

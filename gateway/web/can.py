"""Whether somebody may page these people, for an operator: `GET /-/can?who=…&as=…[&in=…]`."""

from aiohttp import web
from pydantic import TypeAdapter

from gateway.domain.errors import ChatError, GatewayError
from gateway.domain.explanations import MayWhy
from gateway.domain.ids import ChannelId, ChatUserId
from gateway.services.allowance import Allowance
from gateway.text.words import Words
from gateway.web.errors import RefusedError

_FACTS: TypeAdapter[MayWhy] = TypeAdapter(MayWhy)


def can_routes(allowance: Allowance, words: Words) -> tuple[web.RouteDef, ...]:
    """Make the route of the control door: facts under `can`, and the same in words."""

    async def can(request: web.Request) -> web.Response:
        who = tuple(filter(None, map(str.strip, request.query.getall("who", []))))
        user, channel = request.query.get("as", ""), request.query.get("in", "")
        if not who or not user:
            raise RefusedError("can.request", words.sentence("can.request"), 400)
        try:
            found = await allowance.of(ChatUserId(user), who, ChannelId(channel))
        except ChatError as error:
            told = words.sentence("can.nobody", user=user)
            raise RefusedError("can.nobody", told, 404) from error
        except GatewayError as error:
            told = words.explained(error.code, error.facts()).message
            raise RefusedError(error.code, told, 404) from error
        facts = _FACTS.dump_python(found, mode="json")
        return web.json_response({"can": facts, "lines": list(words.can(found))})

    return (web.get("/-/can", can),)

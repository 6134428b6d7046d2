"""Where the app posts its answers: the response URLs."""

from aiohttp import web

from adapters.chat.slack_simulator.answers import show_answer
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.transport import Handled, answered
from adapters.chat.slack_simulator.webapi import read_arguments
from adapters.chat.slack_simulator.wire import Json, SlackError, dump, parse_json


class Responses:
    """Answers `{url}/commands/…`, `/actions/…` and `/app/…`."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One answer; a good one is acknowledged with `ok` and never with a timestamp."""
        return await answered(self._slack, request, "response_url", lambda: self._handled(request))

    async def _handled(self, request: web.Request) -> Handled:
        message: Json = {}
        channel = None
        try:
            ticket = self._slack.tickets.respond(request.match_info["key"])
            channel = ticket.channel
            message = _message(await read_arguments(request))
            show_answer(self._slack, ticket, message, "response_url")
        except SlackError as error:
            status = 404 if error.code in {"expired_url", "used_url"} else 400
            body = {"ok": False, "error": error.code}
            response = web.json_response(body, status=status, dumps=dump)
            return Handled(response, error.code, dump(message), channel)
        return Handled(web.Response(text="ok"), None, dump(message), channel)


def _message(given: Json) -> Json:
    """The message, which a form carries in its `payload`."""
    if "payload" not in given:
        return given
    try:
        message = parse_json(str(given["payload"]))
    except ValueError:
        raise SlackError("invalid_payload") from None
    if not isinstance(message, dict):
        raise SlackError("invalid_payload")
    return message

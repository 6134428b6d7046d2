"""What Slack is answered when something was not taken: said where the answer itself is shown."""

from slack_bolt.response import BoltResponse

from adapters.chat.slack.body import Body
from adapters.chat.slack.payload import part, word
from adapters.chat.slack.views import TEXT, draw_problems
from adapters.chat.slack.writing import private_message
from gateway.domain.content import Content

NO_OPTIONS: dict[str, list[str]] = {"options": []}


def refusal(
    body: Body, content: Content, *, event_status: int = 503, click_status: int = 503
) -> BoltResponse:
    """Refuse a request: an event comes again, a command and a form show the words.

    What was clicked has no place for words in the answer: Slack says that it failed, unless the
    `click_status` is 200 and a message of its own tells why.
    """
    if "command" in body:
        return BoltResponse(status=200, body=private_message(content))
    match word(body, "type"):
        case "event_callback":
            return BoltResponse(status=event_status)
        case "view_submission":
            return form_errors(draw_problems({TEXT: content.summary}, part(body, "view")))
        case "block_suggestion":
            return BoltResponse(status=200, body=NO_OPTIONS)
        case "view_closed":
            return BoltResponse(status=200)
    return BoltResponse(status=click_status)


def form_errors(errors: dict[str, str]) -> BoltResponse:
    """Show problems beside the fields of a form."""
    return BoltResponse(status=200, body={"response_action": "errors", "errors": errors})

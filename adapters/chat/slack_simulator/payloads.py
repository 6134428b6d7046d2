"""What interactive payloads have in common, and what a person notices of the app's answer."""

from dataclasses import dataclass
from typing import Final

from adapters.chat.slack_simulator.delivery import Answer, Request
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.wire import Json, SlackError, parse_json
from adapters.chat.slack_simulator.workspace import User

TROUBLE: Final = "We had some trouble connecting. Try again?"


@dataclass(frozen=True)
class Outcome:
    """What a person saw happen: `response` is a message, or what Slack said instead."""

    status: int | None
    response: Json | None
    error: str | None = None

    def as_json(self) -> Json:
        """As the driving door answers."""
        shown: Json = {"ok": self.error is None, "status": self.status, "response": self.response}
        return shown if self.error is None else shown | {"error": self.error}


def base_payload(slack: Slack, user: User, kind: str) -> Json:
    """What every interactive payload begins with."""
    workspace = slack.workspace
    return {
        "type": kind,
        "team": {"id": workspace.team_id, "domain": workspace.team_domain},
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": user.team_id,
        },
        "api_app_id": workspace.app.id,
        "token": "legacy",
        "enterprise": None,
        "is_enterprise_install": False,
    }


async def send(slack: Slack, payload: Json, channel: str | None, user: str) -> Answer:
    """Send it to the app; commands and clicks are never sent twice."""
    number = payload.get("trigger_id") or slack.ids.next("In")
    return await slack.link.send(
        Request("interactive", payload["type"], number, payload, channel, user)
    )


def outcome_of(answer: Answer) -> Outcome:
    """What the person notices: nothing, or that it did not work."""
    if answer.error is None:
        return Outcome(answer.status, None)
    return Outcome(answer.status, {"text": TROUBLE}, answer.error)


def json_object(answer: Answer) -> Json:
    """The answer's body.

    Raises:
        SlackError: `invalid_response`: it is no JSON object.
    """
    try:
        reply = parse_json(answer.body)
    except ValueError:
        raise SlackError("invalid_response") from None
    if not isinstance(reply, dict):
        raise SlackError("invalid_response")
    return reply

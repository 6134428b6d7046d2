"""Which of several workspaces a verified request belongs to, and what the others' get to hear."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from slack_bolt.response import BoltResponse
from typing_extensions import override

from adapters.chat.slack.body import Body
from adapters.chat.slack.switchboard import Dispatch, Switchboard, installation_of
from gateway.domain.content import Content
from gateway.domain.ids import WorkspaceId
from tests.adapters.slack.desk import Log
from tests.adapters.slack.requests import COMMAND, ENVELOPE, MESSAGE

ACME, NORTH, ELSEWHERE = WorkspaceId("T0ACME"), WorkspaceId("T0NORTH"), "T0ELSE"


@dataclass
class House(Dispatch):
    """A workspace that remembers what it was handed."""

    took: list[Body] = field(default_factory=list)

    @override
    async def dispatch(self, body: Body) -> BoltResponse:
        self.took.append(body)
        return BoltResponse(status=200)


def event(team: str, *granted: str, by: str = "T0ACME") -> Body:
    """Make an event as it is delivered for an installation."""
    authorizations = [{"team_id": each, "is_bot": True} for each in granted]
    message = {**MESSAGE, "team": by, "user_team": by}
    return {**ENVELOPE, "team_id": team, "authorizations": authorizations, "event": message}


@pytest.mark.parametrize(
    ("body", "whose"),
    [
        (COMMAND, "T0ACME"),
        (event(ACME, ACME), ACME),
        # In a shared channel: written by the other company, told to each by its own installation.
        (event(ACME, NORTH), NORTH),
        (event(NORTH, ACME, by=NORTH), ACME),
        ({"type": "app_rate_limited", "team_id": NORTH}, NORTH),
        ({"type": "event_callback", "team_id": NORTH, "authorizations": []}, NORTH),
        # Somebody of the other company clicks: the installation counts, not the person.
        ({"type": "block_actions", "team": {"id": ACME}, "user": {"team_id": NORTH}}, ACME),
        (
            {
                "type": "view_submission",
                "team": {"id": NORTH},
                "view": {"team_id": NORTH, "app_installed_team_id": ACME},
            },
            ACME,
        ),
        ({"type": "block_actions", "user": {"team_id": ACME}}, ""),
        ({"type": "event_callback", "team_id": ACME, "authorizations": [{"team_id": None}]}, ""),
        ({"type": "block_actions", "team": ["T0ACME"]}, ""),
    ],
)
def test_a_request_belongs_to_its_installation(body: Body, whose: str) -> None:
    """Never to whom a message or a person says they are."""
    assert installation_of(body) == whose


def board(log: Log) -> Switchboard:
    return Switchboard(log, lambda: Content("not now"), lambda: Content("not here"))


async def test_each_takes_its_own() -> None:
    """And nothing of the other's."""
    acme, north, switch = House(), House(), board(Log())
    with switch.connected(ACME, acme), switch.connected(NORTH, north):
        await switch.dispatch(event(ACME, NORTH))
        await switch.dispatch(COMMAND)
    assert [len(acme.took), len(north.took)] == [1, 1]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({**COMMAND, "team_id": ELSEWHERE}, 200, "not here"),
        (event(ELSEWHERE, ELSEWHERE), 200, ""),
        ({"type": "block_actions", "team": {"id": ELSEWHERE}}, 503, ""),
        ({**COMMAND, "team_id": ""}, 200, "not here"),
    ],
)
async def test_nobody_s_requests_are_answered_and_left(
    body: dict[str, Any], status: int, says: str
) -> None:
    """In words where there is a place for them, a click by failing. It is counted."""
    log, acme = Log(), House()
    switch = board(log)
    with switch.connected(ACME, acme):
        answer = await switch.dispatch(body)
    assert (answer.status, says in answer.body, acme.took) == (status, True, [])
    assert len(log.facts("slack.workspace_unknown")) == 1


async def test_a_workspace_that_is_not_open_is_asked_again() -> None:
    """Events come again, people are told; also after it has closed."""
    switch = board(Log())
    switch.expect(NORTH)
    assert (await switch.dispatch(event(NORTH, NORTH))).status == 503
    with switch.connected(NORTH, House()):
        assert (await switch.dispatch(event(NORTH, NORTH))).status == 200
    told = await switch.dispatch({**COMMAND, "team_id": NORTH})
    assert (told.status, "not now" in told.body) == (200, True)

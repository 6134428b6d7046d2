"""Who somebody is to us, from what Slack says of them."""

from typing import Any

import pytest
from pydantic import SecretStr

from adapters.chat.slack import SlackSettings
from adapters.chat.slack.hearing import Hearing
from adapters.chat.slack.people import Directory
from gateway.domain.errors import ChatRefusedError
from tests.actors import ACTORS, Actor
from tests.adapters.slack.scripted import WHO
from tests.fakes.clock import MovedClock
from tests.fakes.observer import Ears


class Described:
    """Slack's API, as far as it describes one user."""

    def __init__(self, user: dict[str, Any] | None) -> None:
        self._user = user

    async def call(self, method: str, **_: object) -> dict[str, Any]:
        """Tell who we are, or who they are."""
        if method == "auth.test":
            return WHO
        if self._user is None:
            raise ChatRefusedError("user_not_found")
        return {"ok": True, "user": self._user}


@pytest.mark.parametrize("actor", ACTORS, ids=[actor.kind for actor in ACTORS])
async def test_everybody_is_known_for_what_they_are(actor: Actor) -> None:
    """Guests, strangers, bots, those who left and those nobody knows."""
    clock = MovedClock()
    settings = SlackSettings(bot_token=SecretStr("xoxb-1"), signing_secret=SecretStr("s"))
    api: Any = Described(actor.user)
    hearing = Hearing(Directory(api, clock, settings), clock, Ears())
    assert await hearing.person(actor.person.user, actor.team) == actor.person

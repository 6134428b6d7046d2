"""Everybody who may turn up in a chat: what Slack says of them, and what we make of it."""

from dataclasses import dataclass, field
from typing import Any

from gateway.domain.ids import ChatUserId, WorkspaceId
from gateway.domain.pages import Person

ACME = WorkspaceId("T0ACME")


@dataclass(frozen=True)
class Actor:
    """`user` is what `users.info` answers (None: no such user), `team` where they acted from.

    `barred` names what keeps them out unless a setting lets it in; "always" has no such setting.
    """

    kind: str
    person: Person
    user: dict[str, Any] | None = field(default_factory=dict)
    team: str = ACME
    barred: str = ""
    linked: bool = False
    program: bool = False


def _person(
    id_: str,
    name: str,
    *,
    guest: bool = False,
    stranger: bool = False,
    bot: bool = False,
    active: bool = True,
) -> Person:
    return Person(ACME, ChatUserId(id_), name, guest, stranger, bot, active)


def _said(name: str, team: str = ACME, **flags: bool) -> dict[str, Any]:
    return {"name": name, "real_name": name, "team_id": team, **flags}


ACTORS = (
    Actor("linked member", _person("U0DANA", "Dana"), _said("Dana"), linked=True),
    Actor("unlinked member", _person("U0NEW", "New"), _said("New")),
    Actor(
        "single-channel guest",
        _person("U0ULTRA", "Ultra", guest=True),
        _said("Ultra", is_restricted=True, is_ultra_restricted=True),
        barred="guests",
    ),
    Actor(
        "multi-channel guest",
        _person("U0MULTI", "Multi", guest=True),
        _said("Multi", is_restricted=True),
        barred="guests",
    ),
    Actor(
        "Slack Connect stranger",
        _person("U0SHARED", "Shared", stranger=True),
        _said("Shared", "T0OTHER", is_stranger=True),
        team="T0OTHER",
        barred="strangers",
    ),
    Actor(
        "member of another workspace",
        _person("U0FOREIGN", "Foreign", stranger=True),
        _said("Foreign"),
        team="T0OTHER",
        barred="strangers",
    ),
    Actor("bot", _person("U0BOT", "Bot", bot=True), _said("Bot", is_bot=True), barred="bots"),
    Actor(
        "program's own user",
        _person("U0CI", "ci", bot=True),
        _said("ci", is_bot=True),
        barred="bots",
        program=True,
    ),
    Actor(
        "deactivated member",
        _person("U0LEFT", "Left", active=False),
        _said("Left", deleted=True),
        barred="always",
    ),
    Actor(
        "unknown",
        _person("U0WHO", "U0WHO", stranger=True, active=False),
        user=None,
        barred="always",
    ),
)

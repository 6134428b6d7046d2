"""From what a token claims to somebody whom settings can name."""

from collections.abc import Callable

from adapters.identity.oidc.asking import Json
from adapters.identity.oidc.proof import is_name
from gateway.ports.identity import Doubt, Identity

Person = Callable[[Json], Identity | Doubt]


def of_workspace(team: str) -> Person:
    """Read people of one Slack workspace, who are known by their user ids.

    Names and mail addresses are theirs to change there, so no role is given by them.

    Source: Slack, "Sign in with Slack", the response of `openid.connect.token`.
    """

    def read(claims: Json) -> Identity | Doubt:
        user = claims.get("https://slack.com/user_id")
        if claims.get("https://slack.com/team_id") != team:
            return Doubt.ELSEWHERE
        return Identity(user, (user,)) if is_name(user) else Doubt.UNPROVED

    return read


def of_company(groups_claim: str) -> Person:
    """Read people by their subject, their mail address if the issuer checked it, their groups."""

    def read(claims: Json) -> Identity:
        subject = str(claims["sub"])
        mail = claims.get("email") if claims.get("email_verified") is True else None
        own = (subject, mail) if is_name(mail) else (subject,)
        groups = claims.get(groups_claim)
        listed = groups if isinstance(groups, list) else [groups]
        return Identity(own[-1], (*own, *filter(is_name, listed)))

    return read

"""The issuer that signs people in to the console, as settings name it."""

from urllib.parse import urlsplit

from gateway.ports.clock import Clock
from gateway.ports.identity import Issuer
from gateway.ports.observer import Observer
from gateway.settings import Settings

SLACK = "https://slack.com"


def make_issuer(settings: Settings, clock: Clock, observer: Observer) -> Issuer | None:
    """Make the issuer; `None` when people sign in some other way."""
    console = settings.console
    if console.client_id is None or console.client_secret is None:
        return None
    # With JSON web tokens and the mathematics of their signatures; few sign in that way.
    from adapters.identity.oidc import (  # noqa: PLC0415 - see above
        OidcIssuer,
        Registration,
        of_company,
        of_workspace,
    )

    secret = console.client_secret.get_secret_value()
    match console.sign_in, console.issuer:
        case "slack", issuer:
            # Slack's document names no method of PKCE; the nonce guards the code there.
            person, methods = of_workspace(settings.slack.team), ()
            ours = Registration(issuer or SLACK, console.client_id, secret, person, methods=methods)
            return OidcIssuer("Slack", ours, clock, observer)
        case "oidc", str(issuer):
            person = of_company(console.groups_claim)
            ours = Registration(issuer, console.client_id, secret, person)
            return OidcIssuer(urlsplit(issuer).hostname or issuer, ours, clock, observer)
        case _:
            return None

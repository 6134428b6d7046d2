"""Who may speak as a source: one authenticator for each way to prove it, chosen by settings."""

from adapters.alerts.authentication.credentials import (
    Authenticator,
    ClientCertificate,
    Everybody,
    Token,
)
from adapters.alerts.authentication.keyring import Folder, Keyring
from adapters.alerts.authentication.signatures import PROFILES, Signature, grafana
from adapters.alerts.settings import Auth, ClientAuth, GrafanaAuth, SignatureAuth, TokenAuth
from gateway.ports.clock import Clock


def authenticator(auth: Auth | None, folder: Folder, clock: Clock) -> Authenticator:
    """Open what settings ask for; without any, everybody is believed.

    Raises:
        KeyringError: a secret is empty, out of reach or malformed.
    """
    match auth:
        case SignatureAuth():
            profile = PROFILES[auth.profile]
            return Signature(profile, Keyring(auth.secrets, folder, clock, profile.key), clock)
        case GrafanaAuth():
            profile = grafana(auth.header, auth.timestamp_header)
            return Signature(profile, Keyring(auth.secrets, folder, clock, profile.key), clock)
        case TokenAuth():
            return Token(auth, Keyring(auth.secrets, folder, clock, str.encode))
        case ClientAuth():
            return ClientCertificate(auth.subjects)
        case None:
            return Everybody()

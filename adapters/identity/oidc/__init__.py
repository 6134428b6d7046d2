"""OpenID Connect: authorization code, PKCE where the issuer knows it, ID tokens of RS256."""

from adapters.identity.oidc.issuer import OidcIssuer, Registration
from adapters.identity.oidc.people import of_company, of_workspace

__all__ = ["OidcIssuer", "Registration", "of_company", "of_workspace"]

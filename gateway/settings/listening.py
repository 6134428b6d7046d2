"""The sections about who reaches the gateway: its listener for the world, the console's door."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    Field,
    IPvAnyNetwork,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from adapters.pager.ringcentral.settings import WebAddress
from gateway.settings.tables import Section
from gateway.web.console.sessions import Role

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""Hosts that are this computer."""


class ServerSettings(Section):
    """The listener for Slack and the pager."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port; 0 takes a free one.")
    public_url: WebAddress | None = Field(
        default=None,
        description="Our public HTTPS address, as Slack and RingCentral reach us. It goes into the "
        "app manifest, and with it RingCentral tells us of new messages within seconds.",
        examples=["https://pages.example.com"],
    )
    tls_certificate: Path | None = Field(
        default=None,
        description="Certificate and its chain (PEM). With it the listener speaks HTTPS only; "
        "without it, put a proxy in front that does.",
        examples=["/etc/gateway/tls.crt"],
    )
    tls_key: Path | None = Field(
        default=None,
        description="Its private key (PEM), unless it stands in the same file.",
        examples=["/etc/gateway/tls.key"],
    )
    tls_client_ca: Path | None = Field(
        default=None,
        description="Authority (PEM) of the client certificates that alert sources with the "
        "profile `mtls` show. Nobody else needs one.",
        examples=["/etc/gateway/clients-ca.crt"],
    )

    @model_validator(mode="after")
    def _has_a_certificate(self) -> Self:
        if self.tls_certificate is None and (self.tls_key or self.tls_client_ca):
            raise PydanticCustomError("tls_certificate", "tls_certificate is missing")
        return self


class ConsoleSettings(Section):
    """The console for operators, `/console` on the admin listener."""

    sign_in: Literal["link", "slack", "oidc", "proxy", "off"] = Field(
        default="link",
        description="`link`: by a link that `gateway console login` prints. `slack`: with Slack, "
        "people of `slack.team`. `oidc`: at an OpenID Connect issuer. `proxy`: a proxy in front "
        "signs people in. `off`: whoever reaches the listener is an administrator; on this "
        "computer only.",
    )
    public_url: WebAddress | None = Field(
        default=None,
        description="Its HTTPS address, when a proxy serves it. Without it the console answers on "
        "this computer only.",
        examples=["https://pager-console.example.com"],
    )
    lasts_s: float = Field(
        default=12 * 3600.0, gt=0, description="Seconds after which people have to sign in again."
    )
    roles: Mapping[str, Role] = Field(
        default_factory=dict,
        description="What people may do, by the name or group that their sign-in gives them: "
        "`viewer`, `operator` or `admin`. The strongest counts; `*` is everybody. With Slack, "
        "names are user ids; of an issuer, subjects and mail addresses that it checked.",
        examples=[{"ada@example.com": "admin", "dba": "operator", "*": "viewer"}],
    )
    issuer: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#@]+$",
        description="Issuer (`oidc`), letter for letter as its discovery document names itself. "
        "With `slack`, unset: https://slack.com; GovSlack has its own.",
        examples=["https://login.example.com/realms/staff"],
    )
    client_id: str | None = Field(
        default=None,
        min_length=1,
        description="Our client id with the issuer; of the Slack app, on its Basic Information "
        "page (`slack`, `oidc`).",
        examples=["pager-console"],
    )
    client_secret: SecretStr | None = Field(
        default=None,
        min_length=1,
        description="Our client secret, from the same place.",
        examples=["…"],
    )
    groups_claim: str = Field(
        default="groups",
        min_length=1,
        description="The claim of the ID token that lists people's groups (`oidc`).",
    )
    proxy_networks: tuple[IPvAnyNetwork, ...] = Field(
        default=(),
        description="Where the proxy comes from; from elsewhere its headers are not believed.",
        examples=[["127.0.0.1/32", "10.0.7.0/24"]],
    )
    proxy_user_header: str = Field(
        default="X-Forwarded-User", description="The header that names who signed in."
    )
    proxy_groups_header: str = Field(
        default="X-Forwarded-Groups", description="The header with their groups, between commas."
    )

    @model_validator(mode="after")
    def _trusts_somebody(self) -> Self:
        if self.sign_in == "proxy" and not (self.proxy_networks and self.roles):
            raise PydanticCustomError(
                "console_proxy", "with sign_in = proxy, proxy_networks and roles say who comes in"
            )
        return self

    @model_validator(mode="after")
    def _is_registered(self) -> Self:
        needed = {
            "slack": ("client_id", "client_secret", "roles", "public_url"),
            "oidc": ("issuer", "client_id", "client_secret", "roles"),
        }
        missing = [name for name in needed.get(self.sign_in, ()) if not getattr(self, name)]
        if missing:
            raise PydanticCustomError(
                "console_issuer",
                "with sign_in = {mode}, {names} must be set",
                {"mode": self.sign_in, "names": ", ".join(missing)},
            )
        return self

    @field_validator("issuer")
    @classmethod
    def _is_believable(cls, issuer: str | None) -> str | None:
        parts = urlsplit(issuer or "")
        if issuer and parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise PydanticCustomError("console_issuer_url", "issuer begins with https://")
        return issuer

    @field_validator("public_url")
    @classmethod
    def _is_encrypted(cls, url: str | None) -> str | None:
        if url and not url.startswith("https://"):
            raise PydanticCustomError("console_url", "public_url begins with https://")
        return url

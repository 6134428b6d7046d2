"""What an operator says about any alert source, and the credentials its sender shows."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    SecretStr,
    model_validator,
)

from gateway.domain.alert_form import NormalForm
from gateway.domain.alerts import Severity

NoData = Severity | Literal["ignore"]
"""What to make of a rule that could not be evaluated."""

_FILE = "file:"
_HEADER_NAME = r"^[A-Za-z0-9-]{1,64}$"


class Section(BaseModel):
    """A table of settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Secret(Section):
    """A secret, written here or kept in a file; a plain string or `file:NAME` will do.

    Files are read again for every request, so that a secret is changed without a restart.
    """

    value: SecretStr | None = Field(default=None, description="The secret itself.")
    file: Path | None = Field(
        default=None,
        description="A file that holds it; a relative name is looked up in the secrets directory.",
    )
    until: AwareDatetime | None = Field(
        default=None,
        description="When it ends. Give the old one an end and put the new one beside it.",
        examples=["2026-12-01T00:00:00Z"],
    )

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        return {"file": given.removeprefix(_FILE)} if given.startswith(_FILE) else {"value": given}

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.value is None) == (self.file is None):
            raise ValueError("give either value or file")
        if self.value is not None and not self.value.get_secret_value().strip():
            raise ValueError("an empty secret is no secret")
        return self


Secrets = Annotated[
    tuple[Secret, ...],
    Field(min_length=1, description="Any of them is taken.", examples=[["file:ci_webhook"]]),
]


class SignatureAuth(Section):
    """The sender signs the body."""

    profile: Literal["standard-webhooks", "svix", "github", "sentry", "pagerduty-v3", "slack-v0"]
    secrets: Secrets


class GrafanaAuth(Section):
    """Grafana signs the body, and the time with it if it is told to."""

    profile: Literal["grafana"]
    secrets: Secrets
    header: str = Field(
        default="X-Grafana-Alerting-Signature",
        pattern=_HEADER_NAME,
        description="Where the signature stands.",
    )
    timestamp_header: str = Field(
        default="",
        pattern=_HEADER_NAME + "|^$",
        description="Where the time stands; empty: it is not signed, and replays are known by "
        "the alerts in them only.",
        examples=["X-Grafana-Alerting-Timestamp"],
    )


class TokenAuth(Section):
    """The sender shows a secret: bearer, basic, or a header of any name."""

    profile: Literal["token"]
    secrets: Secrets
    header: str = Field(
        default="Authorization", pattern=_HEADER_NAME, description="Where the secret stands."
    )
    scheme: str = Field(
        default="Bearer",
        pattern=r"^[A-Za-z0-9-]{0,32}$",
        description="The word before it. `Basic`: secrets are written `user:password`. Empty: "
        "the header holds nothing else.",
    )
    query: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9_-]{0,32}$",
        description="A parameter of the address that may carry the secret instead. Addresses end "
        "up in logs; for senders that know no better.",
        examples=["access_token"],
    )


class ClientAuth(Section):
    """The sender shows a TLS client certificate, which the listener has verified."""

    profile: Literal["mtls"]
    subjects: tuple[str, ...] = Field(
        min_length=1, description="Subjects, as RFC 4514 writes them.", examples=[["CN=am,O=Acme"]]
    )


Auth = Annotated[SignatureAuth | GrafanaAuth | TokenAuth | ClientAuth, Discriminator("profile")]


class NamedSource(Section):
    """What every source has."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$",
        description="Last part of its address, and its label `source`.",
        examples=["am-prod"],
    )
    default_severity: Severity = Field(
        default=Severity.WARNING, description="For alerts that say none, or an unknown word."
    )
    severity: dict[str, Severity] = Field(
        default_factory=dict,
        description="The sender's own words for severity.",
        examples=[{"sev1": "critical"}],
    )
    retired: bool = Field(
        default=False,
        description="Answer 410 for good. Some senders then stop for ever.",
    )

    def form(self) -> NormalForm:
        """Give the rules by which this source's readings become alerts."""
        words = {word.strip().casefold(): severity for word, severity in self.severity.items()}
        return NormalForm(self.name, self.default_severity, words)


class GuardedSource(NamedSource):
    """A source whose sender shows one of the usual credentials.

    Without one it takes everything from everybody; that must be written out, and the composition
    allows it on a loopback listener only.
    """

    auth: Auth | None = Field(default=None, description="How its sender proves itself.")
    insecure: bool = Field(
        default=False, description="No credential at all. Only on a loopback listener."
    )

    @model_validator(mode="after")
    def _is_guarded(self) -> Self:
        if (self.auth is None) != self.insecure:
            raise ValueError("needs auth, or insecure = true written out, and not both")
        return self

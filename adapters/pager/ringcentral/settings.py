"""What an operator says about RingCentral."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address such as https://platform.ringcentral.com")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("must not contain a query, a fragment or credentials")
    return text.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]


class LinkedPerson(BaseModel):
    """Somebody whose pages come from their own extension."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    chat_user: str = Field(
        description="The person's user id in the chat.", min_length=1, examples=["U0101AVERY"]
    )
    jwt: SecretStr = Field(
        min_length=1,
        description="The person's JWT credential, from RingCentral's developer console.",
        examples=["eyJraWQiOiI4…"],
    )
    extension: str | None = Field(
        default=None,
        description=(
            "The person's extension number, as a check: a credential that turns out to belong to"
            " another extension is not used."
        ),
        pattern=r"^[0-9]{2,10}$",
        examples=["101"],
    )


class Timeouts(BaseModel):
    """How long RingCentral may take, in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    connect_s: float = Field(
        default=5.0,
        gt=0,
        description="To reach the server, name look-up and TLS included.",
        examples=[5],
    )
    read_s: float = Field(
        default=15.0, gt=0, description="Between two pieces of an answer.", examples=[15]
    )
    total_s: float = Field(
        default=30.0, gt=0, description="For one call as a whole.", examples=[30]
    )


class Rates(BaseModel):
    """Calls per minute until RingCentral's own headers say otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    light: int = Field(
        default=50, ge=1, description="Reading messages and subscriptions.", examples=[50]
    )
    medium: int = Field(default=40, ge=1, description="Sending pages, and upkeep.", examples=[40])
    auth: int = Field(
        default=5, ge=1, description="Signing in, for all senders together.", examples=[5]
    )


class RingCentralSettings(BaseModel):
    """The company pager behind RingCentral's REST API."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    server_url: WebAddress = Field(
        default="https://platform.ringcentral.com",
        description="Where the API is; a path prefix is kept.",
        examples=["https://platform.ringcentral.com", "http://127.0.0.1:8090"],
    )
    client_id: str = Field(
        description="The app's client id, from RingCentral's developer console.",
        min_length=1,
        examples=["kKvr0hYCTpSw5D9yZ1Jx2A"],
    )
    client_secret: SecretStr = Field(
        min_length=1,
        description="The app's client secret, from the same place.",
        examples=["…"],
    )
    jwt: SecretStr = Field(
        min_length=1,
        description=(
            "JWT credential of the shared sender: an extension of its own that sends for people"
            " who are not linked."
        ),
        examples=["eyJraWQiOiI4…"],
    )
    people: tuple[LinkedPerson, ...] = Field(
        default=(),
        description="People whose pages come from their own extension.",
        examples=[[{"chat_user": "U0101AVERY", "extension": "101", "jwt": "…"}]],
    )
    public_url: WebAddress | None = Field(
        default=None,
        description=(
            "Our public HTTPS address, where it is not `server.public_url`. With either of them"
            " RingCentral tells us of new messages within seconds, and people can sign in to link"
            " themselves; without one we look every now and then."
        ),
        examples=["https://pages.example.com"],
    )
    sign_in: bool = Field(
        default=True,
        description=(
            "Whether people link themselves by signing in at RingCentral: the app must have the"
            " authorization code grant. Without it, a code is paged to them."
        ),
        examples=[True],
    )
    watch_every_s: float = Field(
        default=60.0,
        gt=0,
        description="How often the subscriptions are looked after, in seconds.",
        examples=[60],
    )
    subscription_days: float = Field(
        default=7.0,
        gt=0,
        le=3650,
        description="Life of a subscription; it is renewed when half of it is over.",
        examples=[7],
    )
    timeouts: Timeouts = Field(
        default_factory=Timeouts,
        description="Patience with RingCentral.",
        examples=[{"connect_s": 5}],
    )
    rates: Rates = Field(
        default_factory=Rates,
        description="First guess of the rate limits.",
        examples=[{"medium": 40}],
    )

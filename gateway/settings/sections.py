"""The sections of the settings: each setting with its default, bounds and what it is for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    model_validator,
)
from pydantic_core import PydanticCustomError

from adapters.alerts.settings import Secrets
from adapters.chat.slack.settings import ApiUrl
from gateway.domain.circles import circle_through
from gateway.domain.threads import ThreadMode
from gateway.services.clients import RESERVED
from gateway.services.permission import Unlinked
from gateway.settings.tables import Section

_NUMBER = r"^[0-9]{2,10}$"

Names = Annotated[
    tuple[str, ...],
    BeforeValidator(
        lambda given: (given,) if isinstance(given, str) else given,
        json_schema_input_type=str | tuple[str, ...],
    ),
]
"""One name or number, or several."""


class DirectorySettings(Section):
    """What the pager's directory does not say."""

    aliases: Mapping[str, Names] = Field(
        default_factory=dict,
        description="Names for several: people, departments, other aliases and schedules, by name "
        "or number.",
        examples=[{"leads": ["On-call leads", "101"]}],
    )
    user_groups: Mapping[str, Names] = Field(
        default_factory=dict,
        description="Whom a Slack user group stands for, by handle or id. Those not named here "
        "stand for their members' extensions.",
        examples=[{"dba-oncall": "DBA"}],
    )
    channels: Mapping[str, Names] = Field(
        default_factory=dict,
        description="Whom a channel (by id) usually pages: what its forms begin with, and what "
        "its mention stands for.",
        examples=[{"C0123ABCD": ["DBA"]}],
    )
    managers: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Department number to its managers' extensions; RingCentral shows them to "
        "nobody but themselves.",
        examples=[{"400": ["110"]}],
    )
    refresh_s: float = Field(default=600.0, gt=0, description="Seconds between two readings.")

    @model_validator(mode="after")
    def _aliases_end_somewhere(self) -> Self:
        circles = (circle_through(name, self.aliases) for name in self.aliases)
        if circle := next(filter(None, circles), None):
            raise PydanticCustomError(
                "alias_circle",
                "aliases go round in a circle: {way}",
                {"way": " → ".join(circle)},
            )
        return self


class RoutingSettings(Section):
    """Where alerts go."""

    file: Path | None = Field(
        default=None,
        description="Routes, receivers and schedules (YAML). Without it no alerts are taken.",
        examples=["routes.yaml"],
    )
    watch_s: float = Field(
        default=0.5,
        gt=0,
        description="Seconds between two looks whether the file changed; then it is read again.",
    )


class PersonSettings(Section):
    """Who a chat user is on the phone. With a credential, they send from their own extension."""

    chat_user: str = Field(min_length=1, description="Slack user id.", examples=["U0A2B3C4D"])
    extension: str = Field(pattern=_NUMBER, description="Their extension.", examples=["104"])
    jwt: SecretStr | None = Field(
        default=None, min_length=1, description="Their RingCentral JWT credential."
    )


class PolicySettings(Section):
    """Who may page."""

    unlinked: Unlinked = Field(
        default=Unlinked.SHARED,
        description="`shared`: people without a credential are sent for by the shared sender. "
        "`deny`: they are not.",
    )
    guests: bool = Field(default=False, description="Whether Slack guests may page.")
    strangers: bool = Field(
        default=False, description="Whether people of other companies may (Slack Connect)."
    )
    bots: bool = Field(default=False, description="Whether bots may.")
    max_parts: int = Field(default=5, ge=1, le=20, description="Most pager messages per page.")
    ask_above: int = Field(
        default=25, ge=0, description="Ask before paging more people than this; 0 never asks."
    )
    ask_before: Names = Field(
        default=(),
        description="Ask before every page to these, however few they are.",
        examples=[["Nursing"]],
    )
    undo_s: float = Field(
        default=0.0,
        ge=0,
        le=60,
        description="Seconds in which people may take a page back before it goes out; programs "
        "and alerts never wait.",
    )
    thread_mode: ThreadMode = Field(
        default=ThreadMode.REPLIES,
        description="What of a page's thread goes to the pager until somebody chooses in its menu: "
        "`replies` is all of it, `mentions` what mentions the app, `nothing` none.",
    )
    alert_thread_mode: ThreadMode = Field(
        default=ThreadMode.MENTIONS, description="The same for threads about alerts."
    )
    per_minute: int = Field(
        default=0, ge=0, description="Most pages and replies a minute from one person; 0: no limit."
    )
    department_per_minute: int = Field(
        default=0, ge=0, description="Most to one department, whoever sends; 0: no limit."
    )
    workspace_per_minute: int = Field(
        default=0,
        ge=0,
        description="Most from everybody together, programs too; 0: no limit. Alerts never count.",
    )


class ApiClientSettings(Section):
    """A program that may page over HTTP."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,30}$",
        description="What its pages begin with on the pager.",
        examples=["ci"],
    )
    tokens: Secrets = Field(
        description="Any of them is taken; at least 20 characters. To change one, put the new one "
        "beside it and give the old one an end."
    )
    to: Literal["any"] | Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="Whom it may page: names, numbers, departments, aliases; or `any`.",
        examples=[["DBA", "102"]],
    )
    sender: str | None = Field(
        default=None,
        pattern=_NUMBER,
        description="Extension its pages come from; unset: the shared sender.",
        examples=["710"],
    )
    channels: tuple[str, ...] = Field(
        default=(),
        description="Slack channels in which it may show its pages.",
        examples=[["C0123ABCD"]],
    )
    per_minute: int = Field(default=30, ge=1, description="Most requests for pages a minute.")


class ApiSettings(Section):
    """Paging over HTTP, `/api/v1`. Without a client there is no such route."""

    clients: tuple[ApiClientSettings, ...] = Field(default=(), description="One for each program.")

    @model_validator(mode="after")
    def _has_names_once(self) -> Self:
        names = [*RESERVED, *(client.name for client in self.clients)]
        if len(set(names)) < len(names):
            raise ValueError(f"two clients have the same name, or one of {sorted(RESERVED)}")
        return self


class DeliverySettings(Section):
    """Bounds of patience, in seconds."""

    visible_after_s: float = Field(
        default=20.0, ge=0, description="An accepted page shows up in the pager within this time."
    )
    hold_after_s: float = Field(
        default=120.0, gt=0, description="Unreadable this long after a lost answer: ask the author."
    )
    give_up_after_s: float = Field(
        default=1800.0, gt=0, description="Unsent this long: say so, and stop trying."
    )
    poll_s: float = Field(
        default=15.0, gt=0, description="Seconds between two looks into a mailbox without a nudge."
    )


class ProbeSettings(Section):
    """A page that the gateway sends by itself, to know that the whole way works."""

    to: str = Field(
        default="",
        pattern=r"^([0-9]{2,10})?$",
        description="Extension that gets it from the shared sender: one that nobody reads. Empty: "
        "none is sent.",
        examples=["799"],
    )
    every_minutes: float = Field(
        default=15, ge=1, description="Minutes from one to the next; one process sends it."
    )


class WorkspacesSettings(Section):
    """More Slack workspaces that this process serves, each with its own pager account."""

    folder: Path | None = Field(
        default=None,
        description="A settings file (TOML) for each workspace but the first, which is this "
        "file's. Only workspaces that have one are served.",
        examples=["workspaces.d"],
    )
    client_id: str | None = Field(
        default=None,
        min_length=1,
        description="The app's client id (Basic Information page). With it, workspaces without a "
        "bot token in their file install the app at `/slack/install`.",
        examples=["1000.2000"],
    )
    client_secret: SecretStr | None = Field(
        default=None,
        min_length=1,
        description="The app's client secret, from the same page.",
        examples=["…"],
    )

    api_url: ApiUrl | None = Field(
        default=None,
        description="Web API beside the consent page; unset: `slack.api_url`.",
        examples=["https://slack.com/api/"],
    )

    @property
    def several(self) -> bool:
        """Whether the app may be in more workspaces than the first."""
        return self.folder is not None or self.installs

    @property
    def installs(self) -> bool:
        """Whether workspaces can install the app by themselves."""
        return self.client_id is not None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.client_id is None) != (self.client_secret is None):
            raise ValueError("client_id and client_secret belong together")
        return self


class LogSettings(Section):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is written."
    )
    json_lines: bool | None = Field(
        default=None,
        description="Force JSON on or off; unset: JSON unless on a terminal.",
        examples=[True],
    )


class TracingSettings(Section):
    """Traces, in OpenTelemetry's form. They need the extra `otel`."""

    endpoint: str = Field(
        default="",
        pattern=r"^(https?://.+)?$",
        description="Where a collector takes spans over HTTP (OTLP); empty: nothing is traced. "
        "What it wants in headers goes into OTEL_EXPORTER_OTLP_HEADERS.",
        examples=["http://127.0.0.1:4318/v1/traces"],
    )
    share: float = Field(
        default=1.0, ge=0, le=1, description="Which share of requests is traced; 1 is all of them."
    )

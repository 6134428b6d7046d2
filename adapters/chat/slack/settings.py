"""What an operator sets for Slack."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator


def _ends_with_slash(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise ValueError("must begin with https:// or http://")
    return value if value.endswith("/") else value + "/"


ApiUrl = Annotated[str, AfterValidator(_ends_with_slash)]
Secrets = Annotated[tuple[SecretStr, ...], Field(min_length=1)]


class WorkspaceSlack(BaseModel):
    """What is particular to one of several workspaces; the app and its secrets are shared."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    team: str = Field(
        pattern=r"^T[A-Z0-9]{2,20}$", description="Workspace id.", examples=["T0123ABCD"]
    )
    bot_token: SecretStr = Field(
        default=SecretStr(""), description="Bot token; unset: the app is installed by OAuth."
    )
    api_url: ApiUrl | None = Field(
        default=None, description="Web API; unset: that of the first workspace."
    )
    language: Literal["", "de", "en"] = Field(
        default="", description="Language; unset: that of the first workspace."
    )
    lobby_channel: str = Field(default="", description="Pager messages that belong to no thread.")
    ops_channel: str = Field(default="", description="Where operators are told.")


_SHARED = ("api_url", "language")
_OWN = ("team", "bot_token", "lobby_channel", "ops_channel")


class SlackSettings(BaseModel):
    """How to reach Slack, and how Slack reaches us."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    bot_token: SecretStr = Field(
        description="Bot token of the installed app (OAuth & Permissions page). Empty where the "
        "workspace `team` installs the app by itself; see `workspaces`.",
        examples=["xoxb-…"],
    )
    team: str = Field(
        default="",
        pattern=r"^(T[A-Z0-9]{2,20})?$",
        description="Workspace id, as a check: a token of another workspace is not used.",
        examples=["T0123ABCD"],
    )
    signing_secret: SecretStr | Secrets | None = Field(
        default=None,
        description="Signing secret (Basic Information page). A list while it is being rotated: "
        "a request signed with any of them is taken. Needed in `http` mode.",
        examples=["8f742231b10e8888abcd99yyyzzz85a5"],
    )
    app_token: SecretStr | None = Field(
        default=None,
        min_length=1,
        description="App-level token with `connections:write`. Needed in `socket` mode.",
        examples=["xapp-…"],
    )
    mode: Literal["http", "socket"] = Field(
        default="http",
        description="`http`: Slack calls our public address. `socket`: we call Slack, for "
        "workspaces that cannot reach us.",
        examples=["http"],
    )
    api_url: ApiUrl = Field(
        default="https://slack.com/api/",
        description="Where Slack's Web API is. GovSlack has its own; so has a simulator.",
        examples=["https://slack.com/api/"],
    )
    command: str = Field(
        default="/page",
        pattern=r"^/[a-z0-9_-]{1,31}$",
        description="Name of the slash command. Slack gives a taken name to the app installed "
        "last, so it can be changed; change it in the app manifest too.",
        examples=["/page"],
    )
    language: Literal["de", "en"] = Field(
        default="en",
        description="Language of what several people see, and of the pager. What one person alone "
        "reads is in the language they use Slack in, where there are words in it.",
        examples=["en"],
    )
    lobby_channel: str = Field(
        default="",
        description="Channel id for pager messages that belong to no thread; empty: none.",
        examples=["C0LOBBY1"],
    )
    ops_channel: str = Field(
        default="",
        description="Channel id where operators are told; empty: nobody is told in Slack.",
        examples=["C0OPS123"],
    )
    proxy: str = Field(
        default="",
        description="HTTP proxy for calls to Slack. Proxy variables of the environment are not "
        "read.",
        examples=["http://proxy.example.com:3128"],
    )
    connect_timeout_s: float = Field(
        default=3.0,
        gt=0,
        le=60,
        description="Seconds to wait for a connection to Slack.",
        examples=[3.0],
    )
    timeout_s: float = Field(
        default=10.0,
        gt=0,
        le=120,
        description="Seconds a whole call to Slack may take; then its outcome is unknown.",
        examples=[10.0],
    )
    lookup_timeout_s: float = Field(
        default=1.5,
        gt=0,
        le=3,
        description="Seconds to wait for a name while Slack waits for us (it waits three).",
        examples=[1.5],
    )
    remember_people_s: float = Field(
        default=600.0,
        ge=0,
        description="Seconds before a person's name and guest status are asked again.",
        examples=[600.0],
    )

    @model_validator(mode="after")
    def _can_listen(self) -> Self:
        if not (self.bot_token.get_secret_value() or self.team):
            raise ValueError("bot_token is needed, or team where the app is installed by OAuth")
        if self.mode == "http" and not any(self.secrets()):
            raise ValueError("signing_secret is needed in http mode")
        if self.mode == "socket" and self.app_token is None:
            raise ValueError("app_token is needed in socket mode")
        return self

    def of(self, workspace: WorkspaceSlack) -> Self:
        """Join the app's part with that of another of its workspaces, which Slack calls by us."""
        given = {name: value for name in _SHARED if (value := getattr(workspace, name))}
        own = {name: getattr(workspace, name) for name in _OWN}
        return self.model_copy(update={**own, **given, "app_token": None, "mode": "http"})

    def secrets(self) -> tuple[str, ...]:
        """List the signing secrets that are in force."""
        given = self.signing_secret
        each = given if isinstance(given, tuple) else (given,) if given else ()
        return tuple(secret.get_secret_value() for secret in each)

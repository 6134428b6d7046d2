"""A guided scenario as data: what is done, what is said about it, what must be seen.

One file in `config/demo/scenarios/` each; the demo page, `--check` and the tests play the same.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# --- what is done ------------------------------------------------------------------------------


class TypeCommand(_Part):
    """Somebody types a slash command; `{ref}` is the newest reference shown in the channel."""

    user: str
    channel: str
    text: str


class TypeMessage(_Part):
    """Somebody writes in the thread of the newest status message (or `in_channel`)."""

    user: str
    channel: str
    text: str
    in_channel: bool = False


class AnswerOnPhone(_Part):
    """Somebody answers the newest message on their phone, or writes to `to`."""

    number: str
    text: str
    to: tuple[str, ...] = ()


class Press(_Part):
    """Somebody presses the newest button with this label, in private or in the channel.

    Without a channel it is one on their home tab.
    """

    user: str
    channel: str = ""
    button: str


class SignIn(_Part):
    """Somebody follows the newest link that they were given, and signs in on the pager's page."""

    user: str
    extension: str


class Rewrite(_Part):
    """Somebody edits their newest message in the newest thread; empty text deletes it."""

    user: str
    channel: str
    text: str = ""


class FillForm(_Part):
    """Somebody fills in the open form (by block, e.g. `to: ["101"]`, `text`) and submits it."""

    user: str
    to: tuple[str, ...] = ()
    text: str | None = None
    where: str | None = None


class UseShortcut(_Part):
    """Somebody uses a shortcut, perhaps on the newest status message of a channel."""

    user: str
    callback_id: str
    channel: str = ""


class OpenHome(_Part):
    """Somebody looks at the app's home tab."""

    user: str


class SayAlerts(_Part):
    """An Alertmanager says that alerts fire, or (`over`) that they are resolved; one per host.

    With `kinds` there are so many alerts of that name and a number, each on every host.
    """

    name: str
    kinds: int = 0
    hosts: tuple[str, ...] = ()
    count: int = 0
    team: str = ""
    severity: str = "critical"
    cluster: str = ""
    over: bool = False

    def names(self) -> tuple[str, ...]:
        """Name the alerts."""
        numbered = tuple(f"{self.name}{n:02}" for n in range(1, self.kinds + 1))
        return numbered or (self.name,)

    def each(self) -> tuple[str, ...]:
        """Name the hosts, made up where only their number is given."""
        return self.hosts or tuple(f"node-{n:03}" for n in range(1, self.count + 1))


class RunProgram(_Part):
    """A program pages over HTTP; it sends the same request so many times at once."""

    to: tuple[str, ...]
    text: str
    channel: str
    times: int = 1


class Membership(_Part):
    """A department gets or loses a member."""

    department: str
    number: str
    member: bool


class Status(_Part):
    """An extension changes its status (RingCentral's words: Enabled, Frozen, Disabled)."""

    number: str
    status: str


class Order(BaseModel):
    """A fault of one of the two servers; the verb's own arguments beside it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    side: Literal["pager", "slack"]
    verb: str


Deed = (
    TypeCommand
    | TypeMessage
    | AnswerOnPhone
    | Press
    | SignIn
    | Rewrite
    | FillForm
    | UseShortcut
    | OpenHome
    | SayAlerts
    | RunProgram
    | Membership
    | Status
    | Order
    | float
    | Literal[True]
)


class Do(_Part):
    """Exactly one deed."""

    command: TypeCommand | None = None
    message: TypeMessage | None = None
    phone: AnswerOnPhone | None = None
    press: Press | None = None
    sign_in: SignIn | None = None
    rewrite: Rewrite | None = None
    form: FillForm | None = None
    shortcut: UseShortcut | None = None
    home: OpenHome | None = None
    alerts: SayAlerts | None = None
    program: RunProgram | None = None
    membership: Membership | None = None
    status: Status | None = None
    fault: Order | None = None
    heal: Literal[True] | None = None
    advance_s: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one(self) -> "Do":
        if len(self.model_fields_set) != 1:
            raise ValueError("do exactly one thing per step")
        return self

    def only(self) -> Deed:
        """Give the one deed."""
        deed: Deed = getattr(self, next(iter(self.model_fields_set)))
        return deed


# --- what must be seen -------------------------------------------------------------------------


class PhoneShows(_Part):
    """A phone shows exactly `times` messages with this text since the scenario began."""

    number: str
    has: str
    times: int = 1
    begins: str = ""


class ChannelShows(_Part):
    """A message in a channel (or in the newest thread) has this text."""

    channel: str
    has: str
    by: str = ""
    in_thread: bool = False
    reaction: str = ""


class PersonReads(_Part):
    """Somebody was told this privately, with these buttons."""

    user: str
    has: str
    buttons: tuple[str, ...] = ()


class ScreenShows(_Part):
    """An open form or the home tab shows this text."""

    user: str
    has: str
    screen: Literal["form", "home"]


class WireShows(_Part):
    """An exchange with a server, as it went over the wire."""

    side: Literal["pager", "slack"]
    path: str
    status: int
    code: str = ""


class SentInAll(_Part):
    """The pager's own log has accepted exactly `times` messages with this text."""

    has: str
    times: int


Seen = PhoneShows | ChannelShows | PersonReads | ScreenShows | WireShows | SentInAll


class Expect(_Part):
    """Exactly one thing to be seen, sooner or later."""

    phone: PhoneShows | None = None
    channel: ChannelShows | None = None
    private: PersonReads | None = None
    screen: ScreenShows | None = None
    wire: WireShows | None = None
    pager_log: SentInAll | None = None

    @model_validator(mode="after")
    def _one(self) -> "Expect":
        if len(self.model_fields_set) != 1:
            raise ValueError("expect exactly one thing per entry")
        return self

    def only(self) -> Seen:
        """Give the one thing that is expected."""
        seen: Seen = getattr(self, next(iter(self.model_fields_set)))
        return seen


class Step(_Part):
    """A sentence for the rail, perhaps a deed, and what follows."""

    say: str
    do: Do | None = None
    expect: tuple[Expect, ...] = ()


class Scenario(_Part):
    """A story with a beginning and an end; it leaves the world as it found it (`after`)."""

    id: str
    number: int
    title: str
    story: str
    steps: tuple[Step, ...]
    after: tuple[Do, ...] = ()


def load_scenarios(folder: Path) -> tuple[Scenario, ...]:
    """Read all scenarios of a folder, by number.

    Raises:
        ValueError: a file is not a scenario; the message names it.
    """
    yaml = YAML(typ="safe")
    scenarios = []
    for file in sorted(folder.glob("*.yaml")):
        raw: Any = yaml.load(file.read_text(encoding="utf-8"))
        try:
            scenarios.append(Scenario.model_validate(raw))
        except ValueError as error:
            raise ValueError(f"{file.name}: {error}") from error
    return tuple(sorted(scenarios, key=lambda s: s.number))

"""What goes over the wire of `/api/v1`: the OpenAPI document is made from these.

Field descriptions are for people who write clients.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from gateway.domain.directory import ExtensionKind
from gateway.domain.pages import PageState
from gateway.ports.orders import PartState

LONGEST_TEXT = 20_000
_MOST_RECIPIENTS = 100

Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Number = Annotated[str, Field(description="Extension number.", examples=["102"])]
PageRef = Annotated[str, Field(description="The page's reference.", examples=["pg_7K2M9Q"])]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PageBody(_Wire):
    """A page to be sent."""

    to: list[Name] = Field(
        min_length=1,
        max_length=_MOST_RECIPIENTS,
        description="Names, extension numbers, departments or aliases, exactly as the directory "
        "has them; upper and lower case and accents do not matter.",
        examples=[["DBA", "102"]],
    )
    text: str = Field(
        min_length=1,
        max_length=LONGEST_TEXT,
        description="What to tell them. One pager message takes 1,024 UTF-16 units with the "
        "client's name before and the reference after the text; emoji count as 2 or more.",
        examples=["Disk is 95% full on db-7"],
    )
    channel: str | None = Field(
        default=None,
        max_length=32,
        description="Id of the Slack channel in which the page and its replies are shown; one of "
        "those the client may use. Without one it is shown in no channel.",
        examples=["C0123ABCD"],
    )
    split: bool = Field(
        default=False,
        description="Whether a text that is too long may go out as several pager messages.",
    )


class PageAccepted(_Wire):
    """The page is on record and will be sent. A repeat of the request gets the same answer."""

    ref: PageRef = Field(description="The page's reference; it also ends the pager text.")
    state: Literal["sending"] = Field(description="As of the first answer; ask again for news.")
    to: list[Number] = Field(description="Extension numbers it goes to, without the sender's.")
    parts: int = Field(ge=1, description="How many pager messages it takes.")
    created_at: AwareDatetime


class RecipientReport(_Wire):
    """Somebody a page was for."""

    number: Number
    name: str | None = Field(default=None, description="Absent when the directory has it no more.")
    kind: ExtensionKind | None = None
    reaches: int = Field(
        ge=0, description="How many people this reaches now; inactive members are left out."
    )


class PartReport(_Wire):
    """One pager message of a page."""

    part: int = Field(ge=1)
    state: PartState
    attempts: int = Field(ge=0)


class PageStatus(_Wire):
    """How a page stands. `sent` means that RingCentral accepted it; there is no proof of more."""

    ref: PageRef
    state: PageState = Field(
        description="`sending`, `waiting` (will be tried again), `sent`, `refused` (final), "
        "`unsure` (being looked for), `held` (an operator decides), `cancelled`."
    )
    message: str = Field(description="The state in words.")
    next: str | None = Field(default=None, description="What to do about it.")
    code: str | None = Field(
        default=None,
        description="Why it is not sent (yet), for programs.",
        examples=["pager.recipient_unavailable"],
    )
    to: list[RecipientReport]
    parts: list[PartReport]
    created_at: AwareDatetime
    changed_at: AwareDatetime
    sent_at: AwareDatetime | None = None
    replies: int = Field(ge=0, description="How many people answered on the pager.")
    last_reply_from: str | None = None
    last_reply_at: AwareDatetime | None = None


class Choice(_Wire):
    """An entry of the directory that may have been meant."""

    number: Number
    name: str
    kind: ExtensionKind


class FieldProblem(_Wire):
    """What is wrong with one field."""

    field: str = Field(description="Its place in the body, or a header's name.", examples=["to[1]"])
    message: str


class Position(_Wire):
    """Where in the body reading stopped; both begin at 1."""

    line: int = Field(ge=1)
    column: int = Field(ge=0)


class Problem(_Wire):
    """Why a request was not served. Nothing was sent, and the key can be used again."""

    code: str = Field(description="Stable; for programs.", examples=["recipient.ambiguous"])
    message: str = Field(description="What happened, in words.")
    next: str | None = Field(default=None, description="What to do about it.")
    fields: list[FieldProblem] | None = None
    choices: list[Choice] | None = None
    position: Position | None = None
    retry_after_s: int | None = Field(default=None, ge=1, description="As in Retry-After.")


class Refusal(_Wire):
    """The body of every answer that is not a success."""

    error: Problem

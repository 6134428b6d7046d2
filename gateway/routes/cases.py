"""Tests of routes as people write them: what fires when, and what is to be heard.

```yaml
- name: A critical disk alert pages whoever is on call
  clock: "2026-03-29T00:58:00+01:00"
  silences: [{matchers: ['host="db-9"'], from: 0s, for: 1h}]
  steps:
    - {at: 0s, fire: {alertname: DiskFull, team: db, severity: critical, host: db-7}}
    - {between: [9s, 11s], expect: [{receiver: dba, alerts: 1, text_has: db-7}]}
    - {at: 20m, resolve: {alertname: DiskFull, host: db-7}}
    - {between: [20m, 26m], expect: [{receiver: dba, status: resolved}]}
  nothing_else: true
```
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path as FilePath
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, RootModel, StrictBool, ValidationError, model_validator

from gateway.domain.routing.fates import Fate
from gateway.domain.routing.flushing import Reason
from gateway.routes.document import Document, read_document
from gateway.routes.explaining import explain
from gateway.routes.fields import Matchers, Moment, Name, Target, Wait, mistake
from gateway.routes.model import Entry
from gateway.routes.problems import Problem
from gateway.routes.reading import read_text


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


LabelSet = Annotated[
    dict[str, Annotated[str, BeforeValidator(_as_text)]], Field(description="An alert's labels.")
]


class Status(StrEnum):
    """Which alerts of a notice are meant."""

    FIRING = "firing"
    RESOLVED = "resolved"


class HeldBack(StrEnum):
    """Why an alert was not told."""

    ACKED = Fate.ACKED.value
    SILENCED = Fate.SILENCED.value
    MUTED = Fate.MUTED.value
    INACTIVE = Fate.INACTIVE.value
    INHIBITED = Fate.INHIBITED.value


class Expectation(Entry):
    """One notice, or with `held` one alert that was held back. What is not said may be anything."""

    receiver: Name | None = Field(default=None, description="Who hears it.")
    route: Name | None = Field(default=None, description="The route's name or key.")
    status: Status | None = Field(default=None, description="Firing, or all resolved.")
    alerts: int | None = Field(default=None, ge=0, description="How many of that status.")
    reason: Reason | None = Field(default=None, description="Why it is told now.")
    page: tuple[Target, ...] | None = Field(default=None, description="Exactly who is paged.")
    text_has: Name | None = Field(default=None, description="Part of the text.")
    held: HeldBack | None = Field(default=None, description="Not told, for this reason.")


class Step(Entry):
    """Something happens `at` a time, or something is expected `between` two."""

    at: Wait | None = Field(default=None, description="Time since the start.")
    fire: LabelSet | None = Field(default=None, description="This alert fires.")
    resolve: LabelSet | None = Field(default=None, description="Alerts with these labels end.")
    ack: LabelSet | None = Field(default=None, description="Their incidents are acknowledged.")
    between: tuple[Wait, Wait] | None = Field(default=None, description="From, to; both included.")
    expect: tuple[Expectation, ...] | None = Field(
        default=None, description="What is heard then; an empty list: nothing at all."
    )

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        deeds = [deed for deed in (self.fire, self.resolve, self.ack) if deed is not None]
        happens = len(deeds) == 1 and self.at is not None and not (self.between or self.expect)
        expects = not deeds and self.at is None and self.between and self.expect is not None
        if not happens and not expects:
            raise mistake("write `at` with `fire`, `resolve` or `ack`, or `between` with `expect`")
        if self.between and self.between[1] < self.between[0]:
            raise mistake("ends before it begins")
        return self


class CaseSilence(Entry):
    """A silence in times since the start."""

    matchers: tuple[Matchers, ...] = Field(min_length=1, description="All have to be met.")
    begin: Wait = Field(alias="from", description="Muted from then on,")
    lasts: Wait = Field(alias="for", description="for so long.")


class Case(Entry):
    """A story with alerts, on a clock of its own."""

    name: Name = Field(description="What it shows.")
    clock: Moment = Field(description="When it begins.")
    silences: tuple[CaseSilence, ...] = Field(default=(), description="Silences in it.")
    steps: tuple[Step, ...] = Field(min_length=1, description="In any order.")
    nothing_else: StrictBool = Field(
        default=False, description="Whatever is heard has to be expected."
    )


class _Cases(RootModel[tuple[Case, ...]]):
    """A file of cases."""


@dataclass(frozen=True, slots=True)
class LoadedCases:
    """Cases and the document they stand in."""

    cases: tuple[Case, ...]
    document: Document


def load_cases(file: FilePath) -> LoadedCases:
    """Read a file of cases.

    Raises:
        RoutesError: with every problem found.
    """
    return read_cases(read_text(file, str(file)), str(file))


def read_cases(text: str, name: str = "routes.tests.yaml") -> LoadedCases:
    """Read cases.

    Raises:
        RoutesError: with every problem found.
    """
    document = read_document(text, name)
    problems = list(document.problems)
    if not isinstance(document.content, list) or not document.content:
        raise document.error(Problem((), "expected a list of cases"))
    try:
        cases = _Cases.model_validate(document.content).root
    except ValidationError as error:
        problems.extend(explain(error, Case))
        raise document.error(*problems) from None
    if problems:
        raise document.error(*problems)
    return LoadedCases(cases, document)

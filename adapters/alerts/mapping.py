"""An operator's description of a foreign JSON body: where its title, status, labels … stand.

A field is a path (`$.job`), or a template, with a default and an enumeration where they help. The
mapping comes from settings only; whatever a sender writes is a value and nothing more.
"""

import json
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, field_validator, model_validator

from adapters.alerts.body import bounded
from adapters.alerts.fields import items, moment, text, texts
from adapters.alerts.jsonpath import Path
from adapters.alerts.settings import Section
from adapters.alerts.template import Template
from gateway.domain.alert_form import NormalForm, Reading
from gateway.domain.alerts import AlertLink, AlertStatus, Ignored, Item, Malformed
from gateway.ports.alerts import AlertRequest, Parsed, Unreadable, UnreadableDeliveryError

_path = cache(Path.of)
_template = cache(Template.of)
"""Operators write paths and templates, so there are few of them: each is compiled once."""


def _is_path(written: str) -> str:
    _path(written)
    return written


def _is_template(written: str) -> str:
    _template(written)
    return written


PathText = Annotated[str, AfterValidator(_is_path), Field(examples=["$.alert.name"])]
TemplateText = Annotated[
    str, AfterValidator(_is_template), Field(examples=["{{ job }} failed on {{ branch }}"])
]


class Rule(Section):
    """How one field is found. A plain string is a path."""

    path: tuple[PathText, ...] = Field(
        default=("$",),
        min_length=1,
        description="Where the value stands; of several, the first that has one.",
    )
    template: TemplateText | None = Field(default=None, description="A sentence around values.")
    values: dict[str, str] = Field(
        default_factory=dict,
        alias="map",
        description="The sender's values to ours, in any case.",
        examples=[{"failed": "firing"}],
    )
    default: str = Field(default="", description="When there is no value, or none of the map's.")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: object) -> object:
        rule = {"path": given} if isinstance(given, str) else given
        if isinstance(rule, dict) and isinstance(rule.get("path"), str):
            return rule | {"path": [rule["path"]]}
        return rule

    @field_validator("values")
    @classmethod
    def _in_any_case(cls, values: dict[str, str]) -> dict[str, str]:
        return {theirs.casefold(): ours for theirs, ours in values.items()}

    def read(self, value: object) -> str:
        """Find the field's value in an alert."""
        found = _template(self.template).render(value) if self.template else self._found(value)
        if not self.values:
            return found or self.default
        return self.values.get(found.strip().casefold(), self.default)

    def _found(self, value: object) -> str:
        found = (text(_path(path).find(value)) for path in self.path)
        return next(filter(None, found), "")


class DropIf(Section):
    """What is none of our business."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    path: PathText = Field(description="Where the value stands.")
    among: tuple[str, ...] = Field(
        alias="in", description="Values to leave alone; an empty one stands for absence."
    )

    def fits(self, value: object) -> bool:
        """Tell whether an alert is to be left alone."""
        return text(_path(self.path).find(value)) in self.among


class LinkRule(Section):
    """An address worth showing."""

    href: Rule
    text: str = Field(default="", description="What to call it.")


class Mapping(Section):
    """A foreign body in our terms."""

    split: PathText | None = Field(
        default=None, description="The array of alerts. Absent: the whole body is one alert."
    )
    dedup: tuple[Rule, ...] = Field(
        min_length=1, description="What identifies the incident; joined by `|`."
    )
    event_id: tuple[Rule, ...] = Field(
        default=(),
        description="What identifies this saying of the sender, if it says so: then a repeat is "
        "known as one. Absent: every request counts, and only its incident is recognised.",
    )
    title: Rule
    text: Rule | None = None
    status: Rule = Field(
        default=Rule(path=("$.status",), default="firing"),
        description="Must come to firing, resolved, ack or info.",
    )
    severity: Rule | None = None
    labels: dict[str, Rule] = Field(default_factory=dict, description="Name to field.")
    labels_from: PathText | None = Field(
        default=None, description="An object whose plain members all become labels."
    )
    links: tuple[LinkRule, ...] = ()
    starts_at: Rule | None = None
    ends_at: Rule | None = None
    drop_if: DropIf | None = None


def read_mapped(mapping: Mapping, form: NormalForm, body: object, request: AlertRequest) -> Parsed:
    """Read a foreign body.

    Raises:
        UnreadableDeliveryError: there is no array where `split` says.
    """
    return Parsed(tuple(map_one(mapping, form, each, request) for each in _split(mapping, body)))


def _split(mapping: Mapping, body: object) -> list[object]:
    if mapping.split is None:
        return [body]
    found = _path(mapping.split).find(body)
    if not isinstance(found, list):
        raise UnreadableDeliveryError(Unreadable.MALFORMED, "split")
    return bounded(items(found))


def map_one(mapping: Mapping, form: NormalForm, value: object, request: AlertRequest) -> Item:
    """Read one alert; `split` has no say."""
    pieces = [rule.read(value) for rule in mapping.dedup]
    key = "|".join(pieces) if any(pieces) else ""
    if mapping.drop_if and mapping.drop_if.fits(value):
        return Ignored(key, "drop_if")
    if not key:
        return Malformed(key, "dedup")
    try:
        status = AlertStatus(mapping.status.read(value).lower())
    except ValueError:
        return Malformed(key, "status")
    reading = Reading(
        key=key,
        event_id=f"{key}|{status}|{_saying(mapping, value, request)}",
        status=status,
        title=mapping.title.read(value),
        text=_optional(mapping.text, value),
        severity=_optional(mapping.severity, value),
        labels=dict(_labels(mapping, value)),
        links=tuple(AlertLink(link.href.read(value), link.text) for link in mapping.links),
        starts_at=moment(_optional(mapping.starts_at, value)),
        ends_at=moment(_optional(mapping.ends_at, value)),
    )
    return form.alert(reading, request.received_at)


def _optional(rule: Rule | None, value: object) -> str:
    return rule.read(value) if rule else ""


def _labels(mapping: Mapping, value: object) -> Iterator[tuple[str, str]]:
    if mapping.labels_from:
        yield from texts(_path(mapping.labels_from).find(value)).items()
    yield from ((name, rule.read(value)) for name, rule in mapping.labels.items())


def _saying(mapping: Mapping, value: object, request: AlertRequest) -> str:
    """Tell one saying from the next. By content alone, the second of two equal failures is lost."""
    pieces = [rule.read(value) for rule in mapping.event_id]
    if any(pieces):
        return "|".join(pieces)
    content = json.dumps(value, sort_keys=True).encode()
    return f"{request.received_at.isoformat()}|{sha256(content).hexdigest()}"

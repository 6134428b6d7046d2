"""A language file made ready: which words a key has, given what is known."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from importlib import resources
from typing import cast

from gateway.domain.content import Emphasis, Inline, Line, Mention, Moment, Span
from gateway.domain.errors import FactValue
from gateway.domain.ids import ChatUserId
from gateway.domain.pager_text import shorten
from gateway.text.lines import merged, plain
from gateway.text.templates import Piece, Slot, Template

Fact = FactValue | datetime
Facts = Mapping[str, Fact]

BASE = "en"
_SHORT = 80
_MOST_NAMES = 8

PLURALS: Mapping[str, Callable[[int], str]] = {
    "one_other": lambda n: "one" if n == 1 else "other",
    "zero_one_other": lambda n: "one" if n in {0, 1} else "other",
    "other": lambda _: "other",
}
"""Which sub-key a number takes, by the name a language file gives its rule."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to say something. With `plural`, that fact picks the form."""

    forms: Mapping[str, Template]
    plural: str = ""


Phrase = tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class ConfirmWords:
    """What the platform asks before a button acts."""

    title: Phrase
    text: Phrase
    yes: Phrase
    no: Phrase


@dataclass(frozen=True, slots=True)
class Entry:
    """The words of a notice; see the head of `en.toml`."""

    when: Mapping[str, object] = field(default_factory=dict)
    verdict: Phrase = ()
    more: Phrase = ()
    quote: str = ""
    small: Phrase = ()
    labels: Mapping[str, Phrase] = field(default_factory=dict)
    primary: tuple[str, ...] = ()
    confirm: Mapping[str, ConfirmWords] = field(default_factory=dict)


class Language:
    """All words of one language, those it lacks taken from its base and from English."""

    def __init__(
        self, tables: Mapping[str, Mapping[str, object]], zone: tzinfo, always: Facts
    ) -> None:
        """Compile tables as a language file holds them.

        `zone` is for times in plain text; the facts in `always` are known to every phrase.
        """
        self._settings = {key: str(value) for key, value in tables["language"].items()}
        self._vocabulary = cast("Mapping[str, Mapping[str, str]]", tables["vocabulary"])
        self._plural = PLURALS[self._settings["plural"]]
        self._zone = zone
        self._always = always
        self._entries: dict[str, tuple[Entry, ...]] = {}
        self._phrases: dict[str, Phrase] = {}
        for area, keys in tables.items():
            if area not in {"language", "vocabulary"}:
                for name, value in keys.items():
                    self._add(f"{area}.{name}", value)

    @classmethod
    def load(cls, name: str, zone: tzinfo, always: Facts) -> "Language":
        """Read "de-AT" over "de" over English; files that do not exist are left out."""
        chain = (BASE, name.lower().partition("-")[0], name.lower())
        return cls(_overlaid(_read(each) for each in dict.fromkeys(chain)), zone, always)

    def _add(self, key: str, value: object) -> None:
        if isinstance(value, dict) and not _is_plural(value):
            self._entries[key] = (_entry(value),)
        elif isinstance(value, list) and any("verdict" in v for v in value if isinstance(v, dict)):
            self._entries[key] = tuple(_entry(each) for each in value)
        else:
            self._phrases[key] = _phrase(value)

    @property
    def name(self) -> str:
        """What the language calls itself."""
        return self._settings["name"]

    @property
    def separator(self) -> Span:
        """What stands between the pieces of a small line."""
        return Span(self._settings["separator"])

    def notice_keys(self) -> tuple[str, ...]:
        """List the keys that have the words of a notice."""
        return tuple(self._entries)

    def entries(self, key: str) -> tuple[Entry, ...]:
        """List all variants of a notice."""
        return self._entries.get(key, ())

    def entry(self, key: str, facts: Facts) -> Entry | None:
        """Choose the variant that fits; `None` when the key has no words at all."""
        for entry in self.entries(key):
            if all(facts.get(name) == value for name, value in entry.when.items()):
                return entry
        return None

    def phrases(self) -> Mapping[str, Phrase]:
        """Give all phrases that are no notice, by key."""
        return self._phrases

    def phrase(self, key: str) -> Phrase:
        """Find a phrase by key; nothing when there is none."""
        return self._phrases.get(key, ())

    # --- saying ----------------------------------------------------------------------------

    def line(self, key: str, /, **facts: Fact) -> Line:
        """Say a phrase by key; empty when its slots are not known."""
        return next(iter(self.lines(self.phrase(key), facts)), ())

    def text(self, key: str, /, **facts: Fact) -> str:
        """Say a phrase by key as plain text."""
        return plain(self.line(key, **facts))

    def lines(
        self, phrase: Phrase, facts: Facts, emphasis: Emphasis = Emphasis.PLAIN
    ) -> tuple[Line, ...]:
        """Say the first alternative whose slots are all known; empty when there is none."""
        for alternative in phrase:
            template = self._form(alternative, facts)
            said = template and self._fill(template, facts, emphasis)
            if said:
                return said
        return ()

    def _form(self, alternative: Alternative, facts: Facts) -> Template | None:
        if not alternative.plural:
            return alternative.forms["other"]
        number = _count(facts.get(alternative.plural))
        if number is None:
            return None
        return alternative.forms.get(self._plural(number), alternative.forms["other"])

    def _fill(
        self, template: Template, facts: Facts, emphasis: Emphasis
    ) -> tuple[Line, ...] | None:
        lines: list[Line] = []
        for pieces in template.lines:
            filled = [self._inline(piece, facts, emphasis) for piece in pieces]
            known = tuple(each for each in filled if each is not None)
            if len(known) < len(filled):
                return None
            lines.append(merged(known))
        return tuple(lines)

    def _inline(self, piece: Piece, facts: Facts, emphasis: Emphasis) -> Inline | None:
        shown = emphasis if piece.emphasis is Emphasis.PLAIN else piece.emphasis
        if isinstance(piece, Span):
            return Span(piece.text, shown)
        value = facts.get(piece.name, self._always.get(piece.name))
        if value is None or value in ("", []):
            return None
        match piece.form:
            case "time":
                return self._moment(value)
            case "mention":
                return Mention(ChatUserId(str(value)), self._name_of(facts))
            case _:
                text = self._text(piece, value)
                return Span(text, shown) if text else None

    def _text(self, slot: Slot, value: Fact) -> str | None:
        match slot.form:
            case "list" if isinstance(value, list):
                return self.listed(value)
            case "short":
                return shorten(" ".join(str(value).split()), _SHORT)
            case "" | "list" if isinstance(value, int):
                return f"{value:,}".replace(",", self._settings["thousands"])
            case "" | "list":
                return str(value)
            case table:
                return self._vocabulary.get(table, {}).get(str(value))

    def _moment(self, value: Fact) -> Moment | None:
        try:
            at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            return None
        return Moment(at, at.astimezone(self._zone).strftime("%H:%M"))

    def _name_of(self, facts: Facts) -> str:
        return str(facts.get("author_name") or facts.get("typed") or self._settings["someone"])

    def listed(self, names: Iterable[str]) -> str:
        """Write "A, B and C"; after eight names only how many more there are."""
        shown = [str(name) for name in names]
        if len(shown) > _MOST_NAMES:
            rest = len(shown) - _MOST_NAMES
            some = ", ".join(shown[:_MOST_NAMES])
            return self._settings["more"].format(names=some, count=rest)
        *first, last = shown or [""]
        return self._settings["last"].join([", ".join(first), last] if first else [last])


def _count(value: Fact) -> int | None:
    match value:
        case bool() | None:
            return None
        case int():
            return value
        case list():
            return len(value) or None
        case _:
            return None


# --- reading a language file -------------------------------------------------------------------

_Tables = dict[str, dict[str, object]]


def _read(name: str) -> _Tables:
    file = resources.files("gateway.text").joinpath(f"{name}.toml")
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}


def _overlaid(files: Iterable[_Tables]) -> _Tables:
    """Lay later files over earlier ones, key by key."""
    overlaid: _Tables = {}
    for tables in files:
        for area, keys in tables.items():
            overlaid[area] = {**overlaid.get(area, {}), **keys}
    return overlaid


def _is_plural(value: object) -> bool:
    return isinstance(value, dict) and "plural" in value


def _phrase(value: object) -> Phrase:
    alternatives = value if isinstance(value, list) else [value]
    return tuple(_alternative(each) for each in alternatives)


def _alternative(value: object) -> Alternative:
    if isinstance(value, dict):
        forms = {name: Template.of(source) for name, source in value.items() if name != "plural"}
        return Alternative(forms, value["plural"])
    return Alternative({"other": Template.of(str(value))})


def _entry(table: Mapping[str, object]) -> Entry:
    primary = table.get("primary", [])
    return Entry(
        when=_table(table, "when"),
        verdict=_phrase(table["verdict"]) if "verdict" in table else (),
        more=_phrase(table["more"]) if "more" in table else (),
        quote=str(table.get("quote", "")),
        small=_phrase(table["small"]) if "small" in table else (),
        labels={action: _phrase(words) for action, words in _table(table, "labels").items()},
        primary=tuple(primary) if isinstance(primary, list) else (str(primary),),
        confirm={
            action: _confirm(cast("Mapping[str, object]", words))
            for action, words in _table(table, "confirm").items()
        },
    )


def _table(table: Mapping[str, object], name: str) -> Mapping[str, object]:
    return cast("Mapping[str, object]", table.get(name, {}))


def _confirm(words: Mapping[str, object]) -> ConfirmWords:
    return ConfirmWords(*(_phrase(words[name]) for name in ("title", "text", "yes", "no")))

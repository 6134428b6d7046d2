"""What stands in a language file; the head of `en.toml` explains its form."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import cast

from gateway.text.templates import Template

BASE = "en"
"""The language that has everything."""

Tables = Mapping[str, Mapping[str, object]]
"""A file as it was read: areas, and in each the words by name."""


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
class NoticeWords:
    """The words of a notice, for when the facts are as in `when`."""

    when: Mapping[str, object] = field(default_factory=dict)
    verdict: Phrase = ()
    more: Phrase = ()
    quote: str = ""
    small: Phrase = ()
    labels: Mapping[str, Phrase] = field(default_factory=dict)
    primary: tuple[str, ...] = ()
    confirm: Mapping[str, ConfirmWords] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LanguageFile:
    """All words of a language, compiled. Keys are "area.name"."""

    settings: Mapping[str, str]
    plural: Mapping[str, Sequence[int]]
    vocabulary: Mapping[str, Mapping[str, str]]
    notices: Mapping[str, tuple[NoticeWords, ...]]
    phrases: Mapping[str, Phrase]

    @classmethod
    def of(cls, tables: Tables) -> "LanguageFile":
        """Compile what was read."""
        words = {
            f"{area}.{name}": value
            for area, named in tables.items()
            if area not in {"language", "plural", "vocabulary"}
            for name, value in named.items()
        }
        return cls(
            settings={name: str(value) for name, value in tables["language"].items()},
            plural=cast("Mapping[str, Sequence[int]]", tables["plural"]),
            vocabulary=cast("Mapping[str, Mapping[str, str]]", tables["vocabulary"]),
            notices={key: _notices(value) for key, value in words.items() if _is_notice(value)},
            phrases={key: _phrase(value) for key, value in words.items() if not _is_notice(value)},
        )

    @classmethod
    def load(cls, name: str) -> "LanguageFile":
        """Read "de-AT" over "de" over English; files that do not exist are left out."""
        chain = (BASE, name.lower().partition("-")[0], name.lower())
        return cls.of(overlaid(read_tables(each) for each in dict.fromkeys(chain)))


def languages() -> tuple[str, ...]:
    """List the languages there are words in."""
    files = (file.name for file in resources.files("gateway.text").iterdir())
    return tuple(sorted(f.removesuffix(".toml") for f in files if f.endswith(".toml")))


@cache
def read_tables(name: str) -> Tables:
    """Read one file, once; empty when there is none of this name. Nobody changes what it gives."""
    file = resources.files("gateway.text").joinpath(f"{name}.toml")
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}


def overlaid(files: Iterable[Tables]) -> Tables:
    """Lay later files over earlier ones, key by key."""
    result: dict[str, dict[str, object]] = {}
    for tables in files:
        for area, named in tables.items():
            result[area] = {**result.get(area, {}), **named}
    return result


# --- compiling ---------------------------------------------------------------------------------


def _is_notice(value: object) -> bool:
    tables = value if isinstance(value, list) else [value]
    return any(isinstance(t, dict) and not {"verdict", "small"}.isdisjoint(t) for t in tables)


def _notices(value: object) -> tuple[NoticeWords, ...]:
    tables = value if isinstance(value, list) else [value]
    return tuple(_notice(cast("Mapping[str, object]", table)) for table in tables)


def _notice(table: Mapping[str, object]) -> NoticeWords:
    primary = table.get("primary", [])
    return NoticeWords(
        when=_table(table, "when"),
        verdict=_phrase(table.get("verdict", [])),
        more=_phrase(table.get("more", [])),
        quote=str(table.get("quote", "")),
        small=_phrase(table.get("small", [])),
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


def _phrase(value: object) -> Phrase:
    return tuple(_alternative(each) for each in (value if isinstance(value, list) else [value]))


def _alternative(value: object) -> Alternative:
    if isinstance(value, dict):
        forms = {name: Template.of(source) for name, source in value.items() if name != "plural"}
        return Alternative(forms, value["plural"])
    return Alternative({"other": Template.of(str(value))})

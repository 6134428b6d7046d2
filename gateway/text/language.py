"""A language that speaks: it says what its words allow, given what is known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from gateway.domain.content import Emphasis, Inline, Line, Mention, Moment, Span
from gateway.domain.errors import FactValue
from gateway.domain.ids import ChatUserId
from gateway.domain.pager_text import shorten
from gateway.text.durations import duration
from gateway.text.language_file import Alternative, LanguageFile, NoticeWords, Phrase
from gateway.text.lines import merged, plain
from gateway.text.templates import Piece, Slot, Template

Fact = FactValue | datetime
Facts = Mapping[str, Fact]

_SHORT = 80
_MOST_NAMES = 8


@dataclass(frozen=True)
class Language:
    """Says phrases. `zone` is for times in plain text; `always` is known to every phrase."""

    file: LanguageFile
    zone: tzinfo = UTC
    always: Facts = field(default_factory=dict)

    def notice(self, key: str, facts: Facts) -> NoticeWords | None:
        """Choose the words of a notice that fit; `None` when the key has none at all."""
        for words in self.file.notices.get(key, ()):
            if all(facts.get(name) == value for name, value in words.when.items()):
                return words
        return None

    def phrase(self, key: str) -> Phrase:
        """Find a phrase by key; nothing when there is none."""
        return self.file.phrases.get(key, ())

    def line(self, key: str, /, **facts: Fact) -> Line:
        """Say a phrase by key; empty when its slots are not known."""
        return next(iter(self.lines(self.phrase(key), facts)), ())

    def text(self, key: str, /, **facts: Fact) -> str:
        """Say a phrase by key as plain text."""
        return plain(self.line(key, **facts))

    def joined(self, pieces: Iterable[Line]) -> Line:
        """Put pieces on one line, with a separator between them; empty ones are left out."""
        between = Span(self.file.settings["separator"])
        joined: list[Inline] = []
        for piece in pieces:
            joined += (between, *piece) if joined and piece else piece
        return merged(joined)

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
        form = next((f for f, numbers in self.file.plural.items() if number in numbers), "other")
        return alternative.forms.get(form, alternative.forms["other"])

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
        value = facts.get(piece.name, self.always.get(piece.name))
        if value is None or value in ("", []):
            return None
        match piece.form:
            case "time" | "day":
                return self._moment(value, dated=piece.form == "day")
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
            case "duration" | "brief" if isinstance(value, int):
                name, parts = duration(value)
                return self.text(f"{slot.form}.{name}", **parts)
            case "" | "list" if isinstance(value, int):
                return f"{value:,}".replace(",", self.file.settings["thousands"])
            case "" | "list":
                return str(value)
            case setting if isinstance(value, list):
                return self.file.settings.get(setting, ", ").join(value)
            case table:
                return self.file.vocabulary.get(table, {}).get(str(value))

    def _moment(self, value: Fact, *, dated: bool) -> Moment | None:
        try:
            at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            return None
        shown = at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M" if dated else "%H:%M")
        return Moment(at, shown, dated)

    def _name_of(self, facts: Facts) -> str:
        return str(facts.get("author_name") or facts.get("typed") or self.file.settings["someone"])

    def listed(self, names: Iterable[str]) -> str:
        """Write "A, B and C"; after eight names only how many more there are."""
        shown = [str(name) for name in names]
        if len(shown) > _MOST_NAMES:
            rest = len(shown) - _MOST_NAMES
            some = ", ".join(shown[:_MOST_NAMES])
            return self.file.settings["more"].format(names=some, count=rest)
        *first, last = shown or [""]
        return self.file.settings["last"].join([", ".join(first), last] if first else [last])


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

"""A notice in words: verdict, cause, next step, small line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway.domain.actions import Action
from gateway.domain.content import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Confirm,
    Content,
    Emphasis,
    Line,
    Paragraph,
    Quote,
    Small,
)
from gateway.domain.pager_text import shorten
from gateway.text.language import Facts, Language
from gateway.text.language_file import ConfirmWords, NoticeWords
from gateway.text.lines import plain

NO_WORDS = "gateway.no_words"
LONGEST_LABEL = 75
"""Characters on a button; the shortest limit among chat platforms."""

_DANGEROUS = frozenset({Action.CANCEL_PAGE})

Actions = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Said:
    """A notice's parts, so that a status message can hold them too."""

    lines: tuple[Line, ...]
    quote: str
    buttons: tuple[Button, ...]
    small: Line

    def content(self) -> Content:
        """Put the parts into a message of their own."""
        first = self.lines[0] if self.lines else self.small
        return Content(plain(first), tuple(self._blocks()))

    def _blocks(self) -> Iterator[Block]:
        if self.lines:
            yield Paragraph(self.lines)
        if self.quote:
            yield Quote(self.quote)
        if self.small and not self.lines:
            yield Small(self.small)
        if self.buttons:
            yield Buttons(self.buttons)
        if self.small and self.lines:
            yield Small(self.small)


def say(language: Language, key: str, facts: Facts, actions: Actions) -> Said:
    """Put a notice into words; a key without any gets neutral ones, never the key itself."""
    words = language.notice(key, facts) or language.notice(NO_WORDS, facts) or NoticeWords()
    verdict = language.lines(words.verdict, facts, Emphasis.STRONG)
    return Said(
        lines=(*verdict, *language.lines(words.more, facts)),
        quote=str(facts.get(words.quote) or "") if words.quote else "",
        buttons=_buttons(language, words, facts, actions),
        small=language.joined((*language.lines(words.small, facts), _ref(language, facts))),
    )


def _ref(language: Language, facts: Facts) -> Line:
    return language.line("status.ref", ref=facts.get("ref"))


# --- buttons -----------------------------------------------------------------------------------


def _buttons(
    language: Language, words: NoticeWords, facts: Facts, actions: Actions
) -> tuple[Button, ...]:
    offered = [action for action, _ in actions]
    primary = next((action for action in words.primary if action in offered), "")
    labels = _labels(language, words, facts, actions)
    return tuple(
        Button(
            action=action,
            value="" if action == Action.SIGN_IN else value,
            label=label,
            style=_style(action, primary),
            confirm=_confirm(language, words.confirm.get(action), facts),
            url=value if action == Action.SIGN_IN else "",
        )
        for (action, value), label in zip(actions, labels, strict=True)
    )


def _labels(
    language: Language, words: NoticeWords, facts: Facts, actions: Actions
) -> Iterator[str]:
    """Label every button; choices take theirs from the facts, in order."""
    given = facts.get("choices")
    choices = iter(given if isinstance(given, list) else ())
    for action, value in actions:
        if action == Action.CHOOSE:
            yield shorten(next(choices, value.rpartition(":")[2]), LONGEST_LABEL)
        else:
            yield _label(language, words, facts, action)


def _label(language: Language, words: NoticeWords, facts: Facts, action: str) -> str:
    phrase = words.labels.get(action) or language.phrase(f"action.{action}")
    for alternative in phrase:
        label = _one_line(language.lines((alternative,), facts))
        if label and len(label) <= LONGEST_LABEL:
            return label
    return shorten(_one_line(language.lines(phrase, facts)), LONGEST_LABEL) or "…"


def _style(action: str, primary: str) -> ButtonStyle:
    if action in _DANGEROUS:
        return ButtonStyle.DANGER
    return ButtonStyle.PRIMARY if action == primary else ButtonStyle.NORMAL


def _confirm(language: Language, words: ConfirmWords | None, facts: Facts) -> Confirm | None:
    if words is None:
        return None
    parts = (words.title, words.text, words.yes, words.no)
    return Confirm(*(_one_line(language.lines(part, facts)) for part in parts))


def _one_line(lines: Iterable[Line]) -> str:
    return " ".join(plain(line) for line in lines)

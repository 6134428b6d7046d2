"""What people see as one character: an accented letter, a flag, a family of emoji, a syllable.

An approximation of Unicode's extended grapheme clusters (UAX #29) with the standard library's
tables. Where it differs it joins too much, never too little, which is harmless for splitting.
"""

import unicodedata
from collections.abc import Iterator

_ZWJ = "\N{ZERO WIDTH JOINER}"
_CAN_BE_JOINED = frozenset({"So", "Sm", "Lo", "Cn"})
"""Categories of emoji (new ones are unassigned here) and of Indic consonants."""

_PREPENDED = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")


def graphemes(text: str, start: int = 0) -> Iterator[str]:
    """Yield the graphemes of `text` from `start` on; joined they are the text again."""
    begin = start
    flags = 0
    for at in range(start, len(text)):
        if at > begin and not _joined(text[at - 1], text[at], flags):
            yield text[begin:at]
            begin, flags = at, 0
        flags += _is_flag_letter(text[at])
    if begin < len(text):
        yield text[begin:]


def is_boundary(text: str, at: int) -> bool:
    """Whether a grapheme ends at `at`; not for flags, which are told apart by counting."""
    return not 0 < at < len(text) or not _joined(text[at - 1], text[at], 0)


def _joined(before: str, after: str, flags: int) -> bool:
    """Whether no break may stand between two characters; `flags` counts flag letters so far."""
    if before < "\u0300" and after < "\u0300":
        return before == "\r" and after == "\n"
    return (
        _extends(after)
        or (before == _ZWJ and unicodedata.category(after) in _CAN_BE_JOINED)
        or before in _PREPENDED
        or (_is_flag_letter(before) and _is_flag_letter(after) and flags % 2 == 1)
        or _is_one_syllable(before, after)
        or _is_conjunct(before, after)
    )


def _extends(char: str) -> bool:
    """Whether a character belongs to the one before it: accents, joiners, skin tones, tags."""
    return (
        unicodedata.category(char).startswith("M")
        or "\u200c" <= char <= _ZWJ
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
        or "\uff9e" <= char <= "\uff9f"
        or char in "\u0e33\u0eb3"
    )


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _is_one_syllable(before: str, after: str) -> bool:
    """Whether two Hangul characters belong to one block: leading + vowel + trailing parts."""
    if _is_leading(before):
        return _is_leading(after) or _is_vowel(after) or "\uac00" <= after <= "\ud7a3"
    if "\uac00" <= before <= "\ud7a3" or _is_vowel(before):
        return _is_vowel(after) or _is_trailing(after)
    return _is_trailing(before) and _is_trailing(after)


def _is_leading(char: str) -> bool:
    return "\u1100" <= char <= "\u115f" or "\ua960" <= char <= "\ua97c"


def _is_vowel(char: str) -> bool:
    return "\u1160" <= char <= "\u11a7" or "\ud7b0" <= char <= "\ud7c6"


def _is_trailing(char: str) -> bool:
    return "\u11a8" <= char <= "\u11ff" or "\ud7cb" <= char <= "\ud7fb"


def _is_conjunct(before: str, after: str) -> bool:
    """Whether a virama ties two consonants together, as in most Indic scripts."""
    return unicodedata.combining(before) == _VIRAMA and unicodedata.category(after) == "Lo"


_VIRAMA = 9
"""Canonical combining class of viramas."""

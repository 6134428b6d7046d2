"""What goes out on the pager: complete, within the limit, and nobody else's words in our name."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.domain.errors import PageTooLongError
from gateway.domain.graphemes import graphemes
from gateway.domain.ids import Ref
from gateway.domain.pager_text import (
    PAGE_LIMIT,
    clean,
    clean_name,
    compose_page,
    compose_reply,
    find_refs,
    quoted,
    strip_tag,
    utf16_length,
)

REF = Ref("pg_7K2M")
FIREFIGHTER = "👩\u200d🚒"
FLAG = "🇩🇪"
WAVE = "👋🏽"
KEYCAP = "1\ufe0f\u20e3"
HANGUL = "\u1112\u1161\u11ab"
SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
KSHI = "\u0915\u094d\u0937\u093f"
GRAPHEMES = (FIREFIGHTER, FLAG, WAVE, KEYCAP, HANGUL, SCOTLAND, KSHI, "e\u0301", "한", "\r\n")


def page(text: str, name: str | None = None, *, limit: int = PAGE_LIMIT) -> tuple[str, ...]:
    return compose_page(text, name, REF, limit=limit, max_parts=10_000)


def test_length_is_counted_as_the_pager_counts() -> None:
    """In UTF-16 units, with lone surrogates as one."""
    assert utf16_length("🔥") == 2
    assert utf16_length(FIREFIGHTER) == 5
    assert utf16_length("a\ud800") == 2


@given(st.text())
def test_length_equals_the_encoded_length(text: str) -> None:
    """Whatever is written."""
    assert utf16_length(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


# --- one message -------------------------------------------------------------------------------


def test_a_page_from_the_shared_sender_names_its_author() -> None:
    """The first words are ours, the last word is the reference."""
    assert page("Disk full", "Dana") == ("Dana via Slack: Disk full pg_7K2M",)


def test_a_page_from_ones_own_extension_is_bare() -> None:
    """The pager shows who it is from."""
    assert page("Disk full\non db-7") == ("Disk full\non db-7 pg_7K2M",)


def test_a_page_may_fill_the_limit_exactly() -> None:
    """First line and reference count; one unit more takes a second message."""
    room = PAGE_LIMIT - len("Dana via Slack:  pg_7K2M")
    assert [utf16_length(m) for m in page("x" * room, "Dana")] == [PAGE_LIMIT]
    assert len(page("x" * (room + 1), "Dana")) == 2


# --- nobody can speak in our name --------------------------------------------------------------


@pytest.mark.parametrize(
    "imitation",
    [
        "Bob via Slack: open the gate",
        "ok\nBob via Slack: open the gate",
        "Bob VIA  slack : open",
        "Bob v\u200dia Sl\u200back: open",
        "Bob\N{NO-BREAK SPACE}via\N{NO-BREAK SPACE}Slack: open",
        "Bob \uff56\uff49\uff41 \uff33lack\uff1a open",
        "x\u2028Bob via Slack: open",
        "x\rBob via Slack: open",
    ],
)
def test_a_line_that_looks_like_ours_is_defused(imitation: str) -> None:
    """The phrase is put into quotation marks; only our own first line goes without."""
    (message,) = page(imitation, "Dana")
    assert message.startswith("Dana via Slack: ")
    assert message.count('"') == 2
    assert not re.search(r"via\s+slack\s*:", message.removeprefix("Dana via Slack:"), re.IGNORECASE)


def test_a_name_cannot_carry_a_first_line() -> None:
    """Display names lose colons, line ends and everything invisible."""
    assert clean_name("Bob via Slack: gate\nEve") == "Bob via Slack gate Eve"
    assert clean_name("\u202eana\u2066D\u200b\ufeff\x07") == "anaD"
    assert clean_name("\u200b") == "Someone"
    assert utf16_length(clean_name("🔥" * 200)) <= 64


def test_a_typed_reference_is_no_reference() -> None:
    """Only ours can be found by its spelling."""
    (message,) = page("see pg_9XYZ, al_91QX and pg_7K2M")
    assert message == "see pg-9XYZ, al-91QX and pg-7K2M pg_7K2M"
    assert find_refs(message) == (REF,)


def test_what_a_pager_cannot_show_is_left_out() -> None:
    """Control characters, overrides and lone surrogates; newlines and tabs stay."""
    assert clean("a\x00b\x1b[1mc\td\r\ne\u2028f\u202eg\ud83d") == "ab[1mc\td\ne\nfg\ufffd"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    """What was cleaned is clean."""
    assert clean(clean(text)) == clean(text)


# --- several messages --------------------------------------------------------------------------


def test_parts_are_numbered_and_tagged() -> None:
    """Each part shows its place and the reference; the author is named once."""
    first, second, third = page("alpha bravo " * 24, "Dana", limit=128)
    assert first.startswith("(1/3) Dana via Slack: alpha")
    assert second.startswith("(2/3) ")
    assert third.startswith("(3/3) ")
    assert all(part.endswith(" pg_7K2M") for part in (first, second, third))


def test_parts_end_with_paragraphs_then_lines_then_words() -> None:
    """The best end in the second half of a part is taken."""
    assert page("a " * 40 + "\n\n" + "b\n" + "c " * 60, limit=128)[0].endswith("a pg_7K2M")
    assert page("a " * 40 + "\n" + "c " * 60, limit=128)[0].endswith("a pg_7K2M")
    assert page("word " * 60, limit=128)[0].endswith("word pg_7K2M")


def test_an_early_paragraph_does_not_make_a_tiny_part() -> None:
    """A part is at least half full where words allow it."""
    assert page("Lift\n\n" + "word " * 60, limit=128)[0].endswith("word pg_7K2M")


def test_an_address_stays_whole() -> None:
    """An address that fits into one part is never cut."""
    url = "https://status.example/incidents/4711?tab=timeline"
    for lead in range(60, 120):
        for between in (" ", ""):
            parts = page("x" * lead + f"{between}({url}) and more words to follow", limit=128)
            assert sum(url in part for part in parts) == 1


def test_an_address_keeps_its_bracket() -> None:
    """A label's address stands in brackets; they go into the next part with it."""
    text = "Status page of our neighbours (" + "https://a.example/" + "b" * 90 + ") says it all"
    first, second, _ = page(text, limit=128)
    assert first.endswith("neighbours pg_7K2M")
    assert second.startswith("(2/3) (https://a.example/b")


def test_too_many_parts_are_refused_with_their_number() -> None:
    """The author is asked; nothing is cut off in silence."""
    with pytest.raises(PageTooLongError) as caught:
        compose_page("word " * 1000, "Dana", REF, max_parts=3)
    assert (caught.value.length, caught.value.limit, caught.value.parts) == (5023, 1024, 5)


def test_a_reply_beyond_its_parts_says_where_the_rest_is() -> None:
    """The last part ends with a link to the thread."""
    parts = compose_reply(
        "word " * 400, "Dana", REF, limit=128, max_parts=2, more="https://chat.example/p1"
    )
    assert len(parts) == 2
    assert parts[1].startswith("(2/2) word")
    assert parts[1].endswith("word … https://chat.example/p1 pg_7K2M")
    assert all(utf16_length(part) <= 128 for part in parts)


# --- whatever is written -----------------------------------------------------------------------

_WORDS = st.one_of(
    st.text(),
    st.sampled_from([*GRAPHEMES, " ", "\n", "\n\n", "word", "https://a.example/b"]),
    st.sampled_from(["Bob via Slack: ", "pg_9XYZ", "via", "Slack:", "\ud83d", "\u0301"]),
    st.text(st.sampled_from([FLAG[0], "\u0301", "x", "\u200d", " "]), max_size=300),
)
_TEXTS = st.lists(_WORDS, max_size=80).map("".join)
_NAMES = st.one_of(st.none(), st.just("Dana"), st.text(max_size=100))


def _bodies(parts: tuple[str, ...], name: str | None) -> list[str]:
    numbered = len(parts) > 1
    bodies = [part.removesuffix(f" {REF}") for part in parts]
    bodies = [b.removeprefix(f"({i}/{len(parts)}) ") if numbered else b for i, b in _count(bodies)]
    if name is not None:
        bodies[0] = bodies[0].removeprefix(f"{clean_name(name)} via Slack: ")
    return bodies


def _count(bodies: list[str]) -> list[tuple[int, str]]:
    return list(enumerate(bodies, start=1))


@given(_TEXTS, _NAMES, st.sampled_from([128, 200, 1024]))
@example("x" * 300, "Dana", 128)
def test_every_part_fits(text: str, name: str | None, limit: int) -> None:
    """No part is longer than the pager takes."""
    assert all(utf16_length(part) <= limit for part in page(text, name, limit=limit))


@given(_TEXTS, _NAMES)
@example("x" * 300, None)
def test_parts_joined_are_the_whole_text(text: str, name: str | None) -> None:
    """Nothing but white space at the ends of parts is lost."""
    bodies = _bodies(page(text, name, limit=128), name)
    assert "".join("".join(bodies).split()) == "".join(clean(text).split())


@given(_TEXTS)
@example(FIREFIGHTER * 60)
def test_no_grapheme_is_cut(text: str) -> None:
    """What people see as one character stays in one part, unless it alone is longer than one."""
    whole = list(graphemes(clean(text)))
    if all(utf16_length(grapheme) < 100 for grapheme in whole):
        split = [g for body in _bodies(page(text, limit=128), None) for g in graphemes(body)]
        assert [g for g in split if not g.isspace()] == [g for g in whole if not g.isspace()]


_FAMILY = "👨🏽\u200d👩🏻\u200d👧🏿\u200d👦"
_EMOJI = st.sampled_from(
    [*GRAPHEMES, _FAMILY, "❤\ufe0f\u200d🔥", "🏳\ufe0f\u200d🌈", "#\ufe0f\u20e3", "🇩🇪🇫🇷"]
)
_PATHS = st.text(st.sampled_from("abcXYZ019-._~/?#=&%+"), max_size=110)
_LINKS = st.builds("{}://a.example/{}".format, st.sampled_from(["http", "https"]), _PATHS)


@given(st.lists(st.tuples(_LINKS, st.lists(_EMOJI | st.text("wörd ", max_size=60)), st.booleans())))
def test_no_link_is_cut_that_fits_into_one_part(
    pieces: list[tuple[str, list[str], bool]],
) -> None:
    """Wherever it stands: in brackets after its label, between emoji, at either end."""
    text = ""
    links = []
    for link, around, bracketed in pieces:
        text += "".join(around) + (f" label ({link}) " if bracketed else f" {link} ")
        links.append(f"({link})" if bracketed else link)
    bodies = _bodies(page(text, limit=160), None)
    for link in links:
        assert sum(body.count(link) for body in bodies) >= 1
    said = [g for body in bodies for g in graphemes(body) if not g.isspace()]
    assert said == [g for g in graphemes(clean(text)) if not g.isspace()]


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=90) | _EMOJI))
def test_no_word_is_cut_that_fits_into_one_part(words: list[str]) -> None:
    """Where there is white space to break at."""
    bodies = _bodies(page(" ".join(words), limit=128), None)
    assert [word for body in bodies for word in body.split()] == clean(" ".join(words)).split()


@given(_TEXTS, st.integers(1, 4), st.sampled_from(["", "https://chat.example/p1", "(in Slack)"]))
def test_a_reply_of_any_length_keeps_to_its_parts(text: str, most: int, more: str) -> None:
    """However it is shortened: within the limit, and saying where the rest is."""
    parts = compose_reply(text, "Dana", REF, limit=128, max_parts=most, more=more)
    assert len(parts) <= most
    assert all(utf16_length(part) <= 128 for part in parts)
    if len(page(text, "Dana", limit=128)) > most:
        assert parts[-1].endswith(f" … {more}".rstrip() + f" {REF}")


@given(_TEXTS, _NAMES)
def test_only_our_first_line_says_via_slack(text: str, name: str | None) -> None:
    """No part of anybody's text looks like ours, wherever it was cut."""
    parts = page(text, name, limit=128)
    signed = [re.search(r"via\s+slack\s*:", part, re.IGNORECASE) is not None for part in parts]
    assert signed == [name is not None, *[False] * (len(parts) - 1)]


@given(_TEXTS)
def test_each_part_carries_exactly_one_reference(text: str) -> None:
    """A look upstream finds our message by it, and only ours."""
    for part in page(text, limit=128):
        assert find_refs(part) == (REF,)
        assert strip_tag(part) + f" {REF}" == part or not strip_tag(part)


@given(st.lists(st.sampled_from(GRAPHEMES), min_size=1))
def test_graphemes_are_seen_as_people_see_them(expected: list[str]) -> None:
    """Families, flags, skin tones, keycaps, syllables and accents are one each."""
    spaced = " ".join(expected)
    assert [g for g in graphemes(spaced) if g != " "] == expected


def test_flags_in_a_row_are_told_apart() -> None:
    """Every two letters are one flag."""
    assert list(graphemes(FLAG * 3)) == [FLAG] * 3


# --- quoting -----------------------------------------------------------------------------------


def test_a_new_conversation_begins_with_a_quote() -> None:
    """The root is quoted on one line, shortened to what fits."""
    assert quoted("on it pg_7K2M", "Disk\nfull") == "> Disk full\non it pg_7K2M"
    assert utf16_length(quoted("x" * 1000, "root " * 99)) <= PAGE_LIMIT
    assert quoted("x" * 1010, "root") == "x" * 1010


@given(_TEXTS, _TEXTS)
def test_a_quote_never_breaks_the_limit(text: str, root: str) -> None:
    """However long the message already is."""
    for part in page(text, limit=200):
        assert utf16_length(quoted(part, root, limit=200)) <= 200

"""The catalogue is complete, keeps its contract with the services, and stays within all limits."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import gateway.services
from gateway.domain.actions import Action
from gateway.domain.content import Block, Buttons, Content, Inline, Paragraph, Quote, Small, Span
from gateway.domain.errors import ChatError, FactValue, GatewayError, PagerError
from gateway.domain.outbound import Notice
from gateway.domain.threads import ThreadMode
from gateway.text.catalogue import CATALOGUE, FACTS
from gateway.text.language import Language
from gateway.text.language_file import (
    LanguageFile,
    NoticeWords,
    Phrase,
    Tables,
    overlaid,
    read_tables,
)
from gateway.text.lines import plain
from gateway.text.words import Words

ENGLISH = LanguageFile.load("en")
WORDS = Words.load()

VERDICTS = (
    *("Sent", "Sending…", "Waiting to send.", "Not sent.", "Not sent yet."),
    *("We're not sure this was sent.", "Cancelled."),
)
FORBIDDEN = re.compile(
    r"\b(error|invalid|forbidden|fail(ed|ure|s)?|oops|sorry|apolog\w+|unfortunately|please"
    r"|delivered|received|undeliverable|bridge|entity|4\d\d|5\d\d)\b|!",
    re.IGNORECASE,
)


def _leaves(root: type[GatewayError] = GatewayError) -> Iterator[type[GatewayError]]:
    for child in root.__subclasses__():
        if child not in {PagerError, ChatError}:
            yield child
        yield from _leaves(child)


def _phrases(words: NoticeWords) -> Iterator[Phrase]:
    yield from (words.verdict, words.more, words.small, *words.labels.values())
    for confirm in words.confirm.values():
        yield from (confirm.title, confirm.text, confirm.yes, confirm.no)


def _slots(phrase: Phrase) -> set[str]:
    return {
        name
        for alternative in phrase
        for name in (
            *(s for t in alternative.forms.values() for s in t.slots),
            *([alternative.plural] if alternative.plural else []),
        )
    }


def _notices() -> list[tuple[str, NoticeWords]]:
    return [(key, words) for key, variants in ENGLISH.notices.items() for words in variants]


def sources(value: object) -> Iterator[str]:
    """Yield every string in a language file that people read."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from sources(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name not in {"plural", "when", "quote", "primary"}:
                yield from sources(each)


# --- complete ----------------------------------------------------------------------------------


@pytest.mark.parametrize("error", list(_leaves()), ids=lambda error: error.code)
def test_every_error_has_words(error: type[GatewayError]) -> None:
    """Whatever can go wrong is said, even when nothing more is known."""
    content = WORDS.content(Notice(error.code))
    assert error.code in ENGLISH.notices
    assert content.summary


@pytest.mark.parametrize(
    "error", [e for e in _leaves() if not issubclass(e, ChatError)], ids=lambda error: error.code
)
def test_every_refusal_begins_with_a_verdict(error: type[GatewayError]) -> None:
    """From one short list, or with a question that is followed by "isn't sent yet"."""
    content = WORDS.content(Notice(error.code))
    (paragraph, *_) = content.blocks
    assert isinstance(paragraph, Paragraph)
    asks = content.summary.endswith("?") and "isn't sent yet" in plain(paragraph.lines[1])
    assert content.summary.startswith(VERDICTS) or asks


def test_catalogue_and_words_have_the_same_keys() -> None:
    """No words without a contract, no contract without words."""
    assert set(ENGLISH.notices) == set(CATALOGUE)


def test_every_button_has_a_label() -> None:
    """A choice takes its label from the facts, and a menu has one for each mode."""
    labelled = {key.removeprefix("action.") for key in ENGLISH.phrases if key.startswith("action.")}
    assert labelled | {"choose", "thread_mode"} == set(Action)
    assert all(f"status.menu_{mode}" in ENGLISH.phrases for mode in ThreadMode)


def test_the_services_use_known_keys() -> None:
    """What is asked of the catalogue in code exists there."""
    assert _asked_for() - set(CATALOGUE) == set()


def _asked_for() -> set[str]:
    """Find the keys of notices and questions in the services."""
    (folder,) = gateway.services.__path__
    trees = (ast.parse(file.read_text("utf-8")) for file in Path(folder).rglob("*.py"))
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {
        arg.value
        for call in calls
        if ast.unparse(call.func).rpartition(".")[2] in {"Notice", "Asked", "tell", "ask"}
        for arg in call.args[:2]
        if isinstance(arg, ast.Constant) and isinstance(arg.value, str) and "." in arg.value
    }


# --- the contract ------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "words"), _notices(), ids=lambda value: str(value)[:40])
def test_every_slot_names_a_fact_of_its_key(key: str, words: NoticeWords) -> None:
    """Translators can use what the services promise, and nothing else."""
    promised = {*CATALOGUE[key].facts, "ref", "command"}
    asked = {name for phrase in _phrases(words) for name in _slots(phrase)}
    assert asked | set(words.when) <= promised
    assert not words.quote or words.quote in promised


@pytest.mark.parametrize(("key", "words"), _notices(), ids=lambda value: str(value)[:40])
def test_labels_and_questions_belong_to_offered_buttons(key: str, words: NoticeWords) -> None:
    """Nothing stands out that is never offered."""
    offered = {action.value for action in CATALOGUE[key].actions}
    assert {*words.labels, *words.primary, *words.confirm} - {""} <= offered


@pytest.mark.parametrize("action", Action)
def test_a_buttons_facts_are_among_those_of_its_notices(action: Action) -> None:
    """A label can use what at least one of its notices knows, and can do without."""
    known = {"ref", *(f for key in CATALOGUE.values() if action in key.actions for f in key.facts)}
    phrase = ENGLISH.phrases.get(f"action.{action}", ())
    assert _slots(phrase) <= known | {"name", "department"}
    assert not phrase or not _slots(phrase[-1:])


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_fact_is_explained(key: str) -> None:
    """The table of facts is complete."""
    assert set(CATALOGUE[key].facts) <= set(FACTS)


def test_phrases_use_known_facts_only() -> None:
    """Also those that are no notice."""
    assert {name for phrase in ENGLISH.phrases.values() for name in _slots(phrase)} <= set(FACTS)


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_notice_can_be_said_without_any_fact(key: str) -> None:
    """What is unknown costs a detail, never the sentence."""
    content = WORDS.content(Notice(key))
    assert content.summary
    assert "{" not in content.summary


# --- voice -------------------------------------------------------------------------------------


def _read_by_people() -> list[str]:
    tables = read_tables("en")
    return [s for area, words in tables.items() if area != "ops" for s in sources(words)]


@pytest.mark.parametrize("sentence", sorted(set(_read_by_people())))
def test_the_voice_is_kept(sentence: str) -> None:
    """No blame, no apology, no codes, no exclamation, and no word of delivery."""
    assert not FORBIDDEN.search(sentence)


@pytest.mark.parametrize("sentence", sorted(set(sources(read_tables("en")["ops"]))))
def test_nothing_is_ever_called_delivered(sentence: str) -> None:
    """There is no receipt for pager messages, for operators neither."""
    assert not re.search(r"deliver|received", sentence)


def test_markup_is_closed() -> None:
    """Every bold and code run ends on its line."""
    for sentence in sources(read_tables("en")):
        for line in sentence.split("\n"):
            assert line.count("*") % 2 == line.count("`") % 2 == 0


# --- limits, also in a language 40 % longer -------------------------------------------------------


def _longer(value: object) -> object:
    if isinstance(value, str):
        return _stretched(value)
    if isinstance(value, list):
        return [_longer(each) for each in value]
    if isinstance(value, dict):
        kept = {"plural", "when", "quote", "primary"}
        return {name: each if name in kept else _longer(each) for name, each in value.items()}
    return value


def _stretched(text: str) -> str:
    """Make a sentence 40 % longer; slots and code stay."""
    missing = len(re.sub(r"\{[^}]*\}|`[^`]*`", "", text)) * 2 // 5
    return text + "ŵ" * missing


def _pseudo() -> LanguageFile:
    english = read_tables("en")
    longer: Tables = {
        area: {name: _longer(each) for name, each in words.items()}
        for area, words in english.items()
        if area not in {"language", "plural", "vocabulary"}
    }
    return LanguageFile.of(overlaid((english, longer)))


LANGUAGES = {
    "en": WORDS,
    "de": Words.load("de"),
    "pseudo": Words(Language(_pseudo(), always={"command": "/page"})),
}

LONG_NAME = "Maximilian Featherstonehaugh-Cholmondeley 🔥"
_NUMBERS = frozenset(
    {"people", "length", "limit", "over", "parts", "seconds", "minutes"}
    | {"position", "per_minute", "count", "part"}
)
_TIMES = frozenset({"updated_at", "sent_at", "at", "until", "retry_at", "confirmed_at"})
_LISTS = frozenset({"names", "recipients", "numbers", "skipped", "managers", "choices"})


def _long_fact(name: str) -> FactValue:
    if name in _NUMBERS:
        return 1_234_567
    if name in _TIMES:
        return "2026-12-31T23:59:59+00:00"
    if name in _LISTS:
        return [LONG_NAME] * 30
    return {"status": "not_activated", "text": "word " * 800, "ref": "pg_7K2MXXXX"}.get(
        name, LONG_NAME
    )


def fullest(words: Words, key: str) -> Iterator[Content]:
    """Say a key with long facts and all buttons, once for each of its variants."""
    facts = {name: _long_fact(name) for name in (*CATALOGUE[key].facts, "ref")}
    actions = tuple((action.value, "d" * 24) for action in CATALOGUE[key].actions)
    for variant in words.language.file.notices[key]:
        when = {name: value for name, value in variant.when.items() if _is_fact(value)}
        yield words.content(Notice(key, {**facts, **when}, actions))  # type: ignore[dict-item]  # narrowed by _is_fact


def _is_fact(value: object) -> bool:
    return isinstance(value, str | bool | int)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", CATALOGUE)
def test_every_message_fits(key: str, language: str) -> None:
    """Within the block limits of the platform, whatever names and texts are like."""
    for content in fullest(LANGUAGES[language], key):
        assert len(content.summary) <= 3000
        assert len(content.blocks) <= 50
        for block in content.blocks:
            _check_block(block)


def _check_block(block: Block) -> None:
    match block:
        case Paragraph(lines):
            assert len("\n".join(plain(line) for line in lines)) <= 3000
        case Small(line):
            assert len(plain(line)) <= 2000
        case Quote(text):
            assert text
        case Buttons(buttons):
            assert len(buttons) <= 25
            for button in buttons:
                assert 0 < len(button.label) <= 75
                assert len(button.value) <= 2000
                if button.confirm:
                    assert 0 < len(button.confirm.title) <= 100
                    assert 0 < len(button.confirm.text) <= 300
                    assert 0 < len(button.confirm.yes) <= 30
                    assert 0 < len(button.confirm.no) <= 30


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_fits(language: str) -> None:
    """Titles of 24 characters, and a choice of senders."""
    form = LANGUAGES[language].form()
    assert all(0 < len(text) <= 24 for text in (form.title, form.submit, form.close))
    assert 0 < len(form.to_placeholder) <= 150
    assert "1,024" in form.text_hint or "1.024" in form.text_hint


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_that_silences_fits(language: str) -> None:
    """Titles of 24 characters, and durations as people say them."""
    lasts = (("1", 60), ("72", 72 * 60))
    form = LANGUAGES[language].silence_form('host="db-7"', lasts, context="al_91QX")
    assert all(0 < len(text) <= 24 for text in (form.title, form.submit, form.close))
    assert all(0 < len(option.label) <= 75 for option in form.lasts)
    assert 'host="db-7"' in form.what


@pytest.mark.parametrize("key", CATALOGUE)
def test_the_summary_is_the_first_line_without_markup(key: str) -> None:
    """Notifications read one, screens show the other: they agree."""
    for content in fullest(WORDS, key):
        match content.blocks[0]:
            case Paragraph(lines):
                assert content.summary == plain(lines[0])
            case Small(line):
                assert content.summary == plain(line)
            case other:
                pytest.fail(f"begins with {other}")


@pytest.mark.parametrize("key", CATALOGUE)
def test_neighbouring_spans_differ(key: str) -> None:
    """Markup that ends and begins anew in the middle of a word is misread by platforms."""
    for content in fullest(WORDS, key):
        for block in content.blocks:
            if isinstance(block, Paragraph):
                for line in block.lines:
                    assert all(_differ(a, b) for a, b in pairwise(line))


def _differ(one: Inline, other: Inline) -> bool:
    if isinstance(one, Span) and isinstance(other, Span):
        return one.emphasis is not other.emphasis
    return True


# --- languages ---------------------------------------------------------------------------------


def test_a_language_says_what_it_has_and_borrows_the_rest() -> None:
    """Language, then its base, then English."""
    german: Tables = {"draft": {"used": {"verdict": "Das ist schon geschehen."}}}
    austrian: Tables = {"form": {"to": "An wen"}}
    words = Words(Language(LanguageFile.of(overlaid((read_tables("en"), german, austrian)))))
    assert words.content(Notice("draft.used")).summary == "Das ist schon geschehen."
    assert words.sentence("form.to") == "An wen"
    assert words.sentence("form.submit") == "Send page"

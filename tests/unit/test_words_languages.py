"""Every language has all the words English has, and asks the services for nothing more."""

import re
from typing import get_args

import pytest

from adapters.chat.slack.settings import SlackSettings
from gateway.domain.outbound import Notice
from gateway.text.catalogue import CATALOGUE
from gateway.text.language_file import LanguageFile, Phrase, languages, read_tables
from gateway.text.words import Words
from tests.unit.test_words_catalogue import sources

OTHERS = [name for name in languages() if name != "en"]
ENGLISH = LanguageFile.load("en")
ALONE = {name: LanguageFile.of(read_tables(name)) for name in OTHERS}
"""Each language by itself: nothing is borrowed from English."""

NOT_GERMAN = re.compile(
    r"\b(fehler\w*|fehlgeschlagen|ungültig\w*|leider|bitte|entschuldig\w*|verboten|entität"
    r"|\w*zugestellt|\w*zustell\w*|empfangen|4\d\d|5\d\d)\b|!",
    re.IGNORECASE,
)
FORMAL = re.compile(r"(?<=[^.:?\n] )(Sie|Ihnen|Ihr\w*)\b")


def _keys(language: str) -> set[str]:
    return {f"{area}.{name}" for area, words in read_tables(language).items() for name in words}


def _asked(phrase: Phrase) -> list[tuple[str, frozenset[str]]]:
    """List for each alternative what it is said of: the fact that counts, and the slots."""
    return [(each.plural, each.forms["other"].slots) for each in phrase]


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_lacks_nothing(language: str) -> None:
    """Whoever adds words in English is told here which ones the others need, too."""
    missing, unknown = _keys("en") - _keys(language), _keys(language) - _keys("en")
    assert not missing, f"{language}.toml lacks {sorted(missing)}"
    assert not unknown, f"{language}.toml has what en.toml has not: {sorted(unknown)}"


@pytest.mark.parametrize("language", OTHERS)
def test_phrases_ask_for_the_same_facts(language: str) -> None:
    """Alternative by alternative, so that every language knows as much to tell."""
    ours = ALONE[language].phrases
    for key in ENGLISH.phrases.keys() & ours.keys():
        assert _asked(ours[key]) == _asked(ENGLISH.phrases[key]), key


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("key", CATALOGUE)
def test_notices_have_the_same_parts(key: str, language: str) -> None:
    """When they are said, their lines, buttons and questions."""
    theirs, ours = ENGLISH.notices[key], ALONE[language].notices.get(key, ())
    assert [words.when for words in ours] == [words.when for words in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert (one.quote, one.primary) == (other.quote, other.primary)
        assert one.labels.keys() == other.labels.keys()
        assert one.confirm.keys() == other.confirm.keys()
        for part in ("verdict", "more", "small"):
            assert _asked(getattr(one, part)) == _asked(getattr(other, part)), part
        for action, label in one.labels.items():
            assert _asked(label) == _asked(other.labels[action])
        for action, asked in one.confirm.items():
            for part in ("title", "text", "yes", "no"):
                assert _asked(getattr(asked, part)) == _asked(getattr(other.confirm[action], part))


@pytest.mark.parametrize("language", OTHERS)
def test_a_form_for_a_number_needs_no_further_fact(language: str) -> None:
    """Which form is used depends on one number only, never on what else is known."""
    words = ALONE[language]
    alternatives = [each for phrase in words.phrases.values() for each in phrase]
    for key, variants in words.notices.items():
        for notice in variants:
            alternatives += (*notice.verdict, *notice.more, *notice.small)
            assert key in CATALOGUE
    for each in alternatives:
        for form in each.forms.values():
            assert form.slots <= each.forms["other"].slots | {each.plural}


@pytest.mark.parametrize("language", OTHERS)
def test_the_vocabulary_is_the_same(language: str) -> None:
    """Every value that has a word has one in every language, and every setting is set."""
    ours = ALONE[language]
    assert ours.settings.keys() == ENGLISH.settings.keys()
    assert {table: set(words) for table, words in ours.vocabulary.items()} == {
        table: set(words) for table, words in ENGLISH.vocabulary.items()
    }


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_typed_stays_the_same(language: str) -> None:
    """Names in `code`, and the words the pager listens to."""
    words = Words.load(language)
    assert _typed(language) == _typed("en")
    for key in ("alert.pager_acked", "alert.pager_help", "alert.pager_which"):
        for typed in re.findall(r"ACK|RESOLVE|\b1\b", Words.load().sentence(key)):
            assert typed in words.sentence(key)


def _typed(language: str) -> set[str]:
    """Collect what stands in `code` without any words of the language."""
    code = (c for s in sources(read_tables(language)) for c in re.findall(r"`([^`]+)`", s))
    return {
        each
        for each in code
        if not re.fullmatch(r"\{command\} (\d|dba|avery).*", each, re.IGNORECASE)
    }


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("key", CATALOGUE)
def test_every_notice_can_be_said_without_any_fact(key: str, language: str) -> None:
    """What is unknown costs a detail, never the sentence."""
    content = Words.load(language).content(Notice(key))
    assert content.summary
    assert "{" not in content.summary


@pytest.mark.parametrize("sentence", sorted(set(sources(read_tables("de")))))
def test_the_voice_is_kept_in_german(sentence: str) -> None:
    """Du, no blame, no apology, no codes, no exclamation, and no word of delivery."""
    assert not NOT_GERMAN.search(sentence)
    assert not FORMAL.search(sentence)


@pytest.mark.parametrize("language", OTHERS)
def test_markup_is_closed(language: str) -> None:
    """Every bold and code run ends on its line."""
    for sentence in sources(read_tables(language)):
        for line in sentence.split("\n"):
            assert line.count("*") % 2 == line.count("`") % 2 == 0


def test_every_language_can_be_set() -> None:
    """The setting names those there are words in, and no other."""
    assert set(get_args(SlackSettings.model_fields["language"].annotation)) == set(languages())

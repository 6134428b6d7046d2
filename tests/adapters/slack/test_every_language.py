"""Slack takes every message, form and label whole, in every language and in one 40 % longer."""

from typing import Any

import pytest
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View

from adapters.chat.slack.blocks import draw
from adapters.chat.slack.limits import OPTION_LABEL
from adapters.chat.slack.views import draw_form
from gateway.domain.content import Form
from gateway.domain.ids import ExtensionNumber
from gateway.domain.threads import ThreadMode
from gateway.text.catalogue import CATALOGUE
from tests.adapters.slack.syntax import text_objects
from tests.unit.test_words_catalogue import LANGUAGES, fullest

OWN, SHARED = ExtensionNumber("104"), ExtensionNumber("700")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", CATALOGUE)
def test_every_notice_is_taken(key: str, language: str) -> None:
    """With the longest names and texts, and all its buttons."""
    for content in fullest(LANGUAGES[language], key):
        drawing = draw(content)
        assert 0 < len(drawing.text) <= 3_900
        for block in drawing.blocks:
            parsed = SdkBlock.parse(dict(block))
            assert parsed is not None
            parsed.validate_json()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_is_taken_whole(language: str) -> None:
    """Nothing of its own words is cut off."""
    words = LANGUAGES[language]
    lasts = (("1", 60), ("72", 72 * 60))
    forms: tuple[Form, ...] = (
        words.form(own=OWN, shared=SHARED),
        words.silence_form('host="db-7"', lasts, context="al_91QX"),
    )
    for form in forms:
        view: dict[str, Any] = draw_form(form)
        View(**view).validate_json()
        assert not [text for text in text_objects(view) if text["text"].endswith("…")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mode", ThreadMode)
def test_every_menu_entry_fits(mode: ThreadMode, language: str) -> None:
    """What of a thread goes to the pager."""
    assert 0 < len(LANGUAGES[language].sentence(f"status.menu_{mode}")) <= OPTION_LABEL

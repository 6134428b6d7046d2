"""The limits of blocks and views at their edges: the last that fits, the first that does not."""

from typing import Any

import pytest

from adapters.chat.slack_simulator.blocks import (
    check_message_blocks,
    check_suggestions,
    check_view,
)
from adapters.chat.slack_simulator.wire import SlackError

Json = dict[str, Any]


def text(length: int, kind: str = "plain_text") -> Json:
    return {"type": kind, "text": "x" * length}


def section(length: int) -> Json:
    return {"type": "section", "text": text(length, "mrkdwn")}


def fields(count: int, length: int = 1) -> Json:
    return {"type": "section", "fields": [text(length)] * count}


def button(label: int = 1, value: int = 1, url: int = 1, number: int = 0) -> Json:
    return {
        "type": "button",
        "action_id": f"a{number}",
        "text": text(label),
        "value": "v" * value,
        "url": "u" * url,
    }


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def buttons(count: int) -> Json:
    return actions(*(button(number=number) for number in range(count)))


def options(count: int, label: int = 1, value: int = 1) -> list[Json]:
    return [{"text": text(label), "value": "v" * value}] * count


def element(kind: str, count: int, **more: int) -> Json:
    return actions({"type": kind, "action_id": "a", "options": options(count, **more)})


def confirm(title: int = 1, words: int = 1, yes: int = 1) -> Json:
    asked = {"title": text(title), "text": text(words), "confirm": text(yes), "deny": text(1)}
    return actions({**button(), "confirm": asked})


def table(rows: int, cells: int) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * cells] * rows}


FITS_OR_NOT: list[tuple[str, list[Json], list[Json]]] = [
    ("blocks", [section(1)] * 50, [section(1)] * 51),
    ("section text", [section(3000)], [section(3001)]),
    ("section fields", [fields(10, 2000)], [fields(11)]),
    ("field text", [fields(1, 2000)], [fields(1, 2001)]),
    ("actions", [buttons(25)], [buttons(26)]),
    (
        "context",
        [{"type": "context", "elements": [text(1)] * 10}],
        [{"type": "context", "elements": [text(1)] * 11}],
    ),
    (
        "header",
        [{"type": "header", "text": text(150)}],
        [{"type": "header", "text": text(151)}],
    ),
    ("table rows", [table(100, 1)], [table(101, 1)]),
    ("table cells", [table(1, 20)], [table(1, 21)]),
    (
        "markdown in total",
        [{"type": "markdown", "text": "x" * 6000}] * 2,
        [{"type": "markdown", "text": "x" * 6001}] * 2,
    ),
    ("button text", [actions(button(label=75))], [actions(button(label=76))]),
    ("button value", [actions(button(value=2000))], [actions(button(value=2001))]),
    ("button url", [actions(button(url=3000))], [actions(button(url=3001))]),
    ("select options", [element("static_select", 100)], [element("static_select", 101)]),
    ("overflow options", [element("overflow", 5)], [element("overflow", 6)]),
    ("radio options", [element("radio_buttons", 10)], [element("radio_buttons", 11)]),
    ("checkbox options", [element("checkboxes", 10)], [element("checkboxes", 11)]),
    ("option text", [element("overflow", 1, label=75)], [element("overflow", 1, label=76)]),
    ("option value", [element("overflow", 1, value=150)], [element("overflow", 1, value=151)]),
    ("confirm title", [confirm(title=100)], [confirm(title=101)]),
    ("confirm text", [confirm(words=300)], [confirm(words=301)]),
    ("confirm button", [confirm(yes=30)], [confirm(yes=31)]),
    (
        "block_id",
        [{**section(1), "block_id": "b" * 255}],
        [{**section(1), "block_id": "b" * 256}],
    ),
    (
        "action_id",
        [actions({**button(), "action_id": "a" * 255})],
        [actions({**button(), "action_id": "a" * 256})],
    ),
    ("ids are unique", [buttons(2)], [actions(button(), button())]),
    (
        "block ids are unique",
        [{**section(1), "block_id": "b"}],
        [{**section(1), "block_id": "b"}] * 2,
    ),
    ("empty text", [section(1)], [section(0)]),
    ("known types", [{"type": "divider"}], [{"type": "marquee"}]),
    (
        "plain where plain is asked for",
        [{"type": "header", "text": text(1)}],
        [{"type": "header", "text": text(1, "mrkdwn")}],
    ),
    (
        "an image says what it shows",
        [{"type": "image", "image_url": "https://x.example/i.png", "alt_text": "i"}],
        [{"type": "image", "image_url": "https://x.example/i.png"}],
    ),
]


@pytest.mark.parametrize(
    ("fits", "does_not"), [row[1:] for row in FITS_OR_NOT], ids=[row[0] for row in FITS_OR_NOT]
)
def test_limits_of_a_message(fits: list[Json], does_not: list[Json]) -> None:
    """Slack's figure is accepted, one more is `invalid_blocks` with a place."""
    check_message_blocks(fits)
    with pytest.raises(SlackError) as caught:
        check_message_blocks(does_not)
    assert caught.value.code == "invalid_blocks"
    assert caught.value.extra["response_metadata"]["messages"]


def modal(**more: Any) -> Json:
    field = {"type": "plain_text_input", "action_id": "a"}
    block = {"type": "input", "label": text(2000), "element": field}
    return {
        "type": "modal",
        "title": text(24),
        "submit": text(24),
        "close": text(24),
        "callback_id": "c" * 255,
        "private_metadata": "p" * 3000,
        "blocks": [block],
        **more,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": text(25)},
        {"title": None},
        {"submit": text(25)},
        {"submit": None},
        {"close": text(25)},
        {"callback_id": "c" * 256},
        {"private_metadata": "p" * 3001},
        {"type": "home"},
        {"blocks": []},
        {"blocks": None},
        {"blocks": [{"type": "divider"}] * 101},
        {"blocks": [{"type": "table", "rows": []}]},
    ],
)
def test_limits_of_a_modal(wrong: Json) -> None:
    """Everything at its limit is fine, anything beyond is `invalid_arguments`."""
    check_view(modal(), "modal")
    with pytest.raises(SlackError) as caught:
        check_view(modal(**wrong), "modal")
    assert caught.value.code == "invalid_arguments"


def test_a_view_has_a_weight() -> None:
    """More than 250 kB is `view_too_large`, whatever is in it."""
    with pytest.raises(SlackError) as caught:
        check_view(modal(blocks=[section(2999)] * 90), "modal")
    assert caught.value.code == "view_too_large"


def test_suggestions_may_be_none_but_not_too_many() -> None:
    """No options is an answer; a hundred fit."""
    assert not list(check_suggestions({"options": []}))
    assert not list(check_suggestions({"options": options(100)}))
    assert list(check_suggestions({"options": options(101)}))
    assert list(check_suggestions({"option_groups": [{"options": options(1)}]}))

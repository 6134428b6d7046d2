"""What becomes of each kind of message event (slack.md §2.3, §2.4)."""

import re
from pathlib import Path
from typing import Any

import pytest

from adapters.chat.slack.messages import Changed, Deleted, Ignored, Ours, Written, judge
from adapters.chat.slack.subtypes import SUBTYPES, Becomes, Subtype
from tests.adapters.slack.requests import CHANGED, DELETED, MESSAGE

OURS = Ours(bot="B0PAGER", bot_user="U0PAGER", app="A0PAGER")


def with_message(**more: Any) -> dict[str, Any]:
    """The changed sample with other facts about the message."""
    return {**CHANGED, "message": {**CHANGED["message"], **more}}


SAMPLES: dict[Becomes, dict[str, Any]] = {
    Becomes.REPLY: MESSAGE,
    Becomes.CORRECTION: CHANGED,
    Becomes.NOTE: DELETED,
    Becomes.NOTHING: MESSAGE,
}
KINDS: dict[Becomes, type] = {
    Becomes.REPLY: Written,
    Becomes.CORRECTION: Changed,
    Becomes.NOTE: Deleted,
    Becomes.NOTHING: Ignored,
}
PAGE = Path(__file__).parents[3] / "docs/reference/slack-messages.md"


@pytest.mark.parametrize(("name", "subtype"), SUBTYPES.items())
def test_every_kind_of_message_becomes_what_is_declared(name: str, subtype: Subtype) -> None:
    """By the table; what becomes nothing is counted under its reason."""
    judged = judge({**SAMPLES[subtype.becomes], "subtype": name}, OURS)
    assert isinstance(judged, KINDS[subtype.becomes])
    if subtype.becomes is Becomes.NOTHING:
        assert judged == Ignored(subtype.why)
        assert subtype.why


def test_a_kind_of_next_year_is_counted_and_left_alone() -> None:
    """Unknown is not a reason to page anybody."""
    assert judge({**MESSAGE, "subtype": "hologram"}, OURS) == Ignored("unknown_subtype")


def test_people_can_read_the_same_table() -> None:
    """Each kind has its row in the reference; no row is made up."""
    rows = re.findall(r"^\| `([a-z_]*)` \| ([^|]+) \| ([^|]*) \|", PAGE.read_text(), re.MULTILINE)
    shown = {name: (becomes, why) for name, becomes, why in rows}
    assert len(rows) == len(shown)
    declared = {name or "none": (each.becomes, each.why) for name, each in SUBTYPES.items()}
    assert {k: (b, w.strip().strip("`")) for k, (b, w) in shown.items()} == declared


@pytest.mark.parametrize("subtype", ["", "file_share", "thread_broadcast", "me_message"])
def test_what_people_write_carries_who_and_where(subtype: str) -> None:
    """Four kinds, all written by somebody in a thread."""
    judged = judge({**MESSAGE, "subtype": subtype}, OURS)
    assert isinstance(judged, Written)
    assert (judged.user, judged.root) == ("U0DANA", "1767225500.000100")


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ({**MESSAGE, "thread_ts": None}, "not_in_thread"),
        ({**MESSAGE, "thread_ts": MESSAGE["ts"]}, "not_in_thread"),
        ({**MESSAGE, "bot_id": "B0OTHER"}, "bot"),
        ({**MESSAGE, "subtype": "bot_message", "bot_id": "B0OTHER"}, "bot"),
        ({**MESSAGE, "user": None}, "malformed"),
        ({**MESSAGE, "channel": None}, "malformed"),
        ({**CHANGED, "previous_message": CHANGED["message"]}, "not_edited"),
        (with_message(edited=None), "not_edited"),
        (with_message(text="on it"), "same_text"),
        (with_message(thread_ts=None), "not_in_thread"),
        (with_message(bot_id="B0OTHER"), "bot"),
        ({**DELETED, "previous_message": {}}, "malformed"),
        ({**DELETED, "previous_message": {"user": "U1", "bot_id": "B0OTHER"}}, "bot"),
    ],
)
def test_what_is_left_alone_says_why(event: dict[str, Any], why: str) -> None:
    """For counting, and for finding out why a reply was not heard."""
    assert judge(event, OURS) == Ignored(why)


@pytest.mark.parametrize(
    "mark",
    [
        {"bot_id": "B0PAGER"},
        {"user": "U0PAGER"},
        {"app_id": "A0PAGER"},
        {"metadata": {"event_type": "pager_gateway"}},
        {"message": {"bot_id": "B0PAGER"}},
        {"previous_message": {"bot_id": "B0PAGER"}},
        {"message": {"metadata": {"event_type": "pager_gateway"}}},
    ],
)
@pytest.mark.parametrize("sample", [MESSAGE, CHANGED, DELETED])
def test_our_own_is_known_by_any_mark(sample: dict[str, Any], mark: dict[str, Any]) -> None:
    """Under another name a message of ours has no user; its marks are looked for everywhere."""
    assert judge({**sample, **mark}, OURS) == Ignored("own")


def test_nobody_is_taken_for_us_for_lack_of_marks() -> None:
    """Empty ids equal nothing."""
    assert isinstance(judge({**MESSAGE, "bot_id": ""}, Ours("", "", "")), Written)


def test_edits_and_deletions_carry_what_is_needed() -> None:
    """Which message, in which thread, by whom, and the words before and after."""
    root, ts = "1767225500.000100", "1767225600.000200"
    edited = "1767225610.000000"
    assert judge(CHANGED, OURS) == Changed(
        "U0DANA", "C0OPS", root, ts, edited, "on it now", "on it"
    )
    assert judge(DELETED, OURS) == Deleted("U0DANA", "C0OPS", root, ts)

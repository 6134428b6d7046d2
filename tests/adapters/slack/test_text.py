"""Text between Slack's markup and words."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.chat.slack.emoji import name_of
from adapters.chat.slack.text import (
    Mentioned,
    clean_name,
    escape,
    mentions,
    neutral,
    read,
    readable,
    unescape,
)
from gateway.domain.ids import ChannelId, ChatUserId
from gateway.domain.inbound import ChannelMention, GroupMention, UserMention
from tests.adapters.slack.syntax import controls, styled

HOSTILE = st.text(alphabet="<>&|!@#^*_~`:;ab \n\\\u202e\ufeff\ud800", max_size=60) | st.text()


def name(mention: Mentioned) -> str:
    match mention:
        case UserMention():
            return "Dana Cruz"
        case GroupMention(label=label):
            return label
        case ChannelMention(label=label):
            return f"#{label or 'private'}"


@pytest.mark.parametrize(
    ("slack", "words"),
    [
        ("<@U0A2> look", "Dana Cruz look"),
        ("<@W0A2|dana> look", "Dana Cruz look"),
        ("see <#C0A1|ops>", "see #ops"),
        ("see <#C0A2|>", "see #private"),
        ("<!subteam^S0A1|@oncall> up", "@oncall up"),
        ("<!here> <!channel|channel> <!everyone>", "@here @channel @everyone"),
        ("at <!date^1392734382^{time}|17:53>", "at 17:53"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("<https://a.example/x|the runbook>", "the runbook (https://a.example/x)"),
        ("<http://a.example|a.example>", "http://a.example"),
        ("<https://a.example/?a=1&amp;b=2>", "https://a.example/?a=1&b=2"),
        ("<mailto:ops@a.example|ops@a.example>", "ops@a.example"),
        ("<tel:+15550100|call>", "+15550100"),
        ("<!unknown|label>", "label"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("&amp;lt; stays", "&lt; stays"),
        (":fire: on db-7 :rocket:", "🔥 on db-7 🚀"),
        (":+1::skin-tone-3:", "👍🏼"),
        ("at 10:30:45 :no_such_emoji:", "at 10:30:45 :no_such_emoji:"),
    ],
)
def test_markup_becomes_words(slack: str, words: str) -> None:
    """Every kind of Slack markup reads as a person would say it; escapes are undone once, last."""
    assert readable(slack, name) == words


def test_mentions_in_a_command_stay_values() -> None:
    """`/page <@U0A2|dana> …` keeps whom it names, so that an id decides and not a label."""
    assert read("<@U0A2|dana>, <!subteam^S1|@oncall> <#C1|ops>: &lt;now&gt;") == (
        UserMention(ChatUserId("U0A2"), "dana"),
        ", ",
        GroupMention("S1", "@oncall"),
        " ",
        ChannelMention(ChannelId("C1"), "ops"),
        ": <now>",
    )


def test_mentions_are_listed_for_looking_up() -> None:
    """Only what has a name to look up is listed."""
    assert mentions("<@U1> <!here> <https://a.example>") == (UserMention(ChatUserId("U1")),)


@settings(deadline=None)
@given(HOSTILE)
def test_reading_never_fails(text: str) -> None:
    """Whatever arrives reads as something."""
    assert isinstance(readable(text, name), str)


@settings(deadline=None)
@given(HOSTILE)
@example("<!channel>")
@example("<https://evil.example|bank.example>")
@example("&lt;!channel&gt;")
def test_foreign_text_has_no_live_control_sequence(text: str) -> None:
    """No text from outside wakes anybody or hides an address."""
    assert controls(escape(text)) == []
    assert controls(neutral(text)) == []


@settings(deadline=None)
@given(HOSTILE)
@example("*Sent.* _x_ ~y~ `z`")
@example("> quoted\n> more")
def test_neutral_text_has_no_formatting(text: str) -> None:
    """Inside a sentence of ours, foreign text cannot look like ours."""
    assert styled(neutral(text)) == []


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])))
def test_escaping_keeps_the_words(text: str) -> None:
    """What is escaped reads as it was written."""
    assert unescape(escape(text)) == text


def test_names_cannot_be_disguised() -> None:
    """Bidi overrides, zero-width and control characters leave names, and length is bounded."""
    assert clean_name("Av\u202eery\u200b \x07 Kim\n") == "Avery Kim"
    assert len(clean_name("x" * 500)) == 80


def test_reactions_are_named_as_slack_names_them() -> None:
    """A sign may be given as the emoji or as its name."""
    assert [name_of(each) for each in ("⏳", "✅", "⚠️", ":eyes:", "tada")] == [
        "hourglass_flowing_sand",
        "white_check_mark",
        "warning",
        "eyes",
        "tada",
    ]

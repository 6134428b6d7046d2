"""Content drawn as Slack blocks."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View

from adapters.chat.slack.blocks import Drawing, action_of, draw, draw_plain, draw_post
from adapters.chat.slack.text import unescape
from adapters.chat.slack.views import draw_form, draw_home, draw_options, draw_problems
from gateway.domain.content import (
    Button,
    Buttons,
    ButtonStyle,
    Confirm,
    Content,
    Emphasis,
    Mention,
    Menu,
    Moment,
    Option,
    OptionGroup,
    PageForm,
    Paragraph,
    Quote,
    SilenceForm,
    Small,
    Span,
)
from gateway.domain.ids import ChannelId, ChatUserId
from tests.adapters.slack.syntax import alive, controls, text_objects

AT = datetime(2026, 1, 1, 17, 53, tzinfo=UTC)
REFUSED = Content(
    "Not sent. Extension 103 is frozen.",
    (
        Paragraph(((Span("Not sent.", Emphasis.STRONG), Span(" Extension 103 is frozen.")),)),
        Quote("Lift 2\nis *out*"),
        Buttons(
            (
                Button("resend_without", "d1", "Send without Casey", ButtonStyle.PRIMARY),
                Button("choose", "d1:101", "Avery"),
                Button(
                    "choose", "d1:102", "Bo", confirm=Confirm("Sure?", "It pages Bo.", "Page", "No")
                ),
                Button("link", "", "Connect", url="https://gw.example/link"),
            )
        ),
        Small((Span("Ref "), Span("pg_7K2M", Emphasis.CODE))),
    ),
)


def validate(drawing: Drawing) -> None:
    """Slack's own models take every block, and the message as a whole keeps to the limits."""
    assert 0 < len(drawing.text) <= 3_900
    assert len(drawing.blocks) <= 50
    for block in drawing.blocks:
        parsed = SdkBlock.parse(dict(block))
        assert parsed is not None
        parsed.validate_json()
    for text in text_objects(drawing.blocks):
        assert 0 < len(text["text"]) <= 3_000


def validate_view(view: dict[str, Any]) -> None:
    View(**view).validate_json()


def texts(drawing: Drawing) -> list[str]:
    return [text["text"] for text in text_objects(drawing.blocks)]


def test_a_refusal_is_drawn_in_classic_blocks() -> None:
    """Verdict in bold, the person's words as plain text, buttons, the small line."""
    drawing = draw(REFUSED)
    validate(drawing)
    assert [block["type"] for block in drawing.blocks] == [
        "section",
        "section",
        "actions",
        "context",
    ]
    assert texts(drawing)[:2] == [
        "*Not sent.* Extension 103 is frozen.",
        "\u203a Lift 2\n\u203a is *out*",
    ]
    assert texts(drawing)[-1] == "Ref `pg_7K2M`"
    assert drawing.text == "Not sent. Extension 103 is frozen."


def test_choices_that_share_an_action_have_ids_of_their_own() -> None:
    """Slack refuses two equal ids in a row of buttons; the action is read back from each."""
    buttons: Any = draw(REFUSED).blocks[2]["elements"]
    ids = [button["action_id"] for button in buttons]
    assert len(set(ids)) == len(ids)
    assert [action_of(each) for each in ids] == ["resend_without", "choose", "choose", "link"]


def test_a_mention_and_a_moment_are_drawn_in_the_readers_own_way() -> None:
    """Ids and times are Slack's to show; an odd id is only a word."""
    line = (
        Mention(ChatUserId("U0A2"), "Dana"),
        Span(" "),
        Mention(ChatUserId("x> <!channel"), "Eve"),
        Span(" "),
        Moment(AT, "17:53|>"),
    )
    (text,) = texts(draw(Content("s", (Paragraph((line,)),))))
    assert text == f"<@U0A2> Eve <!date^{int(AT.timestamp())}^{{time}}|17:53/&gt;>"


def test_stressed_words_keep_their_distance() -> None:
    """Slack knows no spaces inside the marks, so they stand outside."""
    strong = Emphasis.STRONG
    line = (Span("Taken by Bo ", strong), Moment(AT, "17:53"), Span(" today", strong))
    (text,) = texts(draw(Content("s", (Paragraph((line,)),))))
    assert text == f"*Taken by Bo* <!date^{int(AT.timestamp())}^{{time}}|17:53> *today*"


def test_words_alone_are_posted_without_blocks() -> None:
    """So addresses in a bridged reply stay clickable."""
    said = Content("on it", (Paragraph(((Span("see https://a.example & <b>"),),)),))
    assert draw_post(said) == Drawing("see https://a.example &amp; &lt;b&gt;")
    assert draw(said).blocks


def test_a_refused_drawing_has_a_fallback_in_words() -> None:
    """Everything that can be said without blocks is said."""
    text = draw_plain(REFUSED).text
    assert "Lift 2" in text
    assert "Not sent. Extension 103 is frozen." in text
    assert "https://gw.example/link" in text


SPANS = st.builds(Span, st.text(), st.sampled_from(Emphasis))
LINES = st.lists(SPANS, max_size=4).map(tuple)
BLOCKS = (
    st.builds(Paragraph, st.lists(LINES, max_size=4).map(tuple))
    | st.builds(Quote, st.text())
    | st.builds(Small, LINES)
    | st.builds(
        Buttons,
        st.lists(
            st.builds(Button, st.text(min_size=1, max_size=20), st.text(), st.text()), min_size=1
        ).map(tuple),
    )
)
HOSTILE = st.sampled_from(["<!channel>", "<@U0A2>", "@here", "<https://e.example|x>", "*Sent.*"])


@settings(deadline=None)
@given(st.builds(Content, st.text() | HOSTILE, st.lists(BLOCKS, max_size=6).map(tuple)))
def test_any_content_is_valid_and_dead(content: Content) -> None:
    """Whatever the words are, Slack takes the message and nothing in it is alive."""
    for drawing in (draw(content), draw_post(content), draw_plain(content)):
        validate(drawing)
        assert alive(drawing.blocks) == []
        assert controls(drawing.text) == []


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["x", "<", "\U0001f525", "a b\n", "&*"]), st.integers(2_900, 200_000))
def test_long_text_is_cut_into_sections(letters: str, length: int) -> None:
    """Nothing is lost below fifty sections; above, the cut is visible and the tail stays."""
    text = (letters * length)[:length]
    tail = Small((Span("Ref pg_1"),))
    for block in (Quote(text), Paragraph(((Span("a", Emphasis.STRONG), Span(text)),))):
        drawing = draw(Content("long", (block, tail)))
        validate(drawing)
        assert "Ref pg" in texts(drawing)[-1]
        shown = unescape("".join(texts(drawing))).count(letters[0])
        assert "…" in texts(drawing) or shown >= text.count(letters[0])


FORM = PageForm(
    title="Page someone",
    submit="Send page",
    close="Cancel",
    to_label="To",
    to_placeholder="Name, department or extension",
    text_label="Message",
    text_hint="Up to 1,024 characters.",
    send_as_label="Send as",
    where_label="Show replies in",
    to=(Option("DBA — department, 4 people", "400"),),
    text="Disk is 95% full",
    senders=(Option("Me, extension 104", "104"), Option("Shared sender", "700")),
    channel=ChannelId("C0OPS"),
    draft="d_abc",
)


SILENCE = SilenceForm(
    title="Silence alerts",
    submit="Silence",
    close="Cancel",
    what='Alerts with host="' + "x" * 4000 + '" page nobody.',
    lasts_label="For how long",
    lasts=(Option("1 hour", "1"), Option("2 hours", "2")),
    text_label="Why",
    text_hint="The thread shows this.",
    context="al_91QX",
)


def test_the_form_is_a_valid_view() -> None:
    """Slack's own model takes it, filled in or empty."""
    for form in (FORM, PageForm("", "", "", "", "", "", "", "", ""), SILENCE):
        validate_view(draw_form(form))


def test_the_form_carries_what_is_known() -> None:
    """Draft, recipients, text, senders and channel are there when it opens."""
    view: Any = draw_form(FORM)
    to, text, send_as, where = view["blocks"]
    assert view["private_metadata"] == "d_abc"
    assert [option["value"] for option in to["element"]["initial_options"]] == ["400"]
    assert text["element"]["initial_value"] == "Disk is 95% full"
    assert send_as["element"]["initial_option"]["value"] == "104"
    assert where["element"]["initial_conversation"] == "C0OPS"
    assert [block["block_id"] for block in view["blocks"]] == ["to", "text", "as", "where"]


def test_at_most_a_hundred_options_are_offered() -> None:
    """Slack refuses more, and groups without options."""
    many = tuple(Option(f"Person {n}", str(n)) for n in range(80))
    groups = draw_options((OptionGroup("A", many), OptionGroup("-", ()), OptionGroup("B", many)))
    shown: Any = [group["options"] for group in groups]
    assert [len(options) for options in shown] == [80, 20]


def test_a_problem_lands_under_a_field_that_exists() -> None:
    """A sentence about a field the form does not show is not lost."""
    view = {"blocks": [{"block_id": "to"}, {"block_id": "text"}]}
    placed = draw_problems({"to": "Who?", "as": "Not you.", "text": "Too long."}, view)
    assert placed == {"to": "Who?", "text": "Not you. Too long."}


def test_the_home_tab_is_a_valid_view() -> None:
    """Up to a hundred blocks; without any, the summary."""
    validate_view(draw_home(REFUSED))
    home: Any = draw_home(Content("Nothing yet."))
    assert home["blocks"][0]["text"]["text"] == "Nothing yet."


def test_a_menu_stands_beside_the_first_section_of_its_paragraph() -> None:
    """Whether the paragraph is plain, marked or long; as words it is nothing."""
    menu = Menu("thread_mode", (Option("All", "pg_1:replies"), Option("x" * 100, "pg_1:nothing")))
    for line in (Span("plain"), Span("marked", Emphasis.STRONG), Span("long " * 1_000)):
        content = Content("summary", (Paragraph(((line,),), menu), Small((Span("ref"),))))
        drawing = draw_post(content)
        validate(drawing)
        assert ["accessory" in block for block in drawing.blocks].index(True) == 0
        assert sum("accessory" in block for block in drawing.blocks) == 1
        assert "pg_1" not in draw_plain(content).text
    overflow: Any = draw_post(Content("s", (Paragraph(((Span("words"),),), menu),))).blocks[0]
    assert [o["value"] for o in overflow["accessory"]["options"]] == [
        "pg_1:replies",
        "pg_1:nothing",
    ]

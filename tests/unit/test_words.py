"""What people read, sentence by sentence: chat-facing examples of every kind of answer."""

from datetime import UTC, datetime

import pytest

from gateway.domain.content import (
    Button,
    Buttons,
    ButtonStyle,
    Content,
    Emphasis,
    Mention,
    Moment,
    Paragraph,
    Quote,
    Small,
    Span,
)
from gateway.domain.errors import FactValue
from gateway.domain.outbound import Notice
from gateway.text.lines import plain
from gateway.text.words import Words

WORDS = Words.load()
RULE = (
    "RingCentral refuses the whole page when one extension is frozen or disabled, so nobody got it."
)
AT = "2026-03-02T17:53:00+00:00"


def told(key: str, facts: dict[str, FactValue] | None = None, *actions: tuple[str, str]) -> Content:
    return WORDS.content(Notice(key, facts or {}, actions))


def written(content: Content) -> list[str]:
    """Write a message as lines; buttons in brackets, the primary one with a star."""
    lines: list[str] = []
    for block in content.blocks:
        match block:
            case Paragraph(paragraph):
                lines += [plain(line) for line in paragraph]
            case Quote(text):
                lines.append(f"> {text}")
            case Small(line):
                lines.append(f"· {plain(line)}")
            case Buttons(buttons):
                lines.append(" ".join(_button(b) for b in buttons))
    return lines


def _button(button: Button) -> str:
    star = {ButtonStyle.PRIMARY: "*", ButtonStyle.DANGER: "!"}.get(button.style, "")
    return f"[{button.label}]{star}"


def test_a_frozen_recipient_is_named_with_a_way_out() -> None:
    """Verdict, cause, next step, who can help and the reference, in this order."""
    facts: dict[str, FactValue] = {
        "name": "Casey Diaz",
        "number": "103",
        "status": "frozen",
        "ref": "pg_7K2M",
    }
    content = told("pager.recipient_unavailable", facts, ("resend_without", "d1"), ("edit", "d1"))
    assert written(content) == [
        "Not sent. Extension 103 (Casey Diaz) is frozen in RingCentral.",
        RULE,
        "[Send without Casey Diaz]* [Edit]",
        "· To page Casey Diaz again, ask a phone admin to unfreeze extension 103 · Ref pg_7K2M",
    ]


def test_an_unnamed_culprit_is_checked_first() -> None:
    """When nobody knows which extension it was, the primary button finds out."""
    facts: dict[str, FactValue] = {"numbers": ["102", "103"], "ref": "pg_7K2M"}
    content = told("pager.recipient_unavailable", facts, ("check_and_resend", "d1"), ("edit", "d1"))
    lines = written(content)
    assert lines[0] == "Not sent. One of 102 and 103 is frozen or disabled in RingCentral."
    assert lines[2] == "[Check and resend]* [Edit]"


def test_who_was_removed_is_told_the_department_and_its_manager() -> None:
    """And that the reply stays in the thread."""
    facts: dict[str, FactValue] = {
        "shared": False,
        "department": "DBA",
        "managers": ["Priya Patel"],
        "recipients": ["DBA"],
        "ref": "pg_7K2M",
    }
    content = told("pager.not_a_participant", facts, ("page_as_new", "d"), ("ask_back", "d"))
    small = "Your reply stays in this thread; no pager got it. DBA is managed by Priya Patel"
    assert written(content) == [
        "Not sent. You're no longer in this pager conversation.",
        "RingCentral lets only current members reply, and you were removed from DBA.",
        "[Page DBA as a new message]* [Ask to be added back]",
        f"· {small} · Ref pg_7K2M",
    ]


def test_the_shared_senders_removal_is_nobodys_fault_in_the_chat() -> None:
    """Admins are told; the author can page anew."""
    content = told("pager.not_a_participant", {"shared": True, "sender": "700"})
    assert written(content) == [
        "Not sent. The shared pager sender (extension 700) is no longer in this conversation.",
        "Your admins have been told; there's nothing to fix on your side.",
    ]


@pytest.mark.parametrize(
    ("key", "facts", "first"),
    [
        ("pager.department_empty", {"department": "DBA"}, "Not sent. DBA has no active members."),
        (
            "pager.unknown_recipient",
            {"number": "777"},
            "Not sent. RingCentral has no extension 777.",
        ),
        (
            "recipient.unknown",
            {"name": "avry kin"},
            "Not sent. No one called “avry kin” is in the directory.",
        ),
        ("recipient.ambiguous", {"name": "Sam", "choices": ["a", "b"]}, "Which Sam?"),
        (
            "recipient.ambiguous",
            {"name": "avery", "choices": ["Avery Kim · 101"]},
            "Did you mean Avery Kim · 101?",
        ),
        (
            "page.too_long",
            {"length": 1310, "limit": 1024},
            "Not sent yet. Your page is 1,310 characters; RingCentral allows 1,024.",
        ),
        (
            "page.repeat",
            {"recipients": ["DBA"], "seconds": 20},
            "You sent this to DBA 20 seconds ago.",
        ),
        (
            "page.repeat",
            {"recipients": ["DBA"], "seconds": 1},
            "You sent this to DBA a second ago.",
        ),
        ("page.too_late", {"sent_at": AT}, "Too late to cancel: it was sent at 17:53."),
        ("pager.permission", {"kind": "app"}, "Not sent. The pager connection isn't set up right."),
        (
            "pager.permission",
            {"kind": "person", "shared": False},
            "Not sent. Your RingCentral role doesn't allow pages.",
        ),
        (
            "pager.permission",
            {"kind": "feature", "number": "104"},
            "Not sent. Paging is switched off for extension 104 in RingCentral.",
        ),
        (
            "command.or_message",
            {"sub": "help", "typed": "help me in lab 2"},
            "Did you want help, or to page someone?",
        ),
        (
            "command.or_message",
            {"sub": "status", "typed": "status of the lift"},
            "Did you want /page status, or to page someone?",
        ),
        (
            "policy.denied",
            {"rule": "guest", "company": "Acme"},
            "Not sent. Only members of Acme can page from this channel.",
        ),
        (
            "author.inactive",
            {"number": "104", "status": "disabled"},
            "Not sent. Your RingCentral extension 104 is disabled.",
        ),
    ],
)
def test_the_first_line_says_what_happened(
    key: str, facts: dict[str, FactValue], first: str
) -> None:
    """With the reader's own words and names, as far as they are known."""
    assert told(key, facts).summary == first


def test_a_waiting_author_is_given_place_and_time() -> None:
    """And need not resend."""
    facts: dict[str, FactValue] = {"per_minute": 40, "position": 6, "at": AT, "ref": "pg_7K2M"}
    small = "You're number 6 in line; this should go out by 17:53. You don't need to resend."
    assert written(told("pager.throttled", facts, ("cancel_page", "pg_7K2M"))) == [
        "Waiting to send.",
        "Pages are going out faster than RingCentral allows (40 a minute per sender).",
        "[Cancel this page]!",
        f"· {small} · Ref pg_7K2M",
    ]


def test_sending_again_what_may_be_sent_asks_first() -> None:
    """With how many people could be paged twice."""
    content = told(
        "pager.outcome_unknown",
        {"looking": False, "people": 14},
        ("send_again", "x"),
        ("mark_sent", "x"),
    )
    (buttons,) = [b for b in content.blocks if isinstance(b, Buttons)]
    confirm = buttons.buttons[0].confirm
    assert confirm is not None
    assert confirm.text == "14 people may get this page twice."
    assert buttons.buttons[1].confirm is None


def test_choices_are_labelled_in_order() -> None:
    """Several buttons of one action; what has no label shows its number."""
    content = told(
        "recipient.ambiguous",
        {"name": "Sam", "choices": ["Sam Smith · 214"]},
        ("choose", "d:214"),
        ("choose", "d:231"),
        ("choose_recipient", "d"),
    )
    assert written(content)[-1] == "[Sam Smith · 214] [231] [Someone else…]"


def test_a_label_too_long_for_a_button_is_said_shorter() -> None:
    """The next alternative is taken before anything is cut."""
    content = told("pager.thread_too_old", {"recipients": ["x" * 60]}, ("page_as_new", "d"))
    assert written(content)[-1] == "[Page them as a new message]*"


def test_long_lists_of_names_are_counted() -> None:
    """Eight names, then how many more."""
    content = told("page.accepted", {"recipients": [f"P{n}" for n in range(12)]})
    assert content.summary == "Sending… to P0, P1, P2, P3, P4, P5, P6, P7 and 4 more"


def test_times_are_moments_and_people_are_mentions() -> None:
    """The chat shows them in the reader's zone, and by the reader's name for them."""
    (paragraph,) = told("page.too_late", {"sent_at": AT}).blocks
    assert isinstance(paragraph, Paragraph)
    assert Moment(datetime(2026, 3, 2, 17, 53, tzinfo=UTC), "17:53") in paragraph.lines[0]
    (paragraph, *_) = told("recipient.not_linked", {"user": "U1", "typed": "@dana"}).blocks
    assert isinstance(paragraph, Paragraph)
    assert any(isinstance(i, Mention) and i.user == "U1" for i in paragraph.lines[0])


def test_foreign_text_is_never_markup() -> None:
    """Names and messages may contain whatever our templates are made of."""
    nasty = "*bold* `code` {ref} <!channel>"
    content = told("pager.department_empty", {"department": nasty, "ref": "pg_7K2M"})
    (paragraph, *_) = content.blocks
    assert isinstance(paragraph, Paragraph)
    assert paragraph.lines[0] == (
        Span(f"Not sent. {nasty} has no active members.", Emphasis.STRONG),
    )


def test_the_command_goes_by_its_configured_name() -> None:
    """Slack gives a taken name to the app installed last."""
    words = Words.load(command="/pager")
    assert "/pager dba" in "".join(written(words.content(Notice("command.help"))))


def test_a_key_without_words_is_never_shown() -> None:
    """The author is told that there is news, and whom to ask."""
    content = told("pager.invented_today", {"ref": "pg_7K2M"})
    assert written(content) == [
        "There is news about this page.",
        "· An admin can see what happened · Ref pg_7K2M",
    ]
    assert WORDS.sentence("form.invented_today") == "…"


@pytest.mark.parametrize("value", ["never", "", 7, None, ["x"]])
def test_an_unreadable_time_costs_the_detail_only(value: FactValue) -> None:
    """A sentence without the time is said instead."""
    assert (
        told("page.too_late", {"sent_at": value}).summary == "Too late to cancel: it is on its way."
    )


def test_an_unheard_language_is_english() -> None:
    """The chain ends with the language that has everything."""
    assert Words.load("tlh-XX") == WORDS

"""The status message in every state, and what else is told about pages and people."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.content import (
    Buttons,
    Content,
    Mention,
    Paragraph,
    Quote,
    Small,
)
from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.domain.directory import (
    Department,
    Directory,
    DirectorySnapshot,
    Extension,
    ExtensionKind,
    ExtensionStatus,
)
from gateway.domain.errors import FactValue
from gateway.domain.ids import (
    ChannelId,
    ChatMessageId,
    ChatUserId,
    DeliveryId,
    ExtensionNumber,
    Ref,
    WorkspaceId,
)
from gateway.domain.outbound import PostChatMessage, SendPage, UpdateChatMessage
from gateway.domain.pages import ChatThread, Fault, Origin, Page, PageState
from gateway.domain.threads import ThreadMode
from gateway.text.home import AtHome
from gateway.text.lines import plain
from gateway.text.words import Words

N = ExtensionNumber
WORDS = Words.load()
NOW = datetime(2026, 3, 2, 17, 53, tzinfo=UTC)
PERSON, DEPARTMENT = ExtensionKind.PERSON, ExtensionKind.DEPARTMENT
ENABLED, DISABLED = ExtensionStatus.ENABLED, ExtensionStatus.DISABLED
DIRECTORY = Directory(
    DirectorySnapshot(
        (
            Extension(N("101"), "Avery Kim", PERSON, ENABLED, label="Front Desk"),
            Extension(N("102"), "Bo Chen", PERSON, ENABLED),
            Extension(N("119"), "Lee Park", PERSON, DISABLED),
            Extension(N("400"), "DBA", DEPARTMENT, ENABLED),
            Extension(N("401"), "Night Shift", DEPARTMENT, ENABLED),
            Extension(N("900"), "Main menu", ExtensionKind.OTHER, ENABLED),
        ),
        (
            Department(N("400"), "DBA", (N("101"), N("102"), N("119")), (N("102"),)),
            Department(N("401"), "Night Shift", (N("119"),)),
        ),
        NOW,
    )
)
PAGE = Page(
    ref=Ref("pg_7K2M"),
    origin=Origin.COMMAND,
    workspace=WorkspaceId("T1"),
    author=ChatUserId("U1"),
    author_name="Dana",
    channel=ChannelId("C1"),
    sender=N("700"),
    on_behalf=True,
    to=(N("400"), N("102")),
    text="Disk is 95% full on db-7",
    parts=1,
    state=PageState.SENDING,
    created_at=NOW,
    changed_at=NOW,
)
HINT = "Replies here go to the pager. Start a message with // to keep it in Slack."
SKIPS = "RingCentral skips inactive members: Lee Park"


def status(page: Page, facts: dict[str, FactValue] | None = None) -> Content:
    return WORDS.status(page, DIRECTORY, facts or {})


def small(content: Content) -> str:
    return "".join(plain(block.line) for block in content.blocks if isinstance(block, Small))


def lines(content: Content) -> list[str]:
    return [plain(x) for b in content.blocks if isinstance(b, Paragraph) for x in b.lines]


def buttons(content: Content) -> list[tuple[str, str]]:
    rows = [block.buttons for block in content.blocks if isinstance(block, Buttons)]
    return [(button.action, button.value) for row in rows for button in row]


# --- the status message ------------------------------------------------------------------------


def test_the_root_says_who_paged_whom_and_what() -> None:
    """A mention, the recipients with how many they reach, and the words as a quotation."""
    content = status(PAGE)
    first, quote, _ = content.blocks
    assert content.summary == "Dana paged DBA (department, 2 people) and Bo Chen"
    assert isinstance(first, Paragraph)
    assert first.lines[0][0] == Mention(PAGE.author, "Dana")
    assert quote == Quote("Disk is 95% full on db-7")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (PageState.SENDING, "⏳ Sending… · Ref pg_7K2M"),
        (PageState.WAITING, "⏳ Waiting to send. · Ref pg_7K2M"),
        (PageState.SENT, f"✅ Sent 17:53 · {SKIPS} · {HINT} · Ref pg_7K2M"),
        (PageState.REFUSED, "⚠️ Not sent. See below. · Ref pg_7K2M"),
        (PageState.CANCELLED, "🚫 Cancelled. Nobody was paged. · Ref pg_7K2M"),
    ],
)
def test_the_small_line_says_how_it_stands(state: PageState, expected: str) -> None:
    """State is word and icon, and every message carries the reference."""
    assert small(status(replace(PAGE, state=state, sent_at=NOW))) == expected


def test_a_sent_page_tells_parts_and_replies() -> None:
    """What happened since replaces the hint how to reply."""
    sent = replace(PAGE, state=PageState.SENT, sent_at=NOW, parts=3, to=(N("102"),))
    assert small(status(sent)) == f"✅ Sent 17:53 in 3 parts · {HINT} · Ref pg_7K2M"
    replied = replace(
        sent, parts=1, replies=2, last_reply_from="Bo", last_reply_at=NOW + timedelta(minutes=5)
    )
    assert small(status(replied)) == "✅ Sent 17:53 · 2 replies, last from Bo 17:58 · Ref pg_7K2M"


@pytest.mark.parametrize(
    ("mode", "hint"),
    [
        (ThreadMode.MENTIONS, "Only replies that mention me go to the pager"),
        (ThreadMode.NOTHING, "Replies here stay in Slack"),
    ],
)
def test_a_thread_that_keeps_words_to_itself_says_so_for_good(mode: ThreadMode, hint: str) -> None:
    """Also when replies have come: nobody should think that theirs went out."""
    sent = replace(PAGE, state=PageState.SENT, sent_at=NOW, to=(N("102"),), mode=mode, replies=1)
    assert small(status(sent)) == f"✅ Sent 17:53 · 1 reply · {hint} · Ref pg_7K2M"


def test_only_a_thread_with_pagers_behind_it_has_a_menu() -> None:
    """It offers the other modes; where nobody was paged there is nothing to choose."""
    sent = replace(PAGE, state=PageState.SENT, sent_at=NOW)
    first = WORDS.thread(status(sent), sent).blocks[0]
    assert isinstance(first, Paragraph)
    assert first.menu is not None
    assert [option.label for option in first.menu.options] == [
        "Send only replies that mention me",
        "Keep all replies in Slack",
    ]
    for other in (PAGE, replace(sent, to=()), replace(sent, origin=Origin.ALERT, to=())):
        assert WORDS.thread(status(other), other) == status(other)


def test_a_page_found_late_says_so() -> None:
    """The answer was lost, the message was not."""
    later = NOW + timedelta(minutes=1)
    found = replace(PAGE, state=PageState.SENT, sent_at=NOW, changed_at=later, to=(N("102"),))
    assert small(status(found)).startswith("✅ Sent 17:53 (RingCentral confirmed it at 17:54) · ")


def test_a_waiting_page_says_why_and_can_be_cancelled() -> None:
    """In place, with its place in line."""
    waiting = replace(
        PAGE, state=PageState.WAITING, fault=Fault("pager.throttled", {"per_minute": 40})
    )
    content = status(waiting, {"position": 6, "at": NOW.isoformat()})
    assert lines(content)[1:] == [
        "⏳ Waiting to send.",
        "Pages are going out faster than RingCentral allows (40 a minute per sender).",
    ]
    assert small(content).startswith("You're number 6 in line; this should go out by 17:53.")
    assert buttons(content) == [("cancel_page", "pg_7K2M")]


def test_a_page_waiting_for_a_reason_without_words_still_waits() -> None:
    """No key is ever shown."""
    waiting = replace(PAGE, state=PageState.WAITING, fault=Fault("pager.invented_today"))
    assert small(status(waiting)) == "⏳ Waiting to send. · Ref pg_7K2M"


def test_an_unsure_page_says_that_we_look() -> None:
    """No button yet: the answer may be minutes away."""
    content = status(replace(PAGE, state=PageState.UNSURE, fault=Fault("pager.outcome_unknown")))
    assert lines(content)[1:] == [
        "❔ We're not sure this was sent.",
        "Looking in RingCentral's message list.",
    ]
    assert buttons(content) == []


def test_a_held_page_waits_for_its_author() -> None:
    """Both ways out, and how many people a second send could reach twice."""
    content = status(replace(PAGE, state=PageState.HELD, fault=Fault("pager.outcome_unknown")))
    assert buttons(content) == [("send_again", "pg_7K2M"), ("mark_sent", "pg_7K2M")]
    (row,) = [b for b in content.blocks if isinstance(b, Buttons)]
    confirm = row.buttons[0].confirm
    assert confirm is not None
    assert confirm.text == "2 people may get this page twice."


def test_a_conversation_that_began_on_the_pager_names_its_author() -> None:
    """Nobody in the chat paged anybody."""
    begun = replace(
        PAGE,
        origin=Origin.PAGER,
        author=ChatUserId(""),
        author_name="Avery Kim",
        state=PageState.SENT,
        sent_at=NOW,
    )
    content = status(begun)
    assert content.summary == "Avery Kim wrote on the pager"
    assert small(content) == f"{HINT} · Ref pg_7K2M"


@pytest.mark.parametrize("state", PageState)
def test_a_status_message_can_be_edited_whatever_it_holds(state: PageState) -> None:
    """It stays under the 4,000 characters an edit may have."""
    numbers = tuple(N(str(n)) for n in range(1000, 1100))
    page = replace(PAGE, state=state, text="🔥" * 9999, to=numbers, sent_at=NOW)
    content = status(page)
    shown = [*lines(content), small(content)]
    quotes = [block.text for block in content.blocks if isinstance(block, Quote)]
    assert sum(map(len, [*shown, *quotes])) < 2500


# --- lists -------------------------------------------------------------------------------------


def test_the_last_pages_are_one_line_each() -> None:
    """State, time, recipients, words and reference."""
    sent = replace(PAGE, state=PageState.SENT, sent_at=NOW, to=(N("102"),))
    assert lines(WORDS.pages((sent,), DIRECTORY)) == [
        "Your last pages",
        "✅ Sent 17:53 · Bo Chen · “Disk is 95% full on db-7” · pg_7K2M",
    ]


def _delivery(number: int, state: DeliveryState, **changes: object) -> Delivery:
    send = SendPage(N("700"), PAGE.to, "…", part=number, parts=2)
    delivery = Delivery(DeliveryId(number), "lane", PAGE.ref, send, state, NOW, NOW)
    return replace(delivery, **changes)  # type: ignore[arg-type]  # a test's shorthand


def test_a_pages_life_is_told_step_by_step() -> None:
    """Attempts, reasons and the next step; edits of our own messages are not of interest."""
    thread = ChatThread(PAGE.workspace, PAGE.channel, ChatMessageId("1.0"))
    deliveries = (
        _delivery(1, DeliveryState.SENT, attempt=2),
        _delivery(2, DeliveryState.READY, attempt=1, fault=Fault("pager.unavailable")),
        _delivery(3, DeliveryState.SENT, outbound=PostChatMessage(PAGE.workspace, PAGE.channel)),
        _delivery(4, DeliveryState.SENT, outbound=UpdateChatMessage(thread)),
    )
    assert lines(WORDS.life(PAGE, deliveries, DIRECTORY)) == [
        "Page pg_7K2M: ⏳ Sending…",
        "17:53 · You asked to page DBA (department, 2 people) and Bo Chen",
        "17:53 · Part 1 of 2: sent · after 2 attempts",
        "17:53 · Part 2 of 2: Waiting to send. RingCentral isn't responding. · next step 17:53",
        "17:53 · Status message in Slack: sent",
    ]


# --- people and departments --------------------------------------------------------------------


def test_a_department_shows_whom_it_reaches_and_whom_not() -> None:
    """With a button to page it."""
    content = WORDS.who(("400",), DIRECTORY)
    assert lines(content) == [
        "DBA · department 400 · 3 people",
        "Reaches now: Avery Kim 101 and Bo Chen 102",
        "Won't ring: Lee Park 119 (disabled)",
        "Managed by Bo Chen",
    ]
    assert buttons(content) == [("page_to", "400")]
    assert small(content) == "Directory updated 17:53"


def test_people_show_their_departments_and_whether_they_can_be_paged() -> None:
    """What cannot be paged has no button."""
    assert lines(WORDS.who(("101",), DIRECTORY)) == [
        "Avery Kim · Front Desk · extension 101",
        "Member of DBA",
    ]
    assert lines(WORDS.who(("119",), DIRECTORY))[1] == "Won't ring: extension 119 is disabled"
    for number in ("119", "900", "777"):
        assert buttons(WORDS.who((number,), DIRECTORY)) == []
    assert "Reaches nobody now: it has no active members" in lines(WORDS.who(("401",), DIRECTORY))


def test_departments_are_listed_with_their_size() -> None:
    """Few enough for one message; the rest is counted."""
    assert lines(WORDS.departments(DIRECTORY)) == [
        "Departments",
        "DBA · department 400 · 3 people",
        "Night Shift · department 401 · 1 person",
    ]
    many = tuple(Department(N(str(n)), f"D{n}", ()) for n in range(1000, 1050))
    crowd = Directory(DirectorySnapshot((), many, NOW))
    assert lines(WORDS.departments(crowd))[-1] == "… and 10 more"


def test_menu_entries_tell_people_and_departments_apart() -> None:
    """With what helps to choose."""
    avery, _, lee, dba, *_ = DIRECTORY.extensions
    assert WORDS.option(avery, DIRECTORY) == "Avery Kim · Front Desk · 101"
    assert WORDS.option(lee, DIRECTORY) == "Lee Park · 119 · disabled"
    assert WORDS.option(dba, DIRECTORY) == "DBA · department, 3 people, 1 inactive"
    assert WORDS.choice(dba) == "DBA · 400 · department"


# --- form and home -----------------------------------------------------------------------------


def test_the_form_offers_senders_only_where_there_is_a_choice() -> None:
    """Oneself or the shared sender."""
    form = WORDS.form(own=N("104"), shared=N("700"))
    assert [(o.label, o.value) for o in form.senders] == [
        ("Me, extension 104", "104"),
        ("Shared sender, extension 700", "700"),
    ]
    assert WORDS.form(shared=N("700")).senders == ()
    assert WORDS.form(own=N("700"), shared=N("700")).senders == ()


def test_home_says_who_you_send_as_and_whom_you_can_page() -> None:
    """Last pages, departments and examples, fresh or not."""
    sent = replace(PAGE, state=PageState.SENT, sent_at=NOW)
    departments = DIRECTORY.snapshot.departments
    home = AtHome((sent,), own=N("102"), shared=N("700"), departments=departments)
    content = WORDS.home(home, DIRECTORY)
    said = lines(content)
    assert said[:2] == ["Page people from Slack", "You send as Bo Chen, extension 102"]
    for heading in ("Your last pages", "Departments you can page", "Examples"):
        assert heading in said
    assert "• /page dba Disk is 95% full on db-7" in said
    assert buttons(content) == [("open_form", "")]
    assert small(content) == "Directory updated 17:53 · 3 people, 2 departments · English"


def test_home_works_for_a_newcomer() -> None:
    """No pages, no own extension, no directory, no sender yet."""
    empty = Directory(DirectorySnapshot((), (), NOW))
    said = lines(WORDS.home(AtHome(), empty))
    assert said[1] == "You send from the shared sender, with your name in the first line"
    assert "You haven't paged anybody yet." in said
    assert "There are none." in said

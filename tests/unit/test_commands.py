"""The grammar of `/page`: what every way of typing it means."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.commands import (
    AskIntent,
    Command,
    NobodyNamed,
    OpenForm,
    Options,
    PageCommand,
    Sub,
    SubCommand,
    Term,
    Typed,
    UnknownStart,
    parse,
    read_ref,
)
from gateway.domain.directory import (
    Department,
    Directory,
    DirectorySnapshot,
    Extension,
    ExtensionKind,
    ExtensionStatus,
)
from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber
from gateway.domain.inbound import ChannelMention, CommandPart, GroupMention, UserMention
from gateway.domain.typed_line import TypedLine
from gateway.services.roster import Roster
from tests.fakes.clock import MovedClock

N = ExtensionNumber
DANA = UserMention(ChatUserId("U1"), "dana")
BO = UserMention(ChatUserId("U2"), "bo")
LEADS = GroupMention("S1", "leads")
OPS = ChannelMention(ChannelId("C1"), "ops")


def _person(number: str, name: str) -> Extension:
    return Extension(N(number), name, ExtensionKind.PERSON, ExtensionStatus.ENABLED)


DIRECTORY = Directory(
    DirectorySnapshot(
        (
            _person("101", "Avery Kim"),
            _person("102", "Bo Chen"),
            _person("103", "José García"),
            _person("104", "Avery"),
            _person("42", "Jean-Luc O'Brien"),
            Extension(N("400"), "DBA", ExtensionKind.DEPARTMENT, ExtensionStatus.ENABLED),
            Extension(N("401"), "Night Shift", ExtensionKind.DEPARTMENT, ExtensionStatus.ENABLED),
            Extension(N("402"), "3 West", ExtensionKind.DEPARTMENT, ExtensionStatus.ENABLED),
            Extension(N("403"), "15 South", ExtensionKind.DEPARTMENT, ExtensionStatus.ENABLED),
        ),
        (Department(N("400"), "DBA", (N("101"), N("102"))),),
        datetime(2026, 1, 1, tzinfo=UTC),
    ),
    Roster(MovedClock(), {"on call": ("400", "101")}),
)


def read(*parts: CommandPart) -> Command:
    return parse(parts, DIRECTORY)


def page(text: str, *names: str | Term) -> PageCommand:
    return PageCommand(tuple(Typed(n) if isinstance(n, str) else n for n in names), text)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("102 Call me", page("Call me", "102")),
        ("Avery Kim Running late", page("Running late", "Avery Kim")),
        ("avery is late", page("is late", "avery")),
        ("jose garcia ping", page("ping", "jose garcia")),
        ("JOSE-GARCIA ping", page("ping", "JOSE-GARCIA")),
        ("dba Disk full", page("Disk full", "dba")),
        ("dba: Disk full", page("Disk full", "dba")),
        ("dba:Disk full", page("Disk full", "dba")),
        ("dba, Disk full", page("Disk full", "dba")),
        ("dba! Disk full", page("Disk full", "dba")),
        ("@dba Disk full", page("Disk full", "@dba")),
        ("on call Lift", page("Lift", "on call")),
        ("On-Call Lift", page("Lift", "On-Call")),
        ('"Night Shift" come in', page("come in", "Night Shift")),
        ("“Night Shift” come in", page("come in", "Night Shift")),
        ("Jean-Luc O\u2019Brien hi", page("hi", "Jean-Luc O'Brien")),
        ("3 West fire", page("fire", "3 West")),
        ("102, 103: Lift is out", page("Lift is out", "102", "103")),
        ("102\uff0c103\uff1aLift", page("Lift", "102", "103")),
        ("Avery Kim, dba: Lift", page("Lift", "Avery Kim", "dba")),
        ('102, "Smith, Sam": Lift', page("Lift", "102", "Smith, Sam")),
        ("dba,, 102,: Lift", page("Lift", "dba", "102")),
        ("777 hello", page("hello", "777")),
    ],
)
def test_a_page_is_read(typed: str, expected: PageCommand) -> None:
    """Numbers, names, quotes and colon lists name the recipients; the rest is the message."""
    assert read(typed) == expected


def test_the_longest_name_wins() -> None:
    """Avery Kim is not taken for Avery with a message that begins with her second name."""
    assert read("avery kim hello") == page("hello", "avery kim")
    assert read("avery kills the job") == page("kills the job", "avery")


def test_a_number_that_exists_is_a_number() -> None:
    """An extension wins over a name that begins with digits; a free number does not."""
    assert read("42 South fire") == page("South fire", "42")
    assert read("15 South fire") == page("fire", "15 South")


def test_a_message_may_contain_colons() -> None:
    """Only a head made of recipients is a list; times, addresses and remarks are not."""
    assert read("102 Note: call me") == page("Note: call me", "102")
    assert read("102 10:30 meeting") == page("10:30 meeting", "102")
    assert read("102 see https://x.example/a") == page("see https://x.example/a", "102")


def test_an_unknown_name_in_a_list_stays_in_the_list() -> None:
    """A misspelt second recipient is asked about, never turned into message text."""
    assert read("Bo Chen, avry kin: Lift") == page("Lift", "Bo Chen", "avry kin")


def test_mentions_are_recipients_only_in_front() -> None:
    """Words like "@dana @bo is late" page Dana about Bo; a list needs its colon."""
    assert read(DANA, " Ping") == page("Ping", DANA)
    assert read(DANA, "ping") == page("ping", DANA)
    assert read(LEADS, " fire") == page("fire", LEADS)
    assert read(OPS, " fire") == page("fire", OPS)
    assert read(DANA, " ", BO, " is late") == page("@bo is late", DANA)
    assert read(DANA, ", ", BO, ": come") == page("come", DANA, BO)
    assert read("dba ask ", DANA, " in ", OPS) == page("ask @dana in #ops", "dba")


def test_a_list_without_its_colon_opens_the_form() -> None:
    """Where the list ends is unclear, so the form shows how we read it, and nothing is sent."""
    to = (Typed("102"), Typed("103"))
    assert read("102, 103 Lift is out") == OpenForm(to, "Lift is out")
    assert read("102, 103") == OpenForm(to)
    assert read("102, 15 people are stuck") == page("15 people are stuck", "102")


@pytest.mark.parametrize("typed", ["", "   ", "\n", "\N{NO-BREAK SPACE}"])
def test_nothing_opens_the_empty_form(typed: str) -> None:
    """`/page` alone opens the form."""
    assert read(typed) == OpenForm()


def test_a_recipient_alone_opens_the_form_with_it() -> None:
    """`/page dba` has no message yet."""
    assert read("dba") == OpenForm((Typed("dba"),))
    assert read("102:") == OpenForm((Typed("102"),))
    assert read(DANA) == OpenForm((DANA,))


def test_newlines_in_the_message_stay() -> None:
    """A message of several lines arrives as it was typed, typography included."""
    assert read("dba\nDisk \u201cfull\u201d\n\nline 2") == page(
        "Disk \u201cfull\u201d\n\nline 2", "dba"
    )


def test_options_stand_before_the_message() -> None:
    """Before or after the recipient, but never inside the message."""
    quiet = Options(quiet=True)
    assert read("--quiet dba Disk") == PageCommand((Typed("dba"),), "Disk", quiet)
    assert read("dba --quiet Disk") == PageCommand((Typed("dba"),), "Disk", quiet)
    assert read("dba \u2014quiet Disk") == PageCommand((Typed("dba"),), "Disk", quiet)
    assert read("dba Disk --quiet") == page("Disk --quiet", "dba")
    assert read('--from "Front Desk" --now dba Disk') == PageCommand(
        (Typed("dba"),), "Disk", Options(send_as=Typed("Front Desk"), now=True)
    )
    assert read("--from 104 dba Disk") == read("--from=104 dba Disk")
    assert read("--now") == OpenForm(options=Options(now=True))
    assert read("--from") == UnknownStart("--from")
    assert read("--fromage dba") == UnknownStart("--fromage dba")


@pytest.mark.parametrize("sub", list(Sub))
def test_a_sub_command_alone_runs(sub: Sub) -> None:
    """In any case, and with a punctuation mark too."""
    assert read(sub) == SubCommand(sub)
    assert read(f" {sub.upper()}? ") == SubCommand(sub)


@pytest.mark.parametrize("sub", list(Sub))
def test_other_words_after_a_sub_command_are_asked_about(sub: Sub) -> None:
    """`/page help me in lab 2` may be a page: never guess."""
    assert read(f"{sub} me in lab 2") == AskIntent(sub, f"{sub} me in lab 2")


def test_sub_commands_take_arguments_of_the_right_shape() -> None:
    """A name that resolves for who and oncall, a reference for the others."""
    assert read("who dba") == SubCommand(Sub.WHO, who=Typed("dba"))
    assert read("who avery kim?") == SubCommand(Sub.WHO, who=Typed("avery kim"))
    assert read("who ", DANA) == SubCommand(Sub.WHO, who=DANA)
    assert read("oncall on-call") == SubCommand(Sub.ONCALL, who=Typed("on-call"))
    assert read("status PG_7k2m.") == SubCommand(Sub.STATUS, ref=read_ref("pg_7K2M"))
    assert read("ack al_91QX") == SubCommand(Sub.ACK, ref=read_ref("al_91QX"))
    assert read("who dba is on fire") == AskIntent(Sub.WHO, "who dba is on fire")
    assert read("who nobody") == AskIntent(Sub.WHO, "who nobody")
    assert read("status dba") == AskIntent(Sub.STATUS, "status dba")
    assert read("test pg_7K2M") == AskIntent(Sub.TEST, "test pg_7K2M")


@pytest.mark.parametrize("typed", ["dba-rota", "DBA rota?", '"dba-rota"'])
def test_oncall_takes_the_name_of_a_schedule(typed: str) -> None:
    """Though nobody in the directory is called so."""
    schedules = ("leads", "dba-rota")
    assert parse((f"oncall {typed}",), DIRECTORY, schedules) == SubCommand(
        Sub.ONCALL, who=Typed("dba-rota")
    )


def test_words_that_are_nobodys_name_are_handed_on() -> None:
    """What was meant as a name is guessed elsewhere, and asked about."""
    assert read("avry kin Running late") == UnknownStart("avry kin Running late")
    assert read("avry") == UnknownStart("avry")


def test_signs_alone_name_nobody() -> None:
    """No recipient can be seen in punctuation."""
    assert read(" :, ") == NobodyNamed(":,")
    assert read("🔥") == NobodyNamed("🔥")


# --- whatever is typed -------------------------------------------------------------------------

_PIECES = (
    *("dba", "102", "777", "avery kim", "help", "who", "--from", "--quiet", "pg_7K2M"),
    *('"', "\u201c", ",", ":", " ", "\n", "\N{OBJECT REPLACEMENT CHARACTER}"),
    *("https://a.example", "🔥"),
)
_parts: st.SearchStrategy[CommandPart] = st.one_of(
    st.text(), st.sampled_from(_PIECES), st.sampled_from([DANA, LEADS, OPS])
)


@given(st.lists(_parts).map(tuple))
def test_the_grammar_never_raises(parts: tuple[CommandPart, ...]) -> None:
    """Whatever is typed has a meaning."""
    read(*parts)


@given(st.lists(_parts).map(tuple))
def test_nobody_is_paged_who_was_not_named(parts: tuple[CommandPart, ...]) -> None:
    """Each recipient stands in what was typed, and a page has at least one, and a text."""
    command = read(*parts)
    plain = TypedLine.of(parts).plain
    if isinstance(command, PageCommand):
        assert command.to
        assert command.text
        for term in command.to:
            assert term in parts if not isinstance(term, Typed) else _stands_in(term.text, plain)


def _stands_in(name: str, plain: str) -> bool:
    return " ".join(name.split()) in " ".join(plain.split())


@given(st.lists(_parts).map(tuple))
def test_nothing_typed_after_the_recipients_is_lost(parts: tuple[CommandPart, ...]) -> None:
    """The message is the end of what was typed."""
    command = read(*parts)
    if isinstance(command, PageCommand) and all(isinstance(p, str) for p in parts):
        assert "".join(str(p) for p in parts).rstrip().endswith(command.text)

"""Alerts in words: the card in every state, the pager texts, the answers, the life of one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.alerts import Severity
from gateway.domain.content import (
    Button,
    Buttons,
    ButtonStyle,
    Content,
    Emphasis,
    Moment,
    Paragraph,
    Quote,
    Small,
    Span,
)
from gateway.domain.errors import FactValue
from gateway.domain.explanations import FlappingWhy, IncidentWhy
from gateway.domain.ids import Ref
from gateway.domain.incidents import Deed, Entry, Firing, Incident, Silenced
from gateway.domain.outbound import Notice
from gateway.domain.pager_text import utf16_length
from gateway.text.durations import duration
from gateway.text.lines import plain
from gateway.text.words import Words
from tests.unit.test_words_catalogue import LANGUAGES

WORDS = Words.load()
START = datetime(2026, 3, 2, 17, 53, tzinfo=UTC)
CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING
OPEN = Incident(
    ref=Ref("al_91QX"),
    group="g",
    route="db-critical",
    receiver="dba",
    severity=CRITICAL,
    title="DiskFull on db-7",
    text="95% full, growing 2% an hour",
    opened_at=START,
    firing=(Firing("a", "DiskFull on db-7", "95% full", CRITICAL, START),),
)


def after(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def firing(*titles: str) -> tuple[Firing, ...]:
    return tuple(Firing(t, t, "", CRITICAL, after(n)) for n, t in enumerate(titles))


ACKNOWLEDGED = OPEN.acknowledged("Bo", after(2))
QUIET = Silenced("Dana", after(120), "swapping the disk", "sl_7K2M")
SILENCED = OPEN.hushed(QUIET, after(3))
RESOLVED = replace(OPEN, firing=(), resolved_alerts=1).resolved("", after(22))
THREE = replace(OPEN, firing=firing("DiskFull on db-7", "DiskFull on db-9", "HighLoad on db-7"))


def lines(content: Content) -> list[str]:
    return [plain(x) for b in content.blocks if isinstance(b, Paragraph) for x in b.lines]


def small(content: Content) -> str:
    return "".join(plain(block.line) for block in content.blocks if isinstance(block, Small))


def quotes(content: Content) -> list[str]:
    return [block.text for block in content.blocks if isinstance(block, Quote)]


def buttons(content: Content) -> list[Button]:
    return [b for block in content.blocks if isinstance(block, Buttons) for b in block.buttons]


def first(content: Content) -> Span:
    (block, *_) = content.blocks
    assert isinstance(block, Paragraph)
    (span,) = block.lines[0]
    assert isinstance(span, Span)
    return span


# --- the card ----------------------------------------------------------------------------------


def test_a_firing_alert_says_what_it_is_who_knows_and_who_is_next() -> None:
    """One look answers what, how bad, since when, who was paged and what happens otherwise."""
    content = WORDS.incident(
        OPEN, paged=("DBA (4 people)",), next_names=("On-call leads",), next_at=after(15)
    )
    assert lines(content) == [
        "🔴 Critical: DiskFull on db-7",
        "Firing",
        "Paged: DBA (4 people)",
        "Started: 17:53",
        "Next: On-call leads at 18:08",
    ]
    assert quotes(content) == ["95% full, growing 2% an hour"]
    assert small(content) == "Route db-critical · Ref al_91QX"


@pytest.mark.parametrize(
    ("incident", "headline", "state"),
    [
        (OPEN, "🔴 Critical: DiskFull on db-7", "Firing"),
        (THREE, "🔴 Critical: DiskFull on db-7", "Firing · 3 alerts"),
        (
            replace(THREE, resolved_alerts=2),
            "🔴 Critical: DiskFull on db-7",
            "Firing · 3 alerts · 2 resolved",
        ),
        (
            replace(OPEN, firing=()),
            "🔴 Critical: DiskFull on db-7",
            "Open, but nothing fires any more",
        ),
        (
            OPEN.snoozed("Dana", after(62), after(2)),
            "🔴 Critical: DiskFull on db-7",
            "Snoozed until 18:55",
        ),
        (ACKNOWLEDGED, "🔴 Critical: DiskFull on db-7", "Acknowledged by Bo 17:55"),
        (
            THREE.acknowledged("Bo", after(2)),
            "🔴 Critical: DiskFull on db-7",
            "Acknowledged by Bo 17:55 · 3 alerts still firing",
        ),
        (RESOLVED, "✅ Resolved: DiskFull on db-7", "Resolved, open for 22 min"),
        (
            ACKNOWLEDGED.resolved("Bo", after(185)),
            "✅ Resolved: DiskFull on db-7",
            "Resolved by Bo, open for 3 h 5 min",
        ),
        (
            OPEN.resolved("", START),
            "✅ Resolved: DiskFull on db-7",
            "Resolved, open for less than a minute",
        ),
    ],
)
def test_every_state_is_said_in_words_and_icon(
    incident: Incident, headline: str, state: str
) -> None:
    """An acknowledged alert keeps its severity; a resolved one does not."""
    content = WORDS.incident(incident)
    assert lines(content)[:2] == [headline, state]
    assert first(content).emphasis is Emphasis.STRONG


@pytest.mark.parametrize("severity", Severity)
def test_severity_is_icon_and_word(severity: Severity) -> None:
    """Never one without the other; the summary needs no icon."""
    content = WORDS.incident(replace(OPEN, severity=severity))
    icon, word = first(content).text.split(":")[0].split(" ")
    assert not icon.isascii()
    assert word.isalpha()
    assert content.summary == f"{word}: DiskFull on db-7"


@pytest.mark.parametrize("incident", [OPEN, ACKNOWLEDGED, RESOLVED])
def test_the_summary_is_the_first_line_without_its_icon(incident: Incident) -> None:
    """Notifications show one, screens the other."""
    content = WORDS.incident(incident)
    assert first(content).text.partition(" ")[2] == content.summary


def test_an_open_alert_can_be_taken_passed_on_or_put_off() -> None:
    """Passing on wakes more people, so it stands out and asks first."""
    offered = buttons(WORDS.incident(OPEN, next_names=("On-call leads",)))
    assert {b.value for b in offered} == {"al_91QX"}
    assert [(b.action, b.label) for b in offered] == [
        ("ack", "Acknowledge"),
        ("escalate", "Escalate now"),
        ("snooze", "Snooze 1 hour"),
        ("silence", "Silence…"),
    ]
    ack, escalate, snooze, _ = offered
    assert (ack.style, escalate.style) == (ButtonStyle.PRIMARY, ButtonStyle.DANGER)
    assert escalate.confirm is not None
    assert escalate.confirm.text == "This pages On-call leads."
    assert (ack.confirm, snooze.confirm) == (None, None)


@pytest.mark.parametrize(
    ("incident", "actions"),
    [
        (OPEN, ["ack", "snooze", "silence"]),
        (ACKNOWLEDGED, ["resolve", "silence"]),
        (RESOLVED, []),
        (SILENCED, ["ack", "end_silence"]),
        (replace(SILENCED, silenced=replace(QUIET, id="silences.0")), ["ack"]),
        (replace(OPEN, firing=()), ["ack", "snooze"]),
    ],
)
def test_a_card_offers_only_what_can_be_done(incident: Incident, actions: list[str]) -> None:
    """Nobody further: no escalation; a silence of the file, or nothing to silence: no button."""
    assert [b.action for b in buttons(WORDS.incident(incident))] == actions


def test_next_is_told_only_while_it_is_open() -> None:
    """Nobody is called once somebody answered."""
    for incident in (ACKNOWLEDGED, RESOLVED):
        content = WORDS.incident(incident, next_names=("On-call leads",), next_at=after(15))
        assert not [line for line in lines(content) if line.startswith("Next")]


def test_a_silenced_alert_says_who_until_when_and_why() -> None:
    """And names nobody who would be next: nobody is called."""
    content = WORDS.incident(SILENCED, next_names=("On-call leads",), next_at=after(15))
    said = lines(content)
    assert any(s.startswith("Silenced by Dana until ") and "swapping the disk" in s for s in said)
    assert not [line for line in said if line.startswith("Next")]


def test_times_are_moments_of_the_reader() -> None:
    """The chat shows them in the reader's zone."""
    paragraphs = [b for b in WORDS.incident(OPEN).blocks if isinstance(b, Paragraph)]
    assert Moment(START, "17:53") in [inline for line in paragraphs[1].lines for inline in line]


def test_further_alerts_are_named_and_then_counted() -> None:
    """The first few by name, each with its severity."""
    many = replace(OPEN, firing=firing(*(f"DiskFull on db-{n}" for n in range(18))))
    said = lines(WORDS.incident(many))
    assert said[-7:] == [
        "Also firing:",
        *(f"• 🔴 DiskFull on db-{n}" for n in range(1, 6)),
        "… and 12 more",
    ]


def test_an_alert_that_pages_nobody_says_so() -> None:
    """Whoever reads it must not think that somebody was called."""
    said = lines(WORDS.incident(OPEN, channel_only=True))
    assert "Paged: nobody, this kind of alert is only shown here" in said


def test_an_alert_no_route_claimed_says_so() -> None:
    """It came here by default, which somebody should change."""
    content = WORDS.incident(OPEN, unowned=True)
    assert small(content) == ("No route claimed this alert; it came here by default · Ref al_91QX")


def test_a_text_that_repeats_the_title_is_left_out() -> None:
    """Nothing is said twice."""
    assert quotes(WORDS.incident(replace(OPEN, text="DiskFull on db-7"))) == []


def test_a_senders_words_cannot_look_like_ours() -> None:
    """Markup stays text, references are taken apart, text is quoted, order cannot be turned."""
    nasty = "*bold* <!channel> pg_7K2M \u202eevil\nAcknowledged by Bo"
    content = WORDS.incident(replace(OPEN, title=nasty, text=nasty + "!"))
    assert first(content).text == ("🔴 Critical: *bold* <!channel> pg-7K2M evil Acknowledged by Bo")
    assert "Acknowledged by Bo" not in lines(content)
    assert quotes(content) == ["*bold* <!channel> pg-7K2M evil\nAcknowledged by Bo!"]


def test_an_alert_without_a_visible_title_goes_by_its_reference() -> None:
    """Invisible characters are no name."""
    unseen = replace(OPEN, title="\u200b\u2060", firing=())
    assert WORDS.incident(unseen).summary == "Critical: al_91QX"
    assert WORDS.incident_page(unseen).startswith("[CRIT] al_91QX: 95% full")


FOREIGN = st.tuples(st.text(max_size=12), st.sampled_from(["", "\n", "🔥", "👩‍🚒", "&", "a."]))
"""A piece of text, and another one it is repeated with."""


def _huge(foreign: tuple[str, str]) -> str:
    return "".join(foreign) * 600


def _incident(
    title: tuple[str, str], text: tuple[str, str], count: int, severity: Severity
) -> Incident:
    hostile = replace(
        OPEN,
        title=_huge(title),
        text=_huge(text),
        route=_huge(title),
        severity=severity,
        firing=firing(*(f"{n}{_huge(title)}" for n in range(count))),
        resolved_alerts=count,
    )
    return hostile.noted(Entry(after(60_000), Deed.REPEATED, _huge(text), _huge(title)))


PATIENT = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])


def _variants(incident: Incident, who: str) -> list[Incident]:
    return [
        incident,
        incident.snoozed(who, after(60), START),
        incident.acknowledged(who, START),
        incident.resolved(who, after(60_000)),
    ]


@PATIENT
@given(st.tuples(FOREIGN, FOREIGN), st.sampled_from([0, 1, 2, 300]), FOREIGN)
def test_a_card_can_be_edited_whatever_it_holds(
    foreign: tuple[tuple[str, str], tuple[str, str]], count: int, name: tuple[str, str]
) -> None:
    """It stays under the 4,000 characters an edit may have, and within all block limits."""
    incident, who = _incident(*foreign, count, CRITICAL), _huge(name)
    for each in _variants(incident, who):
        content = WORDS.incident(each, paged=(who,) * 50, next_names=(who,) * 50, next_at=START)
        shown = [*lines(content), *quotes(content), small(content)]
        assert sum(map(utf16_length, shown)) + len(shown) < 3500
        assert content.summary
        assert len(content.blocks) <= 10
        for button in buttons(content):
            assert 0 < len(button.label) <= 75
            if button.confirm:
                assert len(button.confirm.text) <= 300
                assert max(len(button.confirm.yes), len(button.confirm.no)) <= 30


# --- on the pager ------------------------------------------------------------------------------


def test_a_page_names_the_alert_and_how_to_answer() -> None:
    """Everything a person needs at three in the morning."""
    assert WORDS.incident_page(replace(OPEN, text="95% full.")) == (
        "[CRIT] DiskFull on db-7: 95% full. Reply ACK."
    )
    assert WORDS.incident_page(replace(OPEN, text="", severity=WARNING)) == (
        "[WARN] DiskFull on db-7. Reply ACK."
    )


@pytest.mark.parametrize(
    ("severity", "tag"),
    list(zip(Severity, ["[CRIT]", "[ERR]", "[WARN]", "[INFO]"], strict=True)),
)
def test_a_page_begins_with_its_severity(severity: Severity, tag: str) -> None:
    """In brackets, the same for every kind of page but the last."""
    incident = replace(THREE, severity=severity)
    for text in (
        WORDS.incident_page(incident),
        WORDS.incident_grew(incident),
        WORDS.incident_repeated(incident),
        WORDS.incident_escalated(incident, ("Bo",)),
    ):
        assert text.startswith(f"{tag} ")
    assert WORDS.incident_over(incident).startswith("[OK] ")


def test_several_alerts_are_one_page() -> None:
    """Their number, and as many names as there is room for."""
    assert WORDS.incident_page(THREE) == (
        "[CRIT] 3 alerts: DiskFull on db-7, DiskFull on db-9, HighLoad on db-7. Reply ACK."
    )
    many = replace(OPEN, firing=firing(*(f"DiskFull on db-{n}" for n in range(300))))
    text = WORDS.incident_page(many)
    assert text.startswith("[CRIT] 300 alerts: DiskFull on db-0, DiskFull on db-1, ")
    assert text.endswith(", … Reply ACK.")
    assert 130 < utf16_length(text) <= 160


def test_a_group_that_grew_names_the_newest_first() -> None:
    """What is known already comes last."""
    assert WORDS.incident_grew(THREE).startswith("[CRIT] now 3 alerts: HighLoad on db-7, ")
    held = WORDS.incident_grew(THREE.acknowledged("Bo", after(2)))
    assert held.startswith("[CRIT] now 3 alerts, taken by Bo: HighLoad")
    assert "ACK" not in held


def test_what_stays_open_is_told_again_with_how_long() -> None:
    """By the given time, or by the incident's own last entry."""
    again = OPEN.noted(Entry(after(240), Deed.REPEATED))
    assert WORDS.incident_repeated(again) == (
        "[CRIT] still open after 4 h: DiskFull on db-7. Reply ACK."
    )
    assert WORDS.incident_repeated(OPEN, at=after(90)) == (
        "[CRIT] still open after 90 min: DiskFull on db-7. Reply ACK."
    )
    assert WORDS.incident_repeated(OPEN) == "[CRIT] still open: DiskFull on db-7. Reply ACK."


def test_the_next_people_hear_why_they_are_called() -> None:
    """How long nobody answered, since the calling began."""
    assert WORDS.incident_escalated(OPEN, ("On-call leads",), at=after(15)) == (
        "[CRIT] unanswered for 15 min, now paging On-call leads: DiskFull on db-7. Reply ACK."
    )
    assert WORDS.incident_escalated(THREE, ("Bo",), at=after(15)) == (
        "[CRIT] unanswered for 15 min, now paging Bo: DiskFull on db-7 and 2 more. Reply ACK."
    )
    anew = replace(OPEN, clock_from=after(100))
    assert "unanswered for 5 min" in WORDS.incident_escalated(anew, ("Bo",), at=after(105))


def test_the_end_is_told_in_a_few_words() -> None:
    """With who ended it, if somebody did."""
    assert WORDS.incident_over(RESOLVED) == "[OK] DiskFull on db-7."
    assert WORDS.incident_over(OPEN.resolved("Bo", after(5))) == (
        "[OK] DiskFull on db-7, resolved by Bo."
    )
    three = replace(RESOLVED, resolved_alerts=3)
    assert WORDS.incident_over(three) == "[OK] DiskFull on db-7 and 2 more."


def test_a_digest_counts_by_name() -> None:
    """And accounts for every alert it stands for."""
    names = (("DiskFull", 20), ("HighLoad", 12))
    assert WORDS.digest_page(32, WARNING, 5, names) == (
        "32 warnings in 5 min: 20 DiskFull, 12 HighLoad, list in Slack"
    )
    assert WORDS.digest_page(37, WARNING, 5, names) == (
        "37 warnings in 5 min: 20 DiskFull, 12 HighLoad, 5 others, list in Slack"
    )
    assert WORDS.digest_page(1, Severity.ERROR, 5, ()) == "1 major alert in 5 min, list in Slack"


@PATIENT
@given(st.tuples(FOREIGN, FOREIGN), st.sampled_from([0, 1, 2, 300]), st.sampled_from(Severity))
def test_a_pager_text_stays_short(
    foreign: tuple[tuple[str, str], tuple[str, str]], count: int, severity: Severity
) -> None:
    """One plain line, at most 160 UTF-16 units, in every language."""
    incident, who = _incident(*foreign, count, severity), _huge(foreign[1])
    names = tuple((f"{who[:n]}{who}", 99) for n in range(9))
    for each, spoken in product(_variants(incident, who), (WORDS, LANGUAGES["de"])):
        for text in (
            spoken.incident_page(each),
            spoken.incident_grew(each),
            spoken.incident_repeated(each),
            spoken.incident_escalated(each, (who,) * 9),
            spoken.incident_over(each),
            spoken.incident_moved(each, (who,) * 9),
            spoken.incident_flapping(each),
            spoken.incident_stable(each),
            spoken.digest_page(5000, each.severity, 5, names),
        ):
            assert 0 < utf16_length(text) <= 160
            assert "\n" not in text


def test_a_language_40_percent_longer_fits_too() -> None:
    """Buttons and questions keep their limits, and a page still names its alert."""
    words = LANGUAGES["pseudo"]
    many = replace(OPEN, firing=firing(*(f"DiskFull on db-{n}" for n in range(30))))
    for incident in _variants(many, "Maximilian Featherstonehaugh-Cholmondeley"):
        for button in buttons(words.incident(incident, next_names=("On-call leads",) * 30)):
            assert len(button.label) <= 75
            if button.confirm:
                assert len(button.confirm.title) <= 100
                assert len(button.confirm.text) <= 300
                assert max(len(button.confirm.yes), len(button.confirm.no)) <= 30
        called = words.incident_escalated(incident, ("On-call leads",) * 9, at=after(15))
        for text in (words.incident_page(incident), words.incident_grew(incident), called):
            assert "DiskFull on db-" in text
            assert utf16_length(text) <= 200


# --- answers to what is typed on the pager -------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "facts", "expected"),
    [
        (
            "alert.pager_acked",
            {"ref": "al_91QX"},
            "Acknowledged, it's yours. Reply RESOLVE when it is over.",
        ),
        (
            "alert.pager_already",
            {"name": "Bo", "at": START},
            "Already acknowledged by Bo at 17:53.",
        ),
        (
            "alert.pager_already_resolved",
            {"name": "", "at": START.isoformat()},
            "Already resolved at 17:53.",
        ),
        (
            "alert.pager_which",
            {"choices": ["al_91QX", "al_77B0"]},
            "Which one? Reply ACK al_91QX or ACK al_77B0.",
        ),
        ("alert.pager_stranger", {}, "Only people paged for this can acknowledge it."),
        ("alert.pager_resolved", {}, "Resolved."),
        ("alert.pager_none", {}, "No alert is open here."),
    ],
)
def test_the_pager_answers_in_one_sentence(
    key: str, facts: dict[str, FactValue | datetime], expected: str
) -> None:
    """With the next step, where there is one."""
    assert WORDS.sentence(key, **facts) == expected


def test_help_on_the_pager_names_what_can_be_typed() -> None:
    """All of it in one short line."""
    text = WORDS.sentence("alert.pager_help")
    assert "ACK" in text
    assert "RESOLVE" in text
    assert utf16_length(text) <= 160


# --- notices -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "facts", "expected"),
    [
        (
            "alert.acknowledged",
            {"name": "Avery", "at": START.isoformat(), "from_pager": True},
            "Acknowledged by Avery from the pager 17:53.",
        ),
        (
            "alert.acknowledged",
            {"name": "Bo", "at": START.isoformat(), "from_pager": False},
            "Acknowledged by Bo 17:53.",
        ),
        ("alert.released", {"name": "Bo"}, "Bo's acknowledgement ended; paging begins anew."),
        (
            "alert.escalated",
            {"minutes": 15, "recipients": ["On-call leads"], "people": 3},
            "Nobody acknowledged in 15 minutes. Paged On-call leads (3 people).",
        ),
        (
            "alert.escalated",
            {"minutes": 1, "recipients": ["Bo"]},
            "Nobody acknowledged in 1 minute. Paged Bo.",
        ),
        (
            "alert.escalated",
            {"name": "Dana", "recipients": ["On-call leads"], "people": 1},
            "Escalated by Dana. Paged On-call leads (1 person).",
        ),
        ("alert.escalated", {"minutes": 15}, "Escalated: nobody acknowledged in 15 minutes."),
        ("alert.reminder", {"minutes": 60, "name": "Bo"}, "Still open after 1 hour, Bo."),
        ("alert.resolved", {"name": "Bo", "minutes": 22}, "Resolved by Bo, open for 22 min."),
        ("alert.resolved", {"minutes": 22}, "Resolved, open for 22 min."),
        ("alert.reopened", {}, "Firing again; paging begins anew."),
        ("alert.grew", {"count": 3}, "3 alerts are firing now."),
        (
            "alert.snoozed",
            {"name": "Dana", "until": START.isoformat()},
            "Snoozed by Dana until 17:53.",
        ),
        (
            "alert.already_acknowledged",
            {"name": "Bo", "at": START.isoformat()},
            "Already acknowledged by Bo at 17:53.",
        ),
        (
            "alert.not_allowed",
            {"recipients": ["DBA", "On-call leads"]},
            "Only DBA and On-call leads can acknowledge this.",
        ),
        ("alert.unknown", {"typed": "al_0000"}, "There is no alert al_0000."),
        (
            "alert.flapping",
            {"title": "DiskFull on db-7", "count": 6, "minutes": 30},
            "DiskFull on db-7 is flapping: 6 changes in 30 min.",
        ),
        ("alert.flapping", {"count": 6, "minutes": 30}, "Flapping: 6 changes in 30 min."),
        ("alert.stable", {"state": "resolved"}, "Stable again: resolved."),
        ("ops.alerts_unaccounted", {"count": 1}, "1 alert is unaccounted for."),
    ],
)
def test_the_thread_is_told_in_one_sentence(
    key: str, facts: dict[str, FactValue], expected: str
) -> None:
    """Who, when and how long, as far as it is known."""
    assert WORDS.content(Notice(key, facts)).summary == expected


# --- its life ----------------------------------------------------------------------------------


def explained(incident: Incident) -> IncidentWhy:
    """Explain an incident of which nothing but its history is known."""
    return IncidentWhy(
        ref=incident.ref,
        title=incident.title,
        severity=incident.severity,
        state=incident.state,
        opened_at=incident.opened_at,
        route=incident.route,
        receiver=incident.receiver,
        routes_changed=False,
        tried=(),
        group=None,
        intervals=(),
        alerts=(),
        silences=(),
        flapping=FlappingWhy(3, 1800.0),
        history=incident.history,
        deliveries=(),
    )


def test_the_life_of_an_alert_is_told_line_by_line() -> None:
    """Who did what, and when."""
    lived = (
        OPEN.noted(Entry(START, Deed.OPENED))
        .taking(THREE.firing, 0, after(1))
        .snoozed("Dana", after(62), after(2))
        .escalated("On-call leads", (), after(15), 0)
        .acknowledged("Bo", after(17))
        .resolved("", after(22))
    )
    assert lines(WORDS.why(explained(lived))) == [
        "Alert al_91QX: DiskFull on db-7",
        "2026-03-02 17:53 · Opened",
        "17:54 · Grew to 3 alerts",
        "17:55 · Snoozed by Dana until 18:55",
        "18:08 · Escalated to On-call leads",
        "18:10 · Acknowledged by Bo",
        "18:15 · Resolved",
    ]


@pytest.mark.parametrize("deed", Deed)
def test_every_deed_has_words(deed: Deed) -> None:
    """With and without who did it, and whatever the detail is."""
    for who, detail in (("", ""), ("Bo", "3"), ("Bo", "never"), ("", "x" * 999)):
        said = lines(WORDS.why(explained(OPEN.noted(Entry(START, deed, who, detail)))))
        assert "17:53 · " in said[1]
        assert len(said[1]) < 200


def test_a_long_life_is_told_from_both_ends() -> None:
    """The beginning, the latest, and how much is between them."""
    lived = OPEN.noted(Entry(START, Deed.OPENED))
    for n in range(60):
        lived = lived.noted(Entry(after(n), Deed.REPEATED))
    said = lines(WORDS.why(explained(lived)))
    assert said[1:3] == ["2026-03-02 17:53 · Opened", "… 36 more lines …"]
    assert len(said) == 1 + 1 + 1 + 24


# --- durations ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "long", "short"),
    [
        (0, "less than a minute", "less than a minute"),
        (1, "1 minute", "1 min"),
        (60, "1 hour", "1 h"),
        (90, "90 minutes", "90 min"),
        (120, "2 hours", "2 h"),
        (185, "3 h 5 min", "3 h 5 min"),
        (1440, "1 day", "1 d"),
        (1500, "1 d 1 h", "1 d 1 h"),
    ],
)
def test_a_duration_is_told_in_two_units_at_most(minutes: int, long: str, short: str) -> None:
    """In words in a sentence, in signs where room is scarce."""
    name, parts = duration(minutes)
    assert WORDS.sentence(f"duration.{name}", **parts) == long
    assert WORDS.sentence(f"brief.{name}", **parts) == short

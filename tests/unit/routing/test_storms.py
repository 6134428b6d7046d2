"""In a storm nothing is lost: criticals go singly, the rest as digests, or waits its turn."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.alerts import Severity
from gateway.domain.routing.fates import Fate, storm_sum, strongest
from gateway.domain.routing.storms import MANY, PATIENCE, Budget, Digest, Plan, WaitingPage, plan

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
CRITICAL, ERROR, WARNING, INFO = Severity.CRITICAL, Severity.ERROR, Severity.WARNING, Severity.INFO


def page(
    name: str,
    severity: Severity = WARNING,
    *,
    to: str = "dba",
    source: str = "am",
    waited: timedelta = timedelta(0),
) -> WaitingPage:
    return WaitingPage(name, to, source, severity, NOW - waited)


def ids(decided: Plan) -> list[list[str]]:
    return [[p.id for p in s.pages] if isinstance(s, Digest) else [s.id] for s in decided.sends]


def test_while_the_budget_suffices_everything_goes_singly() -> None:
    """The worst first, and the oldest first among equals."""
    pages = [
        page("b"),
        page("c", CRITICAL),
        page("a", waited=timedelta(minutes=1)),
        page("i", INFO),
    ]
    assert ids(plan(pages, Budget(4), NOW)) == [["c"], ["a"], ["b"], ["i"]]


def test_in_a_storm_only_criticals_go_singly() -> None:
    """All others become one digest per receiver, whatever its size."""
    warnings = [page(f"DiskFull{n}") for n in range(20)] + [page(f"Load{n}") for n in range(12)]
    decided = plan([*warnings, page("x", CRITICAL), page("web", to="web")], Budget(10), NOW)
    first, digest, single = decided.sends
    assert isinstance(digest, Digest)
    assert (first, single) == (page("x", CRITICAL), page("web", to="web"))
    assert digest.pages == tuple(sorted(warnings, key=lambda each: each.id))
    assert decided.waiting == ()


def test_what_finds_no_place_waits() -> None:
    """More criticals than sends: the rest go next time, and digests after them."""
    decided = plan([page("a", CRITICAL), page("b", CRITICAL), page("c"), page("d")], Budget(1), NOW)
    assert ids(decided) == [["a"]]
    assert [p.id for p in decided.waiting] == ["b", "c", "d"]


def test_sources_take_turns() -> None:
    """A source that floods does not push another's critical to the end."""
    flood = [page(f"f{n}", CRITICAL, source="noisy") for n in range(50)]
    assert ids(plan([*flood, page("quiet", CRITICAL, source="z")], Budget(51), NOW))[1] == ["quiet"]


def test_receivers_take_turns() -> None:
    """A department with many criticals does not push another's only one to the end."""
    flood = [page(f"f{n}", CRITICAL, waited=timedelta(minutes=1)) for n in range(50)]
    quiet = [page(name, CRITICAL, to=name) for name in ("web", "net")]
    assert ids(plan([*flood, *quiet], Budget(51), NOW))[:4] == [["f0"], ["net"], ["web"], ["f1"]]


def test_who_had_a_turn_of_late_waits_for_the_others() -> None:
    """Sends that come free one by one go around, whoever waits longest."""
    minute = timedelta(minutes=1)
    flood = [page(f"f{n}", CRITICAL, waited=minute) for n in range(9)]
    quiet = [page("w", CRITICAL, to="web"), page("z", CRITICAL, source="z")]
    left, waiting = [page("before", CRITICAL)], (*flood, *quiet)
    for _ in range(3):
        decided = plan(waiting, Budget(1), NOW, left)
        (send,) = decided.sends
        assert not isinstance(send, Digest)
        left, waiting = [*left, send], decided.waiting
    assert {each.id for each in left} == {"before", "z", "w", "f0"}


def test_a_digest_that_waited_long_goes_first() -> None:
    """Criticals without end do not starve the others: one send in ten is kept for the overdue."""
    criticals = [page(f"c{n}", CRITICAL) for n in range(50)]
    late = [page(name, to=name, waited=PATIENCE) for name in ("x", "y", "z")]
    assert ids(plan([*criticals, *late], Budget(20), NOW))[:3] == [["x"], ["y"], ["c0"]]


def test_no_budget_sends_nothing() -> None:
    """During a penalty everything waits."""
    assert plan([page("a", CRITICAL)], Budget(0), NOW) == Plan((), (page("a", CRITICAL),))


def test_the_last_sends_are_for_criticals() -> None:
    """Before those, digests may still go; single pages of the rest gave up first."""
    budget = Budget(9, criticals=3, digests=3)
    four = [page(f"a{n}", to=str(n)) for n in range(4)]
    assert ids(plan(four[:3], budget, NOW)) == [["a0"], ["a1"], ["a2"]]
    assert ids(plan([*four, page("b", to="0")], budget, NOW))[0] == ["a0", "b"]
    assert plan(four, Budget(3, criticals=3, digests=3), NOW).sends == ()
    assert ids(plan([*four, page("x", CRITICAL)], Budget(3, 3, 3), NOW)) == [["x"]]


def test_a_digest_gathers_for_a_while() -> None:
    """Page after page of one receiver is not a digest each; many at once need not wait."""
    minute = timedelta(minutes=1)
    budget = Budget(2, digests=2, gather=minute)
    young, old = page("a"), page("b", to="web", waited=minute)
    decided = plan([young, old], budget, NOW)
    assert (ids(decided), decided.waiting) == ([["b"]], (young,))
    many = [page(f"a{n}") for n in range(MANY)]
    assert len(plan(many, budget, NOW).sends) == 1


_pages = st.lists(
    st.builds(
        page,
        st.uuids().map(str),
        st.sampled_from(list(Severity)),
        to=st.sampled_from("abc"),
        source=st.sampled_from("xyz"),
        waited=st.integers(0, 600).map(lambda n: timedelta(seconds=n)),
    ),
    max_size=40,
)


_budgets = st.builds(
    Budget,
    st.integers(0, 45),
    st.integers(0, 5),
    st.integers(0, 5),
    st.integers(0, 300).map(lambda n: timedelta(seconds=n)),
)


@given(_pages, _budgets)
def test_every_page_has_one_place(pages: list[WaitingPage], budget: Budget) -> None:
    """Sent, in a digest or waiting: never twice, never nowhere, never more than may be sent."""
    decided = plan(pages, budget, NOW)
    sent = [p for s in decided.sends for p in (s.pages if isinstance(s, Digest) else (s,))]
    assert Counter(p.id for p in [*sent, *decided.waiting]) == Counter(p.id for p in pages)
    assert len(decided.sends) <= budget.sends
    assert all(
        p.severity is not CRITICAL for s in decided.sends if isinstance(s, Digest) for p in s.pages
    )


@given(_pages, st.integers(1, 5))
def test_a_storm_ends(pages: list[WaitingPage], budget: int) -> None:
    """Planned again and again, everything is told, within as many plans as there are pages."""
    waiting = tuple(pages)
    for _ in pages:
        waiting = plan(waiting, Budget(budget), NOW).waiting
    assert waiting == ()


# --- the account -------------------------------------------------------------------------------


def test_an_event_on_several_routes_has_its_strongest_fate() -> None:
    """Paged anywhere is paged; silenced here and waiting there still waits."""
    assert strongest([Fate.SILENCED, Fate.PAGED, Fate.WAITING]) is Fate.PAGED
    assert strongest([Fate.SILENCED, Fate.WAITING]) is Fate.WAITING
    assert strongest([Fate.DUPLICATE, Fate.SETTLED]) is Fate.SETTLED


def test_the_sum_says_what_is_missing() -> None:
    """An event without a fate is an alarm."""
    closed = storm_sum(3, [Fate.PAGED, Fate.SILENCED, Fate.ACKED])
    assert (closed.suppressed, closed.unaccounted) == (2, 0)
    assert storm_sum(2, [Fate.PAGED]).unaccounted == 1

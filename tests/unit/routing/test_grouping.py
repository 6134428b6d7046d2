"""When a group tells what: Alertmanager's timing, and where we go further."""

import json
from dataclasses import asdict, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.routing.fates import Fate
from gateway.domain.routing.flushing import Surroundings, flush
from gateway.domain.routing.grouping import Held
from gateway.domain.routing.inhibition import InhibitRule
from gateway.domain.routing.intervals import TimeInterval, TimesOfDay
from gateway.domain.routing.matchers import parse_matchers
from gateway.domain.routing.silences import Silence
from gateway.domain.routing.tree import EVERY_LABEL, OwnSettings, Seed
from tests.unit.routing.stage import START, Stage, routes, silence

# --- waiting, growing, repeating ---------------------------------------------------------------


def test_the_first_notice_waits_for_company() -> None:
    """What fires within `group_wait` comes in one notice."""
    stage = Stage().fire("a").at("20s").fire("b").at("29s")
    assert stage.heard() == []
    assert stage.at("30s").heard() == ["30 lobby new +a +b"]


def test_an_alert_that_waited_elsewhere_does_not_wait_again() -> None:
    """Started longer ago than `group_wait`, it is told at once."""
    assert Stage().fire("a", started=timedelta(minutes=1)).at("0s").heard() == ["0 lobby new +a"]


def test_later_alerts_wait_for_the_interval() -> None:
    """A living group is looked at every `group_interval`, however early something joins."""
    stage = Stage().fire("a").at("40s").fire("b").at("5m29s")
    assert stage.heard() == ["30 lobby new +a"]
    assert stage.at("5m30s").heard() == ["330 lobby grew +a +b"]


def test_nothing_new_is_not_told() -> None:
    """The same alerts sent again are duplicates and make no notice."""
    stage = Stage().fire("a").at("1m").fire("a").at("20m")
    assert stage.heard() == ["30 lobby new +a"]
    assert stage.play.sum().fates == {Fate.PAGED: 1, Fate.DUPLICATE: 1}


def test_an_unchanged_group_is_repeated() -> None:
    """At the first flush at or after `repeat_interval`: every 10 minutes are every 12 here."""
    own = OwnSettings(
        receiver="lobby", group_interval=timedelta(minutes=4), repeat_interval=timedelta(minutes=10)
    )
    stage = Stage(routes(own=own)).fire("a").at("25m")
    assert stage.heard() == ["30 lobby new +a", "750 lobby repeat +a", "1470 lobby repeat +a"]


def test_a_part_that_ends_is_told_with_the_rest() -> None:
    """Resolved alerts come once, beside those that fire on; then the last one ends it all."""
    stage = Stage().fire("a", "b").at("1m").resolve("a").at("6m").resolve("b").at("20m")
    assert stage.heard() == [
        "30 lobby new +a +b",
        "330 lobby shrank +b -a",
        "630 lobby resolved -b",
    ]


def test_what_came_and_went_unseen_is_not_told() -> None:
    """An alert that ends before the first notice makes none, and the account says settled."""
    stage = Stage().fire("a").at("10s").resolve("a").at("20m")
    assert stage.heard() == []
    assert stage.play.sum().fates == {Fate.SETTLED: 2}


def test_the_end_of_an_unknown_alert_is_nothing() -> None:
    """There is no group it could belong to."""
    stage = Stage()
    assert stage.play.resolve({"alertname": "a"}) == ()
    assert stage.play.groups == {}


# --- groups ------------------------------------------------------------------------------------


def test_group_by_splits_groups() -> None:
    """Each set of grouping values has its own notices; `...` makes one group per alert."""
    by_team = routes(own=OwnSettings(receiver="lobby", group_by=("team",)))
    stage = Stage(by_team).fire("a", team="x").fire("b", team="y").fire("c", team="x").at("30s")
    assert stage.heard() == ["30 lobby new +a +c", "30 lobby new +b"]
    each = routes(own=OwnSettings(receiver="lobby", group_by=(EVERY_LABEL,)))
    assert len(Stage(each).fire("a", "b", "c").at("30s").heard()) == 3


def test_two_routes_are_two_groups() -> None:
    """An alert that goes two ways is told twice, in the tree's order."""
    both = routes(
        Seed(OwnSettings(receiver="audit"), parse_matchers("team=db"), continues=True),
        Seed(OwnSettings(receiver="dba"), parse_matchers("team=db")),
    )
    stage = Stage(both).fire("a", team="db").at("1m").resolve("a").at("10m")
    assert stage.heard() == [
        "30 audit new +a",
        "30 dba new +a",
        "330 audit resolved -a",
        "330 dba resolved -a",
    ]
    assert stage.play.sum().fates == {Fate.PAGED: 2}


def test_an_alert_whose_labels_change_moves() -> None:
    """Where it no longer belongs it leaves without a word but not without a trace."""
    two = routes(
        Seed(OwnSettings(receiver="web"), parse_matchers("team=web")),
        Seed(OwnSettings(receiver="dba"), parse_matchers("team=db")),
    )
    stage = Stage(two).fire("a", team="web").at("1m")
    stage.play.fire({"alertname": "a", "team": "db"}, "a")
    assert stage.at("20m").heard() == ["30 web new +a", "90 dba new +a"]
    assert sum(stage.play.edits.values()) == 1


# --- held back ---------------------------------------------------------------------------------


def test_a_silenced_alert_is_told_when_the_silence_ends() -> None:
    """If it still fires then; until then the account says silenced."""
    stage = Stage(silences=[silence("alertname=a", lasts="10m")]).fire("a").at("9m")
    assert stage.heard() == []
    assert stage.play.sum().fates == {Fate.SILENCED: 1}
    assert {each.held.by for each in stage.play.withheld} == {"s1"}
    assert stage.at("15m").heard() == ["630 lobby new +a"]
    assert stage.play.sum().fates == {Fate.PAGED: 1}


def test_an_alert_that_ends_while_silenced_is_shown_as_ended() -> None:
    """Only the notice is left out: the message in the channel is brought up to date at once."""
    stage = Stage(silences=[silence("alertname=a", begin="1m")]).fire("a").at("2m").resolve("a")
    assert sum(stage.play.edits.values()) == 1
    assert stage.at("2h").heard() == ["30 lobby new +a"]
    assert stage.fire("a").at("3h").heard() == ["7230 lobby new +a"]


def test_a_silence_hides_one_of_several() -> None:
    """The others are told, and the hidden one does not count as resolved."""
    stage = Stage(silences=[silence("alertname=b", begin="1m", lasts="20m")])
    stage.fire("a", "b").at("2m").fire("c").at("10m").resolve("a", "c").at("40m")
    assert stage.heard() == [
        "30 lobby new +a +b",
        "330 lobby grew +a +c",
        "630 lobby resolved -a -c",
        "1530 lobby reopened +b",
    ]


def test_muted_times_hold_back_a_whole_route() -> None:
    """Inside a mute interval, or outside all active ones, nothing is told; afterwards it is."""
    lunch = (TimeInterval((TimesOfDay(12 * 60, 12 * 60 + 20),)),)
    rest = (TimeInterval((TimesOfDay(12 * 60 + 20, 24 * 60),)),)
    route = Seed(OwnSettings(receiver="dba"), parse_matchers("team=db"))
    for timed in (
        replace(route, mute_time_intervals=("lunch",)),
        replace(route, active_time_intervals=("rest",)),
    ):
        stage = Stage(routes(timed, intervals={"lunch": lunch, "rest": rest}))
        stage.fire("a", team="db").fire("b").at("30m")
        assert stage.heard() == ["30 lobby new +b", "1230 dba new +a"]
        assert {each.held.cause for each in stage.play.withheld} <= {Fate.MUTED, Fate.INACTIVE}


def test_mute_wins_over_active() -> None:
    """Inside both, the route is silent."""
    noon = (TimeInterval((TimesOfDay(12 * 60, 13 * 60),)),)
    timed = Seed(
        OwnSettings(receiver="dba"),
        parse_matchers("team=db"),
        mute_time_intervals=("noon",),
        active_time_intervals=("noon",),
    )
    assert (
        Stage(routes(timed, intervals={"noon": noon})).fire("a", team="db").at("30m").heard() == []
    )


def test_a_cause_mutes_its_consequences() -> None:
    """While it fires they are held back; when it ends they are told if they go on."""
    rule = InhibitRule("cause", parse_matchers("alertname=cause"), parse_matchers("team=db"))
    stage = Stage(routes(inhibit=[rule])).fire("cause").fire("a", team="db").at("4m")
    assert stage.heard() == ["30 lobby new +cause"]
    assert stage.play.withheld[0].held == Held(Fate.INHIBITED, "cause", source="cause")
    assert stage.resolve("cause").at("6m").heard() == ["330 lobby grew +a -cause"]


def test_the_first_reason_in_order_is_named() -> None:
    """Inhibition is asked before times, times before silences."""
    rule = InhibitRule("cause", parse_matchers("alertname=cause"), parse_matchers("team=db"))
    always = {"always": (TimeInterval(),)}
    timed = Seed(
        OwnSettings(receiver="dba"), parse_matchers("team=db"), mute_time_intervals=("always",)
    )
    hidden = [silence("team=db")]
    stage = Stage(routes(timed, inhibit=[rule], intervals=always), hidden)
    stage.fire("cause").fire("a", team="db").at("1m").resolve("cause").at("20m")
    causes = [each.held.cause for each in stage.play.withheld]
    assert (causes[0], set(causes[1:])) == (Fate.INHIBITED, {Fate.MUTED})


# --- again -------------------------------------------------------------------------------------


def test_what_fires_again_soon_reopens_its_incident() -> None:
    """Within the window the incident, and with it the thread, is the old one."""
    stage = Stage().fire("a").at("1m").resolve("a").at("30m").fire("a").at("40m")
    opened = {each.notice.opened_at for each in stage.play.heard}
    assert opened == {START}
    assert stage.heard() == ["30 lobby new +a", "330 lobby resolved -a", "1830 lobby reopened +a"]


def test_what_fires_again_later_is_a_new_incident() -> None:
    """Past the window it gets a thread of its own."""
    stage = Stage().fire("a").at("1m").resolve("a").at("36m").fire("a").at("40m")
    opened = [each.notice.opened_at for each in stage.play.heard]
    assert opened == [START, START, START + timedelta(minutes=36)]
    assert stage.heard()[-1] == "2190 lobby new +a"


def test_a_closed_group_is_forgotten() -> None:
    """Nothing is left of an incident once it can neither reopen nor count as flapping."""
    stage = Stage().fire("a").at("1m").resolve("a").at("35m")
    assert stage.play.groups
    assert not stage.at("36m").play.groups


# --- somebody takes care -----------------------------------------------------------------------


def test_an_acknowledged_incident_is_quiet_until_it_is_over() -> None:
    """Neither repeats nor more of the same page anybody; the end is told."""
    own = OwnSettings(receiver="lobby", repeat_interval=timedelta(minutes=10))
    stage = Stage(routes(own=own)).fire("a", severity="error").at("1m")
    stage.play.acknowledge({"alertname": "a"}, "bo")
    stage.fire("b", severity="error").at("30m")
    assert stage.heard() == ["30 lobby new +a"]
    assert stage.play.sum().fates == {Fate.PAGED: 1, Fate.ACKED: 1}
    assert stage.resolve("a", "b").at("40m").heard() == ["1830 lobby resolved -a -b"]


def test_worse_than_what_was_acknowledged_is_told() -> None:
    """Somebody took care of a warning, not of a critical."""
    stage = Stage().fire("a", severity="warning").at("1m")
    stage.play.acknowledge({"alertname": "a"}, "bo")
    assert stage.fire("b", severity="critical").at("6m").heard()[-1] == "330 lobby grew +a +b"


# --- flapping ----------------------------------------------------------------------------------


def test_flapping_is_told_once_and_its_end_once() -> None:
    """Three changes in half an hour: one notice; half an hour without any: one more."""
    stage = Stage().fire("a").at("1m")
    for minute in range(2, 20):
        stage = stage.resolve("a") if minute % 2 == 0 else stage.fire("a")
        stage.at(f"{minute}m")
    stage.at("3h")
    assert stage.heard() == ["30 lobby new +a", "330 lobby flapping -a", "3030 lobby stable +a"]
    assert stage.play.sum().unaccounted == 0
    assert stage.play.sum().fates[Fate.FLAPPING] > 0


def test_a_flapping_alert_does_not_hide_the_others() -> None:
    """What else joins its group is told as ever."""
    stage = (
        Stage().fire("a").at("1m").resolve("a").at("2m").fire("a").at("3m").resolve("a").at("6m")
    )
    stage.fire("b").at("11m")
    assert stage.heard() == ["30 lobby new +a", "330 lobby flapping -a", "630 lobby reopened +b -a"]


def test_the_first_firing_of_a_critical_always_pages() -> None:
    """Even when it flapped before anybody could be told."""
    for severity, reason in (("critical", "new"), ("warning", "flapping")):
        own = OwnSettings(receiver="lobby", group_wait=timedelta(minutes=5))
        stage = Stage(routes(own=own))
        for _ in range(2):
            stage.fire("a", severity=severity).resolve("a")
        assert stage.fire("a", severity=severity).at("5m").heard() == [f"300 lobby {reason} +a"]


# --- properties --------------------------------------------------------------------------------

Step = tuple[int, tuple[str, str]]
_names = st.sampled_from(["a", "b", "c"])
_events = st.one_of(
    st.tuples(st.just("fire"), _names),
    st.tuples(st.just("resolve"), _names),
    st.tuples(st.just("ack"), _names),
)
_steps = st.lists(st.tuples(st.integers(0, 900), _events), max_size=30)
_silences = st.lists(
    st.builds(
        silence,
        _names.map(lambda name: f"alertname={name}"),
        st.integers(0, 60).map(lambda n: f"{n}m"),
        st.integers(1, 60).map(lambda n: f"{n}m"),
    ),
    max_size=2,
)


def played(steps: list[Step], stage: Stage) -> Stage:
    second = 0
    for wait, (event, name) in steps:
        second += wait
        stage.at(f"{second}s")
        if event == "fire":
            stage.fire(name, team=name if name != "c" else "a", severity="warning")
        elif event == "resolve":
            stage.play.resolve({"alertname": name})
        else:
            stage.play.acknowledge({"alertname": name}, "bo")
    return stage


BRANCHING = routes(
    Seed(OwnSettings(receiver="all", group_by=("team",)), parse_matchers("team!="), continues=True),
    Seed(OwnSettings(receiver="some"), parse_matchers("team=a")),
    inhibit=[InhibitRule("r", parse_matchers("alertname=b"), parse_matchers("alertname=c"))],
)


@settings(max_examples=100, deadline=None)
@given(_steps, _silences)
def test_the_sum_always_closes(steps: list[Step], silences: list[Silence]) -> None:
    """Whatever happens in whatever order, every event has a fate, at any time."""
    stage = played(steps, Stage(BRANCHING, silences))
    assert stage.play.sum().unaccounted == 0
    stage.at("18h")
    assert stage.play.sum().fates.get(Fate.WAITING, 0) == 0


@settings(max_examples=100, deadline=None)
@given(_steps, _silences)
def test_what_is_heard_is_the_truth(steps: list[Step], silences: list[Silence]) -> None:
    """With nothing held back any more, everything that fires was told.

    What was told and no longer fires was told to have ended, or ended while it was held back: then
    the message in the channel was edited.
    """
    stage = played([step for step in steps if step[1][0] != "ack"], Stage(BRANCHING, silences))
    stage.at("18h")
    inhibited = {"c"} if "b" in stage.play._firing else set()
    last = {each.notice.group: each.notice for each in stage.play.heard}
    for key, group in stage.play.groups.items():
        told = {alert.key for alert in last[key].firing} if key in last else set()
        firing = {alert.key for alert in group.firing} - inhibited
        assert firing <= told
        assert firing == told - inhibited or stage.play.edits[key]


def test_state_is_plain_values() -> None:
    """A group goes to JSON with nothing but moments and sets to be spelled out."""
    stage = Stage().fire("a", "b").at("1m").resolve("a").at("2m").fire("a")
    (group,) = stage.play.groups.values()

    def spelled(value: object) -> object:
        return sorted(value) if isinstance(value, frozenset) else str(value)

    assert json.loads(json.dumps(asdict(group), default=spelled))["key"] == "{}:{}"


def test_an_early_timer_changes_nothing() -> None:
    """A flush before its time, as after a clock was set back, is no flush."""
    stage = Stage().fire("a").at("1m")
    (group,) = stage.play.groups.values()
    route = stage.routes.tree.root
    assert flush(group, route, Surroundings(), START + timedelta(minutes=2)).group is group

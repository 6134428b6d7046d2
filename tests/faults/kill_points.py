"""Where a process may die: every kill point, the named points that are it for us, and its proof.

What a point is called is said in `gateway.ports.faults` and `tests.faults.points`.
"""

from dataclasses import dataclass

_EVERY = "tests/faults/test_kill_points.py::test_promises_survive_kills"
_ALERTS = "tests/faults/test_alert_storm.py::test_killed_with_alerts_in_hand"


@dataclass(frozen=True, slots=True)
class KillPoint:
    """A moment to die in; `tests` prove what is promised after it. `note` says what is special."""

    moment: str
    points: tuple[str, ...] = ()
    tests: tuple[str, ...] = (_EVERY,)
    note: str = ""


KILL_POINTS = {
    "K1": KillPoint(
        "body half read",
        tests=("tests/faults/test_half_done.py::test_killed_with_half_a_command_read",),
    ),
    "K2": KillPoint(
        "read, not committed", ("intake.heard", "order.heard", "alert.heard"), (_EVERY, _ALERTS)
    ),
    "K3": KillPoint("inside commit", ("commit.begun", "commit.syncing", "commit.ended")),
    "K4": KillPoint(
        "committed, before 200",
        ("intake.recorded", "order.recorded", "alert.recorded"),
        (_EVERY, _ALERTS),
    ),
    "K5": KillPoint("200 sent, before claim", ("dispatcher.round",)),
    "K6": KillPoint("claimed", ("delivery.claimed",)),
    "K7": KillPoint("attempt committed, before connect", ("delivery.attempting",)),
    "K8": KillPoint(
        "bytes half written",
        tests=("tests/faults/test_half_done.py::test_killed_with_half_a_page_written",),
    ),
    "K9": KillPoint(
        "all written, not yet processed",
        tests=("tests/faults/test_half_done.py::test_killed_while_it_waits_for_the_pager",),
        note="read_then_hang",
    ),
    "K10": KillPoint(
        "processed, no answer",
        tests=("tests/faults/test_half_done.py::test_killed_while_it_waits_for_the_pager",),
        note="process_then_hang",
    ),
    "K11": KillPoint(
        "answer half read",
        tests=("tests/faults/test_half_done.py::test_killed_while_it_waits_for_the_pager",),
        note="slow_drip",
    ),
    "K12": KillPoint("answer read, outcome not committed", ("delivery.answered",)),
    "K13": KillPoint("outcome committed, before receipt", ("delivery.settled",)),
    "K14": KillPoint(
        "receipt sent, not committed",
        ("delivery.answered",),
        (
            _EVERY,
            "tests/faults/test_threads.py::test_reply_under_a_status_message_whose_place_is_unknown",
        ),
        note="a receipt is a delivery to Slack: its answers pass the same point",
    ),
    "K15": KillPoint("reconcile read, not committed", ("delivery.looked",)),
    "K16": KillPoint(
        "lease renewal",
        tests=("tests/faults/test_replicas.py::test_a_frozen_replica_writes_nothing",),
        note="a lease is never renewed: it outlives every attempt, and who held it too long is out",
    ),
    "K17": KillPoint("token pair received, not persisted", ("token.received",)),
    "K18": KillPoint("token pair persisted, not used", ("token.kept",)),
    "K19": KillPoint(
        "webhook stored, before 200",
        ("hint.taken",),
        note="a webhook is a hint in memory; what it hints at is read from the cursor on",
    ),
    "K20": KillPoint("sync page read, token not committed", ("mailbox.synced", "mailbox.taken")),
    "K21": KillPoint(
        "bridged reply posted, map not committed", ("delivery.answered", "mailbox.moved")
    ),
    "K22": KillPoint(
        "audit append",
        ("commit.begun", "commit.syncing"),
        note="a record is part of its unit's transaction; every rehearsal verifies the chain",
    ),
    "K23": KillPoint(
        "checkpoint, retention, vacuum",
        tests=("tests/adapters/storage/test_kill.py::test_killed_while_it_tidies_up",),
        note="there is no vacuum",
    ),
    "K24": KillPoint(
        "each migration step",
        ("migration.step",),
        ("tests/faults/test_kill_points.py::test_killed_between_the_steps_of_a_migration",),
    ),
    "K25": KillPoint(
        "drain",
        tests=("tests/faults/test_half_done.py::test_killed_while_it_drains",),
    ),
    "K26": KillPoint(
        "config swap",
        ("routes.swapped",),
        ("tests/faults/test_kill_points.py::test_killed_while_routes_are_swapped",),
    ),
}

_ELSEWHERE = ("alert.", "migration.", "routes.")
"""What the usual traffic does not pass: their tests lead there."""

POINTS = tuple(
    dict.fromkeys(
        point
        for each in KILL_POINTS.values()
        for point in each.points
        if not point.startswith(_ELSEWHERE)
    )
)
"""Every point that the usual traffic passes."""

SELDOM = frozenset({"hint.taken", "mailbox.moved", "token.received", "token.kept"})
"""Points that are passed but a few times in one life."""

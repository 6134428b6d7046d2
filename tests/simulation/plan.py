"""What a seed stands for: who does what when, and what goes wrong meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from gateway.domain.deliveries import Policy
from gateway.domain.ids import ChatUserId, ExtensionNumber
from tests.services.acme import AVERY, BO, DANA
from tests.simulation.weather import Outage, Verb

POINTS = (
    "intake.heard",
    "intake.recorded",
    "dispatcher.round",
    "delivery.claimed",
    "delivery.attempting",
    "delivery.answered",
    "delivery.looked",
    "delivery.settled",
    "mailbox.synced",
    "mailbox.taken",
    "mailbox.moved",
)
"""Points of `gateway.ports.faults` that the core passes by itself."""

_POLICY = Policy()
_LAGS = (0.0, 0.0, 1.0, 5.0, _POLICY.visible_after_s - 1)
"""How long an accepted message stays invisible; within what the product is promised (A1)."""

_TARGETS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("102", ("102",)),
    ("118", ("118",)),
    ("dba", ("400",)),
    ("dba", ("400",)),
    ("101,118:", ("101", "118")),
    ("402", ("402",)),
    ("103", ("103",)),
    ("405", ("405",)),
)
"""What is typed, and who is meant: people, departments, somebody frozen, an empty department."""


@dataclass(frozen=True)
class Reply:
    """Something written in a page's thread, so long after the words before it."""

    after_s: float
    author: ChatUserId
    shape: str
    """How its event reaches us: `once`, `twice` or `never`."""
    then: str = ""
    """What its author does with it later: `edited`, `deleted`, or nothing."""
    then_after_s: float = 0.0


@dataclass(frozen=True)
class Answer:
    """Something said on a pager, so long after the words before it."""

    after_s: float
    number: ExtensionNumber


@dataclass(frozen=True)
class Paging:
    """One page and what is said about it."""

    at: float
    token: str
    author: ChatUserId
    typed: str
    to: tuple[ExtensionNumber, ...]
    long: bool
    again_after_s: float | None
    """Its author presses Enter once more."""
    cancel_after_s: float | None
    said: tuple[Reply | Answer, ...]


@dataclass(frozen=True)
class Alarm:
    """An alert that fires, from two copies of a monitor, and is over some time later."""

    at: float
    token: str
    over_after_s: float
    acked_by: ChatUserId | None


@dataclass(frozen=True)
class Change:
    """Something about somebody changes; `away` leaves a department, `frozen`, `guest`."""

    at: float
    what: str
    ends_after_s: float


@dataclass(frozen=True)
class Death:
    """The process dies at the so-manieth pass of a point, else at a moment."""

    point: str
    nth: int
    at: float
    down_s: float


@dataclass(frozen=True)
class Plan:
    """A story and its faults, all of it from the seed."""

    seed: int
    pages: tuple[Paging, ...]
    alarms: tuple[Alarm, ...]
    changes: tuple[Change, ...]
    deaths: tuple[Death, ...]
    outages: tuple[Outage, ...]
    steps: tuple[tuple[float, float], ...]
    """When the wall clock is set, and by how many seconds."""
    rates: Mapping[Verb, float]
    lag_s: float
    calm_at: float

    @classmethod
    def of(cls, seed: int) -> "Plan":
        """Draw everything."""
        dice = Random(f"plan {seed}")  # noqa: S311 - a seed has to replay
        calm_at = dice.uniform(20, 120)
        plan = cls(
            seed,
            tuple(_page(dice, calm_at, n) for n in range(dice.randint(2, 5))),
            tuple(_alarm(dice, calm_at, n) for n in range(dice.choice((0, 0, 1)))),
            tuple(_change(dice, calm_at) for _ in range(dice.choice((0, 0, 1, 2)))),
            tuple(_death(dice, calm_at) for _ in range(dice.choice((0, 0, 1, 2, 3)))),
            tuple(_outage(dice, calm_at) for _ in range(dice.choice((0, 0, 1, 2)))),
            tuple(_step(dice, calm_at) for _ in range(dice.choice((0, 0, 1)))),
            _rates(dice),
            dice.choice(_LAGS),
            calm_at,
        )
        return plan._with_a_long_wait(dice) if dice.random() < 0.1 else plan

    def _with_a_long_wait(self, dice: Random) -> "Plan":
        """Let a page wait for minutes while the pager is away, and its author become a guest."""
        calm_at = max(self.calm_at, 100.0)
        first = replace(self.pages[0], at=dice.uniform(4, 6), author=BO)
        away = Outage("pager", 3.0, calm_at)
        guest = Change(dice.uniform(8, 20), "guest", 400.0)
        return replace(
            self,
            pages=(first, *self.pages[1:]),
            changes=(guest, *self.changes),
            outages=(away, *self.outages),
            calm_at=calm_at,
        )


def _page(dice: Random, calm_at: float, n: int) -> Paging:
    typed, to = dice.choice(_TARGETS)
    author = dice.choice((DANA, AVERY, BO, BO))
    said = tuple(_said(dice) for _ in range(dice.choice((0, 1, 2, 3))))
    return Paging(
        dice.uniform(0, calm_at * 0.7),
        f"kw{n}page",
        author,
        typed,
        tuple(map(ExtensionNumber, to)),
        dice.random() < 0.15,
        dice.uniform(0.1, 20) if dice.random() < 0.15 else None,
        dice.uniform(0, 10) if dice.random() < 0.1 else None,
        said,
    )


def _said(dice: Random) -> Reply | Answer:
    after_s = dice.choice((0.0, 0.5, 3.0, 15.0)) * dice.random()
    if dice.random() < 0.4:
        return Answer(after_s, ExtensionNumber(dice.choice(("101", "102", "118", "110"))))
    shape = dice.choice(("once", "once", "once", "twice", "never"))
    then = dice.choice(("", "", "", "", "edited", "deleted"))
    later_s = dice.choice((0.0, 2.0, 20.0)) * dice.random()
    return Reply(after_s, dice.choice((DANA, AVERY, BO)), shape, then, later_s)


def _alarm(dice: Random, calm_at: float, n: int) -> Alarm:
    acked_by = dice.choice((None, DANA, AVERY))
    return Alarm(dice.uniform(0, calm_at * 0.5), f"kw{n}alarm", dice.uniform(5, 40), acked_by)


def _change(dice: Random, calm_at: float) -> Change:
    what = dice.choice(("away", "frozen", "guest", "guest"))
    lasts_s = dice.uniform(60, 300) if what == "guest" else dice.uniform(1, 60)
    return Change(dice.uniform(0, calm_at * 0.5), what, lasts_s)


def _death(dice: Random, calm_at: float) -> Death:
    down_s = dice.choice((0.1, 1.0, 20.0))
    if dice.random() < 0.2:
        return Death("", 0, dice.uniform(0, calm_at), down_s)
    return Death(dice.choice(POINTS), dice.randint(1, 12), calm_at, down_s)


def _outage(dice: Random, calm_at: float) -> Outage:
    begins = dice.uniform(0, calm_at)
    if dice.random() < 0.3:
        # From early on to the end of all faults: what was accepted has to wait for long.
        return Outage("pager", begins / 4, calm_at)
    side = dice.choice(("pager", "pager", "pager reads", "chat", "store"))
    lasts_s = dice.uniform(0.2, 5) if side == "store" else dice.uniform(1, 200)
    return Outage(side, begins, min(begins + lasts_s, calm_at))


def _step(dice: Random, calm_at: float) -> tuple[float, float]:
    return dice.uniform(0, calm_at), dice.choice((-300.0, -5.0, 5.0, 300.0, 300.0))


def _rates(dice: Random) -> dict[Verb, float]:
    worst = dice.choice((0.0, 0.02, 0.1, 0.25))
    return {verb: dice.random() * worst for verb in Verb}

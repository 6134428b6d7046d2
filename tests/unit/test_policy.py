"""The table of who may page whom: the first rule that applies decides; if none does, it is no."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber
from gateway.domain.policy import Act, Asking, Condition, PolicyRule, PolicyTable
from gateway.domain.routing.intervals import TimeInterval, TimesOfDay

NURSING, DESK = ExtensionNumber("404"), ExtensionNumber("401")
MEANT = {"Nursing": (NURSING,), "Front Desk": (DESK,)}
NIGHT = {"nights": (TimeInterval(times=(TimesOfDay(0, 6 * 60),)),)}
WARD, LOBBY = ChannelId("C0WARD"), ChannelId("C0LOBBY")
ADA = ChatUserId("U0ADA")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ASKING = Asking(Act.PAGE, ADA, WARD, NOON)

CHARGE = PolicyRule("Charge nurses", allow=True, to=("Nursing",), groups=("charge-nurses",))
CLOSED = PolicyRule("Nursing is closed", allow=False, to=("Nursing",))
OPEN = PolicyRule("Everybody else", allow=True)


def decide(*rules: PolicyRule, number: ExtensionNumber = NURSING, **asking: Any) -> bool:
    asked = replace(ASKING, **asking)
    return PolicyTable(rules, NIGHT).decide(asked, number, MEANT).allowed


def test_without_rules_everything_is_allowed_and_with_any_nothing_else_is() -> None:
    """A table that does not speak of something denies it."""
    assert decide()
    assert not decide(CHARGE)
    assert not decide(CHARGE, number=DESK)


def test_first_rule_that_applies_decides() -> None:
    """Later ones are not asked."""
    for in_group, rules in product((True, False), ((CHARGE, CLOSED, OPEN), (CLOSED, CHARGE, OPEN))):
        groups = ("charge-nurses",) if in_group else ()
        assert decide(*rules, groups=groups) is (in_group and rules[0] is CHARGE)
        assert decide(*rules, groups=groups, number=DESK)


@pytest.mark.parametrize(
    ("rule", "met", "unmet"),
    [
        (replace(OPEN, acts=(Act.REPLY,)), {"act": Act.REPLY}, {"act": Act.PAGE}),
        (replace(OPEN, users=(ADA,)), {"user": ADA}, {"user": ChatUserId("U0BO")}),
        (replace(OPEN, groups=("a", "b")), {"groups": ("b",)}, {"groups": ("c",)}),
        (replace(OPEN, channels=(WARD,)), {"channel": WARD}, {"channel": LOBBY}),
        (replace(OPEN, during=("nights",)), {"at": NOON.replace(hour=3)}, {"at": NOON}),
        (replace(OPEN, to=("Nursing",)), {"number": NURSING}, {"number": DESK}),
        (replace(OPEN, to=("Nobody",)), None, {"number": NURSING}),
    ],
)
@pytest.mark.parametrize("allow", [True, False])
def test_each_condition_counts(
    rule: PolicyRule, met: dict[str, Any] | None, unmet: dict[str, Any], *, allow: bool
) -> None:
    """Met, the rule decides; unmet, the next one does."""
    rule, other = replace(rule, allow=allow), replace(OPEN, allow=not allow)
    assert decide(rule, other, **unmet) is not allow
    if met is not None:
        assert decide(rule, other, **met) is allow


def test_all_conditions_have_to_be_met() -> None:
    """One that is not is enough to pass a rule over."""
    rule = replace(OPEN, users=(ADA,), channels=(WARD,), acts=(Act.PAGE,))
    assert decide(rule)
    assert not decide(rule, channel=LOBBY)
    assert not decide(rule, user=ChatUserId("U0BO"))
    assert not decide(rule, act=Act.ANSWER)


@pytest.mark.parametrize("allow", [True, False])
def test_place_that_was_judged_before_speaks_for_what_was_accepted(*, allow: bool) -> None:
    """When a page is sent nobody knows any more where its author stood."""
    rule = replace(OPEN, allow=allow, channels=(WARD,))
    assert decide(rule, OPEN, channel=None)


def test_refusal_names_the_group_that_would_have_been_enough() -> None:
    """Only where nothing else is missing."""
    denied = PolicyTable((CHARGE, CLOSED)).decide(ASKING, NURSING, MEANT)
    assert denied.would_need == CHARGE
    assert denied.decided_by == CLOSED
    assert denied.trials[0].unmet == (Condition.GROUPS,)
    elsewhere = replace(CHARGE, channels=(LOBBY,))
    assert PolicyTable((elsewhere,)).decide(ASKING, NURSING, MEANT).would_need is None

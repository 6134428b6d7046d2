"""Who may page whom: a table of rules, the first that applies decides.

Without a table everybody who may speak at all may page everybody. With one, whatever no rule
allows is denied. Rules see the recipients somebody named, departments as departments: whoever may
page a person may do so whatever departments that person is in.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber
from gateway.domain.routing.intervals import TimeInterval, any_contains


class Act(StrEnum):
    """What somebody wants to do to a recipient."""

    PAGE = "page"
    REPLY = "reply"
    ANSWER = "answer"


class Condition(StrEnum):
    """What a rule can ask for."""

    ACTS = "acts"
    TO = "to"
    USERS = "users"
    GROUPS = "groups"
    CHANNELS = "channels"
    DURING = "during"


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One row. An empty condition is met by everything.

    `to` are departments, people and aliases by name or number, `groups` user groups of the chat
    by handle or id, `during` names of time intervals.
    """

    name: str
    allow: bool
    acts: tuple[Act, ...] = ()
    to: tuple[str, ...] = ()
    users: tuple[ChatUserId, ...] = ()
    groups: tuple[str, ...] = ()
    channels: tuple[ChannelId, ...] = ()
    during: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """Who wants to do what, where and when. `groups` are those of the table's they are in.

    `channel` is `None` where it was judged before: it speaks for what is asked then.
    """

    act: Act
    user: ChatUserId
    channel: ChannelId | None
    at: datetime
    groups: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """A rule that was tried, and the conditions that were not met; none: it decides."""

    rule: PolicyRule
    unmet: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether it is allowed for one recipient. The last trial decided, unless it failed too."""

    allowed: bool
    trials: tuple[Trial, ...] = ()

    @property
    def decided_by(self) -> PolicyRule | None:
        """Name the rule that decided; `None` when none applied."""
        last = self.trials[-1] if self.trials else None
        return last.rule if last and not last.unmet else None

    @property
    def would_need(self) -> PolicyRule | None:
        """Find what would have allowed it to somebody in another group."""
        missed = (t.rule for t in self.trials if t.rule.allow and t.unmet == (Condition.GROUPS,))
        return None if self.allowed else next(missed, None)


@dataclass(frozen=True)
class PolicyTable:
    """The rules in order, and the times they name."""

    rules: tuple[PolicyRule, ...] = ()
    intervals: Mapping[str, tuple[TimeInterval, ...]] | None = None

    @property
    def groups(self) -> tuple[str, ...]:
        """List the groups that matter."""
        return tuple(dict.fromkeys(group for rule in self.rules for group in rule.groups))

    def decide(
        self,
        asking: Asking,
        number: ExtensionNumber,
        meant: Mapping[str, Collection[ExtensionNumber]],
    ) -> Decision:
        """Decide for one recipient. `meant` gives the numbers behind each name of a rule's `to`."""
        if not self.rules:
            return Decision(allowed=True)
        trials: list[Trial] = []
        for rule in self.rules:
            trials.append(Trial(rule, tuple(self._unmet(rule, asking, number, meant))))
            if not trials[-1].unmet:
                return Decision(rule.allow, tuple(trials))
        return Decision(allowed=False, trials=tuple(trials))

    def _unmet(
        self,
        rule: PolicyRule,
        asking: Asking,
        number: ExtensionNumber,
        meant: Mapping[str, Collection[ExtensionNumber]],
    ) -> Iterable[Condition]:
        times = self.intervals or {}
        asked = {
            Condition.ACTS: (rule.acts, asking.act in rule.acts),
            Condition.TO: (rule.to, any(number in meant.get(name, ()) for name in rule.to)),
            Condition.USERS: (rule.users, asking.user in rule.users),
            Condition.GROUPS: (rule.groups, any(group in asking.groups for group in rule.groups)),
            Condition.CHANNELS: (
                rule.channels,
                rule.allow if asking.channel is None else asking.channel in rule.channels,
            ),
            Condition.DURING: (
                rule.during,
                any(any_contains(times.get(name, ()), asking.at) for name in rule.during),
            ),
        }
        return (condition for condition, (wanted, met) in asked.items() if wanted and not met)

"""Inhibition: while a cause is firing, its consequences are not told."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.domain.routing.matchers import Labels, Matcher, all_match


@dataclass(frozen=True, slots=True)
class InhibitRule:
    """A firing alert that meets `source_matchers` mutes those that meet `target_matchers`.

    Both have to agree in the `equal` labels; absent counts as empty, so two absent ones agree.
    """

    name: str
    source_matchers: tuple[Matcher, ...]
    target_matchers: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()

    def shared(self, labels: Labels) -> tuple[str, ...]:
        """Take the values in which source and target have to agree."""
        return tuple(labels.get(name, "") for name in self.equal)


@dataclass(frozen=True, slots=True)
class Inhibition:
    """Why an alert is muted: the rule and the alert that is its cause."""

    rule: str
    source: str


@dataclass(slots=True)
class _Sources:
    """Firing sources of one rule by what they share; in order of arrival.

    `both` meet the target's matchers too: they never mute an alert that meets both itself.
    """

    only: dict[tuple[str, ...], dict[str, None]] = field(default_factory=dict)
    both: dict[tuple[str, ...], dict[str, None]] = field(default_factory=dict)


class FiringSources:
    """The firing alerts that mute others; an index that can be rebuilt from the firing alerts.

    It is asked for every alert of a flush, so it files sources by rule and shared values.
    """

    def __init__(
        self, rules: Iterable[InhibitRule], firing: Iterable[tuple[str, Labels]] = ()
    ) -> None:
        """Start with these alerts, each with a key of its own."""
        self._rules = [(rule, _Sources()) for rule in rules]
        for key, labels in firing:
            self.fired(key, labels)

    def fired(self, key: str, labels: Labels) -> None:
        """Take note of a firing alert; saying it again changes nothing."""
        for sources, shared in self._places(labels):
            sources.setdefault(shared, {})[key] = None

    def resolved(self, key: str, labels: Labels) -> None:
        """Forget an alert that was noted with the same labels."""
        for sources, shared in self._places(labels):
            sources.get(shared, {}).pop(key, None)

    def _places(
        self, labels: Labels
    ) -> Iterator[tuple[dict[tuple[str, ...], dict[str, None]], tuple[str, ...]]]:
        for rule, sources in self._rules:
            if all_match(rule.source_matchers, labels):
                is_target = all_match(rule.target_matchers, labels)
                yield sources.both if is_target else sources.only, rule.shared(labels)

    def inhibition_of(self, labels: Labels) -> Inhibition | None:
        """Find what mutes an alert with these labels now; the first rule in order wins."""
        for rule, sources in self._rules:
            if not all_match(rule.target_matchers, labels):
                continue
            shared = rule.shared(labels)
            found = sources.only.get(shared)
            if not found and not all_match(rule.source_matchers, labels):
                found = sources.both.get(shared)
            if found:
                return Inhibition(rule.name, next(iter(found)))
        return None

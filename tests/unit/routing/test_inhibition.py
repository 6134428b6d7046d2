"""Causes mute consequences, and nothing mutes itself."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.routing.inhibition import FiringSources, Inhibition, InhibitRule
from gateway.domain.routing.matchers import Labels, all_match, parse_matchers

CLUSTER_DOWN = InhibitRule(
    "cluster-down",
    parse_matchers('alertname="ClusterDown"'),
    parse_matchers('severity!="critical"'),
    ("cluster",),
)
LOUD = InhibitRule("loud", parse_matchers("severity=critical"), parse_matchers('severity=~".+"'))


def test_a_source_mutes_targets_that_agree() -> None:
    """The labels in `equal` have to agree; two absent ones do."""
    sources = FiringSources(
        [CLUSTER_DOWN], [("down", {"alertname": "ClusterDown", "cluster": "a"})]
    )
    assert sources.inhibition_of({"cluster": "a"}) == Inhibition("cluster-down", "down")
    assert sources.inhibition_of({"cluster": "b"}) is None
    assert sources.inhibition_of({}) is None
    assert sources.inhibition_of({"cluster": "a", "severity": "critical"}) is None
    nowhere = FiringSources([CLUSTER_DOWN], [("down", {"alertname": "ClusterDown"})])
    assert nowhere.inhibition_of({"host": "x"}) == Inhibition("cluster-down", "down")


def test_a_resolved_source_mutes_nothing() -> None:
    """Once the last source is gone, its targets are told again."""
    labels = {"alertname": "ClusterDown", "cluster": "a"}
    sources = FiringSources([CLUSTER_DOWN], [("one", labels), ("two", labels)])
    sources.resolved("one", labels)
    assert sources.inhibition_of({"cluster": "a"}) == Inhibition("cluster-down", "two")
    sources.resolved("two", labels)
    assert sources.inhibition_of({"cluster": "a"}) is None


def test_what_meets_both_sides_is_muted_only_by_what_does_not() -> None:
    """Two criticals never silence each other, nor one itself."""
    sources = FiringSources([LOUD], [("a", {"severity": "critical"})])
    assert sources.inhibition_of({"severity": "critical"}) is None
    assert sources.inhibition_of({"severity": "info"}) == Inhibition("loud", "a")


_labels = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(["", "1", "2"]))
_matchers = st.sampled_from(["a=1", "a!=1", 'b=~"1|2"', "b=", "c=1,a=1"]).map(parse_matchers)
_rules = st.builds(
    InhibitRule,
    st.just("rule"),
    _matchers,
    _matchers,
    st.sampled_from([(), ("a",), ("b", "c")]),
)


def muted_by_definition(rule: InhibitRule, labels: Labels, firing: dict[str, Labels]) -> bool:
    both = all_match(rule.source_matchers, labels)
    return all_match(rule.target_matchers, labels) and any(
        all_match(rule.source_matchers, source)
        and all(source.get(name, "") == labels.get(name, "") for name in rule.equal)
        and not (both and all_match(rule.target_matchers, source))
        for source in firing.values()
    )


@given(_rules, st.dictionaries(st.text("xyz", min_size=1, max_size=2), _labels), _labels)
def test_the_index_holds_to_the_definition(
    rule: InhibitRule, firing: dict[str, Labels], labels: Labels
) -> None:
    """Filed or not, the same alerts are muted, after some came and went too."""
    sources = FiringSources([rule], [*firing.items(), ("gone", labels)])
    sources.resolved("gone", labels)
    assert (sources.inhibition_of(labels) is not None) == muted_by_definition(rule, labels, firing)

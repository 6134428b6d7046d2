"""Metrics: named by the field's rules, documented, bounded, and used as they are."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Metric
from ruamel.yaml import YAML

from gateway.web.metrics import Counts, Gauges, reference

ROOT = Path(__file__).parents[2]
RULES = ROOT / "config/deploy/prometheus/rules.yaml"
DASHBOARD = ROOT / "config/deploy/grafana/dashboard.json"

LABELS = {
    *("call", "code", "direction", "door", "event", "group", "kind", "method"),
    *("origin", "outcome", "provider", "python", "reason", "severity", "source", "state"),
    *("target", "verdict", "version"),
}
"""What may be a label: each has few values, all of them ours or the operator's own names."""
EVENTS: list[tuple[str, dict[str, Any], str]] = [
    (
        "page.accepted",
        {"origin": "form", "target": "department"},
        'gateway_pages_total{origin="form",target="department"}',
    ),
    (
        "page.refused",
        {"error_code": "policy.denied"},
        'gateway_user_errors_total{reason="policy.denied"}',
    ),
    ("page.asked", {"key": "page.no_words"}, 'gateway_user_errors_total{reason="page.no_words"}'),
    ("reply.taken", {}, 'gateway_replies_total{direction="to_pager"}'),
    ("pager.message_taken", {}, 'gateway_replies_total{direction="to_chat"}'),
    (
        "delivery.attempted",
        {"kind": "SendPage", "state": "sent", "elapsed_ms": 20, "age_ms": 400},
        "gateway_page_accept_seconds_count",
    ),
    (
        "delivery.attempted",
        {"kind": "SendPage", "state": "refused", "error_code": "pager.rejected"},
        'gateway_dead_letters_total{reason="pager.rejected",state="refused"}',
    ),
    (
        "delivery.attempted",
        {"kind": "SendPage", "state": "sent", "repeat": True},
        "gateway_possible_repeats_total",
    ),
    ("webhook.received", {"readable": True, "lag_ms": 900}, "gateway_webhook_lag_seconds_count"),
    (
        "incident.acknowledged",
        {"severity": "critical", "elapsed_ms": 61_000},
        'gateway_alert_ack_seconds_count{severity="critical"}',
    ),
    ("probe.seen", {"elapsed_ms": 900}, "gateway_probe_seconds_count"),
    ("probe.late", {}, 'gateway_probes_total{outcome="late"}'),
    ("threads.unheard", {}, 'gateway_alarms_total{event="threads.unheard"}'),
    (
        "delivery.looked_for",
        {"kind": "SendPage", "state": "sent"},
        'gateway_reconciliations_total{kind="SendPage",verdict="found"}',
    ),
    (
        "pager.called",
        {"call": "company-pager.send", "status": 200, "elapsed_ms": 80},
        'gateway_pager_requests_total{call="company-pager.send",code="200"}',
    ),
    (
        "pager.call_failed",
        {"call": "company-pager.send", "error_code": "pager.unavailable", "elapsed_ms": 80},
        'gateway_pager_requests_total{call="company-pager.send",code="pager.unavailable"}',
    ),
    (
        "pager.penalised",
        {"group": "light", "seconds": 1},
        'gateway_pager_throttled_seconds_total{group="light"}',
    ),
    (
        "slack.answered",
        {"kind": "command", "status": 200, "elapsed_ms": 9},
        'gateway_slack_requests_total{code="200",kind="command"}',
    ),
    ("slack.signature_refused", {}, 'gateway_auth_failures_total{door="slack"}'),
    (
        "alerts.refused",
        {"source": "prom", "error_code": "credential"},
        'gateway_intake_requests_total{outcome="refused",source="prom"}',
    ),
    (
        "alerts.ingested",
        {"source": "prom", "routed": 1},
        'gateway_alerts_total{source="prom",verdict="routed"}',
    ),
]


def families() -> dict[str, Metric]:
    registry = CollectorRegistry()
    Counts(registry)
    Gauges(registry)
    return {family.name: family for family in registry.collect()}


def series() -> set[str]:
    """Every name that a query can ask for."""
    names: set[str] = set()
    for name, family in families().items():
        match family.type:
            case "counter":
                names.add(f"{name}_total")
            case "histogram":
                names.update(f"{name}_{part}" for part in ("bucket", "count", "sum"))
            case _:
                names.add(name)
    return names


def expressions() -> Iterator[str]:
    """Every expression of the rules and of the dashboard."""
    for group in YAML(typ="safe").load(RULES)["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


def test_reference_is_what_is_registered() -> None:
    """Write it again with `python -m gateway.web.metrics`."""
    assert (ROOT / "docs/reference/metrics.md").read_text() == reference()


def test_names_keep_the_rules_of_promtool() -> None:
    """Base units spelt out, counters `_total`, no type in a name, a sentence of help for each."""
    for name, family in families().items():
        assert re.fullmatch(r"gateway(_[a-z]+)+", name)
        words = name.split("_")
        assert not {"ms", "s", "sec", "msec", "kb", "mb", "bytes_total", "min"} & set(words)
        assert not {"counter", "gauge", "histogram", "count", "sum", "bucket"} & set(words)
        assert family.documentation.endswith(".")
        if family.type == "histogram":
            assert name.endswith("_seconds")
        if "total" in words:
            assert family.type == "counter"


def test_labels_are_bounded() -> None:
    """A new label is a decision: its values must be ours, and few."""
    used = set(re.findall(r"\| (?:counter|gauge|histogram) \| ([a-z, ]+) \|", reference()))
    names = {name for labels in used for name in labels.split(", ")} - {"none"}
    assert names == LABELS


@pytest.mark.parametrize(("event", "facts", "counted"), EVENTS)
def test_event_is_counted(event: str, facts: dict[str, Any], counted: str) -> None:
    """Once, under the name that the reference says; words and numbers of people are no labels."""
    registry = CollectorRegistry()
    counts = Counts(registry)
    counts.saw(event, {**facts, "mailbox": "104", "page_id": "pg_7K2M"})
    shown = {
        sample.name
        + (
            "{" + ",".join(f'{k}="{v}"' for k, v in sorted(sample.labels.items())) + "}"
            if sample.labels
            else ""
        ): sample.value
        for family in registry.collect()
        for sample in family.samples
    }
    assert shown[counted] == 1
    assert not any("104" in name or "7K2M" in name for name in shown)


def test_alarms_are_shown_before_they_come() -> None:
    """To `increase`, a counter that begins at 1 has not moved: nobody would be told."""
    told = {
        event
        for text in expressions()
        for each in re.findall(r'gateway_alarms_total\{event=~?"([^"]+)"', text)
        for event in _spelt_out(each.replace("[.]", "."))
    }
    registry = CollectorRegistry()
    Counts(registry)
    assert told
    for event in told:
        assert registry.get_sample_value("gateway_alarms_total", {"event": event}) == 0


def _spelt_out(pattern: str) -> list[str]:
    """List what a pattern of alternatives stands for: `a.(b|c)`, `a.b|c.d`."""
    if found := re.fullmatch(r"([a-z.]+)\(([a-z_|]+)\)", pattern):
        return [found[1] + end for end in found[2].split("|")]
    return pattern.split("|")


def test_rules_and_dashboard_use_what_there_is() -> None:
    """A name that nobody writes would be an alert that never comes."""
    used = {name for text in expressions() for name in re.findall(r"\bgateway_\w+", text)}
    assert used - series() == set()
    assert len(used) > 20


def test_dashboard_has_its_four_rows() -> None:
    """Promises first; no panel lies on another."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    rows = [panel["title"] for panel in panels if panel["type"] == "row"]
    assert rows == ["Promises", "Queue", "Vendors", "People"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken
        taken |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_rules_say_how_bad_it_is_and_where_to_look() -> None:
    """Nobody is woken without a first step."""
    (group,) = YAML(typ="safe").load(RULES)["groups"]
    for rule in group["rules"]:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"].strip()
        assert rule["annotations"]["first"].strip()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_rules_fire_as_they_should() -> None:
    """`promtool test rules` plays them."""
    done = subprocess.run(
        ["promtool", "test", "rules", "rules.test.yaml"],  # noqa: S607 - found on the path above
        cwd=RULES.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr

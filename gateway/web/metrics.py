"""Everything `/metrics` shows, by name: counts of what was seen, and gauges of what stands.

Labels hold our own words only (kinds, states, codes, configured names), so that their number is
bounded and nobody's words or numbers become public. `docs/reference/metrics.md` is written from
here: `python -m gateway.web.metrics`.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from platform import python_version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

from gateway import __version__
from gateway.domain.alerts import Verdict
from gateway.domain.errors import FactValue

Facts = Mapping[str, FactValue]

_CALL_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_ACK_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3)
"""Slack waits for three seconds."""
_ACCEPT_S = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900)
_FOUND = {"sent": "found", "ready": "absent", "refused": "absent"}
_DOORS = {
    "slack.signature_refused": "slack",
    "webhook.refused": "pager",
    "alerts.refused": "alerts",
    "api.refused": "api",
    "console.refused": "console",
}
_ANSWERED_S = (15, 30, 60, 120, 300, 600, 1200, 1800, 3600)
_LAG_S = (0.5, 1, 2, 5, 10, 20, 30, 60, 300)
_ALARMS = (
    "audit.broken",
    "delivery.put_aside",
    "heartbeat.lost",
    "loop.stalled",
    "slack.events_dropped",
    "store.stopped",
    "store.write_failed",
    "threads.unheard",
)
"""Events that alert rules ask for. Shown from zero on: what begins at 1 has no `increase`."""
_PROBED = ("seen", "unseen", "late", "refused", "failed")
_TAKEN = {"alerts.taken": "taken", "alerts.refused": "refused", "alerts.unreadable": "unreadable"}


class Counts:
    """What was seen, counted; fed by the observer."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register every counter, so that each is shown before it is first counted."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library types it not
        self.events = Counter(
            "gateway_events", "Events by name and error code.", ("event", "code"), registry=registry
        )
        self._event = cache(self.events.labels)
        self._alarms = Counter(
            "gateway_alarms", "Events that want an operator.", ("event",), registry=registry
        )
        for event in _ALARMS:
            self._alarms.labels(event)
        self._people(registry)
        self._deliveries(registry)
        self._pager(registry)
        self._doors(registry)

    def _people(self, registry: CollectorRegistry) -> None:
        self._pages = Counter(
            "gateway_pages",
            "Pages accepted, by where they began and whom they are for (person, department, "
            "several).",
            ("origin", "target"),
            registry=registry,
        )
        self._user_errors = Counter(
            "gateway_user_errors",
            "Pages refused or asked about before anything was sent, by reason.",
            ("reason",),
            registry=registry,
        )
        self._replies = Counter(
            "gateway_replies",
            "Replies taken on, by direction (to_pager, to_chat).",
            ("direction",),
            registry=registry,
        )
        self._accept = Histogram(
            "gateway_page_accept_seconds",
            "Time from taking a page to its acceptance by the pager.",
            registry=registry,
            buckets=_ACCEPT_S,
        )

    def _deliveries(self, registry: CollectorRegistry) -> None:
        self._attempts = Histogram(
            "gateway_attempt_seconds",
            "Time of one delivery attempt, by kind and the state it led to.",
            ("kind", "state"),
            registry=registry,
            buckets=_CALL_S,
        )
        self._looks = Counter(
            "gateway_reconciliations",
            "Looks for a delivery without an answer, by verdict (found, absent, undecided, held).",
            ("kind", "verdict"),
            registry=registry,
        )
        self._repeats = Counter(
            "gateway_possible_repeats",
            "Pages sent again, and marked as such, because their absence could not be proved.",
            registry=registry,
        )
        self._doubled = Counter(
            "gateway_doubled_messages",
            "Messages the pager has twice: the first showed up after its absence was proved.",
            registry=registry,
        )
        self._dead = Counter(
            "gateway_dead_letters",
            "Deliveries that ended as refused or wait for a person as held, by reason.",
            ("state", "reason"),
            registry=registry,
        )

    def _pager(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "gateway_pager_requests",
            "Requests to the pager, by call and status (or our error code, without an answer).",
            ("call", "code"),
            registry=registry,
        )
        self._call_s = Histogram(
            "gateway_pager_request_seconds",
            "Time of one request to the pager.",
            ("call",),
            registry=registry,
            buckets=_CALL_S,
        )
        self._throttled = Counter(
            "gateway_pager_throttled_seconds",
            "Time the pager told us to be silent, by its rate group.",
            ("group",),
            registry=registry,
        )
        self._lag = Histogram(
            "gateway_webhook_lag_seconds",
            "Time from an event at the pager to its webhook here, by both clocks.",
            registry=registry,
            buckets=_LAG_S,
        )

    def _doors(self, registry: CollectorRegistry) -> None:
        self._slack = Counter(
            "gateway_slack_requests",
            "Genuine requests of Slack, by kind and our status.",
            ("kind", "code"),
            registry=registry,
        )
        self._ack = Histogram(
            "gateway_slack_ack_seconds",
            "Time until Slack had our answer; it waits for three seconds.",
            ("kind",),
            registry=registry,
            buckets=_ACK_S,
        )
        self._slack_calls = Histogram(
            "gateway_slack_call_seconds",
            "Time of one call to Slack that went well.",
            ("method",),
            registry=registry,
            buckets=_CALL_S,
        )
        self._slack_failures = Counter(
            "gateway_slack_call_failures",
            "Calls to Slack that failed, by method and error code.",
            ("method", "code"),
            registry=registry,
        )
        self._intake = Counter(
            "gateway_intake_requests",
            "Requests of alert sources, by outcome (taken, refused, unreadable).",
            ("source", "outcome"),
            registry=registry,
        )
        self._alerts = Counter(
            "gateway_alerts",
            "Alerts that came in, by source and what was made of them at once.",
            ("source", "verdict"),
            registry=registry,
        )
        self._answered = Histogram(
            "gateway_alert_ack_seconds",
            "Time from the opening of an incident to its acknowledgement.",
            ("severity",),
            registry=registry,
            buckets=_ANSWERED_S,
        )
        self._probes = Counter(
            "gateway_probes",
            "Self-checks by how they ended: seen, unseen, late, refused, failed.",
            ("outcome",),
            registry=registry,
        )
        for outcome in _PROBED:
            self._probes.labels(outcome)
        self._probed = Histogram(
            "gateway_probe_seconds",
            "Time of a self-check until the pager showed it.",
            registry=registry,
            buckets=_LAG_S,
        )
        self._strangers = Counter(
            "gateway_auth_failures",
            "Requests whose sender could not prove who they are, by door.",
            ("door",),
            registry=registry,
        )

    def saw(self, event: str, facts: Facts) -> None:
        """Count an event."""
        # What is left alone in Slack has a reason instead.
        code = "why" if event == "slack.ignored" else "error_code"
        self._event(event, _word(facts, code)).inc()
        if event in _ALARMS:
            self._alarms.labels(event).inc()
        if door := _DOORS.get(event):
            self._strangers.labels(door).inc()
        if (taken := _TAKEN.get(event)) and (source := _word(facts, "source")):
            self._intake.labels(source, taken).inc()
        match event.partition(".")[0]:
            case "delivery":
                self._count_delivery(event, facts)
            case "page" | "reply":
                self._count_people(event, facts)
            case "pager":
                self._count_pager(event, facts)
            case "slack":
                self._count_slack(event, facts)
            case "probe":
                self._count_probe(event.partition(".")[2], facts)
            case "alerts":
                self._count_alerts(event, facts)
            case "incident" if event == "incident.acknowledged":
                waited = _seconds(facts, "elapsed_ms")
                self._answered.labels(_word(facts, "severity")).observe(waited)
            case "webhook" if "lag_ms" in facts and facts["lag_ms"] is not None:
                self._lag.observe(_seconds(facts, "lag_ms"))
            case _:
                pass

    def _count_delivery(self, event: str, facts: Facts) -> None:
        kind, state = _word(facts, "kind"), _word(facts, "state")
        if event == "delivery.looked_for":
            verdict = _FOUND.get(state, "held" if state == "held" else "undecided")
            self._looks.labels(kind, verdict).inc()
        elif event == "delivery.attempted":
            self._attempts.labels(kind, state).observe(_seconds(facts, "elapsed_ms"))
            if state == "sent" and facts.get("repeat"):
                self._repeats.inc()
        else:
            return
        if state in {"refused", "held"}:
            self._dead.labels(state, _word(facts, "error_code")).inc()
        if state == "sent" and kind == "SendPage":
            self._accept.observe(_seconds(facts, "age_ms"))

    def _count_people(self, event: str, facts: Facts) -> None:
        match event:
            case "page.accepted":
                self._pages.labels(_word(facts, "origin"), _word(facts, "target")).inc()
            case "page.refused" | "page.asked":
                reason = _word(facts, "error_code") or _word(facts, "key")
                self._user_errors.labels(reason).inc()
            case "reply.taken":
                self._replies.labels("to_pager").inc()
            case _:
                pass

    def _count_pager(self, event: str, facts: Facts) -> None:
        match event:
            case "pager.called" | "pager.call_failed":
                call = _word(facts, "call")
                code = _word(facts, "status") or _word(facts, "error_code")
                self._calls.labels(call, code).inc()
                self._call_s.labels(call).observe(_seconds(facts, "elapsed_ms"))
            case "pager.penalised":
                self._throttled.labels(_word(facts, "group")).inc(_number(facts, "seconds"))
            case "pager.message_taken":
                self._replies.labels("to_chat").inc()
            case "pager.message_doubled":
                self._doubled.inc()
            case _:
                pass

    def _count_slack(self, event: str, facts: Facts) -> None:
        match event:
            case "slack.answered":
                kind = _word(facts, "kind")
                self._slack.labels(kind, _word(facts, "status")).inc()
                self._ack.labels(kind).observe(_seconds(facts, "elapsed_ms"))
            case "slack.called":
                took = _seconds(facts, "elapsed_ms")
                self._slack_calls.labels(_word(facts, "method")).observe(took)
            case "slack.call_failed":
                method, code = _word(facts, "method"), _word(facts, "error_code")
                self._slack_failures.labels(method, code).inc()
            case _:
                pass

    def _count_probe(self, outcome: str, facts: Facts) -> None:
        self._probes.labels(outcome).inc()
        if outcome == "seen":
            self._probed.observe(_seconds(facts, "elapsed_ms"))

    def _count_alerts(self, event: str, facts: Facts) -> None:
        if event != "alerts.ingested":
            return
        for verdict in Verdict:
            if count := _number(facts, verdict.value):
                self._alerts.labels(_word(facts, "source"), verdict.value).inc(count)


class Gauges:
    """What stands at the moment somebody looks."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register every gauge."""

        def gauge(name: str, says: str, *labels: str) -> Gauge:
            return Gauge(f"gateway_{name}", says, labels, registry=registry)

        build = gauge("build_info", "What runs.", "version", "python")
        build.labels(__version__, python_version()).set(1)
        self.outbox = gauge("outbox_items", "Open deliveries by state.", "state")
        self.oldest = gauge(
            "outbox_oldest_age_seconds",
            "Age of the oldest delivery that is to be sent; what waits for a person is left out.",
        )
        self.dead = gauge(
            "dead_letter_items", "Deliveries that were refused, or wait for a person.", "state"
        )
        self.incidents = gauge("alert_groups", "Incidents that are open.")
        self.admitted = gauge(
            "chat_admitted", "Whether the app is in the workspace: 0 before it is installed there."
        )
        self.unread = gauge("mailboxes_unread", "Mailboxes that cannot be read now.")
        self.directory_at = gauge(
            "directory_sync_timestamp_seconds", "When the directory was read last."
        )
        self.directory = gauge("directory_entries", "Entries of the directory, by kind.", "kind")
        self.unaccounted = gauge(
            "alerts_unaccounted",
            "Alerts of the last hour of which nothing is known; anything but 0 is an alarm.",
            "source",
        )
        self.reload_successful = gauge(
            "config_last_reload_successful",
            "Whether the routes file could be used when it was read last.",
        )
        self.reload_at = gauge(
            "config_last_reload_success_timestamp_seconds", "When routes were put in force last."
        )
        self.remaining = gauge(
            "pager_rate_remaining",
            "Requests the pager still grants in this window, by its rate group; the fewest of any "
            "sender.",
            "group",
        )
        self.subscribed = gauge(
            "subscription_expiry_timestamp_seconds",
            "When the pager stops telling of replies in one of our mailboxes, unless renewed.",
        )
        self.token = gauge(
            "token_expiry_timestamp_seconds",
            "When the first credential of the settings ends; none is shown where none does.",
            "provider",
        )
        self.clock_ahead = gauge(
            "clock_ahead_seconds", "How far our clock is ahead of a provider's.", "provider"
        )
        self.lag = gauge(
            "loop_lag_seconds", "The longest that work waited for its turn since the last look."
        )


def _word(facts: Facts, name: str) -> str:
    value = facts.get(name)
    return "" if value is None else str(value)


def _number(facts: Facts, name: str) -> float:
    with suppress(TypeError, ValueError):
        return max(0.0, float(facts.get(name) or 0))  # type: ignore[arg-type] # lists are refused
    return 0.0


def _seconds(facts: Facts, name: str) -> float:
    return _number(facts, name) / 1000


def reference() -> str:
    """Write the page that lists every metric."""
    registry = CollectorRegistry()
    Counts(registry)
    Gauges(registry)
    rows = sorted(_row(collector) for collector in registry._collector_to_names)  # noqa: SLF001  the registry offers no list
    return _HEAD + "\n".join(rows) + "\n"


def _row(collector: object) -> str:
    if not isinstance(collector, Counter | Gauge | Histogram):
        raise TypeError(collector)
    (family,) = collector.describe()
    name = f"{family.name}_total" if family.type == "counter" else family.name
    labels = ", ".join(collector._labelnames) or "none"  # noqa: SLF001  as above
    return f"| `{name}` | {family.type} | {labels} | {family.documentation} |"


_HEAD = """\
# Metrics

`GET /metrics` on the admin listener, in Prometheus' text format. Labels hold the gateway's own
words only: no names of people, no numbers, no texts. Alert rules and a dashboard that use them are
in `config/deploy/prometheus` and `config/deploy/grafana`. This page is written by
`python -m gateway.web.metrics`.

| Metric | Type | Labels | Says |
|---|---|---|---|
"""

if __name__ == "__main__":
    print(reference(), end="")  # noqa: T201 - its purpose

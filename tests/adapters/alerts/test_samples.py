"""Every source against its own samples: what is sent, and the normal form it comes to.

A sample is `x.json` with `x.expected.json`; `x.headers.json` holds headers that matter, and
`_source.json` the settings of its folder. To add one, put the pair there.
"""

import json
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from adapters import alerts
from adapters.alerts.registry import SourceSettings
from gateway.cli.ingest import as_json
from gateway.domain.alerts import Alert
from gateway.ports.alerts import AlertRequest, Parsed, UnreadableDeliveryError
from tests.adapters.alerts.limits import keeps_the_limits
from tests.adapters.alerts.surroundings import Around, request_of

FOLDER = Path(alerts.__path__[0])
KINDS = {
    str(get_args(model.model_fields["kind"].annotation)[0])
    for model in get_args(get_args(SourceSettings)[0])
}
SAMPLES = sorted(
    file
    for file in FOLDER.glob("*/samples/**/*.json")
    if not file.name.startswith("_") and not file.stem.endswith((".expected", ".headers"))
)
EACH = pytest.mark.parametrize("sample", SAMPLES, ids=lambda file: str(file.relative_to(FOLDER)))


def request_in(sample: Path) -> AlertRequest:
    """Make the request that a sample stands for."""
    beside = sample.with_suffix(".headers.json")
    headers = json.loads(beside.read_text()) if beside.exists() else {}
    path = headers.pop(":path", "/alerts/ci")
    return request_of(sample.read_bytes(), headers, path=path)


def parse(sample: Path) -> Parsed:
    """Let the source of its folder read a sample."""
    settings = json.loads((sample.parent / "_source.json").read_text())
    return Around().source(**settings).parse(request_in(sample))


def outcome(sample: Path) -> dict[str, object]:
    """Show what a sample comes to, as its expected file does."""
    try:
        return as_json(parse(sample))
    except UnreadableDeliveryError as error:
        return {"unreadable": error.kind, "why": error.why}


@EACH
def test_a_sample_comes_to_its_normal_form(sample: Path) -> None:
    """The pair of files is the specification."""
    assert outcome(sample) == json.loads(sample.with_suffix(".expected.json").read_text())


@EACH
def test_every_alert_keeps_the_limits_of_the_normal_form(sample: Path) -> None:
    """Whatever was sent, what routing and chat see is bounded, whole and complete."""
    if "unreadable" in outcome(sample):
        return
    for alert in (item for item in parse(sample).items if isinstance(item, Alert)):
        keeps_the_limits(alert)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_samples_of_everything(kind: str) -> None:
    """At least ten, and the shapes that break things are among them."""
    names = Counter(file.stem for file in SAMPLES if file.relative_to(FOLDER).parts[0] == kind)
    assert names.total() >= 10
    for part in ("firing", "resolved", "several", "truncated", "empty", "missing", "odd-unicode"):
        assert any(part in name for name in names)
    assert {"test-ping", "hostile"} <= names.keys()
    assert any("custom" in name for name in names)

"""`gateway ingest test`: what a source would make of a body."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.ingest import ingest
from tests.adapters.alerts.test_samples import FOLDER

CONFIG = """
[slack]
nothing = "of this is read"

[[alerts.sources]]
name = "ci"
kind = "generic"

[alerts.sources.auth]
profile = "standard-webhooks"
secrets = ["file:not-there"]

[alerts.sources.mapping]
split = "$.events"
dedup = ["$.job", "$.branch"]
title = {template = "{{ job }} failed on {{ branch }}"}
status = {path = "$.state", map = {failed = "firing", passed = "resolved"}, default = "info"}
labels = {job = "$.job", team = {path = "$.owner", default = "build"}}
drop_if = {path = "$.state", in = ["running", "queued"]}

[[alerts.sources]]
name = "events"
kind = "cloudevents"
insecure = true
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "gateway.toml"
    file.write_text(CONFIG)
    return file


def run(config: Path, *arguments: str, body: str | bytes | None = None) -> Result:
    """Run the command."""
    return CliRunner().invoke(ingest, ["test", "--config", str(config), *arguments], input=body)


def test_the_normal_form_is_printed(config: Path) -> None:
    """As JSON, without secrets, before anything else is set up."""
    result = run(config, "ci", str(FOLDER / "generic" / "samples" / "firing.json"))
    assert result.exit_code == 0
    (item,) = json.loads(result.output)["items"]
    assert item["title"] == "nightly failed on main"
    assert item["labels"]["alertname"] == "nightly-failed-on-main"
    assert item["dedup_key"] == "nightly|main"


def test_headers_can_be_given(config: Path) -> None:
    """For senders that say half of it there."""
    headers = ["ce-specversion: 1.0", "ce-id: A-77", "ce-source: /plant/7", "ce-type: x.firing"]
    flags = [part for header in headers for part in ("--header", header)]
    result = run(config, "events", "-", *flags, body='{"host": "db-7"}')
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["items"][0]["dedup_key"] == "/plant/7|x"


@pytest.mark.parametrize(
    ("body", "said"),
    [("{", "cannot be read: json"), ('{"events": [{}]}', '"why": "dedup"'), ("{}", "split")],
)
def test_what_is_not_usable_is_told_by_the_exit_code(config: Path, body: str, said: str) -> None:
    """A script can rely on it."""
    result = run(config, "ci", "-", body=body)
    assert result.exit_code == 1
    assert said in result.output


def test_mistakes_of_the_caller_have_codes_of_their_own(config: Path) -> None:
    """Unknown sources and headers that are none are usage, bad settings are settings."""
    assert run(config, "nobody", "-", body="{}").exit_code == 2
    assert run(config, "ci", "-", "--header", "odd", body="{}").exit_code == 2
    config.write_text(CONFIG.replace('kind = "generic"', 'kind = "unknown"'))
    assert run(config, "ci", "-", body="{}").exit_code == 3
    config.write_text("[[alerts")
    assert run(config, "ci", "-", body="{}").exit_code == 3


def test_settings_that_cannot_be_used_are_named_without_their_values(config: Path) -> None:
    """A secret may be what is wrong with them."""
    config.write_text(CONFIG.replace('"file:not-there"', '"canary", ""'))
    result = run(config, "ci", "-", body="{}")
    assert "alerts.sources.0.generic.auth.standard-webhooks.secrets.1" in result.output
    assert "canary" not in result.output


HOW_TO = Path(__file__).parents[3] / "docs" / "how-to" / "json-alerts.md"


@pytest.mark.parametrize("source", ["zabbix", "nagios", "ci"])
def test_the_how_to_can_be_copied(tmp_path: Path, source: str) -> None:
    """Its settings, with its body or that of the preset's sample, give an alert."""
    text = HOW_TO.read_text(encoding="utf-8")
    config = tmp_path / "gateway.toml"
    settings = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    config.write_text("[slack]\n" + "\n".join(settings), encoding="utf-8")
    (own,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    sample = FOLDER / "generic" / "samples" / source / "firing.json"
    body = own if source == "ci" else sample.read_text(encoding="utf-8")
    result = run(config, source, "-", body=body)
    (item,) = json.loads(result.output)["items"]
    assert (item["is"], item["status"]) == ("alert", "firing")
    if source == "nagios":
        given = json.loads(body)
        assert set(re.findall(r"(\w+): (?:\$e|\$service|\(if)", text)) <= given.keys()

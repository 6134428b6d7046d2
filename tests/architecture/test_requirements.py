"""What is installed is what was chosen: versions, hashes, and no older than known faults allow."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = {"aiohttp": (3, 14, 3), "slack-bolt": (1, 29, 0)}
"""aiohttp: request smuggling and exhausted memory; Bolt: `ssl_check` runs unsigned commands."""
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(\[[a-z,]+\])?==([^\s;\\]+)", re.MULTILINE)


@pytest.mark.parametrize("file", ["runtime.txt", "dev.txt"])
def test_every_version_is_pinned_with_its_hashes(file: str) -> None:
    """One altered byte, and nothing is installed."""
    text = (ROOT / "requirements" / file).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert len(entries) > 10
    for entry in entries:
        assert _PIN.match(entry), entry
        assert "--hash=sha256:" in entry, entry


def test_floors_are_kept() -> None:
    """Older ones are refused by the project's own metadata, and are not what runs here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, floor in FLOORS.items():
        asked = next(each for each in project["dependencies"] if re.match(rf"{name}[>\[]", each))
        assert _numbers(asked.partition(">=")[2]) >= floor[:2]
        assert _numbers(version(name)) >= floor


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])

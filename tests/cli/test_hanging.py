"""A gateway that listens and does not answer: stopped, or too busy. Who asks is told so soon."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import control
from gateway.cli.main import main


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[Path]:
    """A socket whose owner takes nothing from it."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        yield path


@pytest.mark.parametrize("command", ["status", "tail"])
def test_who_asks_is_not_kept_waiting(
    command: str, hanging: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks because something is wrong hears of it at once, and in which way."""
    monkeypatch.setattr(control, "_BEGIN_WITHIN_S", 0.05)
    told = CliRunner().invoke(main, [command, "--socket", str(hanging)])
    assert told.exit_code == 4
    assert f"The gateway at {hanging} runs, and does not answer" in told.output

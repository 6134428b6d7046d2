"""`gateway db`, as an operator and a deployment script use it."""

import asyncio
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters.storage import open_store
from adapters.storage.revision import HEAD
from gateway.cli.db import db
from tests.fakes.clock import MovedClock
from tests.postgresql import PostgresServer
from tests.postgresql import postgresql as postgresql  # noqa: PLC0414 - a fixture, used by its name


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/gateway.db"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(db, arguments)


def test_upgrade_goes_forward_once(url: str) -> None:
    """The first call says from where to where, the second that there was nothing to do."""
    assert call("upgrade", "--url", url).output == f"empty → {HEAD}\n"
    assert call("upgrade", "--url", url).output == f"already at {HEAD}\n"
    assert call("current", "--url", url).output == f"{HEAD} (current)\n"


def test_looking_makes_no_file(url: str, tmp_path: Path) -> None:
    """`current` and `check` change nothing."""
    assert call("current", "--url", url).output == "none (empty)\n"
    result = call("check", "--url", url)
    assert (result.exit_code, "gateway db upgrade" in result.output) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_check_says_yes_to_a_whole_database(url: str) -> None:
    """Exit 0: the gateway can run."""
    call("upgrade", "--url", url)
    result = call("check", "--url", url)
    assert (result.exit_code, result.output) == (0, f"schema {HEAD} (current), no damage found\n")


def test_check_finds_damage(url: str, tmp_path: Path) -> None:
    """Exit 1, and the words name the backup."""
    call("upgrade", "--url", url)
    path = tmp_path / "gateway.db"
    content = bytearray(path.read_bytes())
    content[8192:20480] = os.urandom(12288)
    path.write_bytes(content)
    result = call("check", "--url", url)
    assert (result.exit_code, "backup" in result.output) == (1, True)


def test_a_running_gateways_file_is_left_alone(url: str) -> None:
    """The words name the process that has it."""

    async def while_it_runs() -> Result:
        async with await open_store(url, migrate=True, clock=MovedClock()):
            return await asyncio.to_thread(call, "upgrade", "--url", url)

    result = asyncio.run(while_it_runs())
    assert (result.exit_code, f"process {os.getpid()}" in result.output) == (1, True)


def test_the_settings_name_the_database(tmp_path: Path) -> None:
    """Without --url, the settings file decides; one that cannot be read exits 3."""
    config = tmp_path / "gateway.toml"
    config.write_text("[databse]\n")
    assert call("current", "--config", str(config)).exit_code == 3


def test_a_server_that_is_away_exits_4(tmp_path: Path) -> None:
    """Different from a database that answers and is not fit."""
    pytest.importorskip("asyncpg")
    result = call("check", "--url", f"postgresql://gateway@/nowhere?host={tmp_path}")
    assert result.exit_code == 4


@pytest.mark.postgresql
def test_the_same_on_postgresql(postgresql: PostgresServer) -> None:
    """Up to date after one call."""
    postgresql.execute("CREATE DATABASE command")
    url = postgresql.url("command")
    assert call("check", "--url", url).exit_code == 1
    assert call("upgrade", "--url", url).output == f"empty → {HEAD}\n"
    assert call("check", "--url", url).exit_code == 0

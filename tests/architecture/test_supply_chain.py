"""What others wrote: known versions, with their hashes, none with a known weakness (row T31)."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.architecture.supply_chain import LOCKS, ROOT, below, bill_of_materials, pins, wished


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_no_locked_version_is_too_old(lock: Path) -> None:
    """Neither what the program runs with nor what it is tested with."""
    assert below({pin.name: pin.version for pin in pins(lock)}) == []


def test_no_version_that_is_too_old_can_be_installed() -> None:
    """Also by those who do not use our lock files."""
    assert below(wished()) == []


@pytest.mark.parametrize(("name", "old"), [("aiohttp", "3.14.0"), ("slack-bolt", "1.28.0")])
def test_version_that_is_too_old_is_named(name: str, old: str) -> None:
    """A check that cannot fail checks nothing."""
    assert below({name: old}) != []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_package_is_known_by_its_hashes(lock: Path) -> None:
    """Then pip takes no other bytes, whoever serves them."""
    locked = list(pins(lock))
    assert len(locked) > 30
    assert [pin.name for pin in locked if not pin.hashes] == []
    assert all(len(each) == 64 for pin in locked for each in pin.hashes)


def test_bill_of_materials_is_what_is_installed() -> None:
    """Package by package, in the version it names."""
    named = {pin.name: pin.version for pin in pins(LOCKS[0]) if pin.here}
    assert {name: version(name) for name in named} == named
    components = bill_of_materials()["components"]
    assert isinstance(components, list)
    assert len(components) >= len(named)


def test_wheel_is_the_same_each_time(tmp_path: Path) -> None:
    """Who builds it again can compare."""
    for once in ("first", "second"):
        folder = str(tmp_path / once)
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
        subprocess.run(build, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own command
    first, second = (next((tmp_path / once).glob("*.whl")) for once in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


def test_checks_do_not_vanish_with_optimisation() -> None:
    """Python without asserts (`-O`) keeps every promise, and notices a broken one (row T38)."""
    play = [sys.executable, "-O", "-m", "tests.simulation", "--seeds", "20"]
    kept = subprocess.run(play, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603 - our own code
    assert kept.returncode == 0, kept.stdout
    broken = [*play, "--without", "inbox keys"]
    noticed = subprocess.run(broken, cwd=ROOT, check=False, capture_output=True)  # noqa: S603 - same
    assert noticed.returncode == 1

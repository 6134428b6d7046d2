"""`gateway keys`: a new key while everything goes on, and nothing that it does not open."""

import asyncio
import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.storage import VaultKeyError, open_store
from gateway.bootstrap import Seams, running_gateway
from gateway.bootstrap.rotating import KeyRotation
from gateway.bootstrap.vault_keys import as_key, new_key, vault_keys, write_keys
from gateway.cli.keys import keys
from gateway.settings import Settings, load_settings
from gateway.system import SystemClock
from gateway.web.errors import RefusedError
from tests.cli.calling import called
from tests.doctor.conftest import office as office  # noqa: PLC0414 - a fixture, used by its name
from tests.doctor.office import Office
from tests.fakes.observer import Ears

SECRETS = {f"token.{number}": f"pair {number}" for number in range(250)}


async def sealed(settings: Settings) -> None:
    """Keep secrets, as a gateway that has run."""
    clock = SystemClock()
    async with await open_store(settings.database.url, migrate=True, clock=clock) as opened:
        vault = await opened.vault(vault_keys(settings))
        await asyncio.gather(*(vault.put(name, value) for name, value in SECRETS.items()))


async def opened_with(settings: Settings) -> dict[str, str | None]:
    """Open every secret with the keys of the settings."""
    clock = SystemClock()
    async with await open_store(settings.database.url, migrate=True, clock=clock) as opened:
        vault = await opened.vault(vault_keys(settings))
        return {name: await vault.get(name) for name in SECRETS}


def key_in(file: Path) -> bytes:
    """Read the only key of a file."""
    return as_key(file.read_text(encoding="utf-8"))


def test_a_key_is_printed_or_written(tmp_path: Path) -> None:
    """32 bytes of its own each time; a file is its owner's, and nothing is written over."""
    printed = CliRunner().invoke(keys, ["generate"]).stdout.strip()
    assert len(as_key(printed)) == 32
    file = tmp_path / "gateway.key"
    assert CliRunner().invoke(keys, ["generate", "--file", str(file)]).exit_code == 0
    assert (len(key_in(file)), stat.S_IMODE(file.stat().st_mode)) == (32, 0o600)
    again = CliRunner().invoke(keys, ["generate", "--file", str(file)])
    assert (again.exit_code, "is there already" in again.stderr) == (1, True)


async def test_a_running_gateway_changes_its_key(office: Office) -> None:
    """Everything opens with the new key alone; the old one is put aside for backups."""
    office.write()
    settings = load_settings(office.file)
    await sealed(settings)
    (old,) = vault_keys(settings)
    async with running_gateway(settings, Seams(observer=Ears())):
        said = await called("keys", "rotate", "--config", office.file, "--json")
        told = json.loads(said.stdout)
        (aside,) = told["old"]
        assert (told["left"], told["sealed"] >= len(SECRETS)) == (0, True)
    (new,) = vault_keys(settings)
    assert key_in(Path(aside["file"])) == old
    assert new != old
    assert await opened_with(settings) == SECRETS


async def test_a_rotation_that_was_cut_off_goes_on(office: Office) -> None:
    """Killed in the middle: the next start opens with both keys, the doctor says what to do."""
    office.write()
    settings = load_settings(office.file)
    await sealed(settings)
    (old,) = vault_keys(settings)
    clock = SystemClock()
    async with await open_store(settings.database.url, migrate=True, clock=clock) as opened:
        rotation = KeyRotation(await opened.vault([old]), settings, Ears())
        await rotation.begin()
        assert (await rotation.go_on())["left"] == len(SECRETS) - 200
    assert len(vault_keys(settings)) == 2
    found = await office.examined()
    found.warned("database.rotation_unfinished", "two keys", "gateway keys rotate")
    assert await opened_with(settings) == SECRETS
    async with running_gateway(settings):
        assert (await called("keys", "rotate", "--config", office.file)).exit_code == 0
    assert len(vault_keys(settings)) == 1
    assert await opened_with(settings) == SECRETS


async def test_keys_of_the_settings_are_the_operators_to_change(office: Office) -> None:
    """With one, the way is told; with a new one in front, the older is named as removable."""
    old, new = new_key(), new_key()
    office.tables["vault"] = {"keys": [old]}
    office.write()
    await sealed(load_settings(office.file))
    async with running_gateway(load_settings(office.file)):
        refused = await called("keys", "rotate", "--config", office.file)
        assert (refused.exit_code, "gateway keys generate" in refused.stderr) == (1, True)
    office.tables["vault"] = {"keys": [new, old]}
    office.write()
    async with running_gateway(load_settings(office.file)):
        said = await called("keys", "rotate", "--config", office.file)
        assert (said.exit_code, "Take it out of vault.keys" in said.stderr) == (0, True)
    office.tables["vault"] = {"keys": [new]}
    office.write()
    assert await opened_with(load_settings(office.file)) == SECRETS


async def test_a_key_file_is_not_changed_behind_other_gateways(office: Office) -> None:
    """They may share a database on PostgreSQL, and would not know the key."""
    office.write()
    settings = load_settings(office.file)
    clock = SystemClock()
    async with await open_store(settings.database.url, migrate=True, clock=clock) as opened:
        vault = await opened.vault(vault_keys(settings))
        shared = settings.database.model_copy(update={"url": "postgresql://db/gateway"})
        elsewhere = settings.model_copy(update={"database": shared})
        with pytest.raises(RefusedError, match=r"keys\.shared"):
            await KeyRotation(vault, elsewhere, Ears()).begin()
    assert len(vault_keys(settings)) == 1


async def test_a_start_with_a_wrong_key_is_refused_in_words(office: Office) -> None:
    """Before anything is sent; the words name the key that is needed, never one."""
    office.write()
    settings = load_settings(office.file)
    await sealed(settings)
    write_keys(settings.vault.key_file, [as_key(new_key())])
    with pytest.raises(VaultKeyError, match=r"was sealed with key [0-9a-f]{8}"):
        async with running_gateway(settings):
            raise AssertionError

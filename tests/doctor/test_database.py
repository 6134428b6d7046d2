"""DATABASE: what keeps a file from being used, found without touching it."""

import os
import shutil

import pytest

from adapters.storage import open_store
from adapters.storage.engine import Script, Statement
from gateway.bootstrap.vault_keys import new_key, vault_keys
from gateway.doctor import database
from gateway.doctor.site import Site, Tools
from gateway.settings import Places, load_settings
from gateway.system import SystemClock
from tests.doctor.office import Office

MB = 1024 * 1024


async def used(office: Office) -> None:
    """Have run once: a schema, a key, and a secret sealed with it."""
    office.write()
    settings = load_settings(office.file)
    url = settings.database.url
    async with await open_store(url, migrate=True, clock=SystemClock()) as opened:
        vault = await opened.vault(vault_keys(settings))
        await vault.put("token", "pair")


async def test_a_database_that_was_used_is_whole(office: Office) -> None:
    """Schema and keys are judged."""
    await used(office)
    found = await office.examined()
    assert found.troubles() == []
    assert "no damage found" in found.one("database.current").what
    assert "fit" in found.one("database.keys").what


async def test_a_folder_that_cannot_be_written_to(office: Office) -> None:
    """Told before the first start fails."""
    office.tables["database"]["url"] = "sqlite:////proc/gateway.db"
    office.tables["admin"]["socket"] = str(office.folder / "socket")
    found = await office.examined()
    found.failed("database.unwritable", "/proc cannot be written to", "chown or chmod /proc")


async def test_a_folder_that_is_missing(office: Office) -> None:
    """The command that makes it is told."""
    folder = office.folder / "data"
    office.tables["database"]["url"] = f"sqlite:///{folder}/gateway.db"
    found = await office.examined()
    found.failed("database.no_folder", "no folder", f"mkdir -p {folder}")


async def test_a_disk_too_full_to_open_the_database(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not called damage: nobody shall put a backup in its place for that."""
    await used(office)
    lock = office.folder / "gateway.db.lock"
    lock.unlink()
    lock.mkdir()  # what cannot be opened, for want of room as far as anybody sees
    full = shutil.disk_usage(office.folder)._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    found = await office.examined()
    found.failed("database.no_room", "its disk is full", "Make room")


async def test_a_database_held_by_another_process(office: Office) -> None:
    """Somebody has it who does not answer at the control socket."""
    office.write()
    url = load_settings(office.file).database.url
    async with await open_store(url, migrate=True, clock=SystemClock()):
        found = await office.examined()
    found.failed("database.locked", f"process {os.getpid()}", f"ps -p {os.getpid()}")


async def test_a_schema_of_yesterday(office: Office) -> None:
    """Brought up to date by the next start, unless that was forbidden."""
    await used(office)

    def older() -> Script[None]:
        yield Statement("UPDATE alembic_version SET version_num = '0001'")()

    url = load_settings(office.file).database.url
    async with await open_store(url, migrate=False, clock=SystemClock()) as opened:
        await opened.engine.write(older)
    assert "next start" in (await office.examined()).one("database.behind").what
    office.tables["database"]["migrate"] = False
    found = await office.examined()
    found.failed("database.behind", "0001 is older", "gateway db upgrade")


async def test_a_damaged_file(office: Office) -> None:
    """The last backup is named, nothing is touched."""
    await used(office)
    file = office.folder / "gateway.db"
    content = bytearray(file.read_bytes())
    content[8192:20480] = os.urandom(12288)
    file.write_bytes(content)
    found = await office.examined()
    found.failed("database.damaged", "", "gateway backup restore")


@pytest.mark.parametrize(
    ("free", "code", "level"),
    [(20 * MB, "database.disk_full", "fail"), (200 * MB, "database.disk_low", "warn")],
)
async def test_a_disk_that_is_almost_full(office: Office, free: int, code: str, level: str) -> None:
    """Told while there is still room for the answer."""
    finding = (await office.examined(Tools(free_bytes=lambda _: free))).one(code)
    assert finding.level.value == level
    assert f"only {free // MB} MB" in finding.what
    assert "Make room" in finding.fix


async def test_a_key_file_that_is_gone(office: Office) -> None:
    """No other key opens what was sealed with it, and none is made in its place."""
    await used(office)
    key = office.folder / "gateway.key"
    key.unlink()
    found = await office.examined()
    found.failed("database.key_missing", "is gone", "Put the key file of then back")
    assert not key.exists()


async def test_a_key_of_another_database(office: Office) -> None:
    """Keys are told by their names, never shown."""
    await used(office)
    other = new_key()
    (office.folder / "gateway.key").write_text(other, encoding="utf-8")
    found = await office.examined()
    found.failed("database.key_wrong", "sealed with key", "vault.keys")
    assert not any(other in each.what + each.fix for each in found.all())


async def test_a_key_that_is_none(office: Office) -> None:
    """Half of one, say."""
    (office.folder / "gateway.key").write_text("half of", encoding="utf-8")
    found = await office.examined()
    found.failed("database.key_unusable", "Base64", "Put the key file of then back")


async def test_a_key_file_that_cannot_be_read(office: Office) -> None:
    """Another user's, say; or, as here, no file at all."""
    (office.folder / "gateway.key").mkdir()
    found = await office.examined()
    found.failed("database.key_unreadable", "cannot be read", "chown")


async def test_a_schema_of_tomorrow(office: Office) -> None:
    """A later version ran here; both work, but not for ever."""
    await used(office)

    def newer() -> Script[None]:
        yield Statement("UPDATE alembic_version SET version_num = '9999'")()

    url = load_settings(office.file).database.url
    async with await open_store(url, migrate=False, clock=SystemClock()) as opened:
        await opened.engine.write(newer)
    found = await office.examined()
    found.warned("database.newer", "9999 was made by a later version", "Update this program")


async def test_an_address_of_no_database(office: Office) -> None:
    """The forms that work are told."""
    office.tables["database"]["url"] = "mysql://db/gateway"
    found = await office.examined()
    found.failed("database.unusable", "sqlite:///path", "Correct database.url")


async def test_a_server_that_is_away(office: Office) -> None:
    """PostgreSQL has to be there before the first start."""
    pytest.importorskip("asyncpg")
    office.tables["database"]["url"] = f"postgresql://gateway@/nowhere?host={office.folder}"
    found = await office.examined()
    found.failed("database.unreachable", "nobody answers", "Start PostgreSQL")


async def test_a_running_gateway_without_its_database(office: Office) -> None:
    """It says so itself; nobody else looks."""
    office.write()
    status = {"ready": False}
    site = Site(Places(office.file), load_settings(office.file), Tools(), status)
    first, *_ = await database.examine(site)
    assert (first.code, first.level.value) == ("database.away", "fail")
    assert "store.write_failed" in first.fix

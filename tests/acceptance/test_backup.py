"""Backup and restore with real processes: what the promises are worth after an hour is lost."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from tests.acceptance.programs import command
from tests.acceptance.test_processes import Site
from tests.acceptance.test_processes import site as site  # noqa: PLC0414 - a fixture, used by its name
from tests.faults.waiting import until
from tests.postgresql import PostgresServer, find_binaries
from tests.postgresql import postgresql as postgresql  # noqa: PLC0414 - a fixture, used by its name

AWAY = {"verb": "status", "status": 429, "retry_after": 6, "match": {"path": "company-pager"}}


async def backed_up(site: Site, file: Path) -> None:
    made = await command("backup", "create", file, "--config", site.config)
    assert made.code == Exit.OK, made.err
    assert "gateway.key" in made.err


async def restored(site: Site, file: Path) -> None:
    put = await command("backup", "restore", file, "--config", site.config, "--replace")
    assert put.code == Exit.OK, put.err


async def at_rest(site: Site) -> None:
    """Wait until nothing is open any more: what would be sent twice has been by then."""

    async def empty() -> bool | None:
        status = await command("status", "--config", site.config, "--json")
        return None if any(json.loads(status.out)["outbox"].values()) else True

    await until(empty, "an empty outbox", 60)


async def test_nothing_is_sent_twice_after_a_restore(site: Site, tmp_path: Path) -> None:
    """Sent before it, on its way during it, accepted after it: each is paged once."""
    backup = tmp_path / "backup.db"
    async with site.started_service() as service:
        await site.page("102 water in the lobby")
        await site.phone_shows("102", "water in the lobby")
        await site.pager.call("POST", "faults", AWAY)
        for number in range(5):
            await site.page(f"102 door {number} is open")
        await backed_up(site, backup)
        await site.pager.heal()
        for number in range(5):
            await site.phone_shows("102", f"door {number} is open")
        await site.page("102 the lift is stuck")
        await site.phone_shows("102", "the lift is stuck")
        service.process.kill()
        await service.ended()
    await restored(site, backup)
    async with site.started_service() as service:
        await service.logged("restore.begun")
        await service.logged("restore.ended")
        await site.page("102 all is well")
        await site.phone_shows("102", "all is well")
        await at_rest(site)
        for number in range(5):
            assert await site.times_sent(f"door {number} is open") == 1
        for text in ("water in the lobby", "the lift is stuck", "all is well"):
            assert await site.times_sent(text) == 1
        listed = await command("audit", "list", "--config", site.config)
        assert "backup.restored" in listed.out
        assert "sending.resumed" in listed.out
        assert (await command("audit", "verify", "--config", site.config)).code == Exit.OK


async def test_what_was_not_sent_is_sent_after_a_restore(site: Site, tmp_path: Path) -> None:
    """Nothing accepted before the backup is lost, and nothing goes before all was looked for."""
    backup = tmp_path / "backup.db"
    async with site.started_service() as service:
        await site.pager.call("POST", "faults", AWAY)
        await site.page("102 door 7 is open")
        await backed_up(site, backup)
        service.process.kill()
        await service.ended()
    await site.pager.heal()
    await restored(site, backup)
    async with site.started_service() as service:
        await site.phone_shows("102", "door 7 is open")

        async def order_logged() -> list[str] | None:
            lines = [line for line in service.entries() if line.get("kind") == "SendPage"]
            events = [line["event"] for line in lines]
            return events if "delivery.attempted" in events else None

        order = await until(order_logged, "the attempt in the log")
        assert order.index("delivery.looked_for") < order.index("delivery.attempted")
        await site.thread("✅ Sent")
        assert await site.times_sent("door 7 is open") == 1


async def test_backup_under_load_is_whole(site: Site, tmp_path: Path) -> None:
    """Taken while pages are accepted; each of them is sent once, whatever the backup knew."""
    backup = tmp_path / "backup.db"
    texts = [f"load {number} of many" for number in range(20)]
    async with site.started_service() as service, asyncio.TaskGroup() as group:
        for text in texts:
            group.create_task(site.page(f"102 {text}"))
        await backed_up(site, backup)

        async def all_sent() -> bool | None:
            counts = [await site.times_sent(text) for text in texts]
            return True if min(counts) else None

        await until(all_sent, "all pages on the phone")
        service.process.kill()
        await service.ended()
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    await restored(site, backup)
    async with site.started_service() as service:
        await service.logged("restore.ended")
        await at_rest(site)
        assert [await site.times_sent(text) for text in texts] == [1] * len(texts)


async def test_backup_and_restore_refuse_to_overwrite(site: Site, tmp_path: Path) -> None:
    """A file in the way, a gateway that runs, a database in the place, a file that is no backup."""
    backup, config = tmp_path / "backup.db", ("--config", site.config)
    async with site.started_service():
        made = await command("backup", "create", backup, *config, "--json")
        told = json.loads(made.out)
        assert told["bytes"] == backup.stat().st_size
        assert told["key_file"].endswith("gateway.key")
        again = await command("backup", "create", backup, *config)
        assert (again.code, "there already" in again.err) == (Exit.NEGATIVE, True)
        running = await command("backup", "restore", backup, *config, "--replace")
        assert (running.code, "in use" in running.err) == (Exit.NEGATIVE, True)
    placed = await command("backup", "restore", backup, *config)
    assert (placed.code, "--replace" in placed.err) == (Exit.NEGATIVE, True)
    database = site.config.with_name("gateway.db")
    before = database.read_bytes()
    for content in (b"", b"no database", backup.read_bytes()[:-5000]):
        (tmp_path / "other").write_bytes(content)
        wrong = await command("backup", "restore", tmp_path / "other", *config, "--replace")
        assert wrong.code == Exit.NEGATIVE
        assert database.read_bytes() == before
    await restored(site, backup)
    (aside,) = database.parent.glob("gateway.db.before-*[0-9]")
    assert aside.read_bytes() == before


async def test_postgresql_says_how(tmp_path: Path) -> None:
    """Its own tools, and the one command that must follow them."""
    config = tmp_path / "gateway.toml"
    config.write_text('[database]\nurl = "postgresql://nobody@127.0.0.1:1/none"\n')
    (tmp_path / "dump").write_text("x")
    said = await command("backup", "restore", tmp_path / "dump", "--config", config)
    assert said.code == Exit.NEGATIVE
    assert "pg_dump" in said.err
    assert "gateway backup restored --taken-at" in said.err


async def tool(server: PostgresServer, name: str, *arguments: str | Path) -> None:
    """Run one of PostgreSQL's own tools to its end."""
    binaries = find_binaries()
    assert binaries is not None
    process = await asyncio.create_subprocess_exec(binaries / name, *map(str, arguments))
    assert await process.wait() == 0, (name, server.url())


@pytest.mark.postgresql
async def test_postgresql_restored_by_its_own_tools_pages_nobody_twice(
    site: Site, tmp_path: Path, postgresql: PostgresServer
) -> None:
    """pg_dump, pg_restore, and one command between that and the start."""
    dump, url = tmp_path / "dump", postgresql.url("dumped")
    await asyncio.to_thread(postgresql.execute, "CREATE DATABASE dumped")
    old = f"sqlite:///{site.config.parent}/gateway.db"
    site.config.write_text(site.config.read_text().replace(old, url))
    async with site.started_service() as service:
        await site.pager.call("POST", "faults", AWAY)
        for number in range(3):
            await site.page(f"102 door {number} is open")
        refused = await command("backup", "create", dump, "--config", site.config)
        assert (refused.code, "pg_dump" in refused.err) == (Exit.NEGATIVE, True)
        await tool(postgresql, "pg_dump", "--format=custom", "--file", dump, url)
        await site.pager.heal()
        for number in range(3):
            await site.phone_shows("102", f"door {number} is open")
        service.process.kill()
        await service.ended()
    await tool(postgresql, "pg_restore", "--clean", "--if-exists", "--dbname", url, dump)
    taken_at = "2026-01-01T00:00:00+0000"
    said = await command("backup", "restored", "--config", site.config, "--taken-at", taken_at)
    assert said.code == Exit.OK, said.err
    async with site.started_service() as service:
        await service.logged("restore.ended")
        await at_rest(site)
        for number in range(3):
            assert await site.times_sent(f"door {number} is open") == 1

"""A private PostgreSQL server, started from binaries found on this machine and gone afterwards.

It listens on a Unix socket in a folder of its own, so that nothing outside can reach it and two
test runs never meet. As root it runs as another user, because PostgreSQL refuses root.
"""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

_WHERE_DEBIAN_KEEPS_THEM = Path("/usr/lib/postgresql")
_MISSING = (
    "NOT TESTED on PostgreSQL: no initdb/pg_ctl on PATH or below /usr/lib/postgresql "
    "(on Debian: apt install postgresql)"
)


def find_binaries() -> Path | None:
    """Find the folder with `initdb` and `pg_ctl`; the newest version if there are several."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(_WHERE_DEBIAN_KEEPS_THEM.glob("*/bin"), reverse=True)
    whole = (f for f in folders if (f / "initdb").exists() and (f / "pg_ctl").exists())
    return next(whole, None)


def _user() -> pwd.struct_passwd | None:
    """Whom to run as; `None` is ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


class PostgresServer:
    """One server with real durability: `fsync` and `synchronous_commit` are on."""

    def __init__(self, binaries: Path) -> None:
        self.binaries = binaries
        self._user = _user()
        self.folder = Path(tempfile.mkdtemp(prefix="gateway-pg-"))
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)

    def create(self) -> None:
        """Make the cluster and start it."""
        self._run("initdb", "-A", "trust", "-U", "gateway", "-E", "UTF8", "--no-locale", "-N")
        self.start()

    def start(self) -> None:
        """Start and wait until it answers."""
        options = f"-k {self.folder} -c listen_addresses='' -c max_connections=50"
        self._run("pg_ctl", "start", "-w", "-l", str(self.folder / "log"), "-o", options)

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop; `immediate` is a crash: nothing is written back."""
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    def follow(self, primary: "PostgresServer") -> None:
        """Become a copy of another server that every commit there waits for."""
        self._run("pg_basebackup", "-h", str(primary.folder), "-U", "gateway", "-R", "-c", "fast")
        self.start()
        primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.execute("SELECT pg_reload_conf()")

    def copy(self, other: "PostgresServer") -> None:
        """Become a server of its own that has what another has at this moment."""
        self._run("pg_basebackup", "-h", str(other.folder), "-U", "gateway", "-c", "fast")
        self.start()

    def promote(self) -> None:
        """Take over from the server that was followed."""
        self._run("pg_ctl", "promote", "-w")

    def remove(self) -> None:
        """Stop and leave nothing behind."""
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def url(self, database: str = "postgres") -> str:
        """Give the address of a database on this server."""
        return f"postgresql://gateway@/{database}?host={self.folder}"

    def execute(self, text: str, database: str = "postgres") -> None:
        """Run SQL in a database, from outside of any loop."""
        asyncio.run(self._execute(text, database))

    async def _execute(self, text: str, database: str) -> None:
        import asyncpg  # noqa: PLC0415 - an optional extra

        connection = await asyncpg.connect(self.url(database))
        try:
            await connection.execute(text)
        finally:
            await connection.close()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.binaries / program), "-D", str(self.folder / "data"), *arguments]
        other: dict[str, Any] = {}
        if self._user is not None:
            uid, gid = self._user.pw_uid, self._user.pw_gid
            other = {"user": uid, "group": gid, "extra_groups": ()}
        # The server inherits what is open: with pipes, waiting for their end would never end.
        with (self.folder / "output").open("ab") as output:
            subprocess.run(  # noqa: S603 - our own binaries and arguments
                command, check=True, cwd="/", stdout=output, stderr=output, **other
            )


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A server for the whole test run; tests that stop it start it again."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip(_MISSING)
    server = PostgresServer(binaries)
    server.create()
    yield server
    server.remove()

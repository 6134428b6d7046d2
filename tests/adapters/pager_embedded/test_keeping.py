"""What has been answered is kept: across restarts, and across kill -9 of the real process."""

import asyncio
import functools
import json
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.pager.embedded import (
    PagerServerConfig,
    RateLimits,
    ServerClock,
    StoreError,
    running_pager,
)
from tests.adapters.pager_embedded.conftest import JWT_BEARER, Office, Phone
from tests.adapters.pager_embedded.receivers import listening

COMMAND = (sys.executable, "-c", "from gateway.cli.pager import pager; pager()", "serve")
PAGER_PATH = "/restapi/v1.0/account/~/extension/~/company-pager"
SUBSCRIPTION = "/restapi/v1.0/subscription"


@asynccontextmanager
async def opened(data: Path | None, clock: ServerClock) -> AsyncIterator[Office]:
    config = PagerServerConfig(data=data, admin=True, dev_credentials=True, limits=RateLimits.off())
    async with running_pager(config, clock) as running, aiohttp.ClientSession() as http:
        yield Office(running, http)


async def test_everything_outlives_a_restart(tmp_path: Path, clock: ServerClock) -> None:
    """Messages, conversations, sessions, subscriptions, credentials, people and memberships."""
    data = tmp_path / "pager.db"
    async with opened(data, clock) as office, listening() as receiver:
        dana, avery = await office.phone("104"), await office.phone("101")
        page = (await dana.page("400")).body
        received = await avery.newest()
        made = await dana.call("POST", SUBSCRIPTION, json=receiver.wish())
        robin = {"number": "150", "name": "Robin Fox", "pin": "1357"}
        await office.admin("POST", "extensions", json=robin)
        await office.add("150", "400")
        await office.remove("102", "400")
        await office.set_status("103", "Enabled")
        credential = office.running.jwt["104"]

    async with opened(data, clock) as office:
        again = Phone(office, "104", dana.tokens)
        shown = (await again.messages())[0]
        assert (shown["id"], shown["subject"]) == (page["id"], page["subject"])
        assert (await again.get(f"{SUBSCRIPTION}/{made.body['id']}")).body["status"] == "Active"
        answer = await Phone(office, "101", avery.tokens).reply(received)
        assert answer.body["id"] > page["id"]
        assert sorted((await office.log())[-1]["recipients"]) == ["104", "150"]
        assert (await again.page("103")).status == 200
        assert office.running.jwt["104"] == credential
        assert office.running.pager.directory.by_number["150"].pin == "1357"


async def test_memory_forgets(clock: ServerClock) -> None:
    """Without a file nothing remains, credentials included."""
    async with opened(None, clock) as office:
        dana = await office.phone("104")
    async with opened(None, clock) as office:
        assert (await Phone(office, "104", dana.tokens).get("message-store")).status == 401


async def test_a_file_serves_one_pager(tmp_path: Path, clock: ServerClock) -> None:
    """A second one on the same file is refused in words, and the first goes on."""
    data = tmp_path / "pager.db"
    async with opened(data, clock) as office:
        with pytest.raises(StoreError, match="in use by another company pager"):
            async with opened(data, clock):
                pass
        assert (await (await office.phone("104")).page("101")).status == 200


def modes_in(folder: Path) -> dict[str, int]:
    return {each.name: each.stat().st_mode & 0o777 for each in folder.iterdir()}


async def test_files_with_messages_are_for_our_user_only(
    tmp_path: Path, clock: ServerClock
) -> None:
    """Also the journal beside it."""
    async with opened(tmp_path / "pager.db", clock) as office:
        await (await office.phone("104")).page("101")
        modes = modes_in(tmp_path)
    assert modes == dict.fromkeys(("pager.db", "pager.db-wal"), 0o600)


@pytest.mark.parametrize("kind", ["text", "newer", "directory"])
async def test_a_file_that_is_not_ours_is_refused(
    tmp_path: Path, clock: ServerClock, kind: str
) -> None:
    """Something else, a later version's, no file at all: said in words, nothing overwritten."""
    data = tmp_path / "pager.db"
    if kind == "text":
        data.write_text("shopping list\n" * 100)
    elif kind == "newer":
        with sqlite3.connect(data) as database:
            database.execute("PRAGMA user_version=99")
        database.close()
    else:
        data.mkdir()
    before = data.read_bytes() if data.is_file() else b""
    with pytest.raises(StoreError):
        async with opened(data, clock):
            pass
    assert before == (data.read_bytes() if data.is_file() else b"")


async def test_commits_wait_for_the_disk(tmp_path: Path, clock: ServerClock) -> None:
    """WAL with synchronous=FULL: anything less loses answered pages when power fails."""
    async with opened(tmp_path / "pager.db", clock) as office:
        store = office.running.pager.store

        def pragma(name: str) -> Any:
            return store.run(lambda db: db.execute(f"PRAGMA {name}").fetchone()[0])

        assert await pragma("journal_mode") == "wal"
        assert await pragma("synchronous") == 2


async def test_a_failed_transaction_leaves_nothing_and_harms_nobody(clock: ServerClock) -> None:
    """Work that raises is undone alone, although it shares a commit with others."""
    async with opened(None, clock) as office:
        store = office.running.pager.store

        def write(number: int, db: sqlite3.Connection) -> None:
            db.execute("INSERT INTO edit VALUES (?, 'x')", (f"k{number}",))
            if number % 2:
                raise LookupError(number)

        results = await asyncio.gather(
            *(store.run(functools.partial(write, number)) for number in range(8)),
            return_exceptions=True,
        )
        assert [isinstance(each, LookupError) for each in results] == [False, True] * 4
        kept = await store.run(lambda db: [key for (key,) in db.execute("SELECT key FROM edit")])
        assert kept == ["k0", "k2", "k4", "k6"]


class Process:
    """The real command in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, ready: dict[str, Any]) -> None:
        self.process = process
        self.ready = ready
        self.url: str = ready["url"]

    @classmethod
    async def start(cls, *options: str) -> "Process":
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*COMMAND, *options, stdout=pipe, stderr=pipe)
        assert process.stdout is not None
        async with asyncio.timeout(20):
            line = await process.stdout.readline()
        return cls(process, json.loads(line))

    async def token(self, http: aiohttp.ClientSession, number: str) -> dict[str, str]:
        login = aiohttp.encode_basic_auth(self.ready["client_id"], self.ready["client_secret"])
        form = {"grant_type": JWT_BEARER, "assertion": self.ready["jwt"][number]}
        headers = {"Authorization": login}
        async with http.post(f"{self.url}/restapi/oauth/token", data=form, headers=headers) as got:
            return {"Authorization": f"Bearer {(await got.json())['access_token']}"}

    async def end(self, how: signal.Signals) -> tuple[int, bytes, bytes]:
        """Send a signal; return exit code, the rest of stdout, stderr."""
        self.process.send_signal(how)
        async with asyncio.timeout(10):
            out, errors = await self.process.communicate()
        return self.process.returncode or 0, out, errors


async def test_nothing_answered_is_lost_by_kill_9(tmp_path: Path) -> None:
    """Killed again and again amid traffic, the pager has every page it ever acknowledged, once."""
    options = ("--data", str(tmp_path / "pager.db"), "--dev-credentials", "--admin")
    answered: list[str] = []
    for round_number in range(4):
        pager = await Process.start(*options, "--rate-limits", "off")
        async with aiohttp.ClientSession() as http:
            headers = await pager.token(http, "104")
            enough = len(answered) + 40
            async with asyncio.TaskGroup() as group:
                for sender in range(8):
                    name = f"{round_number}-{sender}"
                    group.create_task(page_until_killed(http, pager, headers, name, answered))
                while len(answered) < enough:
                    await asyncio.wait_for(http_pulse(http, pager), 10)
                pager.process.kill()
        await pager.process.communicate()

    pager = await Process.start(*options)
    async with aiohttp.ClientSession() as http, http.get(f"{pager.url}/_admin/log") as got:
        texts = [each["text"] for each in (await got.json())["records"]]
    await pager.end(signal.SIGTERM)
    assert len(answered) >= 160
    assert set(answered) <= set(texts)
    assert len(texts) == len(set(texts))


async def page_until_killed(
    http: aiohttp.ClientSession,
    pager: Process,
    headers: dict[str, str],
    name: str,
    answered: list[str],
) -> None:
    for number in range(100_000):
        text = f"{name}-{number}"
        body = {"text": text, "to": [{"extensionNumber": "400"}]}
        try:
            async with http.post(pager.url + PAGER_PATH, json=body, headers=headers) as got:
                if got.status == 200 and (await got.json())["subject"] == text:
                    answered.append(text)
        except aiohttp.ClientError:
            return


async def http_pulse(http: aiohttp.ClientSession, pager: Process) -> None:
    async with http.get(f"{pager.url}/_admin/faults") as got:
        await got.read()


async def test_the_command_says_one_line_and_ends_on_sigterm(tmp_path: Path) -> None:
    """Ready line with credentials only when asked; exit 0, nothing else on stdout."""
    plain = await Process.start("--data", str(tmp_path / "a.db"))
    assert plain.ready == {"ready": True, "url": plain.url}
    assert await plain.end(signal.SIGTERM) == (0, b"", b"")
    known = await Process.start("--dev-credentials", "--port", plain.url.rpartition(":")[2])
    assert known.url == plain.url
    assert set(known.ready) == {"ready", "url", "client_id", "client_secret", "jwt"}
    assert known.ready["jwt"].keys() >= {"104", "400", "9001"}
    assert (await known.end(signal.SIGINT))[0] == 0


async def test_the_command_names_what_is_wrong(tmp_path: Path) -> None:
    """A broken directory ends it with words, not with a traceback."""
    file = tmp_path / "company.yaml"
    file.write_text("people: [{number: '1', name: x}]")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--directory", str(file), stdout=pipe, stderr=pipe
    )
    out, errors = await process.communicate()
    assert process.returncode == 1
    assert out == b""
    assert b"people[0].number" in errors
    assert b"Traceback" not in errors

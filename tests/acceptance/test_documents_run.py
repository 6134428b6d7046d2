"""What the documents tell people to type works, typed as it stands.

Fences marked `sh` are run; of those marked `console` what follows `$ `. A fence that cannot be run
here says why in its first line: `# not tested: …`. All fences of a page are typed in one folder, in
order, beside a gateway between two local servers. The reader's own address, references that were
just given and folders of the system are put in; nothing else is changed, and each has to end well.
"""

import asyncio
import os
import re
import shlex
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.alerts.registry import AlertSettings
from gateway.demo.world import DemoOptions, World, demo_files, running_world
from gateway.domain.ids import ChatUserId, ExtensionNumber, WorkspaceId
from gateway.domain.people import PersonLink
from gateway.ports.changes import LinkPerson
from gateway.ports.store import Unit

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])

_FENCE = re.compile(r"^( *)```(sh|console)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_REASON = re.compile(r"# not tested: \w+")
_REF = re.compile(r"\b(pg|sl)_[0-9A-Z]{4,8}\b")
_SYSTEM_FOLDERS = {"/var/backups/gateway": "backups", "/run/gateway/gateway.sock": "gateway.sock"}

SETTINGS = """
[database]
url = "sqlite:///gateway.db"
[vault]
key_file = "gateway.key"
[slack]
bot_token = "xoxb-1"
signing_secret = "8f742231b10e8888"
[routing]
file = "routes.yaml"
[[alerts.sources]]
name = "alertmanager"
kind = "alertmanager"
auth = {profile = "token", secrets = ["a-long-random-secret-of-your-own"]}
[[alerts.sources]]
name = "grafana"
kind = "grafana"
auth = {profile = "token", secrets = ["a-long-random-secret-of-your-own"]}
[[alerts.sources]]
name = "zabbix"
kind = "generic"
preset = "zabbix"
auth = {profile = "token", secrets = ["a-long-random-secret-of-your-own"]}
"""
ROUTING_KEY = "0123456789abcdef0123456789abcdef"
PAGERDUTY = {
    "name": "pagerduty",
    "kind": "pagerduty",
    "auth": {"profile": "routing-key", "secrets": [ROUTING_KEY]},
}
SOURCES = {"pagerduty-senders.md": AlertSettings.model_validate({"sources": [PAGERDUTY]})}
"""Whose alerts the running gateway takes on a page, where it is not the demo's."""
BODIES = {
    "grafana.md": "grafana/samples/firing.json",
    "json-alerts.md": "generic/samples/zabbix/firing.json",
}
"""What `body.json` is on a page; elsewhere it is Alertmanager's."""


def commands(kind: str, block: str) -> Iterator[str]:
    """List what is typed: the whole of a script, or each line behind a prompt."""
    if kind == "sh":
        yield block
        return
    lines = iter(block.splitlines())
    for line in lines:
        if not line.startswith("$ "):
            continue
        typed = line[2:]
        while not _is_whole(typed):
            typed += "\n" + next(lines)
        yield typed


def _is_whole(typed: str) -> bool:
    try:
        shlex.split(typed, comments=True)
    except ValueError:
        return False
    return True


def fences(page: Path) -> list[tuple[str, str]]:
    """Find the blocks of a page that are typed, without their indent."""
    return [
        (kind, re.sub(rf"^{indent}", "", block, flags=re.MULTILINE))
        for indent, kind, block in _FENCE.findall(page.read_text())
    ]


def is_typed(block: str) -> bool:
    """Whether a block can be typed here; a file with its own interpreter is none."""
    return not block.startswith(("# not tested: ", "#!"))


RUN = [page for page in PAGES if any(is_typed(block) for _, block in fences(page))]


@dataclass
class Reader:
    """Somebody who types what they read, in a folder of their own."""

    world: World
    folder: Path
    known: dict[str, str] = field(default_factory=dict)

    def prepare(self, page: Path) -> None:
        """Lay out what a reader has at this point."""
        self._program("gateway", f'"{sys.executable}" -m gateway')
        # Its targets have tests of their own; here it is enough that they exist.
        self._program("make", f'/usr/bin/make --dry-run --directory "{ROOT}"')
        (self.folder / ".venv").mkdir()
        (self.folder / ".venv/bin").symlink_to(self.folder / "bin")
        (self.folder / "backups").mkdir()
        (self.folder / "gateway.toml").write_text(SETTINGS)
        (self.folder / "gateway.toml").chmod(0o600)
        body = BODIES.get(page.name, "alertmanager/samples/firing.json")
        shutil.copy(ROOT / "adapters/alerts" / body, self.folder / "body.json")

    def _program(self, name: str, runs: str) -> None:
        file = self.folder / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f'#!/bin/sh\nexec {runs} "$@"\n')
        file.chmod(0o755)

    async def types(self, typed: str) -> None:
        """Run it; what it answers is what later commands may speak of."""
        put_in = self._put_in(typed)
        process = await asyncio.create_subprocess_exec(
            *("sh", "-euc", put_in),
            cwd=self.folder,
            env=self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        answer = out.decode()
        assert process.returncode == 0, f"{typed}\nended with {process.returncode}:\n{answer}"
        assert not re.search(r'^HTTP/1.1 [45]|^\{"error":', answer, re.MULTILINE), answer
        self.known |= {found[1]: found[0] for found in _REF.finditer(answer)}

    def _put_in(self, typed: str) -> str:
        """Put in what is different for every reader."""
        typed = typed.replace("http://127.0.0.1:8080", self.world.gateway.public_url)
        for folder, ours in _SYSTEM_FOLDERS.items():
            typed = typed.replace(folder, ours)
        return _REF.sub(lambda found: self.known.get(found[1], found[0]), typed)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name == "LANG"}  # noqa: TID251 - for the programs started here
        path = f"{self.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin"
        ours = {"PATH": path, "PYTHONPATH": str(ROOT), "EDITOR": "true"}
        programs = self.world.programs
        told = {"SOCKET": "gateway.sock", "PAGES": programs.url, "TOKEN": programs.token}
        return {**kept, **ours, **told}


async def has_linked(reader: Reader) -> None:
    """Bo has linked himself."""
    who = (WorkspaceId("T0ACME"), ChatUserId("U0BO"), "Bo Chen", ExtensionNumber("102"))
    link = PersonLink(*who, "Bo Chen", datetime.now(UTC))  # noqa: TID251 - nothing depends on it
    await reader.world.gateway.store.commit(Unit((LinkPerson(link),)))
    await reader.world.gateway.core.linking.links.book.refresh()


async def takes_the_token(reader: Reader) -> None:
    """The operator has started the gateway again, with the token that was made."""
    (reader.folder / "ci_token").write_text(reader.world.programs.token)


async def has_changed_routes(reader: Reader) -> None:
    """The routes were changed before, more than once."""
    file = reader.folder / "routes.yaml"
    for change in ("# once\n", "# twice\n"):
        file.write_text(file.read_text() + change)
        await reader.world.gateway.reloads.asked("root")


BETWEEN: dict[str, Callable[[Reader], Awaitable[None]]] = {
    "change-routes.md": has_changed_routes,
    "linking.md": has_linked,
    "erase.md": has_linked,
    "http-api.md": takes_the_token,
}
"""What happens on a page before a fence is typed, and is not typed."""


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
async def test_what_is_to_be_typed_works(page: Path, tmp_path: Path) -> None:
    """Every command ends well, with the answers of the commands before it."""
    # The routes in force are those in the reader's folder.
    folder = tmp_path / "reader"
    shutil.copytree(demo_files(), folder)
    shutil.copy(demo_files().parent / "slack-manifest.yaml", tmp_path)
    options = DemoOptions(data=folder, files=folder, alerts=SOURCES.get(page.name))
    async with running_world(options) as world:
        reader = Reader(world, folder)
        reader.prepare(page)
        for kind, block in fences(page):
            if page.name in BETWEEN:
                await BETWEEN[page.name](reader)
            for typed in commands(kind, block) if is_typed(block) else ():
                await reader.types(typed)


def test_what_is_not_tested_says_why() -> None:
    """And something is tested, or this could not fail."""
    every = [block for page in PAGES for _, block in fences(page)]
    untyped = [block for block in every if not is_typed(block) and not block.startswith("#!")]
    assert [block for block in untyped if not _REASON.match(block)] == []
    assert len(RUN) > 5

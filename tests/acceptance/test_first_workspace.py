"""The guide for newcomers, followed to the letter: its commands, one by one, in an empty folder."""

import asyncio
import json
import re
import sys
from pathlib import Path

from gateway.demo.world import free_port

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/how-to/first-workspace.md"
WITHIN_S = 90.0
# A newcomer reads on while a server starts; a script has to wait.
BEFORE = """
set -eu -o pipefail
trap 'kill $!; wait $! || true; kill $(jobs -p)' EXIT
ready() { for _ in $(seq 200); do "$@" > /dev/null 2>&1 && return; sleep 0.1; done; exit 9; }
"""
AFTER = {
    "serve": "ready test -s pager.json; ready test -s slack.json",
    "gateway run": "ready gateway status",
}


def command(folder: Path) -> Path:
    """Make `gateway` a command of this very tree; gives the folder to look it up in."""
    file = folder / "gateway"
    file.write_text(f'#!/bin/sh\nexec {sys.executable} -m gateway "$@"\n', encoding="utf-8")
    file.chmod(0o755)
    return folder


def script(ports: dict[str, int]) -> str:
    """Put the commands for this computer alone together, on ports of our own."""
    text = GUIDE.read_text(encoding="utf-8").partition("## On this computer alone")[2]
    lines = [BEFORE]
    for block in re.findall(r"```bash\n(.*?)```", text, re.DOTALL):
        lines += [block, *(wait for word, wait in AFTER.items() if word in block)]
    return re.sub(r"\b80[89][01]\b", lambda found: str(ports[found[0]]), "\n".join(lines))


async def test_the_guide_leads_to_a_page_on_a_phone(tmp_path: Path) -> None:
    """Every command ends well, and the last one shows the page that the one before it sent."""
    ports = {port: free_port() for port in ("8080", "8090", "8091")}
    folder = tmp_path / "pager"
    folder.mkdir()
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", script(ports)),
        cwd=folder,
        env={
            "PATH": f"{command(tmp_path)}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "GATEWAY_SERVER__PORT": str(ports["8080"]),
            "GATEWAY_ADMIN__PORT": "0",
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(WITHIN_S):
        out, err = await process.communicate()
    said = out.decode() + err.decode()
    assert process.returncode == 0, said
    assert "0 failures (no gateway answers)" in said
    shown = json.loads(out.decode().splitlines()[-1])
    assert any("The server room is wet" in message["text"] for message in shown["records"])

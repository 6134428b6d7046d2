"""`gateway slack serve`: one line when ready, a clean end on SIGTERM."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import aiohttp
from click.testing import CliRunner

from gateway.cli.slack import slack

SERVE = "from gateway.cli.slack import slack; slack()"
DEMO = Path(__file__).parents[3] / "config" / "demo" / "workspace.yaml"


async def test_it_says_when_it_is_ready_and_stops_when_told() -> None:
    """The line has addresses and secrets; after SIGTERM the exit is 0 and nothing else was said."""
    arguments = ["serve", "--workspace", str(DEMO), "--events-url", "http://127.0.0.1:9/x"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SERVE,
        *arguments,
        "--signing-secret",
        "s3cret",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        ready = json.loads(await process.stdout.readline())
        assert ready["ready"] is True
        assert ready["signing_secret"] == "s3cret"
        assert ready["api_url"] == f"{ready['url']}/api/"
        async with aiohttp.ClientSession() as http:
            body = {"token": ready["bot_token"]}
            async with http.post(f"{ready['api_url']}auth.test", data=body) as answer:
                assert (await answer.json())["team"] == "Acme"
            # An open stream and an app that is not there must not hold it up.
            async with http.get(f"{ready['url']}/_sim/stream?after=0"):
                process.send_signal(signal.SIGTERM)
                rest, errors = await process.communicate()
    assert (process.returncode, rest, errors) == (0, b"", b"")


def test_a_wrong_workspace_file_is_explained(tmp_path: Path) -> None:
    """No traceback: the place and the reason."""
    path = tmp_path / "workspace.yaml"
    path.write_text("usres: []", encoding="utf-8")
    result = CliRunner().invoke(slack, ["serve", "--workspace", str(path), "--events-url", "x"])
    assert result.exit_code == 1
    assert "unknown key 'usres'" in result.output

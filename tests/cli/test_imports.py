"""What a command imports: an operator at a terminal waits for every part of it."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE

import pytest

LOADED = "; import json, sys; print(json.dumps([*sys.modules]))"


async def _loaded_by(statement: str) -> set[str]:
    """Tell which packages an interpreter has that ran this."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", statement + LOADED, stdout=PIPE
    )
    output, _ = await process.communicate()
    return {name.partition(".")[0] for name in json.loads(output)}


@pytest.mark.parametrize(
    ("statement", "spared"),
    [
        ("import gateway.cli.main", {"pydantic", "aiohttp", "asyncio"}),
        (
            "import gateway.cli.status, gateway.settings",
            {"adapters", "aiohttp", "slack_sdk", "cryptography"},
        ),
    ],
    ids=["help", "a question to the running gateway"],
)
async def test_a_command_imports_what_it_needs(statement: str, spared: set[str]) -> None:
    """Neither help nor a question pays for the service."""
    assert not spared & await _loaded_by(statement)

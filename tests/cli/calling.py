"""Commands called in a thread of their own, while this loop goes on serving what they ask."""

import asyncio
from pathlib import Path

from click.testing import CliRunner, Result

from gateway.cli.main import main


async def called(*arguments: str | Path, given: str = "") -> Result:
    """Call `gateway …` with something on standard input."""
    return await asyncio.to_thread(CliRunner().invoke, main, list(map(str, arguments)), input=given)

"""What is looked into: the settings, and the gateway that runs with them or does not."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from gateway.ports.clock import Clock
from gateway.routes.reading import LoadedRoutes
from gateway.settings import Places, Settings
from gateway.system import SystemClock

_ANSWER_WITHIN_S = 5.0

Status = Mapping[str, Any]


def free_bytes(folder: Path) -> int:
    """Tell how much room a disk has left."""
    return shutil.disk_usage(folder).free


@dataclass(frozen=True)
class Tools:
    """The clock and the disk; a test brings its own."""

    clock: Clock = field(default_factory=SystemClock)
    free_bytes: Callable[[Path], int] = free_bytes


@dataclass(frozen=True)
class Site:
    """One installation with settings that can be read.

    `status` is what the running gateway says of itself, `None` when none runs. `routes` is `None`
    without a usable file. `in_force` are the settings of the running gateway, with `key`, `value`
    and `source`. Of a further workspace, `first` is how the first one stands.
    """

    places: Places
    settings: Settings
    tools: Tools
    status: Status | None = None
    routes: LoadedRoutes | None = None
    in_force: Sequence[Mapping[str, str]] = ()
    first: Status | None = None
    is_further: bool = False


async def ask_gateway(socket: Path, path: str) -> Status | None:
    """Ask the gateway behind a control socket; `None` when nobody answers, or not that."""
    connector = aiohttp.UnixConnector(str(socket))
    patience = aiohttp.ClientTimeout(total=_ANSWER_WITHIN_S)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=patience) as session,
            session.get(f"http://gateway{path}") as answer,
        ):
            said = await answer.json()
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return None
    return said if isinstance(said, dict) and "error" not in said else None

"""`POST /-/backup` over the control door: `{"file": …}`, an absolute path on this machine."""

import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from aiohttp import web

from gateway.web.errors import RefusedError

Backup = Callable[[Path], Awaitable[Mapping[str, object]]]
"""Writes a copy of the database; tells what was written. Raises `RefusedError`."""


def backup_routes(backup: Backup) -> tuple[web.RouteDef, ...]:
    """Make the route of the control door."""

    async def create(request: web.Request) -> web.Response:
        return web.json_response(await backup(_file(await request.read())))

    return (web.post("/-/backup", create),)


def _file(raw: bytes) -> Path:
    try:
        body = json.loads(raw)
        path = Path(body["file"])
    except (ValueError, KeyError, TypeError):
        path = Path()
    if not path.is_absolute():
        raise RefusedError("backup.file", "`file` is an absolute path.", 400)
    return path

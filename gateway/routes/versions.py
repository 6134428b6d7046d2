"""The newest versions of the routes that were in force, kept so that any of them can be put back.

They are in the database, beside the secrets: every process finds them, also after a restart.
"""

import asyncio
import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from pydantic import TypeAdapter

from gateway.ports.vault import Vault
from gateway.routes.reading import LoadedRoutes, read_routes

MOST = 10
_HISTORY, _TEXT, _PIN = "routes.history", "routes.text.", "routes.rolled_back"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """A version that was in force: its content's hash, since when, and who or what read it."""

    hash: str
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class RolledBack:
    """`hash` was put back because `rejected` was not wanted; it holds until the file changes."""

    hash: str
    rejected: str
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Written:
    """The routes as people wrote them: the file, and the calendars it names."""

    text: str
    calendars: Mapping[str, str] = field(default_factory=dict)

    def read(self, name: str, version: str) -> LoadedRoutes:
        """Read them again.

        Raises:
            RoutesError: a newer gateway understands them no more.
        """
        loaded = read_routes(self.text, name, self.calendars.__getitem__)
        return replace(loaded, routes=replace(loaded.routes, hash=version))


_KEPT = TypeAdapter(tuple[Kept, ...])
_ROLLED_BACK = TypeAdapter(RolledBack)


@dataclass(frozen=True)
class Versions:
    """What was in force. All of it raises `StoreUnavailableError` when the database is away."""

    vault: Vault

    async def history(self) -> tuple[Kept, ...]:
        """List the last `MOST`, the newest last; a version that came again counts as new."""
        kept = await self.vault.get(_HISTORY)
        return _KEPT.validate_json(kept) if kept else ()

    async def keep(self, version: Kept, written: Written) -> None:
        """Keep one that is in force now; the oldest goes."""
        packed = await asyncio.to_thread(_packed, written)
        await self.vault.put(_TEXT + version.hash, packed)
        for _ in range(_TRIES):
            before = await self.vault.get(_HISTORY)
            known = _KEPT.validate_json(before) if before else ()
            if known and known[-1].hash == version.hash:
                return
            others = tuple(each for each in known if each.hash != version.hash)
            newest = (*others, version)[-MOST:]
            after = _KEPT.dump_json(newest).decode()
            if await self.vault.swap(_HISTORY, before, after):
                for gone in {each.hash for each in known} - {each.hash for each in newest}:
                    await self.vault.forget(_TEXT + gone)
                return

    async def written(self, version: str) -> Written | None:
        """Give a version's text; `None` when it is not kept."""
        packed = await self.vault.get(_TEXT + version)
        return _unpacked(packed) if packed else None

    async def rolled_back(self) -> RolledBack | None:
        """Tell what was put back last, unless the file changed since."""
        kept = await self.vault.get(_PIN)
        return _ROLLED_BACK.validate_json(kept) if kept else None

    async def hold(self, to: RolledBack | None) -> None:
        """Remember that a version was put back; `None`: the file counts again."""
        if to is None:
            await self.vault.forget(_PIN)
        else:
            await self.vault.put(_PIN, _ROLLED_BACK.dump_json(to).decode())


def _packed(written: Written) -> str:
    return base64.b85encode(zlib.compress(json.dumps(asdict(written)).encode())).decode()


def _unpacked(packed: str) -> Written:
    return Written(**json.loads(zlib.decompress(base64.b85decode(packed))))

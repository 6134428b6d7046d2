"""Backups of the running gateway's database."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.storage import BackupElsewhereError, OpenStore, StorageError
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.settings import Settings
from gateway.web.errors import RefusedError


@dataclass(frozen=True)
class Backups:
    """Writes them, and tells what has to be kept beside them."""

    opened: OpenStore
    settings: Settings
    clock: Clock
    observer: Observer

    async def create(self, to: Path) -> Mapping[str, object]:
        """Write a copy while everything goes on.

        Raises:
            RefusedError: nothing was written; its words are for the operator.
        """
        taken_at = self.clock.now()
        try:
            await self.opened.engine.backup(to, taken_at)
        except BackupElsewhereError as error:
            raise RefusedError("backup.elsewhere", str(error)) from error
        except StorageError as error:
            raise RefusedError("backup.failed", str(error)) from error
        self.observer.saw("backup.written", taken_at=taken_at.isoformat())
        head = (await self.opened.store.audit_ends()).head
        keys = self.settings.vault.keys
        return {
            "file": str(to),
            **await asyncio.to_thread(_about, to),
            "taken_at": taken_at.isoformat(),
            "audit": {"number": head.number, "seal": head.seal},
            "key_file": None if keys else str(self.settings.vault.key_file.absolute()),
        }


def _about(file: Path) -> dict[str, object]:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return {"bytes": file.stat().st_size, "sha256": digest}

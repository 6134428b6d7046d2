"""Changing the key that seals secrets, while everything goes on.

The key file is the journal of it: the new key is on disk in front of the old one before anything
is sealed with it, and the old one leaves when nothing needs it any more. A start in between opens
with both, and the next rotation goes on where this one ended.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.storage.vault import SealedVault, key_name
from gateway.bootstrap.vault_keys import as_key, known_vault_keys, new_key, write_keys
from gateway.ports.observer import Observer
from gateway.settings import Settings
from gateway.web.errors import RefusedError

_BATCH = 200


@dataclass
class KeyRotation:
    """Seals everything anew; asked again and again by who wants to see it go on."""

    vault: SealedVault
    settings: Settings
    observer: Observer

    async def begin(self) -> Mapping[str, object]:
        """Put a new key in front, unless one is there already; tells how much is to be done.

        Raises:
            RefusedError: the key would have to be put somewhere else; the words say where.
        """
        keys = await asyncio.to_thread(known_vault_keys, self.settings) or ()
        if len(keys) < 2:  # noqa: PLR2004 - one key only: the change begins now
            keys = (self._fresh(), *keys)
            await asyncio.to_thread(write_keys, self.settings.vault.key_file, keys)
        self.vault.use(keys)
        self.observer.saw("vault.key_changed", key=self.vault.sealing)
        return await self._standing()

    async def go_on(self) -> Mapping[str, object]:
        """Seal some more; when nothing is left, let the older keys go."""
        await self.vault.reseal(_BATCH)
        standing = await self._standing()
        return standing if standing["left"] else {**standing, "old": await self._let_go()}

    async def _standing(self) -> dict[str, object]:
        return {"key": self.vault.sealing, "left": await self.vault.left()}

    def _fresh(self) -> bytes:
        """Make a key for the key file. Keys of the settings are the operator's to change."""
        if self.settings.vault.keys:
            raise RefusedError(
                "keys.one_only",
                "vault.keys holds one key. Put a new one in front of it (gateway keys generate), "
                "start every gateway of this database again, and rotate then.",
            )
        if not self.settings.database.url.startswith("sqlite"):
            raise RefusedError(
                "keys.shared",
                "Other gateways may share this database and would not know a key in this one's "
                "file. Put the key of the file into vault.keys, with a new one in front, on all of "
                "them; start them again, and rotate then.",
            )
        return as_key(new_key())

    async def _let_go(self) -> list[Mapping[str, str | None]]:
        """Take the older keys out of the key file, each into one of its own; tell their names."""
        keys = await asyncio.to_thread(known_vault_keys, self.settings) or ()
        file = self.settings.vault.key_file
        kept: list[Mapping[str, str | None]] = []
        for old in keys[1:]:
            place = None
            if not self.settings.vault.keys:
                place = file.with_name(f"{file.name}.{key_name(old)}")
                await asyncio.to_thread(write_keys, place, [old])
            kept.append({"key": key_name(old), "file": str(place.absolute()) if place else None})
        if not self.settings.vault.keys:
            await asyncio.to_thread(write_keys, file, keys[:1])
            self.vault.use(keys[:1])
        self.observer.saw("vault.resealed", key=self.vault.sealing)
        return kept

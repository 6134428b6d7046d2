"""The database: one schema, two engines. `open_store` is the entry."""

from adapters.storage.errors import BackupElsewhereError, StorageError, VaultKeyError
from adapters.storage.opening import OpenStore, open_store

__all__ = ["BackupElsewhereError", "OpenStore", "StorageError", "VaultKeyError", "open_store"]

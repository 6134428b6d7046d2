"""The database: one schema, two engines. `open_store` is the entry."""

from adapters.storage.errors import StorageError, VaultKeyError
from adapters.storage.opening import OpenStore, open_store

__all__ = ["OpenStore", "StorageError", "VaultKeyError", "open_store"]

"""What stops a database from being used at all; an operator has to act.

These are raised while opening, migrating or unlocking, never by a method of the store. Their text
is for the operator at the terminal: it is needed before anything else is loaded.
"""

from dataclasses import dataclass


@dataclass(eq=False)
class StorageError(Exception):
    """Root of the family; catch it where the program starts and show it as it is."""


@dataclass(eq=False)
class DatabaseUrlError(StorageError):
    """The address names no database we know."""

    url: str

    def __str__(self) -> str:
        """Name the forms that work, without what may be a password."""
        scheme = self.url.partition(":")[0]
        return (
            f"The database address begins with {scheme!r}. Use sqlite:///path/to/gateway.db "
            "or postgresql://user@host/database."
        )


@dataclass(eq=False)
class DatabaseInUseError(StorageError):
    """Another process has the SQLite file open."""

    path: str
    holder: str

    def __str__(self) -> str:
        """Say who, and what to do."""
        return (
            f"{self.path} is in use by another gateway (process {self.holder}). SQLite serves one "
            "process: stop the other one, send commands through it, or use PostgreSQL."
        )


@dataclass(eq=False)
class DatabaseUnfitError(StorageError):
    """The database opened, but cannot keep what we promise. `reason` is a short phrase."""

    where: str
    reason: str

    def __str__(self) -> str:
        """Say what is wrong and that nothing was touched."""
        return (
            f"{self.where} cannot be used: {self.reason}. Nothing was changed; the file is kept as "
            "it is. If it is damaged, restore the last backup beside it."
        )


@dataclass(eq=False)
class DiskFullError(StorageError):
    """There is no room to open the database."""

    where: str

    def __str__(self) -> str:
        """Say so: SQLite calls it many things, and none of them is damage."""
        return (
            f"{self.where} cannot be opened: its disk is full. Make room and start again; nothing "
            "is lost."
        )


@dataclass(eq=False)
class MigrationNeededError(StorageError):
    """The schema is older than this program, and we were told not to change it."""

    current: str
    wanted: str

    def __str__(self) -> str:
        """Say how to go on."""
        return (
            f"The database is at schema revision {self.current or 'none'}, this program needs "
            f"{self.wanted}. Run `gateway db upgrade`, or set database.migrate."
        )


@dataclass(eq=False)
class DriverMissingError(StorageError):
    """The PostgreSQL extra is not installed."""

    def __str__(self) -> str:
        """Name the extra."""
        return (
            "PostgreSQL needs the driver asyncpg. Install the extra: "
            "pip install 'pager-gateway[postgresql]'"
        )


@dataclass(eq=False)
class BackupElsewhereError(StorageError):
    """PostgreSQL is copied by its own tools."""

    def __str__(self) -> str:
        """Name them, and what has to be done after a restore."""
        return (
            "PostgreSQL is backed up by its own tools: pg_dump --format=custom --file=FILE "
            "DATABASE. After pg_restore, and before a gateway starts: gateway backup restored "
            "--taken-at TIME."
        )


@dataclass(eq=False)
class BackupFailedError(StorageError):
    """A backup could not be written. `reason` is a short phrase."""

    file: str
    reason: str

    def __str__(self) -> str:
        """Say why."""
        return f"No backup was written to {self.file}: {self.reason}."


@dataclass(eq=False)
class RestoreRefusedError(StorageError):
    """A backup was not put in place; nothing was changed. `reason` is a sentence."""

    reason: str

    def __str__(self) -> str:
        """Say why."""
        return self.reason


@dataclass(eq=False)
class VaultKeyError(StorageError):
    """Stored secrets cannot be opened with the configured keys."""

    reason: str

    def __str__(self) -> str:
        """Say which key is missing, never a key."""
        return f"The vault cannot be opened: {self.reason}. Configure the key it was written with."


@dataclass(eq=False)
class UnreadableFactError(StorageError):
    """A stored fact has a version or a shape this program does not know."""

    what: str

    def __str__(self) -> str:
        """Say what it was, without its content."""
        return f"A stored fact cannot be read: {self.what}."

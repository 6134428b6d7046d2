"""Secrets in force: looked up for every request, so that an end or a new file counts at once."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from adapters.alerts.settings import Secret
from gateway.ports.clock import Clock

_FILE_MOST = 4096

Key = TypeVar("Key")


class KeyringError(ValueError):
    """A secret cannot be used; the text never holds it."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Where secrets in files are looked up."""

    path: Path = Path()

    def read(self, name: Path) -> str:
        """Read a secret.

        Raises:
            OSError: it is out of reach.
            ValueError: it is empty, too long or not text.
        """
        with (self.path / name).open("rb") as file:
            secret = file.read(_FILE_MOST + 1)
        if len(secret) > _FILE_MOST or not secret.strip():
            raise ValueError
        return secret.decode().strip()


class Keyring(Generic[Key]):
    """The secrets of one source, made into keys."""

    def __init__(
        self, secrets: Sequence[Secret], folder: Folder, clock: Clock, key: Callable[[str], Key]
    ) -> None:
        self._secrets = tuple(secrets)
        self._folder = folder
        self._clock = clock
        self._key = key
        self._check()

    def active(self) -> list[Key]:
        """List the keys that are in force now. A file that went away closes, it does not open."""
        now = self._clock.now()
        keys = []
        for secret in self._secrets:
            if secret.until is None or now < secret.until:
                with suppress(OSError, ValueError):
                    keys.append(self._key(self._read(secret)))
        return keys

    def _read(self, secret: Secret) -> str:
        if secret.value is not None:
            return secret.value.get_secret_value().strip()
        return self._folder.read(secret.file or Path())

    def _check(self) -> None:
        """Fail at the start, where somebody looks, and not at the first alert."""
        for number, secret in enumerate(self._secrets, start=1):
            place = f"file {secret.file}" if secret.file else f"secret {number}"
            try:
                self._key(self._read(secret))
            except OSError as error:
                raise KeyringError(f"{place} cannot be read ({error.strerror})") from None
            except ValueError:
                raise KeyringError(f"{place} is empty or not of the profile's form") from None

"""The keys that seal secrets in the database."""

import base64
import binascii
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from adapters.storage import VaultKeyError
from gateway.settings import Settings

_KEY_BYTES = 32


def vault_keys(settings: Settings) -> tuple[bytes, ...]:
    """Give the keys of the settings, else those in the key file, made when there is none.

    Raises:
        VaultKeyError: a key is not Base64.
        OSError: the key file cannot be read or made.
    """
    known = known_vault_keys(settings)
    if known is not None:
        return known
    _make(settings.vault.key_file)
    return _of_file(settings.vault.key_file)


def known_vault_keys(settings: Settings) -> tuple[bytes, ...] | None:
    """Give the keys as `vault_keys` does, but make none; `None` before the first start.

    Raises:
        VaultKeyError: a key is not Base64.
        OSError: the key file cannot be read.
    """
    given = settings.vault.keys
    if given:
        return tuple(_decoded(key.get_secret_value(), "vault.keys") for key in given)
    try:
        return _of_file(settings.vault.key_file)
    except FileNotFoundError:
        return None


def new_key() -> str:
    """Make a key, as `vault.keys` and the key file hold it."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def as_key(text: str) -> bytes:
    """Read what `new_key` made."""
    return _decoded(text, "a new key")


def write_keys(file: Path, keys: Sequence[bytes]) -> None:
    """Put keys into a key file in place of what it holds, whole or not at all."""
    made = _written(file, b"\n".join(map(base64.b64encode, keys)))
    made.replace(file)
    _sync(file.parent)


def _of_file(file: Path) -> tuple[bytes, ...]:
    """Read a key file: a key a line, the first one seals. Two stand there while keys change."""
    return tuple(_decoded(line, str(file)) for line in file.read_bytes().split() or [b""])


def _make(file: Path) -> None:
    """Make a key that only its owner can read; whole or not at all, and never over another."""
    made = _written(file, new_key().encode())
    try:
        with suppress(FileExistsError):
            os.link(made, file)
    finally:
        made.unlink()


def _written(file: Path, content: bytes) -> Path:
    """Write a file beside another, on disk and for its owner's eyes only."""
    made = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as writer:
        writer.write(content)
        writer.flush()
        os.fsync(writer.fileno())
    return made


def _sync(folder: Path) -> None:
    """Have a change of names survive a power cut, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _decoded(text: str | bytes, where: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise VaultKeyError(f"{where} does not hold Base64") from None

"""Named secrets, sealed with AES-256-GCM under keys that the database never sees."""

from collections.abc import Sequence
from hashlib import sha256
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from typing_extensions import override

from adapters.storage import statements as sql
from adapters.storage.engine import Engine, Script
from adapters.storage.errors import VaultKeyError
from gateway.ports.vault import Vault

_KEY_BYTES = 32
_NONCE_BYTES = 12


class SealedVault(Vault):
    """Each value is bound to its name, its key and whose vault it is: copied, it does not open."""

    def __init__(self, engine: Engine, keys: Sequence[bytes], owner: str = "") -> None:
        self._engine = engine
        self._owner = f"{owner}\0" if owner else ""
        self.use(keys)

    def use(self, keys: Sequence[bytes]) -> None:
        """Take other keys from now on: the first one seals, all of them open."""
        self._ciphers = {key_name(key): AESGCM(key) for key in keys}
        self._first = key_name(keys[0])

    @property
    def sealing(self) -> str:
        """Name the key that seals."""
        return self._first

    @override
    async def get(self, name: str) -> str | None:
        return await self._engine.read(lambda: self._open(name))

    @override
    async def put(self, name: str, value: str) -> None:
        await self._engine.write(lambda: self._seal(name, value))

    @override
    async def swap(self, name: str, was: str | None, now: str | None) -> bool:
        return await self._engine.write(lambda: self._swap(name, was, now))

    @override
    async def forget(self, name: str) -> None:
        await self._engine.write(lambda: _unseal(name))

    async def reseal(self, most: int = 1000) -> int:
        """Seal with the first key what other keys have sealed; returns how many, 0 when done."""
        return await self._engine.write(lambda: self._reseal(most))

    async def left(self) -> int:
        """Count what other keys than the first one have sealed."""
        return await self._engine.read(self._left)

    def _open(self, name: str) -> Script[str | None]:
        for key_id, sealed in (yield sql.SEALED(name)):
            return self._plain(name, key_id, sealed)
        return None

    def _swap(self, name: str, was: str | None, now: str | None) -> Script[bool]:
        rows = yield sql.SEALED_ALONE(name)
        stands = self._plain(name, *rows[0]) if rows else None
        if stands != was:
            return False
        if now is None:
            yield sql.UNSEAL(name)
        elif was is None:
            return bool((yield sql.SEAL_FIRST(name, self._first, self._sealed(name, now))))
        else:
            yield from self._seal(name, now)
        return True

    def _seal(self, name: str, value: str) -> Script[None]:
        yield sql.SEAL(name, self._first, self._sealed(name, value))

    def _sealed(self, name: str, value: str) -> bytes:
        nonce = token_bytes(_NONCE_BYTES)
        bound = self._bound_to(name, self._first)
        return nonce + self._ciphers[self._first].encrypt(nonce, value.encode(), bound)

    def _left(self) -> Script[int]:
        ((count,),) = yield sql.COUNT_SEALED_OTHERWISE(self._first)
        return int(count)

    def _reseal(self, most: int) -> Script[int]:
        rows = yield sql.SEALED_OTHERWISE(self._first, most)
        for name, key_id, sealed in rows:
            yield from self._seal(name, self._plain(name, key_id, sealed))
        return len(rows)

    def _plain(self, name: str, key_id: str, sealed: bytes) -> str:
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise VaultKeyError(f"{name} was sealed with key {key_id}")
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, text, self._bound_to(name, key_id)).decode()
        except InvalidTag as error:
            raise VaultKeyError(f"{name} was changed since it was sealed") from error

    def _bound_to(self, name: str, key_id: str) -> bytes:
        return f"{self._owner}{key_id}\0{name}".encode()


async def make_vault(engine: Engine, keys: Sequence[bytes], owner: str = "") -> SealedVault:
    """Open the vault; a key that is missing is found out now, not when a token is needed.

    Raises:
        VaultKeyError: something stored needs a key that is not among them, or a key is no key.
    """
    if not keys or any(len(key) != _KEY_BYTES for key in keys):
        raise VaultKeyError(f"each key is {_KEY_BYTES} bytes long, and there is at least one")
    missing = await engine.read(_key_ids) - {key_name(key) for key in keys}
    if missing:
        raise VaultKeyError(f"it was sealed with key {', '.join(sorted(missing))}")
    return SealedVault(engine, keys, owner)


def _key_ids() -> Script[set[str]]:
    return {key_id for (key_id,) in (yield sql.VAULT_KEYS())}


def _unseal(name: str) -> Script[None]:
    yield sql.UNSEAL(name)


def key_name(key: bytes) -> str:
    """Name a key without telling it: configurations and error texts show this."""
    return sha256(b"pager-gateway vault key\0" + key).hexdigest()[:8]

"""Secrets at rest: only the right key opens them, and only under their own name."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from adapters.storage import OpenStore, StorageError
from adapters.storage.vault import make_vault
from tests.contract.store.conftest import Database

OLD, NEW = b"o" * 32, b"n" * 32


async def test_a_value_comes_back(opened: OpenStore) -> None:
    """The last one put; nothing for a name nobody put, or that was forgotten."""
    vault = await opened.vault([NEW])
    assert await vault.get("token") is None
    await vault.put("token", "first")
    await vault.put("token", "señor 🚒")
    assert await vault.get("token") == "señor 🚒"
    await vault.forget("token")
    await vault.forget("token")
    assert await vault.get("token") is None


async def test_a_value_is_there_after_a_restart(database: Database) -> None:
    """A token pair is on disk before it is used."""
    async with await database.open() as before:
        await (await before.vault([NEW])).put("token", "pair")
    async with await database.open() as after:
        assert await (await after.vault([NEW])).get("token") == "pair"


async def test_every_key_opens_and_the_first_one_seals(opened: OpenStore) -> None:
    """A new key goes in front, and the old one leaves after everything is sealed anew."""
    await (await opened.vault([OLD])).put("token", "pair")
    both = await make_vault(opened.engine, [NEW, OLD])
    assert await both.get("token") == "pair"
    assert await both.reseal() == 1
    assert await both.reseal() == 0
    assert await (await opened.vault([NEW])).get("token") == "pair"


async def test_a_wrong_key_is_found_out_at_the_start(opened: OpenStore) -> None:
    """Not when the token is needed; and the words name the key, not its bytes."""
    await (await opened.vault([OLD])).put("token", "pair")
    with pytest.raises(StorageError, match=r"sealed with key [0-9a-f]{8}") as raised:
        await opened.vault([NEW])
    assert OLD.decode() not in str(raised.value)


@pytest.mark.parametrize("keys", [[], [b"short"], [NEW, b"x" * 33]])
async def test_a_key_that_is_none_is_refused(opened: OpenStore, keys: list[bytes]) -> None:
    """32 bytes each, at least one."""
    with pytest.raises(StorageError, match="32 bytes"):
        await opened.vault(keys)


async def test_a_swap_needs_what_it_was_told(opened: OpenStore) -> None:
    """Nothing is written over what somebody else wrote meanwhile."""
    vault = await opened.vault([NEW])
    assert await vault.swap("lease", None, "mine")
    assert not await vault.swap("lease", None, "yours")
    assert not await vault.swap("lease", "yours", "ours")
    assert await vault.swap("lease", "mine", "ours")
    assert await vault.get("lease") == "ours"
    assert await vault.swap("lease", "ours", None)
    assert not await vault.swap("lease", "ours", None)
    assert await vault.get("lease") is None


@pytest.mark.parametrize("was", [None, "free"])
async def test_of_many_who_swap_one_wins(database: Database, was: str | None) -> None:
    """Also when each is a process of its own, where the database allows more than one."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(await database.open())
        more = database.url.startswith("postgresql")
        second = await stack.enter_async_context(await database.open()) if more else first
        vaults = [await each.vault([NEW]) for each in (first, second)]
        if was is not None:
            await vaults[0].put("lease", was)
        tries = [vaults[n % 2].swap("lease", was, f"of {n}") for n in range(10)]
        assert sorted(await asyncio.gather(*tries)) == [False] * 9 + [True]


async def test_a_row_of_another_owner_does_not_open(opened: OpenStore) -> None:
    """Workspaces may share a key; a row that is carried from one to the other stays shut."""
    await (await opened.vault([NEW], "T0ACME")).put("token", "pair")
    assert await (await opened.vault([NEW], "T0ACME")).get("token") == "pair"
    for owner in ("T0NORTH", ""):
        stranger = await opened.vault([NEW], owner)
        with pytest.raises(StorageError, match="changed since it was sealed"):
            await stranger.get("token")

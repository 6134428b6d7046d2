"""A row that nobody can read stands in nobody's way, and does not vanish either."""

import pytest

from adapters.storage import OpenStore, StorageError
from adapters.storage.engine import Script, Statement
from gateway.domain.deliveries import DeliveryState
from gateway.ports.changes import NewPage
from gateway.ports.store import Unit
from tests.contract.store.values import (
    ADA,
    NOW,
    REF,
    WORKSPACE,
    enqueue,
    only,
    page,
    put,
    send,
    states,
    take,
)

FROM_LATER = '{"v":2,"kind":"send_page","pigeons":7}'


def spoil(table: str, column: str) -> Script[None]:
    text = f"UPDATE {table} SET {column} = $1"  # noqa: S608 - our own names
    yield Statement(text)(FROM_LATER)


async def test_an_unreadable_delivery_is_refused_and_its_lane_goes_on(opened: OpenStore) -> None:
    """Quarantined when it would be claimed; it stands in the dead letters under its code."""
    store = opened.store
    await put(store, enqueue())
    await opened.engine.write(lambda: spoil("deliveries", "outbound"))
    await put(store, enqueue(outbound=send("next")))
    assert await store.claim(NOW, 10, 30) == ()
    assert await states(store) == [DeliveryState.REFUSED, DeliveryState.READY]
    (letter,) = await store.dead_letters(10)
    assert letter.fault is not None
    assert (letter.fault.code, letter.ref) == ("delivery.unreadable", REF)
    assert (await take(store)).delivery.outbound == send("next")


async def test_an_unreadable_delivery_is_shown_as_such(opened: OpenStore) -> None:
    """A list does not fail for one of its rows, also before anybody tried to send it."""
    await put(opened.store, enqueue())
    await opened.engine.write(lambda: spoil("deliveries", "outbound"))
    delivery = await only(opened.store)
    assert delivery.state is DeliveryState.READY
    assert delivery.fault is not None
    assert delivery.fault.code == "delivery.unreadable"


async def test_an_unreadable_page_hides_no_other(opened: OpenStore) -> None:
    """Asked for by name it is an error that says so."""
    await opened.store.commit(Unit((NewPage(page()),)))
    await opened.engine.write(lambda: spoil("pages", "body"))
    await opened.store.commit(Unit((NewPage(page("pg_GOOD")),)))
    assert [p.ref for p in await opened.store.pages_of(WORKSPACE, ADA, 5)] == ["pg_GOOD"]
    with pytest.raises(StorageError, match="send_page of version 2"):
        await opened.store.page(REF)

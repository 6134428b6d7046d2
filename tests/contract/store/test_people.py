"""Who is whose: an extension is one person's, and a person has one."""

from dataclasses import replace
from datetime import timedelta

from gateway.domain.ids import ChatUserId, ExtensionNumber, WorkspaceId
from gateway.domain.people import PersonLink
from gateway.ports.changes import LinkPerson, UnlinkPerson
from gateway.ports.store import Store, Unit
from tests.contract.store.conftest import Database
from tests.fakes.clock import MovedClock

ACME, OTHER = WorkspaceId("T0ACME"), WorkspaceId("T0OTHER")


def a_link(clock: MovedClock, user: str = "U0BO", extension: str = "102") -> PersonLink:
    return PersonLink(
        ACME,
        ChatUserId(user),
        "Bo",
        ExtensionNumber(extension),
        "Bo Chen",
        clock.now(),
        f"credential-{user}-{extension}",
    )


async def test_a_link_comes_back_after_a_restart(database: Database) -> None:
    """With everything it holds, and in its own workspace only."""
    link = a_link(database.clock)
    async with await database.open() as before:
        await before.store.commit(Unit((LinkPerson(link),)))
    async with await database.open() as after:
        assert await after.store.people(ACME) == (link,)
        assert await after.store.people(OTHER) == ()


async def test_an_extension_leaves_its_holder(store: Store, clock: MovedClock) -> None:
    """Whoever links it last has it."""
    old, new = a_link(clock, "U0BO"), a_link(clock, "U0AVERY")
    await store.commit(Unit((LinkPerson(old),)))
    await store.commit(Unit((LinkPerson(new),)))
    assert await store.people(ACME) == (new,)


async def test_a_person_leaves_their_extension(store: Store, clock: MovedClock) -> None:
    """Another extension takes the place of the one before; other people's stay."""
    other = a_link(clock, "U0AVERY", "101")
    first = replace(a_link(clock), at=clock.now() + timedelta(seconds=1))
    second = replace(a_link(clock, extension="214"), at=clock.now() + timedelta(seconds=2))
    for link in (other, first, second):
        await store.commit(Unit((LinkPerson(link),)))
    assert await store.people(ACME) == (other, second)


async def test_only_the_link_that_was_read_is_taken_back(store: Store, clock: MovedClock) -> None:
    """A credential that was lost does not take the one after it along."""
    old = a_link(clock)
    new = replace(old, credential="credential-2")
    await store.commit(Unit((LinkPerson(old),)))
    await store.commit(Unit((LinkPerson(new), UnlinkPerson(old))))
    assert await store.people(ACME) == (new,)
    await store.commit(Unit((UnlinkPerson(new),)))
    assert await store.people(ACME) == ()

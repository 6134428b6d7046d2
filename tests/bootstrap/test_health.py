"""How a running gateway describes itself."""

from prometheus_client import CollectorRegistry

from gateway.bootstrap.health import LiveHealth
from gateway.domain.errors import PagerUnavailableError
from gateway.services.alerts.sums import AlertSums
from gateway.services.clients import Client
from tests.services.acme import Acme, running_acme
from tests.services.conftest import acme as acme  # noqa: PLC0414 - a fixture, used by its name


def health_of(acme: Acme, registry: CollectorRegistry | None = None) -> LiveHealth:
    mailboxes, sums = acme.core.mailboxes, AlertSums(acme.store, acme.clock)
    registry = registry or CollectorRegistry()
    clients = acme.core.clients
    acme.directory.fresh = True  # as it is after a reading
    return LiveHealth(
        acme.store, acme.directory, mailboxes, sums, registry, acme.clock, clients=clients
    )


async def test_a_vendor_that_is_away_degrades_and_stays_ready(acme: Acme) -> None:
    """We can still say "queued, you don't need to resend"."""
    health = health_of(acme)
    box = (await acme.pager.mailboxes())[0]
    acme.pager.away = PagerUnavailableError()
    await acme.core.mailboxes.look_into(box)
    await acme.directory.refresh()
    status = await health.status()
    assert status["ready"]
    assert status["degraded"] == ["mailbox 700 cannot be read", "the directory could not be read"]
    assert await health.ready() == []


async def test_a_healthy_gateway_has_nothing_to_say(acme: Acme) -> None:
    """Nothing is degraded, nothing waits."""
    status = await health_of(acme).status()
    assert status["degraded"] == []
    assert set(status["outbox"].values()) == {0}  # type: ignore[attr-defined] # a table


async def test_a_database_that_is_away_makes_it_unready(acme: Acme) -> None:
    """Nothing could be accepted; the description still comes."""
    health = health_of(acme)
    acme.disk.lost_reads = 3
    assert await health.ready() == ["database away"]
    assert not (await health.status())["ready"]
    await health.measure()


async def test_a_database_that_takes_nothing_makes_it_unready(acme: Acme) -> None:
    """A full disk can still be read; what it refuses is named."""
    health = health_of(acme)
    assert await health.ready() == []
    health.unwritable = lambda: "SQLITE_FULL"
    assert await health.ready() == ["the database takes nothing (SQLITE_FULL)"]
    status = await health.status()
    assert not status["ready"]
    assert status["degraded"] == ["the database takes nothing (SQLITE_FULL)"]


async def test_a_gateway_that_drains_takes_no_new_work(acme: Acme) -> None:
    """Its balancer should look elsewhere."""
    health = health_of(acme)
    health.draining = True
    assert await health.ready() == ["draining"]
    assert not (await health.status())["ready"]


async def test_gauges_show_what_stands(acme: Acme) -> None:
    """Counted when somebody looks."""
    registry = CollectorRegistry()
    health = health_of(acme, registry)
    await acme.page("102 Fire")
    await health.measure()
    assert registry.get_sample_value("gateway_outbox_items", {"state": "ready"}) == 1
    assert registry.get_sample_value("gateway_mailboxes_unread") == 0
    taken_at = acme.directory.current.snapshot.taken_at.timestamp()
    assert registry.get_sample_value("gateway_directory_sync_timestamp_seconds") == taken_at


async def test_a_client_whose_recipients_nobody_knows_is_told() -> None:
    """A misspelt department would be refused for ever, and its operator would not know why."""
    ci = Client("ci", ("DBA", "DAB", "Sam", "102"))
    async with running_acme(clients=(ci,)) as acme:
        assert (await health_of(acme).status())["degraded"] == [
            f"api client ci: {word!r} is nobody in the directory, or several"
            for word in ("DAB", "Sam")
        ]

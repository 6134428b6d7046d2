"""A workspace at work: its loops, its doors, and what its operators ask on a socket of its own."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from gateway.bootstrap.api import Tokens
from gateway.bootstrap.console import make_views
from gateway.bootstrap.doors import BackOffice, for_operators, listening_on_file, public_doors
from gateway.bootstrap.health import LiveHealth
from gateway.bootstrap.loops import Loops
from gateway.bootstrap.parts import Parts
from gateway.bootstrap.reloading import Reloads
from gateway.bootstrap.tls import Tls
from gateway.domain.errors import StoreUnavailableError
from gateway.services.alerts.sums import AlertSums
from gateway.services.auditing import AuditTrail
from gateway.settings import control_socket
from gateway.system import LoopLag
from gateway.web.app import Health, PublicDoors
from gateway.web.console.frame import View
from gateway.web.console.login import LoginDoor


@dataclass(frozen=True)
class Lead:
    """What the first workspace answers for: the whole process."""

    lag: LoopLag
    tls: Tls | None
    health: Callable[[Health], Health]
    """Adds to its own health how the others stand."""
    console: LoginDoor


@dataclass(frozen=True, repr=False)
class Inhabited:
    """A workspace at work, with its doors to the world."""

    parts: Parts
    health: LiveHealth
    reloads: Reloads
    views: tuple[View, ...]
    doors: PublicDoors
    tokens: Tokens

    def closes(self) -> None:
        """Say that no more work is taken, and let go of who follows what happens."""
        self.health.draining = True
        self.parts.live.close()


@asynccontextmanager
async def inhabited(parts: Parts, lead: Lead | None = None) -> AsyncIterator[Inhabited]:
    """Have a workspace work for the length of the block, and its operators ask on its socket.

    The first has the `lead`.

    Raises:
        KeyringError: a program's token cannot be used; the text names the program.
    """
    store, clock = parts.opened.store, parts.seams.clock
    audit, sums = AuditTrail(store, clock, parts.observer), AlertSums(store, clock)
    health = _health(parts, sums, lead.lag if lead else None)
    reloads = Reloads(parts.routes, lead.tls if lead else None)
    tokens = Tokens(parts.settings, clock)
    doors = public_doors(parts, tokens)
    views = make_views(parts, health, audit, reloads)
    told = lead.health(health) if lead else health
    office = BackOffice(told, sums, audit, reloads, lead.console if lead else None)
    operators = for_operators(parts, office)
    async with (
        Loops(parts, audit).running(),
        listening_on_file(operators, control_socket(parts.settings)),
    ):
        house = Inhabited(parts, health, reloads, views, doors, tokens)
        yield house
        house.closes()
    with suppress(StoreUnavailableError):
        await audit.anchor()


def _health(parts: Parts, sums: AlertSums, lag: LoopLag | None) -> LiveHealth:
    return LiveHealth(
        parts.opened.store,
        parts.directory,
        parts.core.mailboxes,
        sums,
        parts.seams.registry,
        parts.seams.clock,
        lag,
        parts.routes,
        parts.core.clients,
        parts.restoration,
        lambda: parts.opened.trouble,
        parts.core.dispatcher,
        parts.pager.standing,
        parts.seams.dry_run,
        parts.house.ask_before,
    )

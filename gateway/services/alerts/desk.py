"""Incidents read and written: by version, so that of two who act at once one acts again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import TypeAdapter

from gateway.domain.ids import Ref
from gateway.domain.incidents import Incident
from gateway.ports.changes import Change, SaveIncident
from gateway.ports.store import Committed, Store, StoredIncident, Unit

_INCIDENTS = TypeAdapter(Incident)
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Filed:
    """An incident as it was read; `version` 0 is one that was never written."""

    incident: Incident
    version: int
    open: bool = True


def filed(stored: StoredIncident) -> Filed:
    """Read what the store keeps."""
    return Filed(_INCIDENTS.validate_json(stored.facts), stored.version, stored.open)


def written(before: Filed, after: Incident, *, open_: bool = True) -> SaveIncident:
    """Write an incident's next version over the one that was read."""
    return SaveIncident(
        after.ref,
        after.group,
        before.version,
        _INCIDENTS.dump_json(after).decode(),
        max((entry.at for entry in after.history), default=after.opened_at),
        open=open_,
    )


Decide = Callable[[Filed], Awaitable[tuple[Change, ...] | None]]
"""From what was read to what is to be written; `None` when nothing is to be done."""


@dataclass(frozen=True)
class Desk:
    """Where incidents lie."""

    store: Store

    async def read(self, ref: Ref) -> Filed | None:
        """Read one incident."""
        stored = await self.store.incident(ref)
        return filed(stored) if stored else None

    async def of_group(self, group: str) -> Filed | None:
        """Read a group's newest incident."""
        stored = await self.store.incident_of_group(group)
        return filed(stored) if stored else None

    async def change(self, ref: Ref, key: str, decide: Decide) -> bool:
        """Decide and write; somebody else's newer version makes us decide again.

        Returns whether something was written: not when there was nothing to do, nor for a repeat.

        Raises:
            StoreUnavailableError: nothing was recorded.
        """
        for _ in range(_TRIES):
            found = await self.read(ref)
            changes = await decide(found) if found else None
            if not changes:
                return False
            committed = await self.store.commit(Unit(changes, once=key))
            if committed is not Committed.STALE:
                return committed is Committed.DONE
        return False

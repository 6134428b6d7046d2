"""How much may be accepted for the pager in a minute: of one person, for one department, of all.

The transaction that accepts something counts it, so restarts forget nothing, replicas count
together, and a hundred at the same moment are not each the last one that fits. Alerts have a
budget of their own (`alerts.budget`): they are put by, not refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from gateway.domain.errors import FactValue
from gateway.domain.ids import ChatUserId, ExtensionNumber, WorkspaceId
from gateway.domain.pages import Fault
from gateway.ports.changes import Spend
from gateway.ports.clock import Clock
from gateway.ports.store import Store
from gateway.services.directory_sync import DirectoryKeeper

A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PerMinute:
    """Most pages and replies a minute; 0 is no limit."""

    person: int = 0
    department: int = 0
    workspace: int = 0


@dataclass(frozen=True)
class Limits:
    """Counts pages and replies, and says which limit is in the way."""

    store: Store
    clock: Clock
    directory: DirectoryKeeper
    workspace: WorkspaceId
    most: PerMinute

    def spends(self, user: ChatUserId | None, to: tuple[ExtensionNumber, ...]) -> tuple[Spend, ...]:
        """List what accepting a message counts; `user` is `None` for programs.

        Always in one order, so that replicas never wait for each other in a circle.
        """
        now = self.clock.now()
        meters = sorted((meter, most) for meter, most, _ in self._meters(user, to) if most)
        return tuple(Spend(meter, now, most, now - A_MINUTE) for meter, most in meters)

    async def fault(self, user: ChatUserId | None, to: tuple[ExtensionNumber, ...]) -> Fault:
        """Say which limit has no room, and when it has."""
        now = self.clock.now()
        for meter, most, named in self._meters(user, to):
            spent = await self.store.spent(meter, now - A_MINUTE) if most else ()
            if most and len(spent) >= most:
                room_at = spent[-most] + A_MINUTE
                facts = {**named, "limit": most, "at": room_at.isoformat()}
                return Fault("page.too_many", facts)
        return Fault("page.too_many", {"at": now.isoformat()})

    def _meters(
        self, user: ChatUserId | None, to: tuple[ExtensionNumber, ...]
    ) -> Iterator[tuple[str, int, dict[str, FactValue]]]:
        """Name each meter, with its limit and what tells it from the others."""
        if user:
            yield f"person:{self.workspace}:{user}", self.most.person, {"rule": "person"}
        for number in dict.fromkeys(to):
            department = self.directory.current.department(number)
            if department:
                named: dict[str, FactValue] = {"rule": "department", "department": department.name}
                yield f"department:{self.workspace}:{number}", self.most.department, named
        yield f"workspace:{self.workspace}", self.most.workspace, {"rule": "workspace"}

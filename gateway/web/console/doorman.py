"""Signing in and out, on record."""

from dataclasses import dataclass

from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.ports.changes import Audit
from gateway.ports.clock import Clock
from gateway.ports.store import Store, Unit
from gateway.web.console.sessions import Session, Sessions, Visitor


@dataclass(frozen=True)
class Doorman:
    """Begins and ends sessions; what cannot be written down does not happen.

    Every method raises `StoreUnavailableError` when it did not.
    """

    sessions: Sessions
    store: Store
    clock: Clock

    async def admit(self, visitor: Visitor, way: str, instead_of: str = "") -> str:
        """Sign somebody in who came this way; give the new session's id, end `instead_of`."""
        by = Actor(visitor.who, "console")
        await self._note(Act.CONSOLE_SIGNED_IN, by, {"role": visitor.role.value, "way": way})
        if before := self.sessions.of(instead_of):
            self.sessions.end(before.handle)
        secret, _ = self.sessions.begin(visitor)
        return secret

    async def dismiss(self, session: Session, by: Actor) -> None:
        """End a session: one's own, or as an administrator somebody else's."""
        own = by.who == session.visitor.who
        act = Act.CONSOLE_SIGNED_OUT if own else Act.CONSOLE_SESSION_ENDED
        await self._note(act, by, {"who": session.visitor.who})
        self.sessions.end(session.handle)

    async def _note(self, act: Act, by: Actor, facts: dict[str, str]) -> None:
        entry = AuditEntry(act, "", by, self.clock.now(), facts)
        await self.store.commit(Unit((Audit(entry),)))

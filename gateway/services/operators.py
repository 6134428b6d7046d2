"""What only an operator can mend is said in their channel, with codes."""

from dataclasses import dataclass

from gateway.domain.deliveries import DeliveryState, Notice, PostChatMessage, Step, Whisper
from gateway.domain.errors import FactValue, PermissionKind
from gateway.domain.ids import ChannelId, Ref, WorkspaceId
from gateway.domain.pages import Fault, Page
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Change, Enqueue
from gateway.services.lanes import OPS_LANE
from gateway.services.people import People

_KEYS = {
    "pager.auth": "ops.pager_auth",
    "pager.sender_mismatch": "ops.pager_setup",
    "pager.rejected": "ops.pager_rejected",
    "pager.department_empty": "ops.department_empty",
    "delivery.gave_up": "ops.gave_up",
}


@dataclass(frozen=True)
class Operators:
    """Speaks to the operators' channel; without one, to the log alone."""

    workspace: WorkspaceId
    channel: ChannelId | None
    people: People
    clock: Clock
    observer: Observer

    def alarm(self, page: Page, step: Step, sender: str) -> tuple[Change, ...]:
        """Say what an outcome asks of the operators; nothing for an author's own matters."""
        fault = step.fault
        if fault is None or page.fault == fault:
            return ()
        key = self._key(fault, step, sender)
        return self._say(page.ref, key, {**fault.facts, "sender": sender}) if key else ()

    def not_told(self, page: Page, whisper: Whisper) -> tuple[Change, ...]:
        """Somebody could not be told by any way."""
        facts: dict[str, FactValue] = {"user": whisper.user, "key": whisper.notice.key}
        return self._say(page.ref, "ops.not_told", facts)

    def _key(self, fault: Fault, step: Step, sender: str) -> str | None:
        if step.state is DeliveryState.HELD:
            return "ops.held"
        match fault.code:
            case "pager.permission":
                app = fault.facts.get("kind") == PermissionKind.APP
                return "ops.pager_permission" if app else None
            case "pager.not_a_participant":
                return "ops.shared_removed" if sender == self.people.shared else None
            case code:
                return _KEYS.get(code)

    def _say(self, ref: Ref, key: str, facts: dict[str, FactValue]) -> tuple[Change, ...]:
        self.observer.saw("operators.alarmed", key=key, page_id=ref)
        if self.channel is None:
            return ()
        notice = Notice(key, {**facts, "ref": ref})
        post = PostChatMessage(self.workspace, self.channel, notice)
        return (Enqueue(OPS_LANE, ref, post, self.clock.now(), priority=6),)

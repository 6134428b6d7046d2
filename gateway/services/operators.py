"""What only an operator can mend is said in their channel, with codes."""

import hashlib
from dataclasses import dataclass

from gateway.domain.deliveries import DeliveryState, Step
from gateway.domain.errors import FactValue, PermissionKind
from gateway.domain.ids import ChannelId, Ref, WorkspaceId
from gateway.domain.outbound import Notice, PostChatMessage, Whisper
from gateway.domain.pages import Fault, Page
from gateway.ports.changes import Change, Enqueue, Once
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.services.lanes import OPS_LANE
from gateway.services.people import People

_OF_ONE_PAGE = {
    "pager.rejected": "ops.pager_rejected",
    "pager.department_empty": "ops.department_empty",
    "delivery.gave_up": "ops.gave_up",
}
_OF_EVERY_PAGE = {
    "pager.auth": "ops.pager_auth",
    "pager.sender_mismatch": "ops.pager_setup",
    "pager.permission": "ops.pager_permission",
}
"""What stops a sender altogether: said once an hour, however many pages it stops."""
_MOST_TOLD = 5
"""Mistakes of a file that are quoted; `gateway reload` tells them all."""


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
        if fault is None:
            return ()
        facts: dict[str, FactValue] = {**fault.facts, "sender": sender}
        if key := self._key_of_sender(fault):
            return self._once_an_hour(page.ref, key, facts, sender)
        if key := self._key_of_page(page, fault, step, sender):
            return self._say(page.ref, key, {"cause": fault.code, **facts})
        return ()

    def kept_back(self, fault: Fault) -> tuple[Change, ...]:
        """Say what was refused before it was sent and only an operator can mend; once an hour."""
        key = _OF_ONE_PAGE.get(fault.code) or _OF_EVERY_PAGE.get(fault.code)
        if key is None:
            return ()
        about = str(fault.facts.get("department", ""))
        return self._once_an_hour(Ref(""), key, {**fault.facts}, f"kept back:{about}")

    def not_told(self, page: Page | None, whisper: Whisper) -> tuple[Change, ...]:
        """Somebody could not be told by any way."""
        facts: dict[str, FactValue] = {"user": whisper.user, "key": whisper.notice.key}
        return self._say(page.ref if page else Ref(""), "ops.not_told", facts)

    def not_shown(self, page: Page) -> tuple[Change, ...]:
        """Something in a page's thread, or the thread itself, can be shown nowhere."""
        return self._say(page.ref, "ops.not_shown", {"author_name": page.author_name})

    def doubled(self, page: Page) -> tuple[Change, ...]:
        """Something was sent twice: the pager showed the first one too late."""
        return self._once_an_hour(page.ref, "ops.doubled", {}, "doubled")

    def unheard(self) -> tuple[Change, ...]:
        """The chat did not tell of a message in a thread of ours; we read it there."""
        return self._once_an_hour(Ref(""), "ops.threads_unheard", {}, "threads")

    def restored(self) -> tuple[Change, ...]:
        """A restored backup is reconciled, and sending goes on."""
        return self._say(Ref(""), "ops.restored", {})

    def removed(self) -> tuple[Change, ...]:
        """The app was removed from the workspace; said when it is back."""
        return self._say(Ref(""), "ops.removed", {})

    def of_file(self, key: str, file: str, problems: tuple[str, ...]) -> tuple[Change, ...]:
        """Say what became of a file that was read again; the same of several replicas once."""
        told = "\n".join((*problems[:_MOST_TOLD], *(["…"] if problems[_MOST_TOLD:] else [])))
        facts: dict[str, FactValue] = {"file": file, "count": len(problems), "problems": told}
        same = hashlib.sha256(told.encode()).hexdigest()[:12]
        return self._once_an_hour(Ref(""), key, facts, f"{file}:{same}")

    def _key_of_sender(self, fault: Fault) -> str | None:
        if fault.code == "pager.permission" and fault.facts.get("kind") != PermissionKind.APP:
            return None
        return _OF_EVERY_PAGE.get(fault.code)

    def _key_of_page(self, page: Page, fault: Fault, step: Step, sender: str) -> str | None:
        if step.state is DeliveryState.HELD:
            return "ops.held"
        if fault.code == "pager.not_a_participant":
            return "ops.shared_removed" if sender == self.people.shared else None
        nobody_to_tell = step.state is DeliveryState.REFUSED and not page.author
        return _OF_ONE_PAGE.get(fault.code, "ops.page_refused" if nobody_to_tell else None)

    def _once_an_hour(
        self, ref: Ref, key: str, facts: dict[str, FactValue], about: str
    ) -> tuple[Change, ...]:
        hour = f"{self.clock.now():%Y%m%dT%H}"
        said = self._say(ref, key, facts)
        return (Once(f"{key}:{about}:{hour}", said),) if said else ()

    def _say(self, ref: Ref, key: str, facts: dict[str, FactValue]) -> tuple[Change, ...]:
        self.observer.saw("operators.alarmed", key=key, page_id=ref)
        if self.channel is None:
            return ()
        notice = Notice(key, {**facts, "ref": ref})
        post = PostChatMessage(self.workspace, self.channel, notice)
        return (Enqueue(OPS_LANE, ref, post, self.clock.now(), priority=6),)

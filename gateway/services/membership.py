"""Asking a department's manager to be added back, and their answer."""

from dataclasses import dataclass

from gateway.domain.actions import Action
from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.directory import Department
from gateway.domain.errors import FactValue
from gateway.domain.ids import ChatUserId, ExtensionNumber, Ref, WorkspaceId
from gateway.domain.inbound import ChatAction
from gateway.domain.outbound import Notice, Whisper
from gateway.domain.pages import Draft
from gateway.ports.changes import Audit, Enqueue
from gateway.ports.clock import Clock
from gateway.ports.store import Store, Unit
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.lanes import tell_lane
from gateway.services.people import People
from gateway.services.wishes import Told

_NO_PAGE = Ref("")


@dataclass(frozen=True)
class Membership:
    """Carries the request and the answer; only a phone admin can change who is a member."""

    store: Store
    clock: Clock
    directory: DirectoryKeeper
    people: People

    async def ask(self, action: ChatAction, draft: Draft) -> Told:
        """Ask the managers of the department that was paged, once per refusal."""
        found = map(self.directory.current.department, draft.to)
        department = next((d for d in found if d), None)
        asked = self._managers(department) if department else []
        if department is None or not asked:
            return Told(Notice("membership.nobody", _facts(department) if department else {}))
        number = self.people.known(action.person.user) or ""
        value = f"{action.person.user}:{department.number}"
        notice = Notice(
            "membership.ask",
            {**_facts(department), "author_name": action.person.name, "number": number},
            ((Action.MARK_DONE, value),),
        )
        whispers = tuple(self._whisper(draft.workspace, user, notice, draft.ref) for user in asked)
        noted = self._noted(Act.MEMBERSHIP_ASKED, action, department, user=action.person.user)
        await self.store.commit(Unit((*whispers, noted), once=f"asked:{draft.id}"))
        managers = list(map(self.directory.current.name_of, department.managers))
        return Told(Notice("membership.asked", {**_facts(department), "managers": managers}))

    async def done(self, action: ChatAction) -> Told:
        """Tell who asked that they are back, if a manager says so and the directory agrees."""
        user, _, number = action.value.partition(":")
        department = self.directory.current.department(ExtensionNumber(number))
        if department is None or action.person.user not in self._managers(department):
            return Told(Notice("membership.not_manager", _facts(department) if department else {}))
        await self.directory.refresh_in_time()
        asker = self.people.known(ChatUserId(user))
        now_there = self.directory.current.department(department.number)
        if asker and now_there and asker not in now_there.members:
            return Told(Notice("membership.not_yet", {**_facts(department), "user": user}))
        notice = Notice("membership.done", _facts(department))
        told = self._whisper(action.person.workspace, ChatUserId(user), notice)
        noted = self._noted(Act.MEMBERSHIP_CONFIRMED, action, department, user=user)
        await self.store.commit(Unit((told, noted), once=action.key))
        return Told(notice, replace=True)

    def _noted(self, act: Act, action: ChatAction, department: Department, *, user: str) -> Audit:
        by = Actor.of_person(action.person.workspace, action.person.user)
        facts: dict[str, FactValue] = {"user": user}
        return Audit(AuditEntry(act, department.number, by, self.clock.now(), facts))

    def _managers(self, department: Department) -> list[ChatUserId]:
        users = map(self.people.user_of, department.managers)
        return [user for user in users if user]

    def _whisper(
        self, workspace: WorkspaceId, user: ChatUserId, notice: Notice, ref: Ref | None = None
    ) -> Enqueue:
        """Tell somebody who is not where it began: in their own messages."""
        ref = ref or _NO_PAGE
        whisper = Whisper(workspace, user, None, notice)
        return Enqueue(tell_lane(ref, user), ref, whisper, self.clock.now(), priority=1)


def _facts(department: Department) -> dict[str, FactValue]:
    return {"department": department.name, "department_number": department.number}

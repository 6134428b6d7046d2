"""Somebody changes what of a thread goes to the pager."""

from dataclasses import dataclass

from gateway.domain.addressing import check_reach
from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.errors import FactValue
from gateway.domain.ids import Ref
from gateway.domain.inbound import ChatAction
from gateway.domain.outbound import Notice, PostChatReply
from gateway.domain.pages import Page
from gateway.domain.policy import Act as Deed
from gateway.domain.threads import ThreadMode
from gateway.ports.changes import Audit, Enqueue, SwitchThread
from gateway.ports.clock import Clock
from gateway.ports.store import Store, Unit
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.lanes import chat_lane
from gateway.services.permission import Permission
from gateway.services.showing import show_status
from gateway.services.wishes import Told


@dataclass(frozen=True)
class ThreadModes:
    """Lets those who may write to its pagers switch a thread, and tells everybody in it."""

    store: Store
    clock: Clock
    permission: Permission
    directory: DirectoryKeeper

    async def switch(self, action: ChatAction) -> Told:
        """Do what the menu of a status message says.

        Raises:
            StoreUnavailableError: nothing was recorded; the menu still works.
        """
        ref, _, name = action.value.partition(":")
        page = await self.store.page(Ref(ref))
        mode = next((mode for mode in ThreadMode if mode == name), None)
        if page is None or mode is None or page.workspace != action.person.workspace:
            return Told(Notice("command.unknown_ref"))
        if await self._is_denied(action, page):
            return Told(Notice("thread.not_allowed", {"ref": page.ref}))
        if mode is page.passes:
            return Told()
        now = self.clock.now()
        by = Actor.of_person(action.person.workspace, action.person.user)
        post = PostChatReply(page.thread, notice=self._banner(action, page, mode))
        switched = (
            SwitchThread(page.ref, mode),
            show_status(page, now),
            Enqueue(chat_lane(page.ref), page.ref, post, now, priority=2),
            Audit(AuditEntry(Act.THREAD_SWITCHED, page.ref, by, now, {"mode": mode.value})),
        )
        await self.store.commit(Unit(switched, once=action.key))
        return Told()

    async def _is_denied(self, action: ChatAction, page: Page) -> bool:
        """Whether this person may not write to these pagers either."""
        if self.permission.to_reply(action.person):
            return True
        channel, now = page.channel, self.clock.now()
        denied = await self.permission.to_reach(
            Deed.REPLY, action.person, page.to, channel=channel, at=now
        )
        return denied is not None

    def _banner(self, action: ChatAction, page: Page, mode: ThreadMode) -> Notice:
        people = len(check_reach(page.to, self.directory.current).receivers)
        facts: dict[str, FactValue] = {
            "ref": page.ref,
            "mode": mode.value,
            "name": action.person.name,
            "people": people or None,
        }
        return Notice("thread.mode", facts)

"""What authors are told of words that did not go out.

Every refusal comes with a draft: the words are kept for its buttons, and one click sends what is
still wanted.
"""

from dataclasses import dataclass, replace

from gateway.domain.deliveries import Delivery
from gateway.domain.ids import ChannelId, ChatUserId, DraftId, ExtensionNumber
from gateway.domain.outbound import Notice, PostChatReply, SendPageReply, Whisper
from gateway.domain.pages import DRAFT_LIFE, Draft, Origin, Page
from gateway.ports.changes import Change, Enqueue, SaveDraft
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.lanes import chat_lane, tell_lane
from gateway.services.people import People
from gateway.services.refusals import Refusal, leave_out, refusal_notice
from gateway.services.wishes import Question


@dataclass(frozen=True)
class Authors:
    """Tells the people whose words they were."""

    clock: Clock
    ids: Ids
    directory: DirectoryKeeper
    people: People

    def page_refused(self, refusal: Refusal, text: str, *, shown: bool) -> tuple[Change, ...]:
        """Tell why a page was not sent; `shown` when its status message stands for all to see."""
        page = refusal.page
        if not page.author:
            return self._unasked(refusal)
        draft = self._draft(refusal, text, page.author)
        notice = self._notice(refusal, draft)
        if shown:
            return (SaveDraft(draft), *self.late(page, notice))
        return (SaveDraft(draft), self.whisper(page, page.author, page.channel, notice))

    def _unasked(self, refusal: Refusal) -> tuple[Change, ...]:
        """A program hears by asking; where its page is shown, people read it in the thread."""
        if refusal.page.origin is not Origin.API:
            return ()
        notice = refusal_notice(refusal, DraftId(""), self.directory.current, self.people)
        return self.late(refusal.page, replace(notice, actions=()))

    def reply_refused(
        self, refusal: Refusal, reply: SendPageReply, text: str
    ) -> tuple[Change, ...]:
        """Tell why a reply was not sent, in its thread, to its author alone."""
        draft = self._draft(refusal, text, reply.author, reply)
        notice = self._notice(refusal, draft)
        place = reply.thread
        whisper = Whisper(place.workspace, reply.author, place.channel, notice, place.root)
        return (SaveDraft(draft), self._told(refusal.page, whisper))

    def late(self, page: Page, notice: Notice) -> tuple[Change, ...]:
        """Tell what became of a page after a while: its author may be gone from where they acted.

        It stands in the thread, and comes as a direct message unless that is the same place. A page
        that is shown nowhere has no thread.
        """
        if not page.channel:
            return ()
        post = PostChatReply(page.thread, notice=notice)
        in_thread = Enqueue(chat_lane(page.ref), page.ref, post, self.clock.now(), priority=2)
        if page.quiet or not page.author:
            return (in_thread,)
        return (in_thread, self.whisper(page, page.author, None, notice))

    def whisper(
        self, page: Page, user: ChatUserId, channel: ChannelId | None, notice: Notice
    ) -> Enqueue:
        """Tell one person; without a channel, in a direct message."""
        return self._told(page, Whisper(page.workspace, user, channel, notice))

    def _told(self, page: Page, whisper: Whisper) -> Enqueue:
        lane = tell_lane(page.ref, whisper.user)
        return Enqueue(lane, page.ref, whisper, self.clock.now(), priority=1)

    def _notice(self, refusal: Refusal, draft: Draft) -> Notice:
        return refusal_notice(refusal, draft.id, self.directory.current, self.people)

    def _draft(
        self, refusal: Refusal, text: str, author: ChatUserId, reply: SendPageReply | None = None
    ) -> Draft:
        page = refusal.page
        return Draft(
            id=self.ids.draft(),
            workspace=page.workspace,
            author=author,
            author_name=page.author_name,
            channel=page.channel,
            text=text,
            ask=refusal.fault.code,
            expires_at=self.clock.now() + DRAFT_LIFE,
            to=page.to,
            term=",".join(leave_out(refusal, self.directory.current)),
            send_as=None if reply else self._chosen_sender(page),
            ref=page.ref,
            thread=reply.thread if reply else None,
            message=reply.message if reply else None,
            agreed=tuple(Question),
        )

    def _chosen_sender(self, page: Page) -> ExtensionNumber | None:
        """Tell which sender the author asked for, if it was not the usual one."""
        usual = self.people.extension_of(page.author) or self.people.shared
        return None if page.sender == usual else page.sender


def held_notice(page: Page, delivery: Delivery) -> Notice:
    """Ask whether to send again what may have been sent."""
    value = f"{page.ref}:{delivery.id}"
    actions = (("send_again", value), ("mark_sent", value))
    return Notice("pager.outcome_unknown", {"ref": page.ref, "looking": False}, actions)

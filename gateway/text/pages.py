"""A page in words: its status message, its line in a list, its whole life."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.domain.actions import Action
from gateway.domain.addressing import check_reach
from gateway.domain.content import (
    Block,
    Buttons,
    Content,
    Line,
    Paragraph,
    Quote,
    Small,
)
from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.domain.directory import Directory
from gateway.domain.ids import ExtensionNumber
from gateway.domain.outbound import PostChatMessage, SendPage, SendPageReply
from gateway.domain.pager_text import shorten
from gateway.domain.pages import Fault, Origin, Page, PageState
from gateway.domain.threads import ThreadMode
from gateway.text.language import Fact, Facts, Language
from gateway.text.lines import plain, strong
from gateway.text.notices import Said, say
from gateway.text.threads import ThreadWords

_LONGEST_QUOTE = 700
"""UTF-16 units of the message shown; the whole status message must stay editable."""

_LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PageWords:
    """Draws pages in one language, with names from one directory."""

    language: Language
    directory: Directory

    # --- the status message ----------------------------------------------------------------

    def status(self, page: Page, facts: Facts) -> Content:
        """Draw the status message: who paged whom, the words, how it stands."""
        root = self._root(page)
        return Content(plain(root), tuple(self._blocks(page, root, facts)))

    def _blocks(self, page: Page, root: Line, facts: Facts) -> Iterator[Block]:
        yield Paragraph((root,))
        if page.text.strip():
            yield Quote(shorten(page.text.strip(), _LONGEST_QUOTE))
        trouble = self._trouble(page, facts)
        if trouble is None:
            yield Small(self._state(page))
            return
        yield Paragraph(trouble.lines)
        if trouble.buttons:
            yield Buttons(trouble.buttons)
        yield Small(trouble.small)

    def _root(self, page: Page) -> Line:
        if page.origin is Origin.PAGER:
            return self.language.line("status.from_pager", author_name=page.author_name)
        return self.language.line(
            "status.paged",
            user=page.author,
            author_name=page.author_name,
            recipients=self.recipients(page.to),
        )

    def recipients(self, to: tuple[ExtensionNumber, ...]) -> list[str]:
        """Name recipients; a department comes with how many people it reaches now."""
        return [self._recipient(number) for number in to]

    def _recipient(self, number: ExtensionNumber) -> str:
        department = self.directory.department(number)
        if department:
            people = len(self.directory.active_members(department))
            return self.language.text(
                "status.department", department=department.name, people=people
            )
        return self.directory.name_of(number)

    def _trouble(self, page: Page, facts: Facts) -> Said | None:
        """Say why a page is not sent yet, with what its author can do about it."""
        fault = page.fault or Fault("")
        known: dict[str, Fact] = {**fault.facts, **facts, "ref": page.ref}
        choices: tuple[Action, ...] = ()
        key = "pager.outcome_unknown"
        match page.state:
            case PageState.WAITING if self.language.notice(fault.code, known):
                key, choices = fault.code, (Action.CANCEL_PAGE,)
            case PageState.UNSURE:
                known["looking"] = True
            case PageState.HELD:
                choices = (Action.SEND_AGAIN, Action.MARK_SENT)
                known |= {"looking": False, "people": self._people(page)}
            case _:
                return None
        said = say(self.language, key, known, [(choice, page.ref) for choice in choices])
        first, *others = said.lines
        icon = self.language.line(f"status.icon_{page.state}")
        return replace(said, lines=((*icon, *first), *others))

    def _people(self, page: Page) -> int:
        return len(check_reach(page.to, self.directory).receivers)

    def _state(self, page: Page) -> Line:
        pieces = self._sent(page) if page.state is PageState.SENT else ()
        facts = page.fault.facts if page.fault else {}
        count, parts = facts.get("count"), facts.get("parts")
        state = (
            () if pieces else self.language.line(f"status.{page.state}", count=count, parts=parts)
        )
        ref = self.language.line("status.ref", ref=page.ref)
        return self.language.joined((state, *pieces, ref))

    def _sent(self, page: Page) -> tuple[Line, ...]:
        say_line = self.language.line
        sent = say_line(
            "status.sent",
            sent_at=page.sent_at,
            confirmed_at=_confirmed_late(page),
            parts=page.parts,
        )
        skipped: list[str] = [e.name for e in check_reach(page.to, self.directory).skipped]
        replies = say_line(
            "status.replies", count=page.replies, name=page.last_reply_from, at=page.last_reply_at
        )
        heard = (replies,) if page.replies else ()
        # After a reply everybody knows that it goes both ways; that it does not is said on.
        quiet = page.replies and page.passes is ThreadMode.REPLIES
        hint = () if quiet else (ThreadWords(self.language).hint(page.passes),)
        if page.origin is Origin.PAGER:
            return (*heard, *hint)
        return (sent, say_line("status.skipped", skipped=skipped), *heard, *hint)

    # --- lists -----------------------------------------------------------------------------

    def line(self, page: Page) -> Line:
        """Write one page on one line."""
        return self.language.line(
            "pages.line",
            state=page.state.value,
            at=page.sent_at or page.changed_at,
            recipients=self.recipients(page.to),
            text=page.text,
            ref=page.ref,
        )

    def listed(self, pages: tuple[Page, ...]) -> Content:
        """List pages, the newest first."""
        title = self.language.line("pages.title")
        lines = (strong(title), *(self.line(page) for page in pages))
        return Content(plain(title), (Paragraph(lines),))

    def life(self, page: Page, deliveries: tuple[Delivery, ...]) -> Content:
        """Tell what happened to a page, step by step."""
        title = self.language.line("life.title", ref=page.ref, state=page.state.value)
        asked = self.language.line(
            "life.asked", at=page.created_at, recipients=self.recipients(page.to)
        )
        steps = (self._step(delivery) for delivery in deliveries)
        lines = (strong(title), asked, *(step for step in steps if step))
        return Content(plain(title), (Paragraph(lines), Quote(shorten(page.text, _LONGEST_QUOTE))))

    def _step(self, delivery: Delivery) -> Line:
        match delivery.outbound:
            case SendPage(part=part, parts=parts) if parts > 1:
                said = self._delivery("life.part", delivery, part=part, parts=parts)
            case SendPage():
                said = self._delivery("life.page", delivery)
            case SendPageReply():
                said = self._delivery("life.reply", delivery)
            case PostChatMessage(notice=None):
                said = self._delivery("life.shown", delivery)
            case _:
                return ()
        return self.language.joined((said, *self._details(delivery)))

    def _delivery(self, key: str, delivery: Delivery, **facts: Fact) -> Line:
        return self.language.line(
            key,
            at=delivery.started_at or delivery.created_at,
            said=self._verdict(delivery),
            state=delivery.state.value,
            **facts,
        )

    def _verdict(self, delivery: Delivery) -> str:
        """Say the reason why a delivery is not through."""
        if delivery.fault is None or delivery.state is DeliveryState.SENT:
            return ""
        facts: dict[str, Fact] = {**delivery.fault.facts}
        return say(self.language, delivery.fault.code, facts, ()).content().summary

    def _details(self, delivery: Delivery) -> Iterator[Line]:
        if delivery.attempt > 1:
            yield self.language.line("life.attempts", count=delivery.attempt)
        if delivery.state is DeliveryState.READY:
            yield self.language.line("life.due", at=delivery.due_at)


def _confirmed_late(page: Page) -> datetime | None:
    """Tell when a lost answer was made up for by looking, if that took long enough to matter."""
    late = page.sent_at is not None and page.changed_at - page.sent_at >= _LATE
    return page.changed_at if late else None

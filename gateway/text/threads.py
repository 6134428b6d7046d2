"""What of a thread goes to the pager, in words: the hint and the menu of its status message."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.domain.actions import Action
from gateway.domain.content import Block, Content, Line, Menu, Option, Paragraph, Small
from gateway.domain.pages import Origin, Page, PageState
from gateway.domain.threads import ThreadMode
from gateway.text.language import Language


@dataclass(frozen=True, slots=True)
class ThreadWords:
    """Speaks of threads in one language."""

    language: Language

    def hint(self, mode: ThreadMode) -> Line:
        """Say what goes."""
        return self.language.line(f"status.hint_{mode}")

    def status(self, content: Content, page: Page) -> Content:
        """Complete a status message: a menu on its first paragraph, and on an alert's a hint.

        Only where there is a conversation to write to.
        """
        if page.state is not PageState.SENT or not page.to:
            return content
        blocks = list(content.blocks)
        for at, block in enumerate(blocks):
            if isinstance(block, Paragraph):
                blocks[at] = replace(block, menu=self._menu(page))
                break
        if page.origin is Origin.ALERT:
            blocks = list(self._hinted(blocks, page))
        return replace(content, blocks=tuple(blocks))

    def _menu(self, page: Page) -> Menu:
        """Offer the other modes."""
        options = tuple(
            Option(self.language.text(f"status.menu_{mode}"), f"{page.ref}:{mode}")
            for mode in ThreadMode
            if mode is not page.passes
        )
        return Menu(Action.THREAD_MODE, options)

    def _hinted(self, blocks: list[Block], page: Page) -> Iterator[Block]:
        for at, block in enumerate(blocks):
            if isinstance(block, Small) and at == len(blocks) - 1:
                yield Small(self.language.joined((self.hint(page.passes), block.line)))
            else:
                yield block

"""What every page about alerts has in common, be it of one incident or of many."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from gateway.domain.alerts import Severity
from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber, Ref, WorkspaceId
from gateway.domain.outbound import Notice
from gateway.domain.pager_text import clean, shorten
from gateway.domain.pages import Origin, Page, PageState
from gateway.domain.threads import ThreadMode

URGENCY = {Severity.CRITICAL: 0, Severity.ERROR: 3, Severity.WARNING: 5, Severity.INFO: 7}
"""Criticals go with people's own pages; everything else stands behind them."""

DIGEST = "dg"
"""What references of digests begin with; one answers incidents, never a digest."""

_LISTED_MOST = 2000
_TITLE_MOST = 90
"""Characters of one message that lists alerts, and of each alert in it."""


def alert_page(
    ref: Ref,
    sender: ExtensionNumber,
    to: tuple[ExtensionNumber, ...],
    text: str,
    *,
    workspace: WorkspaceId,
    channel: ChannelId,
    now: datetime,
    mode: ThreadMode,
) -> Page:
    """Make a page that nobody typed; one to nobody is shown in its channel only."""
    return Page(
        ref=ref,
        origin=Origin.ALERT,
        workspace=workspace,
        author=ChatUserId(""),
        author_name="",
        channel=channel,
        sender=sender,
        on_behalf=False,
        to=to,
        text=text,
        parts=1,
        state=PageState.SENDING if to else PageState.SENT,
        created_at=now,
        changed_at=now,
        mode=mode,
    )


def titled(title: str) -> str:
    """Write what a sender calls an alert as one short line."""
    return shorten(" ".join(clean(title).split()), _TITLE_MOST) or "…"


def listed(lines: Iterable[str]) -> Iterator[Notice]:
    """List everything, in as many messages as that takes."""
    taken: list[str] = []
    for line in lines:
        if taken and sum(map(len, taken)) + len(taken) + len(line) > _LISTED_MOST:
            yield _list(taken)
            taken = []
        taken.append(line)
    if taken:
        yield _list(taken)


def _list(lines: list[str]) -> Notice:
    return Notice("alert.listed", {"count": len(lines), "text": "\n".join(lines)})

"""Named points where a rehearsal may kill, delay or fail the process.

| point | the moment |
|---|---|
| `intake.heard` | a fact from the chat was understood, nothing is recorded |
| `intake.recorded` | it is committed, the chat has no answer yet |
| `order.heard` | a program's order was understood, nothing is recorded |
| `order.recorded` | it is committed, the program has no answer yet |
| `hint.taken` | a pager's webhook is remembered, the pager has no answer yet |
| `dispatcher.round` | before due lanes are claimed |
| `delivery.claimed` | a lane is leased, nothing is decided |
| `delivery.attempting` | the attempt is committed, no byte has left |
| `delivery.answered` | the foreign system answered (or did not), nothing of it is committed |
| `delivery.looked` | it was looked for upstream, nothing of it is committed |
| `delivery.settled` | the outcome and what follows from it are committed |
| `mailbox.synced` | a page of message-sync was read, none of its messages is committed |
| `mailbox.taken` | one of its messages is committed, the cursor is not |
| `mailbox.moved` | the cursor is committed |
"""

from typing import Protocol


class FaultPoints(Protocol):
    """In production every point does nothing."""

    async def at(self, point: str) -> None:
        """Pass the point, for example `delivery.attempting`."""
        ...


class NoFaults:
    """The production implementation."""

    async def at(self, point: str) -> None:
        """Do nothing."""

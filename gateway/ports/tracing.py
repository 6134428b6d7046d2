"""Following what was asked through everything that comes of it, also across the outbox."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from typing_extensions import override

from gateway.domain.errors import FactValue

Noted = dict[str, FactValue]


class Tracing(Protocol):
    """Notes spans of a trace. A traceparent is W3C's header value; empty where nothing is traced.

    Facts are those of `Observer`: never message bodies, tokens or names.
    """

    def span(
        self, name: str, *, parent: str = "", linked: str = "", **facts: FactValue
    ) -> AbstractContextManager[Noted]:
        """Note the block as a span of the trace that is being followed, or of a new one.

        `parent` continues a trace that was stored; `linked` begins a new one that points at it.
        Gives what becomes known in the block: the `page_id` it turned out to be about.
        """
        ...

    def note(self, **facts: FactValue) -> None:
        """Add facts to the span we are in."""
        ...

    def heard(self, event: str, facts: Mapping[str, FactValue]) -> None:
        """Take what an observer saw into the span we are in."""
        ...

    def here(self) -> str:
        """Give the traceparent of the span we are in."""
        ...


class NoTracing(Tracing):
    """Follows nothing."""

    @override
    def span(
        self, name: str, *, parent: str = "", linked: str = "", **facts: FactValue
    ) -> AbstractContextManager[Noted]:
        return nullcontext({})

    @override
    def note(self, **facts: FactValue) -> None:
        pass

    @override
    def heard(self, event: str, facts: Mapping[str, FactValue]) -> None:
        pass

    @override
    def here(self) -> str:
        return ""


UNTRACED = NoTracing()

"""What every line of the log belongs to: its request, its page, its delivery, its trace."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from structlog.contextvars import bind_contextvars, reset_contextvars
from typing_extensions import override

from gateway.domain.errors import FactValue
from gateway.ports.observer import Observer
from gateway.ports.tracing import Noted, Tracing

_noted: ContextVar[Noted | None] = ContextVar("noted", default=None)


class LogContext(Tracing):
    """Puts the facts of a span on every line written in it, and hands spans on."""

    def __init__(self, further: Tracing) -> None:
        self._further = further

    @override
    @contextmanager
    def span(
        self, name: str, *, parent: str = "", linked: str = "", **facts: FactValue
    ) -> Iterator[Noted]:
        ours = {key: value for key, value in facts.items() if "." not in key and value}
        noted: Noted = {}
        before, bound = _noted.set(noted), bind_contextvars(**ours)
        try:
            with self._further.span(name, parent=parent, linked=linked, **facts):
                yield noted
        finally:
            reset_contextvars(**bound)
            _noted.reset(before)

    @override
    def note(self, **facts: FactValue) -> None:
        self._further.note(**facts)

    @override
    def heard(self, event: str, facts: Mapping[str, FactValue]) -> None:
        noted, page = _noted.get(), facts.get("page_id")
        if noted is not None and page:
            noted["page_id"] = page
        self._further.heard(event, facts)

    @override
    def here(self) -> str:
        return self._further.here()


class InContext(Observer):
    """Tells what is seen to the span it is seen in, then to whoever writes it down."""

    def __init__(self, observer: Observer, tracing: Tracing) -> None:
        self._observer = observer
        self._tracing = tracing

    @override
    def saw(self, event: str, /, **facts: FactValue) -> None:
        self._tracing.heard(event, facts)
        if here := self._tracing.here():
            facts["trace_id"] = here.split("-")[1]
        self._observer.saw(event, **facts)

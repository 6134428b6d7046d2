"""What the routes in force are and how they came to be, for operators and their programs."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from gateway.domain.routing.changes import RoutesChange
from gateway.routes.keeping import Load, RoutesKeeper
from gateway.routes.problems import Located


def routes_status(keeper: RoutesKeeper) -> Mapping[str, object]:
    """Describe the routes in force and their last readings, with stable keys."""
    return {
        "file": str(keeper.source.file),
        "hash": keeper.book.rules.hash,
        "taken_at": keeper.taken_at.isoformat(),
        "last_reload_successful": keeper.last.taken,
        "problems": list(map(_located, keeper.last.problems)),
        "unknown": list(map(_located, keeper.unknown)),
        "loads": [_line(load) for load in reversed(keeper.loads)],
    }


def routes_troubles(keeper: RoutesKeeper) -> Iterator[str]:
    """Say what an operator should mend."""
    if not keeper.last.taken:
        yield "the routes file has mistakes; the routes read before are in force"
    if keeper.unknown:
        yield f"the routes page {len(keeper.unknown)} names nobody has"


def load_answer(load: Load) -> Mapping[str, object]:
    """Tell what a reading came to, with stable keys."""
    change = load.change or RoutesChange()
    return {
        **_line(load),
        "routes": asdict(change.routes),
        "receivers": asdict(change.receivers),
        "sections": change.sections,
        "problems": list(map(_located, load.problems)),
        "unknown": list(map(_located, load.unknown)),
    }


def _line(load: Load) -> Mapping[str, object]:
    return {
        "at": load.at.isoformat(),
        "by": load.trigger.value,
        "taken": load.taken,
        "hash": load.hash,
        "change": str(load.change) if load.taken else None,
    }


def _located(problem: Located) -> Mapping[str, object]:
    keys = ("file", "line", "column", "path", "text", "source")
    return {key: getattr(problem, key) for key in keys}

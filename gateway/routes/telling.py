"""What the routes in force are and how they came to be, for operators and their programs."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from gateway.domain.routing.changes import RoutesChange
from gateway.routes.comparing import Comparison
from gateway.routes.keeping import RoutesKeeper
from gateway.routes.loads import Load
from gateway.routes.problems import Located
from gateway.routes.versions import Kept, RolledBack

_MOST_SHOWN = 100


def routes_status(keeper: RoutesKeeper) -> Mapping[str, object]:
    """Describe the routes in force and their last readings, with stable keys."""
    return {
        "file": str(keeper.source.file),
        "hash": keeper.book.rules.hash,
        "taken_at": keeper.taken_at.isoformat(),
        "last_reload_successful": keeper.last.taken,
        "rolled_back": _rolled_back(keeper.rolled_back),
        "problems": list(map(_located, keeper.last.problems)),
        "unknown": list(map(_located, keeper.unknown)),
        "loads": [_line(load) for load in reversed(keeper.loads)],
    }


def routes_troubles(keeper: RoutesKeeper) -> Iterator[str]:
    """Say what an operator should mend."""
    if not keeper.last.taken:
        yield "the routes file has mistakes; the routes read before are in force"
    if back := keeper.rolled_back:
        yield f"routes {back.hash} were put back by {back.who}; the file holds {back.rejected}"
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
        "who": load.who,
        "taken": load.taken,
        "hash": load.hash,
        "change": str(load.change) if load.taken else None,
    }


def _rolled_back(to: RolledBack | None) -> Mapping[str, object] | None:
    return {**asdict(to), "at": to.at.isoformat()} if to else None


def comparison_answer(comparison: Comparison) -> Mapping[str, object]:
    """Tell how a file differs from what is in force, with stable keys."""
    moved = comparison.elsewhere
    return {
        **load_answer(comparison.load),
        "text": list(comparison.text),
        "replayed": comparison.replayed,
        "elsewhere": sum(each.count for each in moved),
        "alerts": [
            {
                "labels": dict(each.labels),
                "count": each.count,
                "was": list(map(asdict, each.was)),
                "will": list(map(asdict, each.will)),
            }
            for each in moved[:_MOST_SHOWN]
        ],
    }


def history_answer(history: tuple[Kept, ...], keeper: RoutesKeeper) -> Mapping[str, object]:
    """List the versions that can be put back, the newest first, with stable keys."""
    now = keeper.book.rules.hash
    return {
        "versions": [
            {
                "hash": each.hash,
                "at": each.at.isoformat(),
                "who": each.who,
                "in_force": each.hash == now,
            }
            for each in reversed(history)
        ],
        "rolled_back": _rolled_back(keeper.rolled_back),
    }


def _located(problem: Located) -> Mapping[str, object]:
    keys = ("file", "line", "column", "path", "text", "source")
    return {key: getattr(problem, key) for key in keys}

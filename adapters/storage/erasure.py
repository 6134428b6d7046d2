"""Taking a person out of stored facts: what they wrote, and their names; ids and times stay.

Facts are JSON of any shape, so they are walked: a text goes by its field's name where the row is
the person's, a name wherever it stands as a whole. What is still to be sent is left, and counted.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from adapters.storage import statements as sql
from adapters.storage.engine import Call, Row, Script, Statement
from gateway.domain.pages import Origin, PageState
from gateway.ports.store import Erasure, Personal

GONE = "(erased)"
_TEXTS = frozenset({"text", "quote"})
_WHOSE = ("author", "user")

Judged = tuple[Call | None, Personal]
"""What to write for a row, and what it counts as."""


@dataclass(frozen=True, slots=True)
class Place:
    """A table: how its rows are read from a key on, and what becomes of one."""

    first: int | str
    rows: Statement
    judge: Callable[[Row, Erasure], Judged]


def batch(
    place: Place, whose: Erasure, after: int | str, limit: int, *, write: bool
) -> Script[tuple[int | str | None, Personal]]:
    """Look at the next rows of a table; gives where to go on, `None` at its end."""
    rows = yield place.rows(after, limit)
    found = Personal()
    for row in rows:
        call, counted = place.judge(row, whose)
        found = found + counted
        if call and write:
            yield call
    return (rows[-1][0] if len(rows) == limit else None), found


def _page(row: Row, whose: Erasure) -> Judged:
    ref, state, body, last_from, fault = row
    fact = json.loads(body)
    theirs = _is_theirs(fact, whose) or _began_by(fact, whose)
    last = GONE if last_from in whose.names else last_from
    changed = (_without(fact, whose, theirs=theirs), last, _fault(fault, whose, theirs=theirs))
    if changed == (fact, last_from, fault):
        return None, Personal()
    if not PageState(state).final:
        return None, Personal(open=1)
    return sql.ERASE_PAGE(ref, _written(changed[0]), last, changed[2]), Personal(pages=1)


def _delivery(row: Row, whose: Erasure) -> Judged:
    number, finished_at, outbound, fault, page = row
    fact = json.loads(outbound)
    owner = json.loads(page) if page else {}
    of_their_page = fact["kind"] in {"send_page", "send_follow_up"} and _is_theirs(owner, whose)
    theirs = of_their_page or _is_theirs(fact, whose)
    changed = (_without(fact, whose, theirs=theirs), _fault(fault, whose, theirs=theirs))
    if changed == (fact, fault):
        return None, Personal()
    if finished_at is None:
        return None, Personal(open=1)
    call = sql.ERASE_DELIVERY(number, _written(changed[0]), changed[1])
    return call, Personal(messages=1)


def _incident(row: Row, whose: Erasure) -> Judged:
    ref, version, facts = row
    fact = json.loads(facts)
    changed = _without(fact, whose, theirs=False)
    if changed == fact:
        return None, Personal()
    return sql.ERASE_INCIDENT(ref, version, _written(changed)), Personal(incidents=1)


def _silence(row: Row, whose: Erasure) -> Judged:
    name, facts = row
    fact = json.loads(facts)
    changed = _without(fact, whose, theirs=False)
    if changed == fact:
        return None, Personal()
    return sql.ERASE_SILENCE(name, _written(changed)), Personal(silences=1)


def _draft(row: Row, whose: Erasure) -> Judged:
    name, body = row
    if not _is_theirs(json.loads(body), whose):
        return None, Personal()
    return sql.DROP_DRAFT(name), Personal(drafts=1)


PLACES = (
    # Deliveries first: whose they are is known by their page.
    Place(0, sql.DELIVERIES_TO_ERASE, _delivery),
    Place("", sql.PAGES_TO_ERASE, _page),
    Place("", sql.INCIDENTS_TO_ERASE, _incident),
    Place("", sql.SILENCES_TO_ERASE, _silence),
    Place("", sql.DRAFTS_TO_ERASE, _draft),
)


def _is_theirs(fact: dict[str, object], whose: Erasure) -> bool:
    """Whether they wrote it, or it was said to them alone."""
    ids = {each for each in (whose.user, whose.extension) if each}
    return any(fact.get(field) in ids for field in _WHOSE)


def _began_by(fact: dict[str, object], whose: Erasure) -> bool:
    """Whether a page stands for a conversation that they began on the pager."""
    to = fact.get("to")
    first = to[0] if isinstance(to, list) and to else ""
    return fact.get("origin") == Origin.PAGER and bool(first) and first == whose.extension


def _without(fact: object, whose: Erasure, *, theirs: bool) -> object:
    """Copy a fact without their names, and without texts where it is theirs."""
    match fact:
        case dict():
            return {
                key: GONE
                if theirs and key in _TEXTS and isinstance(value, str) and value
                else _without(value, whose, theirs=theirs)
                for key, value in fact.items()
            }
        case list():
            return [_without(each, whose, theirs=theirs) for each in fact]
        case str() if fact in whose.names:
            return GONE
        case _:
            return fact


def _fault(fault: str | None, whose: Erasure, *, theirs: bool) -> str | None:
    if fault is None:
        return None
    fact = json.loads(fault)
    changed = _without(fact, whose, theirs=theirs)
    return fault if changed == fact else _written(changed)


def _written(fact: object) -> str:
    """Write as facts are written: compact, plain ASCII."""
    return json.dumps(fact, separators=(",", ":"))

r"""A regular expression as an automaton that reads each character once, whatever the pattern is.

The positions of a pattern are its characters, each with the bits of those that may come next. A
state is the set of positions that may be read now, as bits of an integer (bit 0: the text may end
here). States and their transitions are made when a text first needs them and kept within a bound,
so a decision costs one look-up per character, and in the worst case one step over the positions:
time grows with the text's length, never with its square or worse.

Conditions between characters (`^`, `\b` …) are settled while building: a position that could hold
both word characters and others is split, so that every pair of neighbours decides the condition.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from gateway.domain.routing import characters
from gateway.domain.routing.characters import Characters
from gateway.domain.routing.pattern_syntax import Choice, Look, Node, One, Repeat, Sequence
from gateway.domain.routing.syntax import RoutingSyntaxError

MOST_POSITIONS = 500
_MOST_PARTS = 20 * MOST_POSITIONS
_MOST_TRANSITIONS = 5000
_END = 1


class _Kind(Enum):
    """What conditions between characters can tell apart."""

    WORD = auto()
    NEWLINE = auto()
    OTHER = auto()
    EDGE = auto()
    """The start or the end of the text."""


_KINDS = {
    _Kind.WORD: characters.WORD,
    _Kind.NEWLINE: characters.NEWLINE,
    _Kind.OTHER: characters.complement(characters.union(characters.WORD, characters.NEWLINE)),
}
_ALL = {_Kind.OTHER: characters.ANY}


def _holds(look: Look, before: _Kind, after: _Kind) -> bool:
    match look:
        case Look.TEXT_START:
            return before is _Kind.EDGE
        case Look.TEXT_END:
            return after is _Kind.EDGE
        case Look.LINE_START:
            return before in {_Kind.EDGE, _Kind.NEWLINE}
        case Look.LINE_END:
            return after in {_Kind.EDGE, _Kind.NEWLINE}
        case Look.WORD_EDGE:
            return (before is _Kind.WORD) != (after is _Kind.WORD)
        case Look.NO_WORD_EDGE:
            return (before is _Kind.WORD) == (after is _Kind.WORD)


@dataclass(slots=True)
class _Place:
    """A spot in the pattern: reads a character, asks a condition, or just leads on."""

    then: list[int] = field(default_factory=list)
    reads: Characters | None = None
    asks: Look | None = None


class _Plan:
    """The pattern as places, built from its end to its start; place 0 is the end."""

    def __init__(self, node: Node) -> None:
        self.places = [_Place()]
        self._parts = 0
        self.start = self._build(node, 0)

    def _add(self, place: _Place) -> int:
        self.places.append(place)
        return len(self.places) - 1

    def _build(self, node: Node, then: int) -> int:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise RoutingSyntaxError("the pattern is too large")
        match node:
            case One(of):
                return self._add(_Place([then], reads=of))
            case Look():
                return self._add(_Place([then], asks=node))
            case Sequence(parts):
                for part in reversed(parts):
                    then = self._build(part, then)
                return then
            case Choice(options):
                return self._add(_Place([self._build(option, then) for option in options]))
            case Repeat():
                return self._repeat(node, then)

    def _repeat(self, repeat: Repeat, then: int) -> int:
        least = repeat.least
        if repeat.most is None:
            again = self._add(_Place())
            body = self._build(repeat.node, again)
            self.places[again].then = [body, then]
            then, least = (body, least - 1) if least else (again, 0)
        else:
            leave = then
            for _ in range(repeat.most - least):
                then = self._add(_Place([self._build(repeat.node, then), leave]))
        for _ in range(least):
            then = self._build(repeat.node, then)
        return then

    def reachable(self, begin: int, before: _Kind, after: _Kind) -> Iterator[int]:
        """List the reading places, and perhaps the end, that can be next after `begin`."""
        seen, open_places = {begin}, [begin]
        while open_places:
            number = open_places.pop()
            place = self.places[number]
            if number == 0 or place.reads is not None:
                yield number
            elif place.asks is None or _holds(place.asks, before, after):
                open_places.extend(each for each in place.then if each not in seen)
                seen.update(place.then)


@dataclass(frozen=True, slots=True)
class _Position:
    place: int
    kind: _Kind
    reads: Characters


class _State:
    """A set of positions and where each character leads from it."""

    __slots__ = ("positions", "then")

    def __init__(self, positions: int) -> None:
        self.positions = positions
        self.then: dict[str, _State] = {}


class Automaton:
    """Decides whether a whole text fits a pattern.

    Threads may share one: states are only added, and two that are made at once are alike.
    """

    def __init__(self, node: Node) -> None:
        """Build it.

        Raises:
            RoutingSyntaxError: the pattern unfolds to more than `MOST_POSITIONS` characters.
        """
        self._plan = _Plan(node)
        asks = any(place.asks for place in self._plan.places)
        self._kinds = _KINDS if asks else _ALL
        self._positions = list(self._split())
        if len(self._positions) > MOST_POSITIONS:
            raise RoutingSyntaxError("the pattern is too large")
        self._bits = {(p.place, p.kind): 2 << n for n, p in enumerate(self._positions)}
        self._readers: dict[Characters, int] = {}
        for number, position in enumerate(self._positions):
            self._readers[position.reads] = self._readers.get(position.reads, 0) | 2 << number
        self._follow: dict[int, int] = {}
        self._blocks: dict[tuple[int, int], int] = {}
        self._dead = _State(0)
        self._forget()

    def matches(self, text: str) -> bool:
        """Tell whether the whole text fits."""
        state, dead = self._start, self._dead
        for character in text:
            state = state.then.get(character) or self._step(state, character)
            if state is dead:
                return False
        return bool(state.positions & _END)

    def _forget(self) -> None:
        self._transitions = 0
        self._masks: dict[str, int] = {}
        self._states: dict[int, _State] = {0: self._dead}
        self._start = self._state(self._next(self._plan.start, _Kind.EDGE))

    def _split(self) -> Iterator[_Position]:
        for number, place in enumerate(self._plan.places):
            for kind, held in self._kinds.items() if place.reads is not None else ():
                if reads := characters.intersection(place.reads or (), held):
                    yield _Position(number, kind, reads)

    def _step(self, state: _State, character: str) -> _State:
        """Find where a character leads, and remember it."""
        if self._transitions >= _MOST_TRANSITIONS:
            self._forget()
        self._transitions += 1
        mask = self._masks.get(character)
        if mask is None:
            mask = self._masks[character] = self._mask(ord(character))
        following = state.then[character] = self._state(self._after(state.positions & mask))
        return following

    def _state(self, positions: int) -> _State:
        state = self._states.get(positions)
        if state is None:
            state = self._states[positions] = _State(positions)
        return state

    def _mask(self, code: int) -> int:
        """Mark the positions that can read a character."""
        mask = 0
        for reads, bits in self._readers.items():
            if characters.contains(reads, code):
                mask |= bits
        return mask

    def _after(self, positions: int) -> int:
        """Unite what may follow; eight positions at a time, as their unions repeat."""
        following = 0
        for number, block in enumerate(
            positions.to_bytes((positions.bit_length() + 7) // 8, "little")
        ):
            if block:
                known = self._blocks.get((number, block))
                following |= self._block(number, block) if known is None else known
        return following

    def _block(self, number: int, block: int) -> int:
        following = 0
        for bit in range(8):
            if block >> bit & 1:
                following |= self._after_position(8 * number + bit - 1)
        self._blocks[number, block] = following
        return following

    def _after_position(self, index: int) -> int:
        if index not in self._follow:
            position = self._positions[index]
            (then,) = self._plan.places[position.place].then
            self._follow[index] = self._next(then, position.kind)
        return self._follow[index]

    def _next(self, place: int, before: _Kind) -> int:
        """Mark what may be read at a place when a character of this kind stands before it."""
        bits = 0
        for after in (*self._kinds, _Kind.EDGE):
            for number in self._plan.reachable(place, before, after):
                if number:
                    bits |= self._bits.get((number, after), 0)
                elif after is _Kind.EDGE:
                    bits |= _END
        return bits

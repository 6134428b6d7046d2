"""YAML with places: plain values, and where in the text each of them and each key stands.

Only what JSON knows is read: no tags, no dates. What aliases unfold to is bounded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from gateway.routes.problems import Located, Path, Problem, RoutesError, readable_path

MOST_CHARACTERS = 4_000_000
MOST_VALUES = 200_000
MOST_DEPTH = 100

_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_INTEGER = re.compile(r"[-+]?[0-9][0-9_]{0,15}")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands; line and column count from 0. `style` is its quote, or empty."""

    line: int
    column: int
    style: str = ""


@dataclass
class Document:
    """A file's content with the places of its values and keys."""

    name: str
    text: str
    content: Any = None
    values: dict[Path, Spot] = field(default_factory=dict)
    keys: dict[Path, Spot] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def locate(self, problem: Problem) -> Located:
        """Find the place of a problem: its key or value, or the nearest thing around it."""
        path = problem.path
        while path and path not in self.values:
            path = path[:-1]
        on_key = problem.on_key and problem.path in self.keys
        spot = self.keys[problem.path] if on_key else self.values.get(path, Spot(0, 0))
        source = self.line(spot.line)
        column = spot.column if on_key else _column(source, spot, problem.at)
        return Located(
            self.name, spot.line + 1, column + 1, readable_path(problem.path), problem.text, source
        )

    def line(self, number: int) -> str:
        """Give a line of the text, counted from 0; empty past its end."""
        return self._lines[number] if number < len(self._lines) else ""

    @cached_property
    def _lines(self) -> list[str]:
        """Parted once: a file may have a mistake on each of its lines."""
        return _LINE_END.split(self.text)

    def error(self, *problems: Problem) -> RoutesError:
        """Make an error of problems in this document."""
        return RoutesError(map(self.locate, problems))


def _column(source: str, spot: Spot, at: int) -> int:
    """Find the column of a character inside a scalar; a block or a long one is just its start."""
    if spot.style not in {"", "'", '"'}:
        return spot.column
    column = spot.column + len(spot.style)
    for _ in range(at):
        column += len(_written(source, column, spot.style))
    return column if at and column < len(source) else spot.column + (len(spot.style) if at else 0)


_ESCAPE = re.compile(r"\\(?:x..|u.{4}|U.{8}|.)")


def _written(source: str, column: int, style: str) -> str:
    """Give the characters that stand for one character of the value."""
    if style == "'":
        return "''" if source.startswith("''", column) else "x"
    escape = _ESCAPE.match(source, column) if style == '"' else None
    return escape[0] if escape else "x"


def read_document(text: str, name: str) -> Document:
    """Read YAML.

    Duplicate keys and the like are noted in `problems`, so that they are told with all others.

    Raises:
        RoutesError: it is not YAML at all.
    """
    document = Document(name, text)
    if len(text) > MOST_CHARACTERS:
        raise document.error(Problem((), "the file is too large"))
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        raise RoutesError([_located(document, error)]) from None
    except (YAMLError, RecursionError) as error:
        problem = "this is nested too deeply" if isinstance(error, RecursionError) else "not text"
        raise document.error(Problem((), problem)) from None
    if node is not None:
        document.content = _Reader(document).value(node, ())
    return document


def _located(document: Document, error: MarkedYAMLError) -> Located:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    return Located(document.name, line + 1, column + 1, "", str(error.problem), document.line(line))


class _Reader:
    """Turns nodes into values, and notes where they stand."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._count = 0

    def value(self, node: Any, path: Path) -> Any:
        style = node.style or "" if isinstance(node, ScalarNode) else ""
        spot = Spot(node.start_mark.line, node.start_mark.column, style)
        self._document.values[path] = spot
        self._count += 1
        if self._count > MOST_VALUES or len(path) > MOST_DEPTH:
            raise self._document.error(Problem(path, "this unfolds to too much"))
        if not str(node.tag).startswith(_TAG):
            self._problem(path, f"tags such as {node.tag} are not understood")
        match node:
            case ScalarNode():
                return self._scalar(node)
            case SequenceNode():
                return [self.value(each, (*path, n)) for n, each in enumerate(node.value)]
            case MappingNode():
                return self._mapping(node, path)
        return None

    def _scalar(self, node: ScalarNode) -> str | int | float | bool | None:
        text: str = node.value
        match str(node.tag).removeprefix(_TAG):
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" if _INTEGER.fullmatch(text):
                return int(text)
        return text

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        entries = [(key, value) for key, value in node.value if isinstance(key, ScalarNode)]
        if len(entries) < len(node.value):
            self._problem(path, "a key has to be a word")
        mapping: dict[str, Any] = {}
        for key, value in entries:
            if key.tag == _MERGE:
                mapping |= self._merged(value, path)
        own: dict[str, Any] = {}
        for key, value in entries:
            if key.tag != _MERGE:
                self._entry(own, key, value, path)
        return mapping | own

    def _entry(self, own: dict[str, Any], key: ScalarNode, value: Any, path: Path) -> None:
        here = (*path, str(key.value))
        if key.value in own:
            self._problem(here, f'"{key.value}" is there twice', on_key=True)
        mark = key.start_mark
        self._document.keys[here] = Spot(mark.line, mark.column)
        own[str(key.value)] = self.value(value, here)

    def _merged(self, node: Any, path: Path) -> Mapping[str, Any]:
        """Take over what `<<` names; own keys go first, and places are those of the original."""
        sources = node.value if isinstance(node, SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for source in reversed(sources):
            if isinstance(source, MappingNode):
                merged |= self._mapping(source, path)
            else:
                self._problem(path, "<< takes a mapping")
        return merged

    def _problem(self, path: Path, text: str, *, on_key: bool = False) -> None:
        self._document.problems.append(Problem(path, text, on_key=on_key))

"""What is wrong in a file that people edit: file, line, column, path, cause, nearest word."""

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""The way to a value: ("route", "routes", 1, "receiver")."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the value at a path.

    `at` counts characters inside the value, where that is known. With `on_key` it is the key that
    is wrong, not its value.
    """

    path: Path
    text: str
    at: int = 0
    on_key: bool = False


@dataclass(frozen=True, order=True, slots=True)
class Located:
    """A problem where it stands; line and column count from 1. `source` is that line.

    Without lines, as in a variable of the environment, both are 0.
    """

    file: str
    line: int
    column: int
    path: str
    text: str
    source: str = ""

    def __str__(self) -> str:
        """Write the problem with its line and a caret below."""
        place = f"{self.path}: " if self.path else ""
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        head = f"{where}: {place}{self.text}"
        if not self.source.strip():
            return head
        return f"{head}\n    {self.source}\n    {' ' * (self.column - 1)}^"


class RoutesError(Exception):
    """A file cannot be used; `problems` are all of why, in the order they stand in it."""

    def __init__(self, problems: Iterable[Located]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def for_github(problem: Located, kind: str = "error") -> str:
    """Write a problem, or a `warning`, so that a workflow marks the line in the change."""
    text = f"{problem.path}: {problem.text}" if problem.path else problem.text
    escaped = text.replace("%", "%25").replace("\n", "%0A")
    if not problem.line:
        return f"::{kind}::{problem.file}: {escaped}"
    return f"::{kind} file={problem.file},line={problem.line},col={problem.column}::{escaped}"


def as_json(problems: Iterable[Located]) -> str:
    """Write problems for programs."""
    keys = ("file", "line", "column", "path", "text")
    return json.dumps([{key: getattr(each, key) for key in keys} for each in problems])


def readable_path(path: Path) -> str:
    """Write a path as `route.routes.1.priority`."""
    return ".".join(map(str, path))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Offer the nearest known word, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f' — did you mean "{near[0]}"?' if near else ""

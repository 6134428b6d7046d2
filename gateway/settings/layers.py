"""The places settings come from, and what each of them says; the strongest first."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NestedSecretsSettingsSource,
    SecretsSettingsSource,
    SettingsError,
)

from gateway.routes.problems import Located, Path, Problem, readable_path
from gateway.routes.trust import WRITABLE, writable_by_all
from gateway.settings.marks import Marks, find_marks
from gateway.settings.shapes import may_be_shown

PREFIX = "GATEWAY_"
_TOML_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_IN_URL = re.compile(r"(?<=://)[^\s/@\"']+@")
_HIDDEN = "…"
_NOWHERE = "settings"


@dataclass(frozen=True)
class Environment:
    """Variables; a nested one or, as JSON, one around it."""

    kind: type[BaseSettings]
    prefix: str
    names: frozenset[str]

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Read them; what stands for a table or a list is JSON."""
        try:
            return EnvSettingsSource(self.kind)()
        except SettingsError as error:
            raise UnreadableLayerError(_no_json(error, self.prefix)) from None

    def place(self, path: Path) -> str:
        """Name where a value comes from."""
        tried = (self.prefix + "__".join(map(str, path[:n])) for n in range(len(path), 0, -1))
        return next((name for name in map(str.upper, tried) if name in self.names), self.prefix)

    def locate(self, problem: Problem) -> Located:
        """Name where the problem is."""
        return Located(self.place(problem.path), 0, 0, readable_path(problem.path), problem.text)


@dataclass(frozen=True)
class SecretFiles:
    """A folder with a file for each secret."""

    kind: type[BaseSettings]
    folder: FilePath

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Read them; what stands for a table or a list is JSON."""
        folder = SecretsSettingsSource(self.kind, secrets_dir=self.folder)
        try:
            return NestedSecretsSettingsSource(
                folder,
                secrets_dir=self.folder,
                secrets_prefix="",
                secrets_nested_delimiter="__",
            )()
        except SettingsError as error:
            raise UnreadableLayerError(_no_json(error, f"{self.folder}/")) from None

    def place(self, path: Path) -> str:
        """Name where a value comes from."""
        names = {each.name.lower(): each for each in self.folder.iterdir()}
        tried = ("__".join(map(str, path[:n])).lower() for n in range(len(path), 0, -1))
        return str(next((names[name] for name in tried if name in names), self.folder))

    def locate(self, problem: Problem) -> Located:
        """Name where the problem is."""
        return Located(self.place(problem.path), 0, 0, readable_path(problem.path), problem.text)


@dataclass(frozen=True)
class SettingsFile:
    """A TOML file."""

    kind: type[BaseSettings]
    name: str
    text: str
    values: Mapping[str, Any]

    @cached_property
    def _marks(self) -> Marks:
        return find_marks(self.text)

    def place(self, path: Path) -> str:
        """Name the line a value comes from."""
        located = self.locate(Problem(path, "", on_key=True))
        return f"{located.file}:{located.line}"

    def locate(self, problem: Problem) -> Located:
        """Find the place of a problem, with its line where that tells no secret."""
        path = problem.path
        while path and path not in self._marks.keys and path not in self._marks.values:
            path = path[:-1]
        begin, _ = self._marks.values.get(path, (0, 0))
        is_key = path in self._marks.keys and (
            (problem.on_key and path == problem.path) or path not in self._marks.values
        )
        offset = self._marks.keys[path] if is_key else begin
        line = self._marks.line_of(offset)
        column = offset - self._marks.begin_of(line)
        source = self._shown(line, column) if path else ""
        where = readable_path(problem.path)
        return Located(self.name, line + 1, column + 1, where, problem.text, source)

    def _shown(self, number: int, column: int) -> str:
        """Give a line without what may be a secret; nothing if the caret would be misplaced."""
        start = self._marks.begin_of(number)
        line = self._marks.line_without_comment(number)
        for begin, end in sorted(self._secrets_on(start, start + len(line)), reverse=True):
            if begin - start < column:
                return ""
            line = line[: begin - start] + _HIDDEN + line[end - start :]
        return without_password(line) if line[:column] == without_password(line[:column]) else ""

    def _secrets_on(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """List the parts of a line, by their offsets, that are not known to be harmless."""
        for path in self._marks.leaves:
            begin, end = self._marks.values[path]
            if begin < stop and end > start and not may_be_shown(self.kind, path):
                yield max(begin, start), min(end, stop)


def without_password(text: str) -> str:
    """Take out who signs in where an address says so."""
    return _IN_URL.sub(f"{_HIDDEN}@", text)


class UnreadableLayerError(Exception):
    """A layer cannot be read at all; its values say nothing."""

    def __init__(self, problem: Located) -> None:
        super().__init__(str(problem))
        self.problem = problem


def read_file(kind: type[BaseSettings], file: FilePath) -> SettingsFile:
    """Read a TOML file.

    Raises:
        UnreadableLayerError: it is not there, anybody may write to it, or it is no TOML.
    """
    try:
        if writable_by_all(file):
            raise UnreadableLayerError(Located(str(file), 1, 1, "", WRITABLE))
        return read_text(kind, str(file), file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    except UnicodeDecodeError:
        problem = "is not UTF-8"
    raise UnreadableLayerError(Located(str(file), 1, 1, "", problem))


def read_text(kind: type[BaseSettings], name: str, text: str) -> SettingsFile:
    """Read TOML.

    Raises:
        UnreadableLayerError: it is none.
    """
    try:
        return SettingsFile(kind, name, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UnreadableLayerError(_no_toml(name, str(error), text)) from None


def _no_toml(name: str, words: str, text: str) -> Located:
    """Tell where a file stops being TOML."""
    found = _TOML_PLACE.fullmatch(words)
    if not found or not found[2]:
        return Located(name, text.count("\n") + 1, 1, "", _lower(found[1] if found else words))
    line, column = int(found[2]), int(found[3])
    return Located(name, line, column, "", _lower(found[1]), _key_alone(text, line, column))


def _key_alone(text: str, line: int, column: int) -> str:
    """Give a line up to its value, which may be a secret; nothing if the mistake is behind that."""
    key, sign, _ = text.split("\n")[line - 1].partition("=")
    shown = f"{key}{sign} {_HIDDEN}" if sign else key
    is_harmless = bool(sign) or shown.lstrip().startswith("[")
    return shown if is_harmless and column <= len(shown) + 1 else ""


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _no_json(error: SettingsError, prefix: str) -> Located:
    named = re.search(r'field "(\w+)"', str(error))
    name = prefix + (named[1] if named else "")
    return Located(name.upper() if prefix.isupper() else name, 0, 0, "", "expected JSON")


Layer = Environment | SecretFiles | SettingsFile


# --- together ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layers:
    """The layers, strongest first, and what they come to together."""

    layers: tuple[Layer, ...]

    @property
    def kind(self) -> type[BaseSettings]:
        """The model they are for."""
        return self.layers[-1].kind

    @property
    def file(self) -> FilePath | None:
        """The settings file among them."""
        files = (FilePath(each.name) for each in self.layers if isinstance(each, SettingsFile))
        return next(files, None)

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Give what they say together.

        Raises:
            UnreadableLayerError: one of them cannot be read.
        """
        merged: Mapping[str, Any] = {}
        for layer in self.layers:
            merged = _over(merged, layer.values)
        return merged

    def holder(self, path: Path) -> Layer | None:
        """Tell which of them a value comes from; of a table, the weakest that knows of it."""
        known = [each for each in self.layers if has(each.values, path)]
        if not known:
            return None
        return known[-1] if isinstance(_at(known[0].values, path), Mapping) else known[0]

    def source(self, path: Path) -> str | None:
        """Name where a setting comes from; `None` when nobody has set it."""
        around: Any = self.values
        for step, key in enumerate(path):
            if not isinstance(around, Mapping | list):
                path = path[:step]  # one value that stands for a table
                break
            if not has(around, (key,)):
                return None
            around = _at(around, (key,))
        holder = self.holder(path)
        return holder.place(path) if holder else None

    def locate(self, problem: Problem) -> Located:
        """Find the place of a problem, or of the nearest thing around it."""
        path = problem.path
        while path and not self.holder(path):
            path = path[:-1]
        files = (each for each in self.layers if isinstance(each, SettingsFile))
        holder = self.holder(path) if path else next(files, None)
        if holder is None:
            return Located(_NOWHERE, 0, 0, ".".join(map(str, problem.path)), problem.text)
        return holder.locate(problem)


def _over(strong: Any, weak: Any) -> Any:
    """Lay a layer over a weaker one: tables are joined, all else is replaced."""
    if not (isinstance(strong, Mapping) and isinstance(weak, Mapping)):
        return strong
    joined = {key: _over(value, weak[key]) for key, value in strong.items() if key in weak}
    return {**weak, **strong, **joined}


def has(values: Any, path: Path) -> bool:
    """Whether there is something at a path."""
    for step in path:
        if isinstance(values, Mapping):
            if step not in values:
                return False
        elif not (isinstance(values, list) and isinstance(step, int) and step < len(values)):
            return False
        values = values[step]
    return True


def _at(values: Any, path: Path) -> Any:
    for step in path:
        values = values[step]
    return values

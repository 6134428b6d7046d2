"""The routes file on its disk, with the calendars it names: read whole, and watched for changes.

What counts is the content under the name, not the file: a ConfigMap and a careful editor put
another file in its place, and one that is only touched says nothing new.
"""

import gc
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gateway.routes.problems import RoutesError
from gateway.routes.reading import LoadedRoutes, read_routes, read_text

_VERSION_LENGTH = 12


class RoutesSource:
    """Reads one routes file again and again. Its methods block: they belong into a thread."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.known: Mapping[Path, str] = {file: ""}
        """What was read last, by digest; empty for what could not be read."""

    def load(self) -> LoadedRoutes:
        """Read and check everything.

        Raises:
            RoutesError: with every problem found.
        """
        found: dict[Path, str] = {}

        def text_of(path: Path, name: str) -> str:
            found[path] = ""
            text = read_text(path, name)
            found[path] = _digest(text)
            return text

        try:
            with _without_collections():
                name = str(self.file)
                text = text_of(self.file, name)
                loaded = read_routes(
                    text, name, lambda each: text_of(self.file.parent / each, each)
                )
        finally:
            self.known = found
        return loaded if len(found) == 1 else _versioned(loaded, found)

    def look(self) -> Mapping[Path, str]:
        """Tell what would be read now, in the form of `known`."""
        return {path: _digest_of(path) for path in self.known}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _digest_of(path: Path) -> str:
    try:
        return _digest(read_text(path, str(path)))
    except RoutesError:
        return ""


def _versioned(loaded: LoadedRoutes, found: Mapping[Path, str]) -> LoadedRoutes:
    """Name the version by all files: another calendar is another version."""
    version = _digest("".join(found.values()))[:_VERSION_LENGTH]
    return replace(loaded, routes=replace(loaded.routes, hash=version))


@contextmanager
def _without_collections() -> Iterator[None]:
    """Let the garbage collector rest for the seconds a large file takes.

    A parsed file is millions of objects that all stay; going through them again and again costs
    a third of the time and stops every thread for as long as it lasts (0.2 s for 10,000 routes).
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

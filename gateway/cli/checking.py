"""What `gateway config check` finds in a file: settings (TOML) or routes (YAML)."""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from adapters.registry import EmbeddedBackend, read_company
from gateway.bootstrap.tls import TlsError, tls_context
from gateway.domain.directory import Directory
from gateway.domain.routing.routes import Routes
from gateway.routes.names import unknown_names
from gateway.routes.problems import Located, Problem, RoutesError
from gateway.routes.reading import LoadedRoutes, load_routes, read_routes, read_text
from gateway.services.alerts.rules import RuleBook
from gateway.services.roster import Roster
from gateway.settings import (
    ConfigurationError,
    Settings,
    load_settings,
    load_workspaces,
    load_written,
)
from gateway.system import SystemClock

STDIN = "-"
_STDIN_NAME = "stdin"
_YAML = re.compile(r"(?:\s*#.*\n|\s*\n|---[^\n]*\n)*[\w\"'-]+[ \t]*:", re.MULTILINE)


@dataclass(frozen=True)
class Looked:
    """What was found in one file; `doubts` are names nobody has, which do not make it unusable."""

    file: str
    problems: tuple[Located, ...] = ()
    doubts: tuple[Located, ...] = ()
    found: Mapping[str, int] = field(default_factory=dict)


def look_at(file: Path) -> Iterator[Looked]:
    """Check a file, and the routes that settings name. What standard input is, its text tells."""
    if str(file) == STDIN:
        text = sys.stdin.read()
        yield from _settings(None, text) if not _YAML.match(text) else _written_routes(text)
    elif file.suffix in {".yaml", ".yml"}:
        yield _routes(file)
    else:
        yield from _settings(file)


def _settings(file: Path | None, text: str = "") -> Iterator[Looked]:
    name = str(file) if file else _STDIN_NAME
    try:
        settings = load_settings(file) if file else load_written(text, name)
    except ConfigurationError as error:
        yield Looked(name, error.problems)
        return
    try:
        tls_context(settings.server)
    except TlsError as error:
        yield Looked(name, (_of_tls(settings, str(error)),))
    else:
        yield Looked(name, doubts=_never_asked(settings), found=_found_in_settings(settings))
    if settings.routing.file:
        yield _routes(settings.routing.file, settings)
    yield from _workspaces(settings)


def _workspaces(first: Settings) -> Iterator[Looked]:
    """Check the files of further workspaces, and the routes they name."""
    try:
        others = load_workspaces(first)
    except ConfigurationError as error:
        yield Looked(str(first.workspaces.folder), error.problems)
        return
    for settings in others:
        yield Looked(f"workspace {settings.slack.team}", found=_found_in_settings(settings))
        if settings.routing.file:
            yield _routes(settings.routing.file, settings)


def _of_tls(settings: Settings, words: str) -> Located:
    problem = Problem(("server", "tls_certificate"), words)
    return settings.layers.locate(problem) if settings.layers else Located("", 0, 0, "", words)


def _found_in_settings(settings: Settings) -> Mapping[str, int]:
    return {
        "people": len(settings.people),
        "aliases": len(settings.directory.aliases),
        "alert sources": len(settings.alerts.sources),
        "API clients": len(settings.api.clients),
    }


def _routes(file: Path, settings: Settings | None = None) -> Looked:
    try:
        loaded = load_routes(file)
    except RoutesError as error:
        return Looked(str(file), error.problems)
    return _usable(str(file), loaded, settings)


def _written_routes(text: str) -> Iterator[Looked]:
    """Check routes that stand in no file; calendars are looked up in the working directory."""
    try:
        loaded = read_routes(text, _STDIN_NAME, lambda name: read_text(Path(name), name))
    except RoutesError as error:
        yield Looked(_STDIN_NAME, error.problems)
    else:
        yield _usable(_STDIN_NAME, loaded, None)


def _usable(name: str, loaded: LoadedRoutes, settings: Settings | None) -> Looked:
    doubts = _nobody(settings, loaded) if settings else ()
    return Looked(name, doubts=doubts, found=_found_in_routes(loaded.routes))


def _found_in_routes(routes: Routes) -> Mapping[str, int]:
    return {
        "routes": sum(1 for _ in routes.tree.root.walk()),
        "receivers": len(routes.receivers),
        "schedules": len(routes.schedules),
        "templates": len(routes.templates),
        "aliases": len(routes.aliases),
        "time intervals": len(routes.time_intervals),
        "inhibition rules": len(routes.inhibit_rules),
        "silences": len(routes.silences),
        "heartbeats": len(routes.heartbeats),
        "policies": len(routes.policies.rules),
    }


def _nobody(settings: Settings, loaded: LoadedRoutes) -> tuple[Located, ...]:
    """List names of the routes that nobody has."""
    company = _company(settings)
    return unknown_names(loaded, company) if company else ()


def _never_asked(settings: Settings) -> tuple[Located, ...]:
    """List names before which people are to be asked, and which nobody has."""
    book = None
    with suppress(RoutesError):
        file = settings.routing.file
        book = RuleBook(load_routes(file).routes) if file else None
    company, layers = _company(settings, book), settings.layers
    unknown = company.meant(settings.policy.ask_before).unknown if company else ()
    words = (f'nobody called "{name}", or several: nobody is ever asked' for name in unknown)
    problems = [Problem(("policy", "ask_before"), each) for each in words]
    return tuple(map(layers.locate, problems)) if layers else ()


def _company(settings: Settings, book: RuleBook | None = None) -> Directory | None:
    """Read the company's directory, where it is a file."""
    if not isinstance(settings.pager, EmbeddedBackend):
        return None
    clock = SystemClock()
    with suppress(OSError, ValueError):
        company = read_company(settings.pager, clock.now())
        return Directory(company, Roster(clock, settings.directory.aliases, book))
    return None


def in_words(found: Mapping[str, int]) -> str:
    """Say what there is: `12 routes, 1 schedule`."""
    counted = (f"{n} {what if n > 1 else _one(what)}" for what, n in found.items() if n)
    return ", ".join(counted)


def _one(what: str) -> str:
    return {"people": "person", "aliases": "alias", "policies": "policy"}.get(what, what[:-1])

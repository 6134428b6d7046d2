"""CONFIG: settings, secrets and routes, before anybody is asked."""

import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from adapters.alerts.authentication.keyring import KeyringError
from adapters.alerts.registry import open_alert_sources
from adapters.storage.opening import Unobserved
from gateway.bootstrap.api import Tokens
from gateway.doctor.findings import Finding, Findings, fail, ok, warn
from gateway.doctor.site import Site
from gateway.routes.problems import Located, RoutesError
from gateway.routes.reading import LoadedRoutes, load_routes
from gateway.settings import Places, Settings

_OTHERS = stat.S_IROTH
_ELLIPSIS = "…"


def unusable(problems: Iterable[Located], places: Places) -> Iterator[Finding]:
    """Explain settings that cannot be read; then nothing else can be looked into."""
    for problem in problems:
        told = str(problem).partition("\n")[0]
        yield fail("config.unusable", told, _mended(problem, places))


def unusable_workspaces(problems: Iterable[Located]) -> Iterator[Finding]:
    """Explain files of further workspaces that cannot be read; no workspace would be served."""
    for problem in problems:
        told = str(problem).partition("\n")[0]
        yield fail("config.unusable", told, f"Correct {problem.file}.")


def _mended(problem: Located, places: Places) -> str:
    if problem.text.startswith("no such setting") and problem.file.startswith("GATEWAY_"):
        return "Correct the name of the variable, or unset it."
    if problem.path.startswith("slack") and _is_about_secrets(problem):
        return "Run `gateway setup slack`."
    if problem.path.startswith("pager") and _is_about_secrets(problem):
        return "Run `gateway setup ringcentral`."
    if places.file is None:
        return "Begin with `gateway init`, or name the settings file with --config."
    return f"Correct it in {places.file} or in the environment; `gateway config example` lists all."


def _is_about_secrets(problem: Located) -> bool:
    said = f"{problem.path} {problem.text}"
    return any(each in said for each in ("_token", "signing_secret", "client_", "jwt"))


def read_routes(settings: Settings) -> tuple[LoadedRoutes | None, tuple[Finding, ...]]:
    """Read the routes file, or say what is wrong with it."""
    file = settings.routing.file
    if file is None:
        return None, (ok("config.no_routes", "no routes file: alerts are not taken"),)
    try:
        return load_routes(file), (ok("config.routes", f"{file} can be used"),)
    except RoutesError as error:
        fix = f"Correct {file}; `gateway route test` tries it."
        return None, tuple(
            fail("config.routes_unusable", str(problem).partition("\n")[0], fix)
            for problem in error.problems
        )


def settings_read(site: Site) -> Findings:
    """Say what the settings were read from."""
    sources = [str(place) for place in (site.places.file, site.places.secrets) if place]
    read = " and ".join(sources) or "the environment"
    yield ok("config.settings", f"the settings of {read} can be used")


def secrets_are_given(site: Site) -> Findings:
    """Find secrets that are empty or still the example's."""
    for name, secret in secrets_of(site.settings):
        value = secret.get_secret_value()
        if name == "slack.bot_token" and site.settings.workspaces.installs and not value:
            continue  # it comes when the workspace installs the app
        if not value.strip():
            yield fail("config.secret_empty", f"{name} is empty", _where_to_put(name))
        elif _ELLIPSIS in value:
            yield fail(
                "config.secret_example", f"{name} is still the example's", _where_to_put(name)
            )


def secrets_are_kept(site: Site) -> Findings:
    """Find files with secrets that everybody on this machine can read."""
    key_file = site.settings.vault.key_file
    for file in (*_secret_files(site), key_file, *_settings_with_secrets(site)):
        if _is_open(file):
            yield fail(
                "config.secret_readable",
                f"{file} can be read by everybody on this machine",
                f"chmod 600 {file}; who saw it may have copied it, so change what stands in it.",
            )


def _secret_files(site: Site) -> list[Path]:
    """List the secrets folder, as far as it lets us."""
    folder = site.places.secrets
    with suppress(OSError):
        return sorted(each for each in folder.iterdir() if each.is_file()) if folder else []
    return []


def _settings_with_secrets(site: Site) -> tuple[Path, ...]:
    """Give the settings file if a secret stands in it."""
    file = site.places.file
    if file is None:
        return ()
    with suppress(OSError):
        text = file.read_text(encoding="utf-8")
        values = (secret.get_secret_value() for _, secret in secrets_of(site.settings))
        if any(value and value in text for value in values):
            return (file,)
    return ()


def _is_open(file: Path) -> bool:
    """Whether a stranger gets at it: the file lets them, and so does its folder."""
    with suppress(OSError):
        folder = file.absolute().parent.stat().st_mode
        return bool(file.stat().st_mode & _OTHERS and folder & stat.S_IXOTH)
    return False


def misplaced_secrets(site: Site) -> Findings:
    """Find files in the secrets folder that are no setting's."""
    text = site.places.file.read_text(encoding="utf-8") if site.places.file else ""
    for file in _secret_files(site):
        section = file.name.partition("__")[0].lower()
        known = section in Settings.model_fields or f"file:{file.name}" in text
        if not known and not file.name.startswith("."):
            yield warn(
                "config.secret_unknown",
                f"{file} is read by nobody",
                "Name it after its setting, such as slack__bot_token, or remove it.",
            )


async def credentials(site: Site) -> Findings:
    """Try what alert sources and programs are to prove themselves with, as the start will."""
    settings, clock = site.settings, site.tools.clock
    try:
        Tokens(settings, clock)
        async with open_alert_sources(
            settings.alerts, secrets=settings.secrets, clock=clock, observer=Unobserved()
        ):
            pass
    except KeyringError as error:
        fix = "Put the secret where it is said to be: file:NAME stands for secrets/NAME."
        return [fail("config.credential_unusable", str(error), fix)]
    return []


def secrets_of(value: Any, place: str = "") -> Iterator[tuple[str, SecretStr]]:
    """Walk the settings to every secret, by its dotted place."""
    match value:
        case SecretStr():
            yield place, value
        case BaseModel():
            for name in type(value).model_fields:
                yield from secrets_of(getattr(value, name), f"{place}.{name}" if place else name)
        case tuple():
            for number, each in enumerate(value):
                yield from secrets_of(each, f"{place}.{number}")


def _where_to_put(name: str) -> str:
    file = name.replace(".", "__")
    if name.startswith("slack."):
        return f"Run `gateway setup slack`, or put it into secrets/{file}."
    if name.startswith("pager."):
        return f"Run `gateway setup ringcentral`, or put it into secrets/{file}."
    return f"Put it into secrets/{file}."


CHECKS: tuple[Callable[[Site], Findings], ...] = (
    settings_read,
    secrets_are_given,
    secrets_are_kept,
    misplaced_secrets,
)

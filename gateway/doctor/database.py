"""DATABASE: schema, damage, room and keys. A live server's database is never opened."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

from adapters.storage import StorageError, VaultKeyError, inspection
from adapters.storage.errors import DatabaseInUseError, DatabaseUnfitError, DiskFullError
from adapters.storage.inspection import Inspection
from adapters.storage.opening import sqlite_path
from adapters.storage.revision import SchemaState
from adapters.storage.vault import key_name
from gateway.bootstrap.vault_keys import known_vault_keys
from gateway.doctor.findings import Finding, Findings, fail, ok, warn
from gateway.doctor.site import Site
from gateway.domain.errors import StoreUnavailableError
from gateway.settings import Settings

_MB = 1024 * 1024
_LITTLE = 500 * _MB
_TOO_LITTLE = 50 * _MB
_RESTORE = "Stop the gateway and put the last backup in its place: gateway backup restore FILE"


async def examine(site: Site) -> list[Finding]:
    """Look at everything about the database."""
    stands = _running(site) if site.status else await _stopped(site)
    return [*stands, *_room(site)]


def _running(site: Site) -> Findings:
    if site.status and site.status.get("ready"):
        yield ok("database.in_use", "the running gateway works with it")
    else:
        yield fail(
            "database.away",
            "the running gateway has no database at the moment",
            "See store.write_failed in its log: a full disk, or PostgreSQL is away.",
        )


async def _stopped(site: Site) -> list[Finding]:
    url = site.settings.database.url
    unwritable = _unwritable(url)
    if unwritable:
        return [unwritable]
    try:
        found = await inspection.inspect(url)
    except (StorageError, StoreUnavailableError) as error:
        return [_not_opened(error)]
    return [*_schema(found, site.settings), *_keys(found, site.settings)]


def _unwritable(url: str) -> Finding | None:
    """Find out whether the file, or the folder it will be in, may be written to."""
    path = sqlite_path(url) if url.startswith("sqlite://") else None
    if path is None:
        return None
    folder = path.absolute().parent
    if not folder.is_dir():
        fix = f"mkdir -p {folder}, or correct database.url."
        return fail("database.no_folder", f"there is no folder {folder}", fix)
    fix = f"Let the gateway's user write there: chown or chmod {folder}, and what is in it."
    try:
        with TemporaryFile(dir=folder):  # it has no name, so nothing is left of it
            pass
        if path.exists() and not os.access(path, os.W_OK):
            return fail("database.unwritable", f"{path} cannot be written to", fix)
    except OSError as error:
        what = f"{folder} cannot be written to ({error.strerror})"
        return fail("database.unwritable", what, fix)
    return None


def _not_opened(error: Exception) -> Finding:
    match error:
        case DatabaseInUseError():
            return fail(
                "database.locked",
                f"{error.path} is held by process {error.holder}, which does not answer at the "
                "control socket",
                f"See what it is: ps -p {error.holder}; stop it, or name its settings (--config).",
            )
        case DiskFullError():
            return fail("database.no_room", str(error), "Make room on its disk; see below.")
        case DatabaseUnfitError():
            return fail("database.damaged", f"{error.where}: {error.reason}", _RESTORE)
        case StoreUnavailableError():
            fix = "Start PostgreSQL, or correct database.url."
            return fail("database.unreachable", "nobody answers at database.url", fix)
        case _:
            return fail("database.unusable", str(error), "Correct database.url.")


def _schema(found: Inspection, settings: Settings) -> Findings:
    if found.damage:
        yield fail("database.damaged", f"the database is damaged: {found.damage}", _RESTORE)
        return
    match found.state:
        case SchemaState.EMPTY:
            yield ok("database.new", "it will be made at the first start")
        case SchemaState.BEHIND if settings.database.migrate:
            what = f"schema {found.revision}: the next start brings it up to date"
            yield ok("database.behind", what)
        case SchemaState.BEHIND:
            yield fail(
                "database.behind",
                f"the schema {found.revision} is older than this program",
                "Back it up, then run `gateway db upgrade`.",
            )
        case SchemaState.NEWER:
            what = f"the schema {found.revision} was made by a later version of the gateway"
            yield warn("database.newer", what, "Update this program when you can; both work.")
        case SchemaState.CURRENT:
            yield ok("database.current", f"schema {found.revision}, no damage found")


def _keys(found: Inspection, settings: Settings) -> Findings:
    """See whether what the database keeps sealed can be opened."""
    file, needed = settings.vault.key_file, ", ".join(sorted(found.sealed_with))
    fix = f"Put the key file of then back ({file}), or name the key in vault.keys."
    try:
        keys = known_vault_keys(settings)
    except VaultKeyError as error:
        yield fail("database.key_unusable", str(error), fix)
        return
    except OSError as error:
        what = f"{file} cannot be read ({error.strerror})"
        yield fail("database.key_unreadable", what, f"chown the gateway's user {file}")
        return
    have = {key_name(key) for key in keys or ()}
    if keys is None and found.sealed_with:
        what = f"the key file {file} is gone; the database's secrets were sealed with {needed}"
        yield fail("database.key_missing", what, fix)
    elif found.sealed_with - have:
        what = f"the database's secrets were sealed with key {needed}, and we have another"
        yield fail("database.key_wrong", what, fix)
    elif keys and len(keys) > 1 and not settings.vault.keys:
        what = f"{file} holds two keys: a rotation was begun and has not ended"
        fix = "Start the gateway, then run `gateway keys rotate` again."
        yield warn("database.rotation_unfinished", what, fix)
    elif keys:
        yield ok("database.keys", "the vault's keys fit")


def _room(site: Site) -> Iterator[Finding]:
    url = site.settings.database.url
    path = sqlite_path(url) if url.startswith("sqlite://") else None
    folder = path.absolute().parent if path else Path()
    if path is None or not folder.is_dir():
        return
    free = site.tools.free_bytes(folder)
    fix = f"Make room on the disk of {folder}, or lower database.keep_days."
    if free < _TOO_LITTLE:
        yield fail("database.disk_full", f"only {free // _MB} MB are free on its disk", fix)
    elif free < _LITTLE:
        yield warn("database.disk_low", f"only {free // _MB} MB are free on its disk", fix)
    else:
        yield ok("database.room", f"{free // _MB} MB are free on its disk")

"""Who is who, for an operator: read again, searched, and shown over the control door."""

from collections.abc import Mapping

from aiohttp import web

from gateway.domain.directory import Department, Directory, Extension
from gateway.domain.directory_changes import DirectoryChange
from gateway.domain.errors import PagerError
from gateway.domain.ids import ExtensionNumber
from gateway.services.directory_sync import DirectoryKeeper
from gateway.text.words import Words
from gateway.web.errors import RefusedError

_MOST = 100


def directory_routes(keeper: DirectoryKeeper, words: Words) -> tuple[web.RouteDef, ...]:
    """Make the routes of the control door."""

    async def sync(_: web.Request) -> web.Response:
        change = await keeper.reread()
        if change is None:
            raise _unread(words)
        return web.json_response(_synced(keeper, change))

    async def rehearsed(_: web.Request) -> web.Response:
        try:
            return web.json_response(_synced(keeper, await keeper.rehearse()))
        except PagerError as error:
            raise _unread(words) from error

    async def asked(request: web.Request) -> web.Response:
        if name := request.query.get("name", ""):
            return shown(name)
        offered = keeper.search.suggest(request.query.get("find", ""), _MOST)
        entries = (*offered.departments, *offered.people)
        return web.json_response({"found": [_entry(each) for each in entries]})

    def shown(name: str) -> web.Response:
        named = keeper.current.meant((name,))
        entries = [each for each in map(keeper.current.extension, named.numbers) if each]
        if not entries:
            raise RefusedError("directory.nobody", words.sentence("directory.nobody"), 404)
        return web.json_response({"shown": [_whole(each, keeper.current) for each in entries]})

    return (
        web.post("/-/directory/sync", sync),
        web.get("/-/directory/sync", rehearsed),
        web.get("/-/directory", asked),
    )


def _unread(words: Words) -> RefusedError:
    return RefusedError("directory.unread", words.sentence("directory.unread"), 502)


def _synced(keeper: DirectoryKeeper, change: DirectoryChange) -> Mapping[str, object]:
    snapshot = keeper.current.snapshot
    return {
        "change": str(change),
        "added": [_entry(each) for each in change.added],
        "removed": [_entry(each) for each in change.removed],
        "altered": [
            {"before": _entry(each.before), "after": _entry(each.after)} for each in change.altered
        ],
        "departments": [
            {
                "number": each.department.number,
                "name": each.department.name,
                "joined": each.joined,
                "left": each.left,
            }
            for each in change.members
        ],
        "extensions": len(snapshot.extensions),
        "read_at": snapshot.taken_at.isoformat(),
    }


def _entry(extension: Extension) -> Mapping[str, object]:
    return {
        "number": extension.number,
        "name": extension.name,
        "kind": extension.kind.value,
        "status": extension.status.value,
        "label": extension.label,
    }


def _whole(extension: Extension, directory: Directory) -> Mapping[str, object]:
    """Describe an entry with the departments it is in, or those who are in it."""
    department = directory.department(extension.number)
    return {
        **_entry(extension),
        "departments": [each.name for each in directory.departments_of(extension.number)],
        **(_members(department, directory) if department else {}),
    }


def _members(department: Department, directory: Directory) -> Mapping[str, object]:
    managers: tuple[ExtensionNumber, ...] = department.managers
    return {
        "active": [_entry(each) for each in directory.active_members(department)],
        "inactive": [_entry(each) for each in directory.inactive_members(department)],
        "managers": list(managers),
    }

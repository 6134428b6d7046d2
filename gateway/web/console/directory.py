"""Directory: who is who, as it was last read; read again, or looked at what would change."""

from aiohttp import web

from gateway.domain.directory import Department, Extension
from gateway.domain.errors import PagerError
from gateway.domain.ids import ExtensionNumber
from gateway.services.directory_sync import DirectoryKeeper
from gateway.web.console.frame import Visit, Way, does, shows
from gateway.web.errors import RefusedError

PATH = "/directory"
_MOST = 100


def directory_ways(keeper: DirectoryKeeper) -> tuple[Way, ...]:
    """List the addresses of this view."""

    async def listed(visit: Visit) -> web.Response:
        typed, directory = visit.asked("find")[:100], keeper.current
        offered = keeper.search.suggest(typed, _MOST) if typed else None
        return visit.page(
            "directory.html",
            snapshot=directory.snapshot,
            fresh=keeper.fresh,
            departments=[_counted(each) for each in directory.snapshot.departments],
            typed=typed,
            found=(*offered.departments, *offered.people) if offered else (),
            sets=offered.sets if offered else (),
        )

    def _counted(department: Department) -> tuple[Department, int, tuple[Extension, ...]]:
        """Count who in a department can be reached, and list who cannot."""
        active = keeper.current.active_members(department)
        return department, len(active), tuple(keeper.current.inactive_members(department))

    async def show(visit: Visit) -> web.Response:
        directory = keeper.current
        number = ExtensionNumber(visit.request.match_info["number"])
        extension = directory.extension(number)
        if extension is None:
            raise RefusedError("directory.nobody", "Nobody in the directory has this number.", 404)
        department = directory.department(number)
        return visit.page(
            "directory_entry.html",
            entry=extension,
            department=department,
            active=directory.active_members(department) if department else (),
            inactive=directory.inactive_members(department) if department else (),
            managers=_known(department.managers) if department else (),
            departments=directory.departments_of(number),
        )

    def _known(numbers: tuple[ExtensionNumber, ...]) -> list[Extension]:
        return [each for each in map(keeper.current.extension, numbers) if each]

    async def compared(visit: Visit) -> web.Response:
        try:
            change = await keeper.rehearse()
        except PagerError as error:
            raise RefusedError(error.code, _UNREAD, 502) from error
        return visit.page("directory_changes.html", change=change)

    async def sync(visit: Visit) -> web.Response:
        change = await keeper.reread()
        if change is None:
            raise RefusedError("directory.unread", _UNREAD, 502)
        return visit.back(PATH, f"Read again: {change}.")

    return (
        shows(PATH, listed),
        shows(f"{PATH}/changes", compared),
        shows(f"{PATH}/{{number}}", show),
        does(f"{PATH}/sync", sync),
    )


_UNREAD = "The pager's directory cannot be read at the moment. What was read before stays in use."

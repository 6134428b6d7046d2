"""DIRECTORY: names in settings and routes against the people who are there."""

from collections.abc import Callable, Iterator
from datetime import datetime

from adapters.registry import EmbeddedBackend
from gateway.doctor.findings import Findings, fail, ok, warn
from gateway.doctor.site import Site
from gateway.domain.directory import Department, Directory, DirectorySnapshot, ExtensionKind
from gateway.domain.ids import ExtensionNumber
from gateway.ports.clock import Clock
from gateway.routes.names import unknown_names
from gateway.routes.reading import LoadedRoutes
from gateway.routes.references import page_targets
from gateway.services.alerts.rules import RuleBook
from gateway.services.roster import Roster
from gateway.settings import Settings

Check = Callable[[Site, Directory], Findings]

_STALE_AFTER = 3
"""Readings that may be missed before it is worth a word."""


def directory_of(
    settings: Settings, routes: LoadedRoutes | None, clock: Clock, company: DirectorySnapshot
) -> Directory:
    """Make the directory as the gateway would, aliases and schedules included."""
    book = RuleBook(routes.routes) if routes else None
    return Directory(company, Roster(clock, settings.directory.aliases, book))


def named_numbers(
    settings: Settings, routes: LoadedRoutes | None, directory: Directory
) -> set[ExtensionNumber]:
    """Give the numbers of everybody whom settings and routes name."""
    return set(directory.meant(_names(settings, routes)).numbers)


def _names(settings: Settings, routes: LoadedRoutes | None) -> Iterator[str]:
    told = settings.directory
    for names in (*told.aliases.values(), *told.channels.values(), *told.user_groups.values()):
        yield from names
    for client in settings.api.clients:
        yield from () if client.to == "any" else client.to
    if routes:
        yield from (name for _, name in page_targets(routes.document.content))


def reading(site: Site, directory: Directory) -> Findings:
    """Tell how large the company is, and whether the running gateway still hears of changes."""
    size = f"{len(directory.extensions)} extensions"
    if not directory.extensions:
        yield fail(
            "directory.empty",
            "the company has nobody whom the sender may see",
            "Give the sender's role the permission ReadExtensions.",
        )
    elif late := _late_s(site):
        yield warn(
            "directory.stale",
            f"the running gateway has not read the directory for {late / 60:.0f} minutes",
            "See RINGCENTRAL above, and directory.unread in the log; names of before still work.",
        )
    else:
        yield ok("directory.read", size)


def _late_s(site: Site) -> float:
    """Tell for how long the running gateway has missed its readings; 0 when it has not."""
    read_at = (site.status or {}).get("directory", {}).get("read_at")
    if not read_at:
        return 0.0
    age_s = (site.tools.clock.now() - datetime.fromisoformat(read_at)).total_seconds()
    return age_s if age_s > _STALE_AFTER * site.settings.directory.refresh_s else 0.0


def routes(site: Site, directory: Directory) -> Findings:
    """Find names in the routes that nobody has."""
    if site.routes is None:
        return
    unknown = unknown_names(site.routes, directory)
    for problem in unknown:
        yield fail(
            "directory.route_unknown",
            str(problem).partition("\n")[0],
            "Write a name, number or alias that exists; `gateway send` finds names the same way.",
        )
    if not unknown:
        yield ok("directory.routes", "everybody whom the routes page is there")


def aliases(site: Site, directory: Directory) -> Findings:
    """Find aliases that reach nobody, or not everybody they name."""
    for alias, names in site.settings.directory.aliases.items():
        meant = directory.meant(names)
        fix = f"Correct directory.aliases, {alias}: a name that several have needs the number."
        if not meant.numbers:
            yield fail("directory.alias_empty", f"the alias {alias} reaches nobody", fix)
        elif meant.unknown:
            unknown = ", ".join(meant.unknown)
            yield warn(
                "directory.alias_unclear",
                f"the alias {alias} names {unknown}, which nobody has, or several",
                fix,
            )


def questions(site: Site, directory: Directory) -> Findings:
    """Find names before which nobody will ever be asked, because nobody has them."""
    for name in directory.meant(site.settings.policy.ask_before).unknown:
        yield fail(
            "directory.ask_before_unknown",
            f"policy.ask_before names {name}, which nobody has, or several",
            "Correct policy.ask_before; until then pages to whom it means are not asked about.",
        )


def departments(site: Site, directory: Directory) -> Findings:
    """Find departments that are paged somewhere but have nobody to hear it."""
    for number in sorted(named_numbers(site.settings, site.routes, directory)):
        department = directory.department(number)
        if department and not directory.active_members(department):
            yield fail(
                "directory.department_empty",
                f"the department {department.name} ({number}) is named but has "
                f"{_nobody(department)}: RingCentral refuses pages to it",
                "Put somebody into it in the admin portal, or name another department.",
            )


def _nobody(department: Department) -> str:
    return "no active members" if department.members else "no members"


def people(site: Site, directory: Directory) -> Findings:
    """Find people of the settings whose extension is no person's, or is out of use."""
    for person in site.settings.people:
        found = directory.extension(ExtensionNumber(person.extension))
        if found is None or found.kind is not ExtensionKind.PERSON or not found.reachable:
            # Our own pager issues their credentials, so there the start would be refused.
            say = fail if isinstance(site.settings.pager, EmbeddedBackend) and not found else warn
            state = "does not exist" if found is None else f"is {found.status.value}"
            yield say(
                "directory.person_unknown",
                f"people: the extension {person.extension} of {person.chat_user} {state}",
                "Correct [[people]], or enable the extension.",
            )


CHECKS: tuple[Check, ...] = (reading, routes, aliases, questions, departments, people)

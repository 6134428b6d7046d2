"""The doctor: looks into an installation, section by section, and says what to do.

Each section is a module of small checks, functions from what was found out to findings. Vendors
are asked once, by the surveys of their adapters; a gateway that runs is asked over its control
socket, and its database is left alone. Of several workspaces each is looked into on its own.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from adapters.chat.slack.survey import survey_slack
from adapters.pager.ringcentral.survey import RingCentralSurvey, survey_ringcentral
from adapters.registry import EmbeddedBackend, RingCentralBackend, read_company
from gateway.doctor import clock, config, database, directory, network, ringcentral, running, slack
from gateway.doctor.findings import Finding, Report, Section, warn
from gateway.doctor.site import Site, Status, Tools, ask_gateway
from gateway.domain.directory import DirectorySnapshot
from gateway.domain.ids import ExtensionNumber
from gateway.routes.reading import LoadedRoutes
from gateway.settings import (
    ConfigurationError,
    Places,
    Settings,
    control_socket,
    load_settings,
    load_workspaces,
    places,
)


async def examine(file: Path | None = None, tools: Tools | None = None) -> Report:
    """Look into the installation whose settings are in `file`, or where they stand by default."""
    tools, where = tools or Tools(), places(file)
    try:
        settings = load_settings(file)
    except ConfigurationError as error:
        return Report({Section.CONFIG: tuple(config.unusable(error.problems, where))})
    try:
        further = load_workspaces(settings)
    except ConfigurationError as error:
        return Report({Section.CONFIG: tuple(config.unusable_workspaces(error.problems))})
    status = await ask_gateway(control_socket(settings), "/-/status")
    first = await _looked_into(Site(where, settings, tools, status))
    others = await asyncio.gather(*(_further(each, status, tools) for each in further))
    return replace(first, team=settings.slack.team if others else "", others=tuple(others))


async def _further(settings: Settings, first: Status | None, tools: Tools) -> Report:
    """Look into a workspace that is not the first."""
    file = settings.layers.file if settings.layers else None
    status = await ask_gateway(control_socket(settings), "/-/status")
    where = Places(file, settings.secrets)
    site = Site(where, settings, tools, status, first=first, is_further=True)
    return replace(await _looked_into(site), team=settings.slack.team)


async def _looked_into(site: Site) -> Report:
    """Look into one workspace; network and clock are shared, and looked into with the first."""
    settings, tools = site.settings, site.tools
    routes, about_routes = config.read_routes(settings)
    in_force, answers, (survey, company) = await asyncio.gather(
        ask_gateway(control_socket(settings), "/-/settings"),
        survey_slack(settings.slack, tools.clock),
        _survey_pager(settings, routes, tools),
    )
    site = replace(site, routes=routes, in_force=(in_force or {}).get("settings", ()))
    found: dict[Section, Iterable[Finding]] = {
        Section.CONFIG: (
            *_of(check(site) for check in config.CHECKS),
            *await config.credentials(site),
            *about_routes,
            *_of(check(site) for check in running.CHECKS),
        ),
        Section.SLACK: slack.examine(answers, settings),
        Section.RINGCENTRAL: _ringcentral(site, survey, company),
        Section.DATABASE: await database.examine(site),
        Section.DIRECTORY: _directory(site, company),
    }
    if not site.is_further:
        theirs = survey.sign_in.ahead_s if survey else None
        clocks = {"Slack": answers.bot.ahead_s, "RingCentral": theirs}
        found[Section.NETWORK] = await network.examine(site)
        found[Section.CLOCK] = clock.skew(clocks)
    sections = {section: tuple(found[section]) for section in Section if section in found}
    return Report(sections, running=site.status is not None)


async def examine_network(file: Path) -> tuple[Finding, ...]:
    """Look into one section only, without asking the vendors; nothing while settings are broken."""
    try:
        settings = load_settings(file)
    except ConfigurationError:
        return ()
    status = await ask_gateway(control_socket(settings), "/-/status")
    return tuple(await network.examine(Site(places(file), settings, Tools(), status)))


async def _survey_pager(
    settings: Settings, routes: LoadedRoutes | None, tools: Tools
) -> tuple[RingCentralSurvey | None, DirectorySnapshot | None]:
    """Ask RingCentral, or read the file of the company that stands in for it."""
    match settings.known_pager():
        case RingCentralBackend() as backend:

            def named(company: DirectorySnapshot) -> set[ExtensionNumber]:
                people = directory.directory_of(settings, routes, tools.clock, company)
                return directory.named_numbers(settings, routes, people)

            survey = await survey_ringcentral(backend, tools.clock, named)
            return survey, survey.company
        case EmbeddedBackend() as backend:
            try:
                return None, read_company(backend, tools.clock.now())
            except (OSError, ValueError):
                return None, None


def _ringcentral(
    site: Site, survey: RingCentralSurvey | None, company: DirectorySnapshot | None
) -> Iterable[Finding]:
    backend = site.settings.known_pager()
    if isinstance(backend, EmbeddedBackend):
        return ringcentral.embedded(backend, company)
    if survey is None:  # never: whoever names RingCentral has been asked about it
        return ()
    return _of(check(survey, backend, site.tools.clock) for check in ringcentral.CHECKS)


def _directory(site: Site, company: DirectorySnapshot | None) -> Iterable[Finding]:
    if company is None:
        what = "names could not be compared: nobody told who is there"
        return [warn("directory.unread", what, "See RINGCENTRAL above.")]
    people = directory.directory_of(site.settings, site.routes, site.tools.clock, company)
    return _of(check(site, people) for check in directory.CHECKS)


def _of(several: Iterable[Iterable[Finding]]) -> tuple[Finding, ...]:
    return tuple(finding for findings in several for finding in findings)

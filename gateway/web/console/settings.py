"""Settings: what is in force and where each value comes from; secrets are never shown."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Protocol

from aiohttp import web

from gateway.web.console.frame import Visit, Way, shows

PATH = "/settings"


class InForce(Protocol):
    """One setting as it may be shown."""

    @property
    def key(self) -> str:
        """Its dotted name."""
        ...

    @property
    def value(self) -> str:
        """What it is; a secret is hidden, one that is unset is empty."""
        ...

    @property
    def source(self) -> str:
        """Where it comes from: a variable, a file and its line, or the default."""
        ...


Settings = Callable[[], Sequence[InForce]]


def settings_ways(settings: Settings) -> tuple[Way, ...]:
    """List the addresses of this view."""

    async def show(visit: Visit) -> web.Response:
        typed, changed = visit.asked("find")[:100].lower(), bool(visit.asked("changed"))
        found = [
            each
            for each in settings()
            if (typed in each.key.lower() or typed in each.source.lower())
            and (each.source != "default" or not changed)
        ]
        sections = [(name, list(each)) for name, each in groupby(found, _section)]
        return visit.page("settings.html", sections=sections, typed=typed, changed=changed)

    return (shows(PATH, show),)


def _section(setting: InForce) -> str:
    return setting.key.partition(".")[0].partition("[")[0]

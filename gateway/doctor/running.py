"""CONFIG, of a gateway that runs: whether it is this one, with these settings, and how it feels."""

from collections.abc import Callable

from gateway import __version__
from gateway.doctor.findings import Findings, fail, ok, warn
from gateway.doctor.site import Site
from gateway.settings import effective_settings

_AGAIN = "Start the gateway again."
_MOST_NAMED = 5
_FLAG = "flag"


def opened(site: Site) -> Findings:
    """See whether a further workspace is open in the gateway that runs."""
    if site.first is None or site.status is not None:
        return
    known = site.first.get("workspaces", {}).get(site.settings.slack.team)
    if known is None:
        what = "the running gateway does not know this workspace: its file is newer"
        yield warn("config.not_in_force", what, _AGAIN)
    else:
        why = "; ".join(known["degraded"])
        fix = "Mend what it says; the gateway tries again every 30 seconds."
        yield fail("config.not_open", f"the running gateway has not opened it: {why}", fix)


def version(site: Site) -> Findings:
    """See whether an update has been put in force."""
    if site.status is None:
        return
    runs = site.status.get("version")
    if runs == __version__:
        yield ok("config.running", f"version {runs} runs")
    else:
        what = f"version {runs} runs, and {__version__} is installed"
        yield warn("config.other_version", what, _AGAIN)


def settings_in_force(site: Site) -> Findings:
    """See whether settings were changed since the start; what a flag said is meant to differ."""
    if not site.in_force:
        return
    written = {each.key: each.value for each in effective_settings(site.settings)}
    runs = {each["key"]: each["value"] for each in site.in_force if each["source"] != _FLAG}
    changed = [key for key, value in runs.items() if written.get(key, value) != value]
    if changed:
        named = ", ".join(changed[:_MOST_NAMED])
        more = f" and {len(changed) - _MOST_NAMED} more" if len(changed) > _MOST_NAMED else ""
        yield warn(
            "config.not_in_force",
            f"changed since the gateway was started, and not in force: {named}{more}",
            _AGAIN,
        )


def troubles(site: Site) -> Findings:
    """Pass on what the running gateway says does not work at the moment."""
    for reason in (site.status or {}).get("degraded", ()):
        yield warn("config.degraded", f"the running gateway says: {reason}", "See its log.")


CHECKS: tuple[Callable[[Site], Findings], ...] = (
    opened,
    version,
    settings_in_force,
    troubles,
)

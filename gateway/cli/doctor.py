"""`gateway doctor`: what is wrong with this installation, and how to mend it."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from gateway.cli.control import Json, as_json, print_json
from gateway.cli.exits import Exit

if TYPE_CHECKING:
    from gateway.doctor.findings import Finding, Report

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings file (TOML); without one, gateway.toml here and GATEWAY_… variables.",
)
@as_json
def doctor(config: Path | None, *, json_: bool) -> None:
    """Find what is wrong: settings, Slack, RingCentral, database, network, clock, directory.

    Sends nothing and changes nothing, whether the gateway runs or not. Of several workspaces each
    is looked into. Exits 0 when nothing fails and 1 otherwise; each finding says what to do.
    """
    import asyncio  # noqa: PLC0415 - heavy

    from gateway.doctor import examine  # noqa: PLC0415 - heavy

    report = asyncio.run(examine(config))
    if json_:
        print_json(_as_json(report))
    else:
        click.echo("\n".join(_lines(report)), color=colourful(sys.stdout))
        click.echo(_next(report), err=True)
    sys.exit(Exit.OK if report.healthy else Exit.NEGATIVE)


def _lines(report: "Report") -> Iterator[str]:
    for each in report.each:
        if each.team:
            yield click.style(f"WORKSPACE {each.team}", bold=True)
        for section, findings in each.sections.items():
            yield section.value.upper()
            for finding in findings:
                yield from shown(finding)
            yield ""
    yield _totals(report)


def shown(finding: "Finding") -> Iterator[str]:
    """Write a finding for eyes."""
    level = finding.level.value
    sign = click.style(f"{level.upper() if level == 'fail' else level:4}", fg=_COLOURS[level])
    yield f"  {sign}  {finding.what}" + ("" if level == "ok" else f"  [{finding.code}]")
    if finding.fix:
        yield f"        fix: {finding.fix}"


def _totals(report: "Report") -> str:
    from gateway.doctor.findings import Level  # noqa: PLC0415 - heavy

    warnings, failures = report.count(Level.WARN), report.count(Level.FAIL)
    running = "the gateway runs" if report.running else "no gateway answers"
    looked = "" if len(report.sections) > 1 else "; the rest needs settings that can be read"
    return (
        f"{report.count(Level.OK)} ok, {warnings} warning{'s' * (warnings != 1)}, "
        f"{failures} failure{'s' * (failures != 1)} ({running}{looked})"
    )


def _next(report: "Report") -> str:
    if not report.healthy:
        return "Mend what failed, then: gateway doctor"
    return "Next: gateway status" if report.running else "Next: gateway run"


def _as_json(report: "Report") -> Json:
    from gateway.doctor.findings import Level  # noqa: PLC0415 - heavy

    return {
        "healthy": report.healthy,
        "running": report.running,
        "totals": {level.value: report.count(level) for level in Level},
        "findings": [
            {
                **({"workspace": each.team} if each.team else {}),
                "section": section.value,
                "code": finding.code,
                "level": finding.level.value,
                "what": finding.what,
                "fix": finding.fix,
            }
            for each in report.each
            for section, findings in each.sections.items()
            for finding in findings
        ],
    }


def colourful(stream: IO[str]) -> bool:
    """Whether colours are wanted: on a terminal, unless NO_COLOR says otherwise."""
    return stream.isatty() and not os.environ.get("NO_COLOR")  # noqa: TID251 - not a setting

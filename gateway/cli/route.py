"""`gateway route`: where alerts would go, and tests that they go there."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from gateway.cli.exits import Exit

if TYPE_CHECKING:
    from gateway.domain.routing.routes import Routes
    from gateway.domain.routing.tree import Route, RouteTried, Verdict
    from gateway.routes.playing import Report
    from gateway.routes.problems import RoutesError

_ALL = 100.0

_config = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The routes (YAML).  [default: routes.yaml, or what --file is named after]",
)
_format = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "github", "json"]),
    default="text",
    show_default=True,
    help="How mistakes in files are told.",
)


@click.group()
def route() -> None:
    """Where alerts go."""


@route.command()
@click.argument("labels", nargs=-1, metavar="[LABEL=VALUE]...")
@_config
@click.option("--expect", metavar="RECEIVERS", help="Fail unless it is these, commas between.")
@click.option("--tree", is_flag=True, help="Show every route that was tried, and how it went.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--file",
    "cases",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Play the cases of this file instead; NAME.tests.yaml tests NAME.yaml beside it.",
)
@click.option(
    "--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write a report (JUnit XML)."
)
@click.option(
    "--min-coverage",
    type=click.FloatRange(0, _ALL),
    is_flag=False,
    flag_value=_ALL,
    help="Fail if the cases touch less than this percentage; alone: than everything.",
)
@_format
def test(  # noqa: PLR0917  click passes options by keyword
    labels: tuple[str, ...],
    config: Path | None,
    expect: str | None,
    tree: bool,  # noqa: FBT001  click passes options by keyword
    as_json: bool,  # noqa: FBT001  same
    cases: Path | None,
    junit: Path | None,
    min_coverage: float | None,
    form: str,
) -> None:
    """Tell which receivers an alert with these labels reaches, or play a file of cases.

    Exits 0 when all is as expected, 1 when not, 2 for a command that makes no sense and 3 for
    files that cannot be used.
    """
    if cases:
        if labels or expect or tree or as_json:
            raise click.UsageError(
                "--file plays cases; labels, --expect, --tree and --json do not."
            )
        sys.exit(_play(cases, config or _named_after(cases), junit, min_coverage, form))
    if not labels:
        raise click.UsageError("Give labels, such as team=db, or a file of cases with --file.")
    if junit or min_coverage is not None:
        raise click.UsageError("--junit and --min-coverage go with --file.")
    routes = _load(config or Path("routes.yaml"), form)
    verdict = routes.tree.explain(_labels(labels))
    _show_verdict(verdict, tree=tree, as_json=as_json)
    sys.exit(_compare(verdict, expect))


@route.command()
@_config
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_format
def show(config: Path | None, as_json: bool, form: str) -> None:  # noqa: FBT001  click passes options by keyword
    """Show the tree with everything that routes inherit."""
    routes = _load(config or Path("routes.yaml"), form)
    if as_json:
        click.echo(json.dumps([_facts(each, routes) for each in routes.tree.root.walk()]))
    else:
        _draw(routes.tree.root, lambda each: _described(each, routes))


# --- files -------------------------------------------------------------------------------------


def _named_after(cases: Path) -> Path:
    """Find what a file of cases tests: `routes.tests.yaml` tests `routes.yaml`."""
    stem = cases.stem.removesuffix(".tests")
    if stem == cases.stem:
        raise click.UsageError(f"Say with --config what {cases.name} tests.")
    return cases.with_name(stem + cases.suffix)


def _load(config: Path, form: str) -> "Routes":
    from gateway.routes.problems import RoutesError  # noqa: PLC0415 - heavy
    from gateway.routes.reading import load_routes  # noqa: PLC0415 - heavy

    try:
        return load_routes(config).routes
    except RoutesError as error:
        _refuse(error, form)


def _refuse(error: "RoutesError", form: str) -> NoReturn:
    from gateway.routes.problems import as_json, for_github  # noqa: PLC0415 - heavy

    if form == "json":
        click.echo(as_json(error.problems))
    for problem in error.problems if form != "json" else ():
        click.echo(for_github(problem) if form == "github" else str(problem), err=form == "text")
    sys.exit(Exit.CONFIGURATION)


# --- one alert ---------------------------------------------------------------------------------


def _labels(written: tuple[str, ...]) -> dict[str, str]:
    from gateway.domain.routing.matchers import read_label  # noqa: PLC0415 - with the command only
    from gateway.domain.routing.syntax import RoutingSyntaxError  # noqa: PLC0415 - as above

    try:
        return dict(map(read_label, written))
    except RoutingSyntaxError as error:
        raise click.UsageError(f"{error}.") from None


def _show_verdict(verdict: "Verdict", *, tree: bool, as_json: bool) -> None:
    receivers = _receivers(verdict)
    if as_json:
        routes = [each.key for each in verdict.routes]
        facts = {"receivers": receivers, "routes": routes, "unowned": verdict.unowned}
        click.echo(json.dumps(facts))
        return
    if tree:
        for tried in verdict.tried:
            click.echo(_tried(tried))
        click.echo("")
    click.echo(",".join(receivers))
    if verdict.unowned:
        click.echo("No route claimed it: the root took it.", err=True)


def _receivers(verdict: "Verdict") -> list[str]:
    return [each.settings.receiver for each in verdict.routes]


def _tried(tried: "RouteTried") -> str:
    matchers = [
        f"{'✓' if each.met else '✗'} {each.matcher}"
        + ("" if each.met else f" ({'absent' if each.value is None else repr(each.value)})")
        for each in tried.matchers
    ]
    answer = f" → {tried.route.settings.receiver}" if tried.answers else ""
    return "  " * len(tried.route.path) + "  ".join([tried.route.title, *matchers]) + answer


def _compare(verdict: "Verdict", expect: str | None) -> Exit:
    if expect is None or [name.strip() for name in expect.split(",")] == _receivers(verdict):
        return Exit.OK
    click.echo(f"Expected {expect}.", err=True)
    return Exit.NEGATIVE


# --- cases -------------------------------------------------------------------------------------


def _play(
    cases: Path, config: Path, junit: Path | None, min_coverage: float | None, form: str
) -> Exit:
    from gateway.routes.cases import load_cases  # noqa: PLC0415 - heavy
    from gateway.routes.junit import as_junit  # noqa: PLC0415 - heavy
    from gateway.routes.playing import play_cases  # noqa: PLC0415 - heavy
    from gateway.routes.problems import RoutesError  # noqa: PLC0415 - heavy

    routes = _load(config, form)
    try:
        report = play_cases(load_cases(cases), routes)
    except RoutesError as error:
        _refuse(error, form)
    if junit:
        junit.write_text(as_junit(report, str(cases)), encoding="utf-8")
    _show_report(report, routes)
    covered = report.coverage.percent(routes)
    is_enough = min_coverage is None or covered >= min_coverage
    return Exit.OK if report.passed and is_enough else Exit.NEGATIVE


def _show_report(report: "Report", routes: "Routes") -> None:
    for result in report.results:
        click.echo(f"{'FAILED' if result.failures else 'passed'}  {result.name}")
        for failure in result.failures:
            click.echo("".join(f"        {line}\n" for line in str(failure).splitlines()), nl=False)
    untouched = report.coverage.untouched(routes)
    if untouched:
        click.echo("No case touched:")
    for item in untouched:
        click.echo(f"  {item}")
    failed = sum(bool(result.failures) for result in report.results)
    covered = report.coverage.percent(routes)
    click.echo(f"{len(report.results) - failed} passed, {failed} failed, {covered:.0f} % touched")


# --- the tree ----------------------------------------------------------------------------------


def _draw(root: "Route", describe: "Callable[[Route], str]") -> None:
    click.echo(describe(root))
    for line in _branches(root.routes, describe):
        click.echo(line)


def _branches(routes: "Iterable[Route]", describe: "Callable[[Route], str]") -> Iterator[str]:
    siblings = list(routes)
    for each in siblings:
        is_last = each is siblings[-1]
        yield ("└─ " if is_last else "├─ ") + describe(each)
        for line in _branches(each.routes, describe):
            yield ("   " if is_last else "│  ") + line


def _described(each: "Route", routes: "Routes") -> str:
    from gateway.domain.routing.matchers import readable  # noqa: PLC0415 - with the command only

    receiver = routes.receiver(each)
    parts = [
        each.name,
        readable(each.matchers) if each.matchers else ("" if each.path else "everything"),
        f"→ {receiver.name}",
        f"({', '.join([*receiver.page, *filter(None, [receiver.channel])])})",
        "continue" if each.continues else "",
        *(f"not in {name}" for name in each.mute_time_intervals),
        *(f"only in {name}" for name in each.active_time_intervals),
    ]
    return " ".join(filter(None, parts))


def _facts(each: "Route", routes: "Routes") -> dict[str, object]:
    from gateway.domain.routing.durations import readable_duration  # noqa: PLC0415 - as above

    settings, receiver = each.settings, routes.receiver(each)
    return {
        "key": each.key,
        "name": each.name,
        "path": list(each.path),
        "matchers": [str(matcher) for matcher in each.matchers],
        "receiver": receiver.name,
        "page": list(receiver.page),
        "channel": receiver.channel,
        "priority": routes.priority(each),
        "continue": each.continues,
        "group_by": list(settings.group_by),
        "group_wait": readable_duration(settings.group_wait),
        "group_interval": readable_duration(settings.group_interval),
        "repeat_interval": readable_duration(settings.repeat_interval),
        "reopen_window": readable_duration(settings.reopen_window),
        "mute_time_intervals": list(each.mute_time_intervals),
        "active_time_intervals": list(each.active_time_intervals),
    }

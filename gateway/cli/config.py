"""`gateway config`: look at settings before they matter."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.control import Gateway, Json, as_json, finds_gateway, print_json
from gateway.cli.exits import Exit, end
from gateway.cli.tables import print_table
from gateway.cli.versions import diff, history, rollback
from gateway.cli.workspaces import settings_meant, the_one

if TYPE_CHECKING:
    from gateway.cli.checking import Looked
    from gateway.settings.reference import Setting


@click.group()
def config() -> None:
    """Check, show and explain settings and routes."""


@config.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "github", "json"]),
    default="text",
    help="How problems are written; `github` marks them in a change.",
)
def check(files: tuple[Path, ...], form: str) -> None:
    """Check FILES: settings (TOML) with what they name, or routes (YAML); `-` is standard input.

    Environment and secrets directory count as for `gateway run`. Tells what was found, and exits 3
    with every problem if there are any. Names that are paged but that nobody has are pointed out,
    where the company's directory is a file; where it is RingCentral's, `gateway reload --try` asks
    a gateway that runs.
    """
    from gateway.cli.checking import look_at  # noqa: PLC0415 - heavy

    looked = [each for file in dict.fromkeys(files) for each in look_at(file)]
    if form == "json":
        click.echo(json.dumps([_as_json(each) for each in looked], indent=2))
    else:
        _tell(looked, for_github=form == "github")
    sys.exit(Exit.CONFIGURATION if any(each.problems for each in looked) else Exit.OK)


def _tell(looked: Sequence["Looked"], *, for_github: bool) -> None:
    """Write problems to standard error; for a workflow, which reads it there, to its output."""
    from gateway.cli.checking import in_words  # noqa: PLC0415 - heavy
    from gateway.routes.problems import for_github as mark  # noqa: PLC0415 - with the above

    for each in looked:
        for problem in each.problems:
            click.echo(mark(problem) if for_github else str(problem), err=not for_github)
        for doubt in each.doubts:
            click.echo(mark(doubt, "warning") if for_github else str(doubt), err=not for_github)
        if not each.problems:
            click.echo(f"{each.file}: ok{': ' * any(each.found.values())}{in_words(each.found)}")


def _as_json(looked: "Looked") -> dict[str, object]:
    from gateway.routes.problems import as_json  # noqa: PLC0415 - heavy

    return {
        "file": looked.file,
        "ok": not looked.problems,
        "problems": json.loads(as_json(looked.problems)),
        "unknown": json.loads(as_json(looked.doubts)),
        "found": looked.found,
    }


@config.command()
@finds_gateway
@click.option("--running", is_flag=True, help="Ask the gateway that runs instead of the files.")
@click.option("--sources", is_flag=True, help="Tell where each value comes from, too.")
@as_json
def show(
    *, config: Path | None, socket: Path | None, running: bool, sources: bool, json_: bool
) -> None:
    """Show every setting in force: files, environment and defaults put together. No secrets.

    A source is a variable, a file with its line, a flag of the command, or `default`.
    """
    found = (
        Gateway.find(config, socket).get("/-/settings")["settings"]
        if running or socket
        else _in_force(config)
    )
    if json_:
        print_json(found)
        return
    heads = ("KEY", "VALUE", "SOURCE") if sources else ("KEY", "VALUE")
    print_table(heads, [tuple(each.values())[: len(heads)] for each in found])


def _in_force(config: Path | None) -> list[Json]:
    from gateway.settings import effective_settings  # noqa: PLC0415 - heavy

    return list(map(asdict, effective_settings(the_one(settings_meant(config)))))


@config.command()
@click.argument("key")
@as_json
def explain(key: str, *, json_: bool) -> None:
    """Explain KEY: a setting (server.port, GATEWAY_SERVER__PORT), a section, a key of the routes.

    Tells what it is for, what it takes, its default, its variable, and when a change counts.
    """
    from gateway.settings.reference import find, nearest  # noqa: PLC0415 - heavy

    found = find(key)
    if not found:
        end(Exit.USAGE, f'There is no setting "{key}"{nearest(key) or "."}')
    if json_:
        print_json([asdict(each) for each in found])
    elif len({each.key for each in found}) == 1:
        for each in found:
            click.echo("\n".join(_explained(each)))
    else:
        print_table(("KEY", "SAYS"), [(each.key, each.says) for each in found])


def _explained(setting: "Setting") -> Iterator[str]:
    yield f"{setting.key}\n  {setting.says}\n"
    value = setting.kind + (f"; {setting.bounds}" if setting.bounds else "")
    facts = {
        "takes": value,
        "default": setting.default,
        "example": setting.example,
        "variable": setting.variable,
        "only with": " or ".join(setting.only),
        "counts": setting.counts,
    }
    yield from (f"  {name:<9} {fact}" for name, fact in facts.items() if fact)


@config.command()
@click.argument("file", type=click.Choice(["settings", "routes"]), default="settings")
def schema(file: str) -> None:
    """Print the JSON Schema of a file, for editors; those of this version are in config/schema."""
    from gateway.routes.schema import routes_schema  # noqa: PLC0415 - heavy
    from gateway.settings.schema import settings_schema  # noqa: PLC0415 - heavy

    click.echo(settings_schema() if file == "settings" else routes_schema(), nl=False)


for command in (diff, history, rollback):
    config.add_command(command)


@config.command()
def example() -> None:
    """Print a settings file with every setting, its default and what it is for."""
    from gateway.cli.example import example_toml  # noqa: PLC0415 - heavy

    click.echo(example_toml(), nl=False)

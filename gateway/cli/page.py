"""The page that lists every command: `docs/reference/commands.md`.

`python -m gateway.cli.page` writes it from the commands themselves, as `--help` does.
"""

import inspect
from collections.abc import Iterator

import click

from gateway.cli.exits import MEANINGS
from gateway.cli.main import main

_HEAD = """\
# Commands

Data goes to standard output, everything else to standard error; tables have heads and columns on a
terminal, and are tab-separated elsewhere. `gateway COMMAND --help` tells the same as this page,
which is written by `python -m gateway.cli.page`. `gateway completion SHELL` completes commands in a
shell.

Commands that ask the gateway that runs find it by its control socket: where the settings say
(`--config FILE`, or `GATEWAY_…` variables), or at `--socket PATH`. Whoever may write to the socket
is an operator. Of several workspaces each has its own: `--workspace TEAM` says which one is meant,
and has to where several could be. `--json` prints JSON with stable keys.

## Exit codes

| Code | Means |
|---|---|
"""
_MARK = "\b"
"""Stands before lines that click leaves as they are."""


def page() -> str:
    """Write the whole page."""
    codes = (f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items())
    return _HEAD + "\n".join(codes) + "\n\n" + "\n".join(_commands()) + "\n"


def _commands() -> Iterator[str]:
    with click.Context(main, info_name="gateway") as context:
        for name in main.list_commands(context):
            command = main.get_command(context, name)
            if command is not None:
                with click.Context(command, parent=context, info_name=name) as inner:
                    yield from _described(command, inner, "##")


def _described(command: click.Command, context: click.Context, depth: str) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    is_group = isinstance(command, click.Group)
    yield f"{depth} `{context.command_path}{'' if is_group else f' {usage}'}`\n"
    yield from _paragraphs(command.help or "")
    yield from _options(command, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                with click.Context(inner, parent=context, info_name=name) as below:
                    yield from _described(inner, below, f"{depth}#")


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        lines = paragraph.removeprefix(_MARK).strip()
        if lines != paragraph:
            yield f"```text\n{inspect.cleandoc(lines)}\n```\n"
        elif lines:
            yield f"{' '.join(lines.split())}\n"


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    asks = {each.name for each in command.params} >= {"config", "socket"}
    above = {"json_", *(("config", "socket", "workspace") if asks else ())}
    records = [
        record
        for each in command.params
        if each.name not in above and (record := each.get_help_record(context)) and record[1]
    ]
    if asks:
        yield "Asks the gateway that runs.\n"
    if records:
        yield "| Option | Says |\n|---|---|"
        yield from (f"| `{_cell(name)}` | {_cell(says)} |" for name, says in records)
        yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - its purpose

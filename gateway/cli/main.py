"""The `gateway` command; every sub-command is imported only when it runs."""

import difflib
import importlib
from typing import NoReturn

import click
from typing_extensions import override

from gateway import __version__

_COMMANDS = {
    "init": ("gateway.cli.init", "init", "Begin: write settings and routes to start from."),
    "setup": ("gateway.cli.setup", "setup", "Connect Slack and RingCentral, step by step."),
    "doctor": ("gateway.cli.doctor", "doctor", "Find what is wrong, and how to mend it."),
    "run": ("gateway.cli.run", "run", "Run the service."),
    "why": ("gateway.cli.why", "why", "Explain why a page or an alert went the way it went."),
    "can": ("gateway.cli.can", "can", "Tell whether somebody may page whom, and by which rules."),
    "status": ("gateway.cli.status", "status", "Tell how the running gateway is."),
    "tail": ("gateway.cli.tail", "tail", "Follow what happens in the running gateway."),
    "reload": ("gateway.cli.reload", "reload", "Read routes and certificates again."),
    "send": ("gateway.cli.send", "send", "Send a page."),
    "healthcheck": (
        "gateway.cli.healthcheck",
        "healthcheck",
        "Tell a container whether it takes work.",
    ),
    "demo": ("gateway.cli.demo", "demo", "Try everything on this computer, nothing to set up."),
    "pager": ("gateway.cli.pager", "pager", "The company pager alone."),
    "slack": ("gateway.cli.slack", "slack", "The local Slack workspace alone."),
    "ingest": ("gateway.cli.ingest", "ingest", "Try what an alert source would make of a body."),
    "manifest": ("gateway.cli.manifest", "manifest", "The Slack app's manifest."),
    "config": ("gateway.cli.config", "config", "Check and show settings."),
    "probe": ("gateway.cli.probe", "probe", "Measure how soon a page shows up on the pager."),
    "keys": ("gateway.cli.keys", "keys", "Keys that seal tokens in the database."),
    "backup": ("gateway.cli.backup", "backup", "Back the database up, and put a backup back."),
    "pages": ("gateway.cli.pages", "pages", "Tell how pages stand; take one back."),
    "dead-letters": (
        "gateway.cli.letters",
        "dead_letters",
        "Tell what could not be sent, and decide about it.",
    ),
    "pause": ("gateway.cli.pausing", "pause", "Send nothing to the pager for a while."),
    "resume": ("gateway.cli.pausing", "resume", "Go on sending to the pager."),
    "console": ("gateway.cli.console", "console", "Sign in to the console."),
    "audit": ("gateway.cli.audit", "audit", "Tell who did what; verify that nobody changed it."),
    "alerts": ("gateway.cli.alerts", "alerts", "Tell what came of alerts."),
    "silences": ("gateway.cli.silences", "silences", "Mute alerts for a while."),
    "links": ("gateway.cli.links", "links", "Tell who sends as themselves."),
    "directory": ("gateway.cli.directory", "directory", "Tell who is who; read it again."),
    "drill": ("gateway.cli.drill", "drill", "Page a department to see who answers."),
    "erase": ("gateway.cli.erase", "erase", "Take a person out of the database."),
    "route": ("gateway.cli.route", "route", "Tell and test where alerts go."),
    "version": ("gateway.cli.version", "version", "Tell what runs here."),
    "completion": ("gateway.cli.completion", "completion", "Print what a shell completes by."),
    "db": ("gateway.cli.db", "db", "Bring the database's schema up to date."),
}
"""Name → module, attribute, one line for `gateway --help`: none of them is imported for help."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, so that `--help` stays quick."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = _COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, attribute, _ = entry
        command = getattr(importlib.import_module(module), attribute)
        return command if isinstance(command, click.Command) else None

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in _COMMANDS.items()])

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS:
            _unknown(ctx, args[0])
        return super().resolve_command(ctx, args)


def _unknown(ctx: click.Context, name: str) -> NoReturn:
    near = difflib.get_close_matches(name, _COMMANDS, n=1)
    hint = f" Did you mean `gateway {near[0]}`?" if near else " See `gateway --help`."
    ctx.fail(f"There is no command {name!r}.{hint}")


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gateway")
def main() -> None:
    """Join Slack and RingCentral's company pager."""

"""`gateway slack …`: the local Slack workspace."""

from pathlib import Path

import click


@click.group()
def slack() -> None:
    """Run a Slack workspace on this machine."""


@slack.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=0, show_default="any free one", help="Port to listen on.")
@click.option(
    "--workspace",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Workspace file (YAML): people, channels and the app.",
)
@click.option("--events-url", required=True, help="Where the app takes Slack's requests.")
@click.option("--public-url", help="Where the app reaches this server, if not where it listens.")
@click.option("--signing-secret", help="What requests are signed with; invented when not given.")
def serve(
    *,
    host: str,
    port: int,
    workspace: Path | None,
    events_url: str,
    public_url: str | None,
    signing_secret: str | None,
) -> None:
    """Serve the workspace until stopped; prints one JSON line when it listens."""
    # Imported here: `gateway --help` does not pay for a web server.
    from adapters.chat import slack_simulator  # noqa: PLC0415 - see above

    config = slack_simulator.SlackServerConfig(
        host=host,
        port=port,
        workspace=workspace,
        events_url=events_url,
        public_url=public_url,
        signing_secret=signing_secret,
    )
    try:
        slack_simulator.serve(config)
    except slack_simulator.WorkspaceError as error:
        raise click.ClickException(str(error)) from error

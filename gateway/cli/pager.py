"""`gateway pager`: the embedded company pager on its own."""

from pathlib import Path

import click


@click.group()
def pager() -> None:
    """The embedded company pager."""


@pager.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=0, show_default=True, help="Port; 0 takes a free one.")
@click.option("--data", type=click.Path(dir_okay=False, path_type=Path), help="SQLite file.")
@click.option(
    "--directory",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="People, departments and apps, YAML or JSON.",
)
@click.option("--dev-credentials", is_flag=True, help="Print a credential for every extension.")
@click.option("--admin", is_flag=True, help="Open the administration under /_admin.")
@click.option("--allow-origin", help="The one web origin that may use /_admin from a browser.")
@click.option("--public-url", help="What uri fields begin with, behind a proxy.")
@click.option("--notification-lag", default=0.2, show_default=True, help="Seconds to an event.")
@click.option(
    "--rate-limits",
    type=click.Choice(["default", "off"]),
    default="default",
    show_default=True,
    help="RingCentral's limits per minute, or none.",
)
def serve(  # noqa: PLR0917  click passes options by keyword
    host: str,
    port: int,
    data: Path | None,
    directory: Path | None,
    dev_credentials: bool,  # noqa: FBT001  click passes options by keyword
    admin: bool,  # noqa: FBT001  same
    allow_origin: str | None,
    public_url: str | None,
    notification_lag: float,
    rate_limits: str,
) -> None:
    """Serve a company pager over HTTP and print one JSON line when it listens.

    Without --directory it serves a small built-in company, without --data it forgets
    everything at the end.
    """
    from adapters.pager import embedded  # noqa: PLC0415  only this command pays for the import

    config = embedded.PagerServerConfig(
        host=host,
        port=port,
        data=data,
        directory=directory,
        dev_credentials=dev_credentials,
        admin=admin,
        limits=embedded.RateLimits() if rate_limits == "default" else embedded.RateLimits.off(),
        notification_lag_s=notification_lag,
        allow_origin=allow_origin,
        public_url=public_url,
    )
    try:
        embedded.serve(config)
    except (embedded.StoreError, embedded.DirectoryFileError, OSError) as error:
        raise click.ClickException(str(error)) from error

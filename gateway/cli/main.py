"""The `gateway` command; every sub-command is imported only when it runs."""

import click

from gateway import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gateway")
def main() -> None:
    """Join Slack and RingCentral's company pager."""

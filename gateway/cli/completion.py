"""`gateway completion`: what a shell needs to complete commands and options."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion of SHELL.

    \b
    bash  gateway completion bash > ~/.local/share/bash-completion/completions/gateway
    zsh   gateway completion zsh > "${fpath[1]}/_gateway"
    fish  gateway completion fish > ~/.config/fish/completions/gateway.fish
    """  # noqa: D301 - click's mark for lines that are not to be refilled
    made = get_completion_class(shell)
    if made is None:
        raise click.BadParameter(shell)
    click.echo(made(ctx.find_root().command, {}, "gateway", "_GATEWAY_COMPLETE").source())

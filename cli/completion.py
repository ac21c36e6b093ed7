"""`deploy completion bash|zsh|fish`."""

from __future__ import annotations

import click

from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import Verb


@click.command("completion", cls=Verb)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_cli
def completion(cli: Cli, /, shell: str) -> None:
    """Print the completion script of a shell."""
    from click.shell_completion import get_completion_class

    root = click.get_current_context().find_root()
    program = root.info_name or "deploy"
    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"No completion for {shell}.")
    cli.out.text(made(root.command, {}, program, f"_{program}_COMPLETE".upper()).source())

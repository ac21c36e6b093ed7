"""`deploy init`: a new project that trains and serves on this machine as it is."""

from __future__ import annotations

from pathlib import Path

import click

from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import Verb

TEMPLATES = {
    "tabular": "a classifier on a table (scikit-learn)",
    "onnx": "an image classifier through ONNX Runtime",
    "handler": "your own load() and predict()",
    "llm": "text that streams as it is made",
}


@click.command("init", cls=Verb)
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option(
    "--template",
    "-t",
    type=click.Choice(list(TEMPLATES)),
    default="tabular",
    show_default=True,
    help="; ".join(f"{name}: {text}" for name, text in TEMPLATES.items()) + ".",
)
@click.option("--name", metavar="NAME", help="The project's name.  [the folder's]")
@click.option("--force", is_flag=True, help="Overwrite files that are in the way.")
@pass_cli
def init(cli: Cli, /, folder: Path, template: str, name: str | None, force: bool) -> None:
    """Write a new project into FOLDER (here, when unsaid): deploy.yaml, code, data and a request to send.

    It says `provider: local` and works as it is, without a cloud account.
    """
    from tradewind.cli import starting
    from tradewind.cli.render import init as render

    result = starting.write(template, folder, name, force=force)
    cli.out.result(result, lambda paper: render.written(result, paper))

"""`deploy schema`: the grammar of deploy.yaml, or of a document that a command prints."""

from __future__ import annotations

import json
from typing import Any

import click

from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import Verb

UNKNOWN = "TW008"


@click.command("schema", cls=Verb)
@click.option("--document", metavar="NAME", help="Of a result document instead: plan, up, status, error, ...")
@click.option("--list", "names", is_flag=True, help="The names of the result documents.")
@pass_cli
def schema(cli: Cli, /, document: str | None, names: bool) -> None:
    """Print the JSON Schema (2020-12) of deploy.yaml, for editors and checks."""
    from tradewind.cli.schemas import schemas

    if names:
        cli.out.lines(sorted(schemas()))
        return
    cli.out.text(json.dumps(_of_document(document) if document else _of_spec(), indent=2) + "\n")


def _of_spec() -> dict[str, Any]:
    from tradewind import spec
    from tradewind.providers import registry

    return spec.schema(registry.plugin_settings())


def _of_document(said: str) -> dict[str, Any]:
    """`plan` and `tradewind/plan/1` are the same."""
    from tradewind.cli.schemas import schemas
    from tradewind.errors import Problem, SpecError

    known = schemas()
    name = said.removeprefix("tradewind/").partition("/")[0]
    if name in known:
        return known[name]
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    problem = Problem("", f"no document is called {said!r}", value=said, suggestion=close[0] if close else "")
    raise SpecError([problem], code=UNKNOWN, hint="deploy schema --list names them.")

"""What a shell is offered for environments, providers, codes and names. Reads files, calls nothing, is silent on any fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

OWN_PROVIDERS = {
    "local": "This machine",
    "aws": "Amazon SageMaker",
    "gcp": "Google Vertex AI",
    "azure": "Azure Machine Learning",
}


def complete(kind: str, ctx: click.Context, incomplete: str) -> list[Any]:
    from click.shell_completion import CompletionItem

    found = _SOURCES[kind](ctx)
    return [CompletionItem(name, help=text) for name, text in found.items() if name.startswith(incomplete)]


def _environments(ctx: click.Context) -> dict[str, str]:
    """The keys below `environments:`, read without checking the rest of the spec."""
    import yaml

    from tradewind.cli.options import asked

    path = Path(asked(ctx).get("file") or ctx.params.get("file") or "deploy.yaml")
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {str(name): "" for name in document["environments"]}
    except (OSError, ValueError, TypeError, KeyError, RecursionError, yaml.YAMLError):
        return {}


def _providers(_ctx: click.Context) -> dict[str, str]:
    """Our own by name, strangers' from the installed packages' entry points: no provider is imported."""
    from importlib.metadata import entry_points

    return OWN_PROVIDERS | {point.name: "" for point in entry_points(group="tradewind.providers")}


def _codes(_ctx: click.Context) -> dict[str, str]:
    from tradewind.codes import CODES

    return {code: explanation.title for code, explanation in CODES.items()}


_SOURCES = {"env": _environments, "provider": _providers, "code": _codes}

"""What `init` wrote."""

from __future__ import annotations

from tradewind.cli.documents import InitResult
from tradewind.cli.render import pieces
from tradewind.cli.render.paper import Paper


def written(it: InitResult, paper: Paper) -> list[str]:
    lines = paper.wrap(
        paper.style(paper.sign("✓"), "green", bold=True) + f" {paper.bold(it.name)} from the template {it.template}",
        0,
        2,
    )
    for file in it.files:
        lines += paper.wrap(file, 4, 6)
    return [*lines, *pieces.steps(paper, it.next)]

"""Error codes, explained."""

from __future__ import annotations

from tradewind.cli.documents import Explanations
from tradewind.cli.render.paper import Paper


def explanations(it: Explanations, paper: Paper, *, brief: bool) -> list[str]:
    if brief:
        return paper.table(("code", "meaning"), [[e.code, e.title] for e in it.codes], indent=0)
    lines: list[str] = []
    for one in it.codes:
        lines += paper.wrap(f"{paper.bold(one.code)}  {paper.bold(one.title)}")
        lines += ["", *paper.wrap(one.meaning, 2), "", *paper.field("do", one.remedy, 4)]
    return lines

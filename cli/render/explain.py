"""Error codes, explained."""

from __future__ import annotations

from tradewind.cli.documents import Explanations
from tradewind.cli.render.paper import Paper
from tradewind.codes import RANGES


def explanations(it: Explanations, paper: Paper, *, brief: bool) -> list[str]:
    if brief:
        return _listed(it, paper)
    lines: list[str] = []
    for one in it.codes:
        lines += paper.wrap(f"{paper.bold(one.code)}  {paper.bold(one.title)}")
        lines += ["", *paper.wrap(one.meaning, 2), "", *paper.field("do", one.remedy, 4)]
    return lines


def _listed(it: Explanations, paper: Paper) -> list[str]:
    """By what they are about."""
    lines: list[str] = []
    for prefix, title in RANGES.items():
        if rows := [[e.code, e.title] for e in it.codes if e.code.startswith(prefix)]:
            lines += [*([""] if lines else []), *paper.wrap(paper.bold(title)), *paper.table(("", ""), rows)]
    return [*lines, "", *paper.wrap(paper.dim("deploy explain CODE says what to do."))]

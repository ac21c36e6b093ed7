"""Providers and their capabilities."""

from __future__ import annotations

from tradewind.cli.documents import Capability, ProviderDoc, ProviderList
from tradewind.cli.render.paper import Paper

_COLORS = {"ready": "green", "not installed": "yellow", "plans only": "yellow", "later": None, "broken": "red"}


def providers(it: ProviderList, paper: Paper, *, whole: bool) -> list[str]:
    lines: list[str] = []
    for one in it.providers:
        lines += [*([""] if lines else []), *_provider(one, paper, whole)]
    for problem in it.problems:
        lines += ["", *paper.wrap(paper.style(problem, "red"), 0, 2)]
    return lines


def _provider(it: ProviderDoc, paper: Paper, whole: bool) -> list[str]:
    color = _COLORS[it.state]
    state = paper.style("in a later version" if it.state == "later" else it.state, color, dim=color is None)
    also = f" (also {', '.join(it.aliases)})" if it.aliases else ""
    lines = paper.wrap(f"{paper.bold(it.name)}{also}  {it.title}  {state}", 0, 2)
    if it.source != "tradewind":
        lines += paper.field("from", it.source)
    if it.reason:
        lines += paper.field("why", it.reason)
    if it.hint and it.state in ("not installed", "broken"):
        lines += paper.field("install", it.hint)
    if it.free:
        lines += paper.field("cost", "free")
    can = [c for c in it.capabilities if c.can]
    cannot = [c for c in it.capabilities if not c.can]
    if can:
        lines += paper.field("can", ", ".join(c.name for c in can))
    if cannot and not whole:
        lines += paper.field(
            "cannot", ", ".join(c.name for c in cannot) + paper.dim(f"  (why: deploy providers {it.name})")
        )
    elif cannot:
        lines += [line for c in cannot for line in _cannot(c, paper)]
    return lines


def _cannot(it: Capability, paper: Paper) -> list[str]:
    instead = f" {paper.sign('→')} {it.instead}" if it.instead else ""
    lines = paper.wrap(f"{paper.style(paper.sign('✗'), 'red' if it.fatal else 'yellow')} {it.name}", 2, 4)
    return lines + paper.wrap(f"{it.reason}{instead}", 4)

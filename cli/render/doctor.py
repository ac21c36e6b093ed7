"""Findings, each with its verdict and its fix."""

from __future__ import annotations

from tradewind.cli.documents import DoctorResult, Finding
from tradewind.cli.render import pieces
from tradewind.cli.render.paper import Paper

_SIGNS = {"ok": ("✓", "green"), "bad": ("✗", "red"), "unknown": ("?", "yellow")}


def doctor(it: DoctorResult, paper: Paper) -> list[str]:
    label = max(len(f.name) for f in it.findings) + 2
    lines = [line for finding in it.findings for line in _finding(finding, label, paper)]
    bad = sum(f.verdict == "bad" for f in it.findings)
    verdict = (
        paper.style("Ready.", "green", bold=True)
        if it.ok
        else paper.style(f"{pieces.plural(bad, 'thing')} to put right.", "red", bold=True)
    )
    return [*lines, "", *paper.wrap(verdict)]


def _finding(it: Finding, label: int, paper: Paper) -> list[str]:
    sign, color = _SIGNS[it.verdict]
    mark = paper.style(paper.sign(sign), color, bold=True)
    hang = min(label + 3, paper.width // 2)
    lines = paper.wrap(f"{mark} {it.name.ljust(label)}{it.detail}".replace("\n", "; "), 0, hang)
    return lines + (paper.wrap(f"{paper.sign('→')} {it.fix}", hang, hang + 2) if it.fix else [])

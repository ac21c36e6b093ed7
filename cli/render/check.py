"""What `endpoint check` saw, cloud by cloud: broken rules in full, kept ones in a line."""

from __future__ import annotations

import shlex

from tradewind.cli.documents import ContractFinding, ContractResult
from tradewind.cli.render import logs, pieces
from tradewind.cli.render.paper import Paper

_TITLES = {"aws": "Amazon SageMaker", "gcp": "Google Vertex AI", "azure": "Azure ML", "all": "All together"}
_SIGNS = {"ok": ("✓", "green"), "broken": ("✗", "red"), "cannot_tell": ("?", "yellow")}


def check(it: ContractResult, paper: Paper) -> list[str]:
    lines = paper.wrap(paper.dim(shlex.join(it.command)))
    for cloud in dict.fromkeys(finding.cloud for finding in it.findings):
        lines += ["", *paper.wrap(paper.bold(_TITLES.get(cloud, cloud)))]
        for finding in it.findings:
            if finding.cloud == cloud:
                lines += _finding(finding, paper)
    broken = sum(finding.verdict == "broken" for finding in it.findings)
    if it.ok:
        verdict = paper.style("No contract is broken.", "green", bold=True)
    else:
        verdict = paper.style(f"{pieces.plural(broken, 'rule is', 'rules are')} broken.", "red", bold=True)
    return [*lines, "", *paper.wrap(verdict)]


def _finding(it: ContractFinding, paper: Paper) -> list[str]:
    sign, color = _SIGNS[it.verdict]
    mark = paper.style(paper.sign(sign), color, bold=True)
    first, *rest = (it.seen or "").splitlines() or [""]
    seen = paper.dim(f"  {first}") if first else ""
    lines = paper.wrap(f"{mark} {it.rule}{seen}", 2, 6)
    if it.verdict == "ok":
        return lines
    lines += [paper.dim(line) for text in rest for line in paper.wrap(logs.message(text), 6, 8)]
    if it.fix:
        lines += paper.wrap(f"{paper.sign('→')} {it.fix}", 6, 8)
    return lines + ([paper.dim(line) for line in paper.wrap(f"[{it.source}]", 6)] if it.verdict == "broken" else [])

"""What stands after `up`, and how to use it; and what `down` took away."""

from __future__ import annotations

from tradewind.cli.render import pieces
from tradewind.cli.render.paper import Paper
from tradewind.engine.results import DownResult, StatusResult, Thing, TrainResult, UpResult


def up(it: UpResult, paper: Paper) -> list[str]:
    done = "is up" if it.changed else "is up to date"
    name = it.endpoint or it.project
    lines = paper.wrap(paper.style(paper.sign("✓"), "green", bold=True) + f" {paper.bold(name)} {done}", 0, 2)
    for label, value in _facts(it, paper):
        lines += paper.field(label, value)
    for warning in it.warnings:
        lines += paper.field(paper.style("note", "yellow"), warning)
    return [*lines, *pieces.steps(paper, it.next)]


def _facts(it: UpResult, paper: Paper) -> list[tuple[str, str]]:
    where = it.provider + (f" ({it.region})" if it.region else "")
    version = pieces.digest(it.version)
    if it.previous and it.previous != it.version and _rolled(it):
        version += paper.dim(f"  was {pieces.digest(it.previous)}")
    facts = [("URL", paper.style(it.url or "", "cyan", bold=True)), ("version", version)]
    if it.train is not None:
        facts.append(("model", _trained(it.train)))
    facts += [
        ("provider", where),
        ("machine", pieces.machine(it.machine) if it.machine else ""),
        ("replicas", pieces.replicas(it.replicas) if it.replicas else ""),
        ("changed", _adjusted(it, paper)),
        ("rate", pieces.rate(it.rate)),
    ]
    facts += [("lost", f"{loss.path}: {loss.reason}") for loss in it.losses]
    return [(name, text) for name, text in facts if text]


def _rolled(it: UpResult) -> bool:
    """A change in place replaces no version, whatever served before."""
    return not any(one.subject == "endpoint" and one.kind in ("adjust", "nothing") for one in it.actions)


def _adjusted(it: UpResult, paper: Paper) -> str:
    """What a change in place changed."""
    changes = [change for one in it.actions if one.kind == "adjust" for change in one.changes] if it.changed else []
    arrow = paper.sign("→")
    return ", ".join(
        f"{one.path.removeprefix('serve.')} {one.before or 'unset'} {arrow} {one.after or 'unset'}" for one in changes
    )


def _trained(it: TrainResult) -> str:
    text = ("from an earlier run" if it.reused else "trained now") + f", {it.job.name}"
    figures = ", ".join(f"{name} {pieces.number(round(value, 4))}" for name, value in it.metrics.items())
    return f"{text} ({figures})" if figures else text


def before_down(it: StatusResult, purge: bool, paper: Paper) -> list[str]:
    """What `down` is about to take away, for the question."""
    environment = "" if it.environment == "default" else f" {paper.sign('·')} {it.environment}"
    lines = paper.wrap(f"{paper.bold(it.project)}{environment} on {it.provider}")
    minus = paper.style("-", "red", bold=True)
    if it.endpoint is not None and it.endpoint.state != "absent":
        count = pieces.plural(len(it.endpoint.versions), "version")
        lines += paper.wrap(f"{minus} endpoint {paper.bold(it.endpoint.name)} ({it.endpoint.state}, {count})", 2, 6)
    for job in it.jobs:
        lines += paper.wrap(f"{minus} job {paper.bold(job.name)} ({job.state})", 2, 6)
    if purge:
        lines += paper.wrap(f"{minus} {paper.style('models, data and history', 'red', bold=True)}", 2, 6)
    else:
        lines += paper.wrap(paper.dim("= models and history stay (--purge deletes them too)"), 2, 4)
    return lines


def down(it: DownResult, paper: Paper) -> list[str]:
    if not it.changed and not it.removed:
        lines = paper.wrap(f"{paper.sign('✓')} Nothing of {paper.bold(it.project)} was up.", 0, 2)
    else:
        lines = paper.wrap(
            paper.style(paper.sign("✓"), "green", bold=True) + f" {paper.bold(it.project)} is down", 0, 2
        )
    lines += _things("removed", it.removed, paper)
    lines += _things("kept", it.kept, paper)
    lines += _things(paper.style("left", "red"), it.left, paper)
    return lines


def _things(label: str, things: tuple[Thing, ...], paper: Paper) -> list[str]:
    lines: list[str] = []
    for thing in things:
        lines += paper.field(label, f"{thing.kind} {thing.name}")
        label = ""
    return lines

"""Training jobs and what they made."""

from __future__ import annotations

from datetime import timedelta

from tradewind.cli.hints import aimed
from tradewind.cli.render import pieces
from tradewind.cli.render.paper import Paper
from tradewind.engine.results import DownloadResult, JobDoc, JobList, StopResult, TrainResult

HEAD = ("job", "state", "run", "started", "took", "")


def jobs(it: JobList, paper: Paper) -> list[str]:
    if not it.jobs:
        return [*paper.wrap(f"{it.project} has no training jobs yet."), *pieces.steps(paper, ("deploy train run",))]
    return paper.table(HEAD, [row(job, paper) for job in it.jobs], indent=0)


def job(it: JobList, paper: Paper) -> list[str]:
    """One job by its name: also the whole reason, and why it never started."""
    lines = jobs(it, paper)
    for one in it.jobs:
        if not one.reason:
            continue
        lines += ["", *paper.wrap(f"It never started: {one.reason}" if one.refused else one.reason, 0, 2)]
        lines += paper.field("next", aimed(one.hint, paper.target), 6) if one.hint else []
    return lines


def row(job: JobDoc, paper: Paper) -> list[str]:
    attempt = f" (attempt {job.attempt})" if job.attempt > 1 else ""
    return [
        job.name,
        pieces.job_state(paper, job),
        pieces.digest(job.run) + attempt,
        pieces.ago(job.started),
        _took(job),
        pieces.short(paper, job.reason) or (job.word if job.word.lower() != job.state else ""),
    ]


def _took(job: JobDoc) -> str:
    if job.started is None or job.ended is None:
        return ""
    return pieces.seconds(max(timedelta(0), job.ended - job.started))


def trained(it: TrainResult, paper: Paper) -> list[str]:
    goes_on = it.model is None
    done = "was trained before: nothing ran" if it.reused else "trains, and goes on by itself" if goes_on else "trained"
    lines = paper.wrap(paper.style(paper.sign("✓"), "green", bold=True) + f" {paper.bold(it.project)} {done}", 0, 2)
    figures = ", ".join(f"{name} {pieces.number(round(value, 4))}" for name, value in it.metrics.items())
    where = it.provider + (f" ({it.region})" if it.region else "")
    attempts = f" in {pieces.plural(it.attempts, 'attempt')}" if it.attempts > 1 else ""
    facts = [
        ("job", it.job.name + attempts),
        ("state", it.job.state if goes_on else ""),
        ("run", pieces.digest(it.run)),
        ("took", _took(it.job)),
        ("metrics", figures),
        ("model", it.model or ""),
        ("provider", where),
        ("machine", pieces.machine(it.machine) if it.machine else ""),
        ("rate", pieces.rate(it.rate)),
    ]
    for label, value in facts:
        if value:
            lines += paper.field(label, value)
    return [*lines, *pieces.steps(paper, it.next)]


def stopped(it: StopResult, paper: Paper) -> list[str]:
    if not it.jobs:
        return ["No job was running."]
    return paper.table(
        ("job", "state", ""),
        [[j.name, pieces.job_state(paper, j), pieces.brief(paper, j.reason)] for j in it.jobs],
        indent=0,
    )


def downloaded(it: DownloadResult, paper: Paper) -> list[str]:
    lines = paper.wrap(paper.style(paper.sign("✓"), "green", bold=True) + f" {paper.bold(it.path)}", 0, 2)
    lines += paper.field("run", pieces.digest(it.run))
    lines += paper.field("model", it.model)
    return lines + paper.field("holds", f"{pieces.plural(it.files, 'file')}, {it.bytes:,} bytes")

"""The project in one environment: status, history, deploy.lock and the deployment lock."""

from __future__ import annotations

from tradewind.cli.hints import aimed
from tradewind.cli.render import endpoint as endpoints
from tradewind.cli.render import jobs, pieces
from tradewind.cli.render.paper import Paper
from tradewind.engine.results import (
    History,
    HistoryEntry,
    HoldDoc,
    LockOwner,
    LockResult,
    Spending,
    SpendingRow,
    StatusResult,
    UnlockResult,
)


def status(it: StatusResult, paper: Paper) -> list[str]:
    environment = "" if it.environment == "default" else f" {paper.sign('·')} {it.environment}"
    region = f" ({it.region})" if it.region else ""
    lines = paper.wrap(f"{paper.bold(it.project)}{environment} on {it.provider}{region}")
    if it.endpoint is None or it.endpoint.state == "absent":
        lines += paper.field("endpoint", "none")
    else:
        state = pieces.endpoint_state(paper, it.endpoint.state)
        lines += paper.field("endpoint", f"{it.endpoint.name}  {state}")
        if it.endpoint.url:
            lines += paper.field("URL", paper.style(it.endpoint.url, "cyan"))
        if it.endpoint.reason:
            lines += paper.field("reason", pieces.brief(paper, it.endpoint.reason))
        lines += paper.field("rate", pieces.rate(it.rate))
        lines += endpoints.rollout(it.endpoint.rollout, paper)
        if it.endpoint.versions:
            lines += ["", *endpoints.versions(it.endpoint.versions, paper)]
    if it.jobs:
        lines += ["", *paper.table(jobs.HEAD, [jobs.row(job, paper) for job in it.jobs])]
    lines += _holds(it.holds, paper)
    if it.lock is not None:
        lines += ["", *paper.wrap(owner(it.lock), 2, 4)]
    for note in it.notes:
        lines += ["", *paper.wrap(aimed(note, paper.target), 2, 4)]
    if (it.endpoint is None or it.endpoint.state == "absent") and not it.jobs:
        lines += pieces.steps(paper, ("deploy plan", "deploy up"))
    return lines


def _holds(holds: tuple[HoldDoc, ...], paper: Paper) -> list[str]:
    if not holds:
        return []
    lines = ["", paper.style("Held back", "yellow", bold=True)]
    for hold in holds:
        since = f" ({pieces.ago(hold.since)})" if hold.since else ""
        lines += paper.wrap(f"{pieces.digest(hold.digest)}  {pieces.brief(paper, hold.reason)}{since}", 2, 4)
    return lines


def owner(it: LockOwner) -> str:
    since = f" since {pieces.moment(it.since)}" if it.since else ""
    until = " (the lease is over)" if it.expired else f" (lease until {pieces.moment(it.until)})" if it.until else ""
    return f"Locked by {it.owner}{since}{until}"


def history(it: History, paper: Paper) -> list[str]:
    if not it.entries:
        lines = paper.wrap(f"Nothing has happened to {it.project} yet.")
    else:
        lines = paper.table(
            ("when (UTC)", "what", "version", "who", ""), [_entry(e, paper) for e in it.entries], indent=0
        )
    lines += _holds(it.holds, paper)
    if it.unreadable:
        count = pieces.plural(it.unreadable, "record")
        lines += ["", *paper.wrap(paper.style(f"{count} could not be read and were skipped:", "yellow"))]
    for note in it.notes:
        lines += paper.wrap(note, 2, 4)
    return lines


def spending(it: Spending, paper: Paper) -> list[str]:
    lines = paper.wrap(f"{paper.bold(it.project)} on {it.provider}: {it.label}")
    if it.since is not None:
        lines += paper.wrap(f"since {pieces.moment(it.since)}", 2, 4)
    if not it.rows:
        lines += paper.wrap("Nothing was run or served in this time.", 2, 4)
    else:
        rows = [[row.name, _span_hours(row), row.amount.text] for row in it.rows]
        rows += [["total", "", total.text] for total in it.totals if it.by != "total"]
        lines += ["", *paper.table(("", "machine hours", "estimated"), rows)]
    unknown = [reason for total in it.totals for reason in total.unknown]
    if unknown:
        lines += ["", *paper.wrap(f"Not counted: {'; '.join(unknown)}", 2, 4)]
    for note in it.notes:
        lines += ["", *paper.wrap(note, 2, 4)]
    return lines


def _span_hours(row: SpendingRow) -> str:
    low, high = _hours(row.hours_low), _hours(row.hours_high)
    return low if low == high else f"{low} to {high}"


def _hours(value: float) -> str:
    """A run of seconds took more than 0.00 hours."""
    return f"{value:.2f}" if value == 0 or value >= 0.01 else f"{value:.4f}"


def _entry(it: HistoryEntry, paper: Paper) -> list[str]:
    color = "red" if it.outcome == "failed" or it.what == "failed" else None
    commit = f"commit {it.commit[:9]}" if it.commit else ""
    return [
        pieces.moment(it.time).removesuffix("Z"),
        paper.style(_what(it), color),
        pieces.digest(it.version or it.run),
        it.who,
        "; ".join(filter(None, (pieces.brief(paper, it.reason), commit))),
    ]


_WORDS = {
    "rolled_out": "rolled out",
    "rolled_back": "rolled back",
    "failed": "first version failed",
    "train_failed": "training failed",
    "took_down": "took down",
    "held": "held back",
    "released": "hold released",
}
_UNFINISHED = {"rolled_out": "rollout", "rolled_back": "rollback", "took_down": "taking down"}
_CAUSES = {
    "timeout": "took too long",
    "refused": "refused",
    "interrupted": "interrupted",
    "superseded": "superseded",
    "orphaned": "its run had died",
    "rollback": "on request",
}


def _what(it: HistoryEntry) -> str:
    """In people's words; for what went back, what made it."""
    if it.outcome == "started":
        return f"{_UNFINISHED.get(it.what, it.what.replace('_', ' '))} unfinished"
    word = _WORDS.get(it.what, it.what.replace("_", " "))
    if it.details.get("style") == "rollback":
        word = "rollback failed" if it.outcome == "failed" else "rolled back to"
    if it.outcome == "failed" and (cause := _CAUSES.get(it.details.get("cause", ""))):
        return f"{word} ({cause})"
    return word


def locked(it: LockResult, paper: Paper) -> list[str]:
    if not it.changed:
        return paper.wrap(f"{paper.bold(it.path)} is up to date.")
    arrow = paper.sign("→")
    lines = paper.wrap(f"{paper.style(paper.sign('✓'), 'green', bold=True)} {paper.bold(it.path)} was written", 0, 2)
    label = max((len(c.path) for c in it.changes), default=0) + 2
    for change in it.changes:
        lines += paper.field(change.path, f"{change.before or 'unset'} {arrow} {change.after or 'unset'}", label)
    return lines


def unlocked(it: UnlockResult, paper: Paper) -> list[str]:
    if not it.changed or it.was is None:
        return paper.wrap(f"{paper.bold(it.project)} was not locked.")
    return paper.wrap(f"{paper.sign('✓')} Freed. {owner(it.was).replace('Locked by', 'It was held by')}", 0, 2)

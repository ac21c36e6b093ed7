"""Endpoints: versions in their seats, traffic, figures; how to call them; going back."""

from __future__ import annotations

from tradewind.cli.render import pieces
from tradewind.cli.render.paper import Paper
from tradewind.engine.results import (
    Connect,
    EndpointList,
    EndpointStatus,
    GuardReport,
    RollbackResult,
    Underway,
    VersionDoc,
)

HEAD = ("seat", "version", "traffic", "replicas", "requests", "errors", "p95", "state")


def status(it: EndpointStatus, paper: Paper) -> list[str]:
    lines = paper.wrap(f"{paper.bold(it.name)}  {pieces.endpoint_state(paper, it.state)}", 0, 2)
    if it.url:
        lines += paper.field("URL", paper.style(it.url, "cyan"))
    lines += paper.field("provider", it.provider + (f" ({it.region})" if it.region else ""))
    if it.state != "absent":
        lines += paper.field("rate", pieces.rate(it.rate))
    if it.reason:
        lines += paper.field("reason", it.reason)
    lines += rollout(it.rollout, paper)
    if it.versions:
        lines += ["", *versions(it.versions, paper)]
    return [*lines, *pieces.steps(paper, it.next)]


def rollout(it: Underway | None, paper: Paper) -> list[str]:
    """Who comes in, how far that is, and who is at it."""
    if it is None:
        return []
    beside = f" beside {pieces.digest(it.before)}" if it.before else ""
    does = "goes again" if it.going_back else "comes back" if it.style == "rollback" else "comes in"
    who = f"{it.by} is at it" if it.by else "the command that began it is gone"
    since = f"begun {pieces.ago(it.since)}, " if it.since else ""
    share = "" if it.share is None else f", with {pieces.percent(it.share)} of the traffic"
    text = f"{pieces.digest(it.version)} {does}{beside}{share}; {since}{who}"
    return paper.field("rollout", text)


def versions(them: tuple[VersionDoc, ...], paper: Paper) -> list[str]:
    return paper.table(HEAD, [_version(v, paper) for v in them])


def _version(it: VersionDoc, paper: Paper) -> list[str]:
    word = "failed" if it.failed else "ready" if it.ready else it.word or "starting"
    color = "red" if it.failed else "green" if it.ready else "yellow"
    now = "?" if it.replicas.now is None else str(it.replicas.now)
    wanted = str(it.replicas.min) if it.replicas.min == it.replicas.max else f"{it.replicas.min}-{it.replicas.max}"
    return [
        it.slot,
        pieces.digest(it.digest),
        pieces.percent(it.share),
        f"{now} of {wanted}",
        "" if it.requests is None else str(it.requests),
        "" if it.errors is None else str(it.errors),
        "" if it.p95_ms is None else f"{it.p95_ms:.0f} ms",
        paper.style(word, color) + (f" {pieces.brief(paper, it.reason)}" if it.reason else ""),
    ]


def endpoints(it: EndpointList, paper: Paper) -> list[str]:
    if not it.endpoints:
        return [*paper.wrap(f"No endpoints on {it.provider}."), *pieces.steps(paper, ("deploy up",))]
    rows = []
    for one in it.endpoints:
        serving = max(one.versions, key=lambda v: v.share, default=None)
        rows.append(
            [
                one.name,
                one.environment,
                pieces.endpoint_state(paper, one.state),
                pieces.digest(serving.digest) if serving else "",
                one.url or "",
            ]
        )
    return paper.table(("endpoint", "environment", "state", "version", "URL"), rows, indent=0)


def connect(it: Connect, paper: Paper) -> list[str]:
    note = [f"# {it.note}"] if it.note else []
    python = it.python.rstrip().split("\n")
    return [*(paper.dim(line) for line in ("# curl", *note)), it.curl, "", paper.dim("# Python"), *python]


def rollback(it: RollbackResult, paper: Paper) -> list[str]:
    if not it.changed:
        return paper.wrap(f"{paper.bold(it.endpoint)} already serves {pieces.digest(it.serves)}; nothing was changed.")
    lines = paper.wrap(
        paper.style(paper.sign("✓"), "green", bold=True)
        + f" {paper.bold(it.endpoint)} serves {paper.bold(pieces.digest(it.serves))} again",
        0,
        2,
    )
    if it.was:
        lines += paper.field("was", pieces.digest(it.was))
    if it.url:
        lines += paper.field("URL", it.url)
    if it.held:
        text = f"`up` refuses {pieces.digest(it.held)} from now on, until --release-hold"
        lines += paper.field("held", text)
    return lines


def guard(it: GuardReport, paper: Paper) -> list[str]:
    did = "nothing to do" if it.did == "nothing" else it.did
    lines = paper.wrap(
        f"{paper.bold(it.endpoint)}: {did}" + (f" ({pieces.brief(paper, it.reason)})" if it.reason else ""), 0, 2
    )
    return lines + (paper.field("serves", pieces.digest(it.serves)) if it.serves else [])

"""The emulated account: where it answers, what stands in it, and the variables that lead a shell there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

import tradewind
from tradewind.cli.documents import SandboxResult
from tradewind.cli.render import pieces
from tradewind.cli.render.paper import Paper

EVAL = 'eval "$(deploy sandbox start --export)"'


def sandbox(it: SandboxResult, paper: Paper) -> list[str]:
    facts: dict[str, str] = {}
    if it.running:
        facts["pid"] = f"{it.pid}, since {pieces.moment(it.since)}"
    if it.speed is not None:
        facts["speed"] = _speed(it.speed)
    if it.version and it.version != tradewind.__version__:
        facts["started"] = f"by tradewind {it.version}; once stopped, {tradewind.__version__} starts it"
    facts["state"] = it.folder
    if it.running and not it.answers:
        facts["log"] = it.log
    facts |= {region or "account": _counts(counts) for region, counts in it.account.items()}
    label = max(10, *(len(name) + 2 for name in facts))
    lines = paper.wrap(_head(it, paper), 0, 2)
    lines += [line for name, text in facts.items() for line in paper.field(name, text, label)]
    if not it.answers:
        return [*lines, *pieces.steps(paper, it.next)]
    lines += ["", paper.bold("For boto3, the aws command and other programs in this shell"), f"  {EVAL}"]
    return [*lines, *pieces.steps(paper, it.next)]


def export(it: SandboxResult) -> Iterator[str]:
    """For `eval` in a POSIX shell. Nothing where it does not run: a shell keeps what it has."""
    if it.unset and it.environment:
        yield f"unset {' '.join(it.unset)}"
    for name, value in it.environment.items():
        yield f"export {name}={shlex.quote(value)}"


def _head(it: SandboxResult, paper: Paper) -> str:
    what = paper.bold("The emulated AWS account")
    done = paper.style(paper.sign("✓"), "green", bold=True)
    if it.running and not it.answers:
        return f"{what} at {it.url} {paper.style('runs, but does not answer', 'red')}"
    if it.did == "stopped":
        return f"{done} {what} is stopped; what it holds stays"
    if it.did == "emptied":
        return f"{done} {what} is empty" + (f", and answers at {paper.style(it.url, 'cyan')}" if it.running else "")
    if not it.running:
        return f"{what} does not run"
    began = f"{done} " if it.did == "started" else ""
    return f"{began}{what} answers at {paper.style(it.url, 'cyan')}"


def _speed(speed: float) -> str:
    if speed == 1:
        return "1: states take as long as at the service"
    return f"{speed:g}: a minute at the service is {pieces.seconds(60 / speed)} here"


def _counts(counts: Mapping[str, int]) -> str:
    some = {kind: count for kind, count in counts.items() if count}
    return ", ".join(pieces.plural(count, kind.removesuffix("s")) for kind, count in some.items()) or "nothing"

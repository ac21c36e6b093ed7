"""From an exception to what people read, what machines read, and what the process exits with."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from tradewind.cli.hints import aimed
from tradewind.cli.output import DOCUMENTS, Mode, Output, tell
from tradewind.cli.render import logs
from tradewind.cli.render.paper import Paper

if TYPE_CHECKING:
    from tradewind.errors import TradewindError

USAGE = "TW002"
MACHINE = "TW690"
DEFECT = "TW900"
INTERRUPTED = "TW590"
NEXT = {
    "TW061": "correct what it names in deploy.yaml; `deploy plan` and `deploy doctor` look at it without changing anything",
    "TW303": "`deploy status` shows what stands; `deploy up` makes what is missing",
    "TW304": "check network, proxy and the configured address, and give the same command again: it goes on where it was",
    "TW413": "deploy train list",
}


def report(error: BaseException, out: Output, *, debug: bool = False) -> int:
    """Say it on stderr, answer it on stdout where a document was asked for, and return the exit code."""
    from tradewind.errors import TradewindError

    known = error if isinstance(error, TradewindError) else translate(error)
    known.hint = aimed(known.hint or _next(known), out.target)
    out.clear()
    if debug:
        tell("".join(traceback.format_exception(error)).rstrip())
    tell(*for_people(known, Paper.of(sys.stderr)))
    if out.mode in DOCUMENTS and not (out.mode == "json" and out.answered):
        out.document(as_document(known))
    return int(known.exit)


def _next(error: TradewindError) -> str:
    """Where whoever raised it named nothing to try: every error has a next command."""
    return "" if error.kind == "interrupted" else NEXT.get(error.code, f"deploy explain {error.code}")


def translate(error: BaseException) -> TradewindError:
    """What is not ours, as an error of ours: a slip on the command line, Ctrl-C, the machine's refusal, or our defect."""
    from tradewind.errors import FailedError, InterruptedByUser, Problem, SpecError

    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx is not None else "deploy"
        problem = Problem("", " ".join(error.format_message().split()))  # click lists choices a line each
        return SpecError([problem], code=USAGE, hint=f"{path} --help")
    if isinstance(error, click.ClickException):
        return SpecError([Problem("", error.format_message())], code=USAGE)
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return InterruptedByUser("Interrupted.", code=INTERRUPTED)
    if isinstance(error, OSError):
        return FailedError(f"This machine refused: {error}", code=MACHINE, hint="Free what it names, then try again.")
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return FailedError(
        f"{said}: a defect of ours, not yours",
        code=DEFECT,
        hint="Give the same command with --debug and report what it prints, with `deploy --version`.",
    )


def as_document(error: TradewindError) -> dict[str, Any]:
    from tradewind.engine.results import ErrorDoc, ProblemDoc
    from tradewind.errors import SpecError

    problems = error.problems if isinstance(error, SpecError) else ()
    return ErrorDoc(
        code=error.code,
        kind=error.kind,
        message=error.message,
        hint=error.hint,
        said=error.said,
        exit=int(error.exit),
        problems=tuple(ProblemDoc(**vars(p)) for p in problems),
        log=tuple(getattr(error, "log", ())),
    ).to_dict()


def for_people(error: TradewindError, paper: Paper) -> list[str]:
    """What failed, why in the other side's own words, and the next thing to try."""
    first, *rest = (error.message or error.code).removeprefix("interrupted: ").split("\n")
    label = "Stopped" if error.kind == "interrupted" else "Rolled back" if error.kind == "rolled_back" else "Error"
    lead = paper.style(f"{label}: ", "yellow" if label != "Error" else "red", bold=True)
    lines = paper.wrap(lead + first, 0, 2)
    log: Sequence[str] = getattr(error, "log", ())
    shown = {line.strip() for line in log}
    for line in rest:
        if line.strip() not in shown:  # a reason that quotes the log is not said twice
            lines += paper.wrap(line, 2, 4) if not line.startswith(" ") else [f"  {line}"]
    if log:
        lines.append(paper.dim("  its last lines:"))
        lines += [paper.dim(f"  {paper.sign('·')} ") + logs.message(line) for line in log]
    if error.said and error.said not in error.message:
        lines += paper.field("said", error.said, 6)
    if error.hint.startswith("deploy ") and not error.hint.endswith("."):  # a command alone: for copying, never wrapped
        lines.append(f"  {paper.dim('next')}  {error.hint}")
    elif error.hint:
        lines += paper.field("next", error.hint, 6)
    if error.kind != "interrupted":
        lines += paper.field("code", f"{error.code} (deploy explain {error.code})", 6)
    return lines


def mode_of(args: Sequence[str], environ: str | None) -> Mode:
    """The output mode where the command line could not be understood: whoever asked for JSON gets JSON."""
    found = environ
    for at, word in enumerate(args):
        if word in ("--output", "-o"):
            found = args[at + 1] if at + 1 < len(args) else found
        elif word.startswith("--output="):
            found = word.partition("=")[2]
        elif word.startswith("-o") and not word.startswith("--") and word[2:] in ("table", "json", "ndjson"):
            found = word[2:]
    if found == "json":
        return "json"
    return "ndjson" if found == "ndjson" else "table"

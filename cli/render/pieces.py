"""Small pieces that several documents share: money, machines, replicas, digests, times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tradewind.cli.hints import aimed
from tradewind.cli.render.paper import cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.cli.render.paper import Paper
    from tradewind.engine.results import JobDoc, MachineDoc, Price, ReplicasDoc

SHORT = 50  # columns of a reason in a list: with the others it fits a log of 100
GOOD, BUSY, BAD = "green", "yellow", "red"
_JOB_COLORS = {"succeeded": GOOD, "failed": BAD, "missing": BAD, "stopped": BAD}
_ENDPOINT_COLORS = {"serving": GOOD, "failed": BAD, "stopped": BAD, "absent": BAD}


def digest(text: str) -> str:
    """The beginning that people can tell apart and that commands accept."""
    return text.removeprefix("sha256:")[:12]


def money(price: Price) -> str:
    if price.amount is None:
        return "unknown"
    if price.amount == 0:
        return "free"
    text = price.text if price.text != "unknown" else f"{price.amount:.4g} {price.currency}"
    return f"{text} (computed)" if price.derived and "computed" not in text else text


def hourly(price: Price) -> str:
    text = money(price)
    return f"{text} an hour" if price.amount and "hour" not in text and "/h" not in text else text


def rate(price: Price) -> str:
    """An hour's money with the day its price is of: `0.7364 USD/h (computed), prices of 2026-09-27`."""
    return f"{hourly(price)}, prices of {price.date}" if price.amount and price.date else hourly(price)


def number(value: float) -> str:
    return f"{value:g}" if value < 100 else f"{value:.0f}"


def machine(it: MachineDoc) -> str:
    parts = [f"{number(it.cpus)} CPUs"] if it.cpus is not None else []
    parts += [f"{number(round(it.memory_gib, 1))} GiB"] if it.memory_gib is not None else []
    if it.gpu:
        parts.append(f"{it.gpus} × {it.gpu}" if it.gpus and it.gpus > 1 else it.gpu)
    return f"{it.id} ({', '.join(parts)})" if parts else it.id


def replicas(it: ReplicasDoc) -> str:
    """`1 to 4 (2 now), one for every 8 requests at once`."""
    text = str(it.min) if it.min == it.max else f"{it.min} to {it.max}"
    if it.now is not None and (it.now, it.now) != (it.min, it.max):
        text += f" ({it.now} now)"
    if it.target and it.min != it.max:
        text += f", one for every {it.target} requests at once"
    return text


def job_state(paper: Paper, job: JobDoc) -> str:
    text = f"refused ({job.refused})" if job.refused else job.state
    return paper.style(text, _JOB_COLORS.get(job.state, BUSY))


def endpoint_state(paper: Paper, state: str) -> str:
    return paper.style(state.replace("_", " "), _ENDPOINT_COLORS.get(state, BUSY), bold=True)


def seconds(value: float | timedelta) -> str:
    """`340 ms`, `12 s`, `4 min`, `2 h 5 min`, `3 days`."""
    total = value.total_seconds() if isinstance(value, timedelta) else value
    if total < 1:
        return f"{total * 1000:.0f} ms" if total else "0 s"
    if total < 120:
        return f"{total:.0f} s"
    minutes = round(total / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{round(hours / 24)} days"


def moment(time: datetime | None) -> str:
    """UTC, to the second; the machine's zone would make logs of two machines disagree."""
    return "" if time is None else time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def ago(time: datetime | None, now: datetime | None = None) -> str:
    if time is None:
        return ""
    past = (now or datetime.now(UTC)) - time
    return f"{seconds(past)} ago" if past >= timedelta(seconds=1) else "just now"


def percent(share: float) -> str:
    return f"{share:g} %"


def steps(paper: Paper, commands: Sequence[str], label: str = "Next") -> list[str]:
    """The commands to try next, ready to copy: never wrapped."""
    if not commands:
        return []
    return ["", paper.bold(label), *(f"  {aimed(command, paper.target)}" for command in commands)]


def brief(paper: Paper, reason: str) -> str:
    """The first line of a reason, for a cell of a table; JSON and `logs` have the rest."""
    first, *rest = reason.strip().splitlines() or [""]
    return f"{first.rstrip()} {paper.sign('…')}" if rest else first.rstrip()


def short(paper: Paper, reason: str) -> str:
    """A reason as part of a list: its first sentence, cut at a word where that is long."""
    text = reason.strip()
    first = text.split("\n")[0].split(". ")[0].rstrip(". ")
    kept: list[str] = []
    size = 0
    for word in first.split():
        size += cells(word) + 1
        if size > SHORT and kept:
            break
        kept.append(word)
    cut = " ".join(kept)
    return cut if cut == text.rstrip(".") else f"{cut} {paper.sign('…')}"


def within(title: str) -> str:
    """A provider's title inside of a sentence: names keep their capital, `This machine` does not."""
    return title[:1].lower() + title[1:] if title.startswith("This ") else title


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"

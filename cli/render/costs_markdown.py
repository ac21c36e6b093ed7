"""A comparison as a comment on a pull request: the first targets at once, the rest and all that is said of them folded.

The hidden marker in the first line lets a job find its own comment, and write it anew instead of adding another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tradewind.cli.render import costs_said as said
from tradewind.cli.render.paper import Paper
from tradewind.engine.results import Comparison, TargetDoc

MARKER = "<!-- tradewind:cost -->"
AT_ONCE = 6
_PLAIN = Paper(width=10_000)
_SIGNS = {
    ord(sign): f"&#{ord(sign)};" for sign in "&<>|*_`[]@#~\\!"
}  # no markup, no mention, no link comes from a text


def comment(it: Comparison) -> str:
    return "\n".join((MARKER, *_lines(it))) + "\n"


def _lines(it: Comparison) -> Iterator[str]:
    environment = "" if it.environment in ("", "default") else f" ({safe(it.environment)})"
    yield f"### What {safe(it.project)}{environment} would cost"
    yield f"\n{safe(said.sentence(said.asked(it)))}."
    yield f"{safe(said.dates(it.prices))}.\n"
    if old := said.old(it.prices):
        yield f"> [!WARNING]\n> {safe(old)}\n"
    yield from _table(it, it.targets[:AT_ONCE])
    if rest := it.targets[AT_ONCE:]:
        yield from _folded(f"{len(rest)} more", [*_table(it, rest)])
    yield f"\n{safe(said.sentence(said.shown(it)))}"
    yield from (f"<br>{safe(line)}" for line in said.legend(it, spot=False))
    yield ""
    lost = [
        f"- **{safe(names)}**: {_code(loss.path)}: {safe(said.lost(loss, _PLAIN))}"
        for loss, names in said.losses(it).items()
    ]
    stops = [f"- **{safe(', '.join(names))}**: {safe(reason)}" for reason, names in said.stops(it).items()]
    notes = [f"- {f'**{safe(names)}**: ' if names else ''}{safe(note)}" for note, names in said.notes(it).items()]
    sources = [f"- {safe(source)}" for source in said.sources(it)]
    for title, items in (("Lost", lost), ("Why not", stops), ("Notes", notes), ("Prices from", sources)):
        if items:
            yield from _folded(f"{title} ({len(items)})", items)
    yield f"\n<sub>{safe(said.footer(it))}</sub>"


def _folded(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"<details><summary>{title}</summary>\n"
    yield from lines
    yield "\n</details>"


def _table(it: Comparison, targets: Sequence[TargetDoc]) -> Iterator[str]:
    train, serve = any(t.train for t in it.targets), any(t.serve for t in it.targets)
    heads = ["Target", *(["Train on", "An hour", "A run", "At most"] if train else [])]
    heads += ["Serve on", "An hour", "A month", "At most"] if serve else []
    heads.append("Lost")
    left = {"Target", "Train on", "Serve on"}
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join('---' if head in left else '--:' for head in heads)}|"
    for target in targets:
        name = safe(f"{target.provider} {target.region}")
        stops = "" if target.possible else " ✗"
        cells = [(f"**{name}** (the spec’s own)" if target.chosen else name) + stops]
        if train:
            cells += _cells(target, "train")
        if serve:
            cells += _cells(target, "serve")
        yield f"| {' | '.join((*cells, str(len(target.lost) or '')))} |"


def _cells(target: TargetDoc, use: str) -> list[str]:
    part = target.train if use == "train" else target.serve
    if part is None or part.machine is None:
        return ["nothing fits" if part else "", "", "", ""]
    cards = said.cards(part)
    machine = _code(said.machine(part)) + (f" ({safe(cards)})" if cards else "")
    figures = [said.price(part.hour), said.total(part.amount), said.most(part)]
    return [machine, *(safe(text) for text in figures)]


def safe(text: str) -> str:
    """On one line, without markup; what stands between backticks is code."""
    parts = text.split("`")
    if len(parts) > 1 and len(parts) % 2:
        return "".join(_code(part) if index % 2 else safe(part) for index, part in enumerate(parts))
    return re.sub(r"\s+", " ", text).translate(_SIGNS)


def _code(text: str) -> str:
    return f"<code>{safe(text)}</code>"

"""The ground for people: a tree of what is or would be done, outputs, locks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tradewind.cli.documents import InfraInit, InfraOutputs, InfraResult, InfraStep, InfraUnlock
from tradewind.cli.render import pieces
from tradewind.cli.render.paper import Paper

TITLES = {"aws": "AWS", "gcp": "Google Cloud", "azure": "Azure", "local": "this machine"}
QUIET = ("same", "read")
_SIGNS = {"create": "+", "update": "~", "delete": "-", "replace": "±", "import": "=", "refresh": "~"}
_COLORS = {
    "create": "green",
    "update": "yellow",
    "delete": "red",
    "replace": "red",
    "import": "cyan",
    "refresh": "yellow",
}
_WOULD = {
    "create": "to create",
    "update": "to change",
    "delete": "to delete",
    "replace": "to replace",
    "import": "to import",
}
_DONE = {"create": "created", "update": "changed", "delete": "deleted", "replace": "replaced", "import": "imported",
         "refresh": "refreshed"}  # fmt: skip
_DIFFERS = {"update": "changed", "refresh": "changed", "delete": "gone"}  # by somebody, and not by this
_NOTHING = {
    "previewed": "nothing to do",
    "nothing": "nothing to do",
    "changed": "no resource was changed",
    "compared": "what stands is what the state says",
    "refreshed": "the state says what stands",
}


def result(it: InfraResult, paper: Paper, *, brief: bool = False) -> list[str]:
    """`brief`: what was done was shown beforehand, step by step."""
    lines = paper.wrap(_head(it, paper), 0, 2)
    lines += [line for step in it.steps if step.op not in QUIET and not brief for line in _step(step, paper)]
    for told in it.told:
        if told.severity != "info":
            lines += paper.wrap(f"{told.severity}: {told.text.strip()}", 2, 4)
    if it.did in ("changed", "nothing") and (it.outputs or it.secrets):
        lines += ["", *_outputs(it.outputs, it.secrets, paper)]
    for path in it.published:
        lines += paper.field("published", path, 16)
    return [*lines, *pieces.steps(paper, it.next)]


def outputs(it: InfraOutputs, paper: Paper) -> list[str]:
    if not it.outputs and not it.secrets:
        return [*paper.wrap(f"Stack {paper.bold(it.stack)} gives nothing yet"), *pieces.steps(paper, it.next)]
    return [f"Stack {paper.bold(it.stack)}", *_outputs(it.outputs, it.secrets, paper), *pieces.steps(paper, it.next)]


def owner(by: str, since: datetime | None, said: str = "") -> str:
    if not by and since is None:
        return said or "Whether the stack is locked, and by whom, its backend does not tell."
    return f"The stack is locked by {by or 'somebody'}" + (f", since {pieces.moment(since)}" if since else "") + "."


def unlocked(it: InfraUnlock, paper: Paper) -> list[str]:
    if not it.changed:
        return paper.wrap(f"Stack {paper.bold(it.stack)} was not locked")
    whose = f"; it was {it.by}'s" if it.by else ""
    return paper.wrap(f"{_tick(paper)} Stack {paper.bold(it.stack)} is free{whose}", 0, 2)


def written(it: InfraInit, paper: Paper) -> list[str]:
    lines = paper.wrap(
        f"{_tick(paper)} {paper.bold(it.name)}: a Pulumi project on {TITLES.get(it.cloud, it.cloud)}", 0, 2
    )
    return [*lines, *(f"    {name}" for name in it.files), *pieces.steps(paper, it.next)]


def _head(it: InfraResult, paper: Paper) -> str:
    where = f" on {TITLES[it.cloud]}" if it.cloud else ""
    what = f"Stack {paper.bold(it.stack)}{where}{', emulated on this machine' if it.emulated else ''}"
    done = it.did not in ("previewed", "compared")
    words = _DONE if done else _DIFFERS if it.did == "compared" else _WOULD
    counts: dict[str, int] = {}
    for step in it.steps:
        if step.op not in QUIET:
            counts[words.get(step.op, step.op)] = counts.get(words.get(step.op, step.op), 0) + 1
    said = ", ".join(f"{count} {word}" for word, count in counts.items()) or _NOTHING.get(it.did, "nothing was there")
    same = sum(step.op in QUIET for step in it.steps)
    rest = f" ({same} unchanged)" if same and counts else ""
    return f"{_tick(paper) + ' ' if done else ''}{what}: {said}{rest}"


def _step(step: InfraStep, paper: Paper) -> list[str]:
    indent = 2 + 2 * _depth(step.urn)
    sign = paper.style(paper.sign(_SIGNS.get(step.op, "·")), _COLORS.get(step.op))
    kept = paper.dim(" protected") if step.protected else ""
    lines = paper.wrap(f"{sign} {step.name}  {paper.dim(step.type)}{kept}", indent, indent + 4)
    if step.replaced_by:
        lines += paper.wrap(f"made anew because of {', '.join(step.replaced_by)}", indent + 4)
    elif step.changed and step.op != "create":
        lines += paper.wrap(paper.dim(", ".join(step.changed)), indent + 4)
    return lines


def _depth(urn: str) -> int:
    """`urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`: how many components it lies in."""
    parts = urn.split("::")
    return parts[2].count("$") if len(parts) > 3 else 0


def _outputs(found: Mapping[str, object], hidden: tuple[str, ...], paper: Paper) -> list[str]:
    """`outputs` of a foundation is a level that only machines need."""
    flat: dict[str, str] = {}
    for name, value in found.items():
        if isinstance(value, Mapping):
            flat |= {str(inner): str(it) for inner, it in value.items() if it not in (None, "")}
        elif value not in (None, ""):
            flat[name] = str(value)
    flat |= dict.fromkeys(hidden, "(secret, not shown)")
    label = max(16, *(len(name) + 2 for name in flat)) if flat else 16
    return [line for name, text in flat.items() for line in paper.field(name, text, label)]


def _tick(paper: Paper) -> str:
    return paper.style(paper.sign("✓"), "green", bold=True)

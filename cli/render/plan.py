"""A plan as a readable difference: what, in place or replace, why, before → after, what is lost, what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tradewind.cli.render import pieces
from tradewind.cli.render.paper import Paper
from tradewind.engine.results import (
    Action,
    Amount,
    Change,
    CheckDoc,
    Cost,
    LossDoc,
    Plan,
    Plans,
    Refusal,
    RolloutDoc,
    Unplanned,
)

# kind -> (sign, colour, verb, what is counted in the last line)
_KINDS = {
    "create": ("+", "green", "create", "to create"),
    "train": ("+", "green", "train", "to train"),
    "roll_out": ("~", "yellow", "roll out", "to roll out"),
    "adjust": ("~", "yellow", "adjust", "to adjust"),
    "replace": ("±", "red", "replace", "to replace"),
    "delete": ("-", "red", "delete", "to delete"),
    "reuse": ("=", None, "reuse", ""),
    "nothing": ("=", None, "keep", ""),
}

_NOTHING = "nothing stands"  # the source of a price of no endpoint


def plan(it: Plan, paper: Paper) -> list[str]:
    return [
        *_heading(it, paper),
        "",
        *_actions(it, paper),
        *_facts(it, paper),
        *_losses(_only_lost(it), pieces.within(it.title or it.provider), paper),
        *_refusals("Needs your agreement", it.refusals, "yellow", paper),
        *_refusals("Stands in the way", it.blockers, "red", paper),
        *_bullets("Over budget", it.over_budget, "red", paper),
        *_failing(it.checks, paper),
        *_bullets("Note", _only_noted(it), None, paper),
        "",
        *_summary(it, paper),
    ]


def plans(it: Plans, paper: Paper) -> list[str]:
    """One column of facts a provider; a provider that cannot be planned says why."""
    lines = paper.wrap(paper.bold(it.project) + _environment(it.environment, paper) + " on every provider")
    for one in it.plans:
        lines += ["", *_column(one, paper)]
    for other in it.unplanned:
        lines += ["", *_no_column(other, paper)]
    return lines


def _column(it: Plan, paper: Paper) -> list[str]:
    stops = len(it.refusals) + len(it.blockers) + len(it.over_budget)
    if it.blockers or it.over_budget:
        verdict, color = "cannot run as it is", "red"
    elif stops:
        verdict, color = "needs your agreement", "yellow"
    else:
        verdict, color = "can run", "green"
    where = f" {it.region}" if it.region else ""
    lines = paper.wrap(
        paper.bold(it.title or it.provider) + f" ({it.provider}{where}): " + paper.style(verdict, color), 2
    )
    if not it.looked and not any(stop.message == it.could_not_look for stop in it.blockers):
        lines += paper.field("looked", it.could_not_look or "no", indent=4)
    if it.train_machine is not None and it.train_machine != it.machine:
        lines += paper.field("trains on", pieces.machine(it.train_machine), indent=4)
    if it.machine is not None:
        name = "machine" if it.train_machine in (None, it.machine) else "serves on"
        lines += paper.field(name, pieces.machine(it.machine), indent=4)
    if it.replicas is not None:
        lines += paper.field("cost", pieces.rate(it.cost.after), indent=4)
    if it.cost.train is not None:
        lines += paper.field("training", pieces.rate(it.cost.train), indent=4)
    for name, text in _amounts(it.cost, paper):
        lines += paper.field(name, text, indent=4)
    for loss in _only_lost(it):
        lines += paper.field("lost", _loss_text(loss, paper), indent=4)
    for text in dict.fromkeys(_stop(stop) for stop in (*it.refusals, *it.blockers)):
        lines += paper.field("stops", text, indent=4)
    for text in it.over_budget:
        lines += paper.field("budget", text, indent=4)
    return lines


def _stop(it: Refusal) -> str:
    return it.message + (f" ({it.allow})" if it.allow and "\n" not in it.allow else "")


def _no_column(it: Unplanned, paper: Paper) -> list[str]:
    lines = paper.wrap(paper.bold(it.title or it.provider) + f" ({it.provider}): " + paper.dim("no plan"), 2)
    lines += paper.field("why", it.reason, indent=4)
    if it.hint:
        lines += paper.field("next", it.hint, indent=4)
    return lines


def _environment(name: str, paper: Paper) -> str:
    return "" if name in ("", "default") else f" {paper.sign('·')} {name}"


def _heading(it: Plan, paper: Paper) -> list[str]:
    name = paper.bold(it.project) + _environment(it.environment, paper)
    where = f" ({it.region})" if it.region else ""
    lines = paper.wrap(f"{name} on {pieces.within(it.title or it.provider)}{where}")
    if not it.looked:
        why = it.could_not_look or "nobody could look"
        if any(stop.message == why for stop in it.blockers):
            why = "see what stands in the way"
        lines += paper.wrap(paper.style(f"Not compared with what exists: {why}", "yellow"))
    return lines


def _actions(it: Plan, paper: Paper) -> list[str]:
    if not it.actions:
        return paper.wrap(paper.dim("nothing is asked for"), 2)
    lines: list[str] = []
    wide = max(len(_KINDS[a.kind][2]) for a in it.actions) + 1
    for action in it.actions:
        lines += _action(action, wide, paper)
    return lines


def _action(it: Action, wide: int, paper: Paper) -> list[str]:
    sign, color, verb, _ = _KINDS[it.kind]
    quiet = color is None
    how = ""
    if it.how:
        how = "  " + paper.style(it.how, "red" if it.how == "replace" else "yellow")
    lead = paper.style(f"{paper.sign(sign)} {verb.ljust(wide)}", color, bold=not quiet, dim=quiet)
    lines = paper.wrap(f"{lead}{it.subject} {paper.bold(_name(it.name)) if not quiet else _name(it.name)}{how}", 2, 6)
    for reason in it.reasons:
        lines += [paper.dim(line) for line in paper.wrap(reason, 6)]
    lines += _changes(it.changes, paper)
    return lines


def _name(name: str) -> str:
    return pieces.digest(name) if name.startswith("sha256:") or len(name) == 64 else name


def _changes(changes: tuple[Change, ...], paper: Paper) -> list[str]:
    if not changes:
        return []
    arrow = paper.sign("→")
    label = min(max(len(c.path) for c in changes), 40) + 2
    lines: list[str] = []
    for change in changes:
        before, after = _name(change.before) or "unset", _name(change.after) or "unset"
        text = f"{paper.style(before, 'red')} {arrow} {paper.style(after, 'green')}"
        lines += paper.field(change.path, text, label, 6)
    return lines


def _facts(it: Plan, paper: Paper) -> list[str]:
    facts: list[tuple[str, str]] = []
    if it.train_machine is not None and it.train_machine != it.machine:
        facts.append(("trains on", pieces.machine(it.train_machine)))
    if it.machine is not None:
        facts.append(("runs on" if it.replicas is None else "serves on", pieces.machine(it.machine)))
    if it.replicas is not None:
        facts.append(("replicas", pieces.replicas(it.replicas.model_copy(update={"now": it.replicas.now or None}))))
    if it.rollout is not None:
        instead = {loss.path: loss.instead for loss in it.losses if loss.instead}
        facts.append(("rollout", _rollout(it.rollout, instead, paper)))
    if not it.cost.before.source == it.cost.after.source == _NOTHING:
        facts.append(("cost", _cost(it, paper)))
    if it.cost.train is not None:
        facts.append(("training", pieces.rate(it.cost.train)))
    facts += _amounts(it.cost, paper)
    return ["", *(line for name, text in facts for line in paper.field(name, text, 11))]


def _rollout(it: RolloutDoc, instead: Mapping[str, str], paper: Paper) -> str:
    """As it will be: what is lost of it is told by what is done instead."""
    if it.strategy == "all_at_once":
        return "all at once"
    arrow = f" {paper.sign('→')} "
    shares = arrow.join(pieces.percent(s) for s in (*it.steps, 100) if it.steps)
    shares = instead.get("serve.rollout.steps", shares)
    parts = [f"{it.strategy.replace('_', ' ')} {shares}".strip()]
    if it.bake_seconds:
        parts.append(f"{instead.get('serve.rollout.bake') or pieces.seconds(it.bake_seconds)} at each step")
    if it.keep_seconds:
        parts.append(f"the old version stays {pieces.seconds(it.keep_seconds)} longer")
    if it.native:
        parts.append("driven by the provider itself")
    return ", ".join(parts)


def _cost(it: Plan, paper: Paper) -> str:
    before, after, peak = it.cost.before, it.cost.after, it.cost.peak
    text = "nothing" if after.source == _NOTHING else pieces.hourly(after)
    if before != after and pieces.money(before) != pieces.money(after):
        stood = "nothing" if before.source == _NOTHING else pieces.money(before)
        text = f"{stood} {paper.sign('→')} {text}"
        if before.amount and it.cost.difference.amount:
            text += f" ({'+' if it.cost.difference.amount > 0 else ''}{it.cost.difference.text})"
    if peak.amount is not None and after.amount is not None and peak.amount > after.amount:
        text += f", at most {pieces.money(peak)} while two versions stand"
    if it.cost.peak_replicas and it.replicas is not None and it.cost.peak_replicas > it.replicas.max:
        text += f" ({pieces.plural(it.cost.peak_replicas, 'replica')} at the peak)"
    if after.amount and after.date:
        text += paper.dim(f"  [prices of {after.date}]")
    return text


def _amounts(it: Cost, paper: Paper) -> Iterator[tuple[str, str]]:
    """The run, the month and the rest, where they cost anything: what is free is said in one place."""
    month = it.month.text if it.month else ""
    if it.month and it.month_before and it.month_before.text != month and it.month_before.high != 0:
        month = f"{it.month_before.text} {paper.sign('→')} {month}"
    yield from (
        (name, text)
        for name, amount, text in (
            ("a run", it.run, it.run.text if it.run else ""),
            ("a month", it.month, month),
            ("rollout", it.rollout, f"{it.rollout.text} while two versions stand" if it.rollout else ""),
            ("requests", it.thousand_requests, f"{_text(it.thousand_requests)} for 1,000"),
            ("tokens", it.million_tokens, f"{_text(it.million_tokens)} for a million"),
        )
        if amount is not None and amount.high != 0 and (amount.high is not None or name in ("a run", "a month"))
    )


def _text(amount: Amount | None) -> str:
    return amount.text if amount else ""


def _only_lost(it: Plan) -> tuple[LossDoc, ...]:
    """What cannot be done at all stands in the way, and is said there."""
    stops = {stop.path for stop in it.blockers}
    return tuple(loss for loss in it.losses if not (loss.fatal and loss.path in stops))


def _only_noted(it: Plan) -> tuple[str, ...]:
    """The heading has said that nobody could look, and why."""
    return tuple(note for note in it.notes if it.looked or not note.startswith(f"could not look: {it.could_not_look}"))


def _failing(checks: tuple[CheckDoc, ...], paper: Paper) -> list[str]:
    """What the target's own checks see coming; it is tried all the same where somebody says yes."""
    bad = [check for check in checks if check.verdict == "will_fail"]
    lines = ["", *paper.wrap(paper.style("Will fail", "red", bold=True))] if bad else []
    for check in bad:
        lines += paper.wrap(f"{paper.bold(check.name)}  {check.detail}", 2, 4)
        lines += paper.wrap(check.fix, 4) if check.fix else []
    return lines


def _losses(losses: tuple[LossDoc, ...], title: str, paper: Paper) -> list[str]:
    if not losses:
        return []
    lines = ["", *paper.wrap(paper.bold(f"Lost on {title}"))]
    for loss in losses:
        lines += paper.wrap(f"{paper.style(loss.path, 'yellow')}  {_loss_mark(loss, paper)}", 2, 4)
        lines += paper.wrap(_loss_text(loss, paper, path=False), 4)
    return lines


def _loss_mark(loss: LossDoc, paper: Paper) -> str:
    if loss.fatal:
        return paper.style("cannot be accepted", "red")
    return paper.dim("accepted") if loss.accepted else paper.dim(f"allow with --accept {loss.path}")


def _loss_text(loss: LossDoc, paper: Paper, *, path: bool = True) -> str:
    text = f"{loss.path}: {loss.reason}" if path else loss.reason
    if loss.instead:
        text += f" {paper.sign('→')} {loss.instead}"
    return text + (" (fatal)" if loss.fatal and path else "")


def _refusals(title: str, refusals: tuple[Refusal, ...], color: str, paper: Paper) -> list[str]:
    if not refusals:
        return []
    lines = ["", *paper.wrap(paper.style(title, color, bold=True))]
    said = {(refusal.code, refusal.message, refusal.allow): refusal for refusal in refusals}  # of train and serve: once
    for refusal in said.values():
        code = paper.dim(f" {refusal.code}") if refusal.code else ""
        lines += paper.wrap(refusal.message + code, 2, 4)
        if refusal.allow:
            way = f"allow with {paper.bold(refusal.allow)}" if refusal.allow.startswith("--") else refusal.allow
            lines += paper.wrap(way, 4)
    return lines


def _bullets(title: str, texts: tuple[str, ...], color: str | None, paper: Paper) -> list[str]:
    if not texts:
        return []
    return ["", paper.style(title, color, bold=True), *(line for text in texts for line in paper.wrap(text, 2, 4))]


def _summary(it: Plan, paper: Paper) -> list[str]:
    counts: dict[str, int] = {}
    for action in it.actions:
        if word := _KINDS[action.kind][3]:
            counts[word] = counts.get(word, 0) + 1
    if not it.changes:
        return paper.wrap(paper.style("Nothing to do: what stands is what the spec asks for.", "green"))
    said = ", ".join(f"{count} {word}" for word, count in counts.items())
    return paper.wrap(paper.bold(f"Plan: {said or 'something changes'}."))

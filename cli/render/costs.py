"""What a spec would cost on every target: a table for people, then what is lost and why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from tradewind.cli.render import pieces
from tradewind.cli.render.columns import Column, table
from tradewind.cli.render.paper import Paper
from tradewind.cost.rates import money
from tradewind.engine.results import Amount, Comparison, LossDoc, PartPrice, Price, PriceAge, TargetDoc

UNKNOWN = "unknown"
COMPUTED, MORE = "~", "+"  # marks of figures; the legend under the table says what they mean


def comparison(it: Comparison, paper: Paper) -> list[str]:
    lines = [*heading(it, paper), ""]
    fit = [target for target in it.targets if fits(target)]
    if fit:
        lines += [*table(_columns(it), [row for target in fit for row in _rows(target, paper)], paper), ""]
    return [*lines, *_below(it, fit, paper), *_stops(it, paper), *_losses(it, paper), *_remarks(it, paper)]


def fits(target: TargetDoc) -> bool:
    """A machine was found for each part."""
    return all(part is None or part.machine is not None for part in (target.train, target.serve))


# ---- the table


def heading(it: Comparison, paper: Paper) -> Iterator[str]:
    environment = "" if it.environment in ("", "default") else f" {paper.sign('·')} {it.environment}"
    yield from paper.wrap(f"{paper.bold(it.project)}{environment}  {asked(it)}", 0, 2)
    yield from ages(it.prices, paper)


def asked(it: Comparison) -> str:
    """What is priced: "a run of 2 h at most on 2 machines, and a month of 1 to 3 replicas"."""
    said = []
    if it.longest_seconds is not None:
        length = f"{pieces.seconds(it.longest_seconds)} at most"
        if it.expected_seconds is not None and it.expected_seconds != it.longest_seconds:
            length = f"{pieces.seconds(it.expected_seconds)}, {length}"
        machines = f" on {it.nodes} machines" if it.nodes and it.nodes > 1 else ""
        said.append(f"a run of {length}{machines}")
    if it.replicas is not None:
        most = it.replicas.max
        many = "1 replica" if most == 1 else f"{pieces.replicas(it.replicas)} replicas"
        said.append(f"a month of {many}")
    return ", and ".join(said)


def ages(prices: Sequence[PriceAge], paper: Paper) -> Iterator[str]:
    """The day of each provider's prices, and a warning where they are old."""
    if not prices:
        return
    told = ", ".join(f"{it.date} ({it.provider})" for it in prices)
    yield from paper.wrap(paper.dim(f"US dollars, by prices of {told}"), 0, 2)
    old = [it for it in prices if it.old]
    if old:
        oldest = max(it.days for it in old)
        names = " and ".join(it.provider for it in old)
        said = f"The prices of {names} are up to {oldest} days old; `deploy cost refresh` reads new ones."
        yield from paper.wrap(paper.style(said, "yellow"), 0, 2)


def _columns(it: Comparison) -> tuple[Column, ...]:
    both = any(target.train and target.serve for target in it.targets)
    one = "a run" if any(target.train for target in it.targets) else "a month"
    return (
        Column(""),
        Column("target"),
        Column("to" if both else ""),
        Column("machine"),
        Column("GPUs", spare=2),
        Column("an hour", right=True),
        Column("spot", right=True, spare=3),
        Column("run, month" if both else one, right=True),
        Column("at most", right=True, spare=1),
        Column("lost", right=True),
    )


def _rows(it: TargetDoc, paper: Paper) -> Iterator[list[str]]:
    mark = (
        paper.style(paper.sign("→"), "green", bold=True)
        if it.chosen
        else ("" if it.possible else paper.style(paper.sign("✗"), "red"))
    )
    name = f"{it.provider} {it.region}"
    lead = [mark, paper.bold(name) if it.chosen else name]
    both = it.train is not None and it.serve is not None
    for use, part in (("train", it.train), ("serve", it.serve)):
        if part is not None:
            yield [*lead, use if both else "", *_figures(part, paper), str(len(it.lost) or "") if lead[1] else ""]
            lead = ["", ""]


def _figures(it: PartPrice, paper: Paper) -> list[str]:
    assert it.machine is not None  # what does not fit is not in the table
    many = f"{it.count} x " if it.count > 1 else ""
    card = f"{it.machine.gpus} x {it.machine.gpu}" if it.machine.gpu else ""
    likely = amount(it.amount)
    most = amount(it.amount, it.amount.high)
    return [
        many + it.machine.id,
        card,
        _seen(price(it.hour), paper),
        price(it.spot) if it.spot else "",
        _seen(likely + (MORE if it.amount.unknown and it.amount.expected is not None else " "), paper),
        most if most != likely else "",
    ]


def _seen(text: str, paper: Paper) -> str:
    return paper.style(text, "yellow") if text.strip() == UNKNOWN else text


def price(it: Price) -> str:
    """An hour's money: "1.235", "~0.104" where it is computed, "1.20 EUR", "unknown"."""
    if it.amount is None:
        return UNKNOWN
    return (COMPUTED if it.derived else "") + figure(it.amount, it.currency)


def amount(it: Amount, value: float | None = None) -> str:
    """What is expected, unless another of its figures is asked for."""
    found = it.expected if value is None else value
    return UNKNOWN if found is None else figure(found, it.currency)


def figure(value: float, currency: str) -> str:
    return money(Decimal(repr(value))) + ("" if currency == "USD" else f" {currency}")


# ---- under it


def _below(it: Comparison, fit: Sequence[TargetDoc], paper: Paper) -> Iterator[str]:
    yield from paper.wrap(shown(it))
    legend = []
    if any(target.chosen for target in fit):
        legend.append(f"{paper.sign('→')} the spec's own target")
    parts = [part for target in fit for part in (target.train, target.serve) if part]
    if any(p.derived for part in parts for p in (part.each, part.spot) if p):
        legend.append(f"{COMPUTED} computed from other prices")
    if unknown := unpriced(fit):
        legend.append(f"{MORE} and what has no known rate: {', '.join(unknown)}")
    if any(part.spot for part in parts):
        legend.append("spot: one interruptible machine for an hour")
    for line in legend:
        yield from (paper.dim(text) for text in paper.wrap(line, 0, 2))


def unpriced(targets: Sequence[TargetDoc]) -> list[str]:
    """Small parts that amounts do not hold, with the providers where their rate is not known."""
    found: dict[str, dict[str, None]] = {}
    for target in targets:
        for part in (target.train, target.serve):
            for name in part.amount.unknown if part and part.amount.expected is not None else ():
                found.setdefault(name.partition(": ")[0], {})[target.provider] = None
    return [f"{name} ({', '.join(providers)})" for name, providers in found.items()]


_SORTED = {
    "total": "cheapest first", "run": "cheapest run first", "month": "cheapest month first",
    "train": "cheapest hour of training first", "serve": "cheapest hour of serving first",
    "provider": "by provider", "region": "by region",
}  # fmt: skip


def shown(it: Comparison) -> str:
    return f"shown {len(it.targets)} of {it.of}, {_SORTED[it.sort]}"


def _stops(it: Comparison, paper: Paper) -> Iterator[str]:
    found = grouped((reason, target) for target in it.targets for reason in target.why_not)
    found |= {one.reason: [f"{one.provider}"] for one in it.unplanned}
    if not found:
        return
    yield from ("", paper.style("Why not", "red", bold=True))
    for reason, names in found.items():
        yield from paper.wrap(f"{paper.bold(', '.join(names))}: {reason}", 2, 4)


def grouped(pairs: Iterator[tuple[str, TargetDoc]]) -> dict[str, list[str]]:
    """Targets by what is said of them: a provider with its regions once."""
    found: dict[str, dict[str, list[str]]] = {}
    for said, target in pairs:
        said = said.replace(f" in {target.region}", " there")
        found.setdefault(said, {}).setdefault(target.provider, []).append(target.region)
    return {said: [f"{name} {', '.join(regions)}" for name, regions in by.items()] for said, by in found.items()}


def _losses(it: Comparison, paper: Paper) -> Iterator[str]:
    found = losses(it)
    if not found:
        return
    yield from ("", paper.bold("Lost"))
    for loss, names in found.items():
        how = paper.dim(" (accepted)") if loss.accepted else ""
        instead = f" {paper.sign('→')} {loss.instead}" if loss.instead else ""
        yield from paper.wrap(
            f"{paper.bold(names)}: {paper.style(loss.path, 'yellow')}: {loss.reason}{instead}{how}", 2, 4
        )


def losses(it: Comparison) -> dict[LossDoc, str]:
    """Each loss with the targets that have it: the provider alone where all of its targets do."""
    of: dict[str, int] = {}
    for target in it.targets:
        of[target.provider] = of.get(target.provider, 0) + 1
    found: dict[LossDoc, dict[str, list[str]]] = {}
    for target in it.targets:
        for loss in target.lost:
            found.setdefault(loss, {}).setdefault(target.provider, []).append(target.region)
    return {
        loss: "; ".join(
            name if len(regions) == of[name] else f"{name} {', '.join(regions)}" for name, regions in by.items()
        )
        for loss, by in found.items()
    }


def _remarks(it: Comparison, paper: Paper) -> Iterator[str]:
    found = {note: "" for note in it.notes}
    found |= {
        said: f"{'; '.join(names)}: " for said, names in grouped((n, t) for t in it.targets for n in t.notes).items()
    }
    if found:
        yield from ("", paper.bold("Note"))
        for note, lead in found.items():
            yield from paper.wrap(f"{lead}{note}", 2, 4)
    yield ""
    left = f"No amount holds {', '.join(it.left_out[:-1])} or {it.left_out[-1]}. " if it.left_out else ""
    yield from (paper.dim(line) for line in paper.wrap(f"{left}Quotas are not known before somebody signs in."))

"""What is said of costs in every form of answer: figures, what is asked for, what is lost, why not, where prices are from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from tradewind.cli.render import pieces
from tradewind.cli.render.paper import Paper
from tradewind.cost.rates import money
from tradewind.engine.results import Amount, Comparison, LossDoc, PartPrice, Price, PriceAge, TargetDoc

UNKNOWN = "unknown"
COMPUTED, MORE = "~", "+"  # marks of figures; `legend` says what they mean


# ---- figures


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


def total(it: Amount) -> str:
    """What is expected, marked where something of it is unknown."""
    return amount(it) + (MORE if it.unknown and it.expected is not None else "")


def most(it: PartPrice) -> str:
    """ "" where it is what is expected; marked where something of it is unknown."""
    found = amount(it.amount, it.amount.high)
    return "" if found == amount(it.amount) else found + (MORE if it.amount.unknown else "")


def machine(it: PartPrice) -> str:
    found = it.machine.id if it.machine else ""
    return f"{it.count} x {found}" if it.count > 1 else found


def cards(it: PartPrice) -> str:
    """In each machine."""
    return f"{it.machine.gpus} x {it.machine.gpu}" if it.machine and it.machine.gpu else ""


# ---- sentences


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
        many = "1 replica" if it.replicas.max == 1 else f"{pieces.replicas(it.replicas)} replicas"
        said.append(f"a month of {many}")
    return ", and ".join(said)


def sentence(text: str) -> str:
    """With a capital, and the other letters as they are."""
    return text[:1].upper() + text[1:]


def dates(prices: Sequence[PriceAge]) -> str:
    """The day of each provider's newest prices."""
    if not prices:
        return ""
    return "US dollars, by prices up to " + ", ".join(f"{it.date} ({it.provider})" for it in prices)


def old(prices: Sequence[PriceAge]) -> str:
    """A warning where prices are old; "" where none are."""
    found = [it for it in prices if it.old]
    if not found:
        return ""
    names, days = listed([it.provider for it in found]), listed([str(it.days) for it in found])
    return f"The newest prices of {names} are {days} days old; `deploy cost refresh` reads new ones."


_SORTED = {
    "total": "cheapest first", "run": "cheapest run first", "month": "cheapest month first",
    "train": "cheapest hour of training first", "serve": "cheapest hour of serving first",
    "provider": "by provider", "region": "by region",
}  # fmt: skip


def shown(it: Comparison) -> str:
    return f"shown {len(it.targets)} of {it.of}, {_SORTED[it.sort]}"


def fits(it: TargetDoc) -> bool:
    """A machine was found for each part."""
    return all(part is None or part.machine is not None for part in (it.train, it.serve))


def legend(it: Comparison, *, spot: bool = True) -> Iterator[str]:
    """What the marks mean that are used. `spot`: there is a column of it."""
    parts = [part for target in it.targets for part in (target.train, target.serve) if part and part.machine]
    if any(one.derived for part in parts for one in (part.each, part.spot if spot else None) if one):
        yield f"{COMPUTED} computed from other prices"
    if unknown := unpriced(it.targets):
        yield f"{MORE} and what has no known rate: {', '.join(unknown)}"
    if spot and any(part.spot for part in parts):
        yield "spot: one interruptible machine for an hour"


def unpriced(targets: Sequence[TargetDoc]) -> list[str]:
    """Small parts that amounts do not hold, with the providers where their rate is not known."""
    found: dict[str, dict[str, None]] = {}
    for target in targets:
        for part in (target.train, target.serve):
            for name in part.amount.unknown if part and part.amount.expected is not None else ():
                found.setdefault(name.partition(": ")[0], {})[target.provider] = None
    return [f"{name} ({', '.join(providers)})" for name, providers in found.items()]


def stops(it: Comparison) -> dict[str, list[str]]:
    """Why not, with the targets that it is said of."""
    found = _grouped((reason, target) for target in it.targets for reason in target.why_not)
    return {**found, **{one.reason: [one.title or one.provider] for one in it.unplanned}}


def notes(it: Comparison) -> dict[str, str]:
    """What there is to tell besides, with the targets that it is about; "" where it is about the spec, or about them all."""
    common = [n for n in dict.fromkeys(n for t in it.targets for n in t.notes) if all(n in t.notes for t in it.targets)]
    found = _grouped((note, target) for target in it.targets for note in target.notes if note not in common)
    return {**dict.fromkeys((*it.notes, *common), ""), **{note: ", ".join(names) for note, names in found.items()}}


def _grouped(pairs: Iterable[tuple[str, TargetDoc]]) -> dict[str, list[str]]:
    """Targets by what is said of them: a provider with its regions once."""
    found: dict[str, dict[str, list[str]]] = {}
    for said, target in pairs:
        there = said.replace(f" in {target.region}", " there")
        found.setdefault(there, {}).setdefault(target.provider, []).append(target.region)
    return {said: [f"{name} {', '.join(regions)}" for name, regions in by.items()] for said, by in found.items()}


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
        loss: "; ".join(name if len(some) == of[name] else f"{name} {', '.join(some)}" for name, some in by.items())
        for loss, by in found.items()
    }


def lost(it: LossDoc, paper: Paper) -> str:
    """What is lost, and what is done instead."""
    instead = f" {paper.sign('→')} {it.instead}" if it.instead else ""
    return it.reason + instead + (" (accepted)" if it.accepted else "")


def sources(it: Comparison) -> list[str]:
    """Where the prices are from that are shown."""
    parts = [part for target in it.targets for part in (target.train, target.serve) if part]
    used = [one for part in parts for one in (part.each, part.spot) if one and one.source]
    return list(dict.fromkeys(f"{one.source}, {one.date}{' (computed)' if one.derived else ''}" for one in used))


def footer(it: Comparison) -> str:
    left = f"No amount holds {listed(it.left_out, 'or')}. " if it.left_out else ""
    return f"{left}Quotas are not known before somebody signs in."


def listed(names: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"."""
    *most_of, final = names
    return f"{', '.join(most_of)} {last} {final}" if most_of else final

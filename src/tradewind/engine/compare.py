"""One spec on every target that prices are known of: what it would cost there, and what would be lost. Calls nobody.

A target is resolved and planned as `up` would, by one who could not look; only the region is said, and neither code nor
data is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any, Literal

from tradewind.cost.discount import service_of
from tradewind.cost.estimate import UNCOUNTED
from tradewind.cost.lines import Estimate
from tradewind.engine import costs, decide, documents, names, pins, pricing, targets
from tradewind.engine.bill import Bill
from tradewind.engine.decide import Decision
from tradewind.engine.open import Agreed, Work, identity_of
from tradewind.engine.resolve import NOWHERE, Pinned, Resolved, Resolver
from tradewind.engine.results import Amount, Comparison, PartPrice, ReplicasDoc, TargetDoc, Unplanned
from tradewind.engine.targets import Cloud
from tradewind.errors import Problem, SpecError, TradewindError
from tradewind.providers import registry
from tradewind.spec import gpus
from tradewind.spec.models import Gpu, Spec
from tradewind.spec.suggest import closest
from tradewind.values import Machine, Rate

Sort = Literal["total", "run", "month", "train", "serve", "provider", "region"]
SORTS: tuple[Sort, ...] = ("total", "run", "month", "train", "serve", "provider", "region")
NOT_LOOKED = "nobody looked"
_LAST = (1, Decimal("Infinity"))


@dataclass(frozen=True)
class Question:
    """`regions`: names, globs or `all`; none: each provider's region as a plan would take it. `gpu`: this card instead of those
    that the spec asks for. `top` 0: every target.
    """

    regions: tuple[str, ...] = ()
    provider: str = ""
    gpu: str = ""
    sort: Sort = "total"
    top: int = 0


@dataclass(frozen=True)
class _Found:
    """A row, and what it is sorted by."""

    doc: TargetDoc
    keys: Mapping[str, tuple[int, Decimal]]

    @property
    def group(self) -> int:
        """What can run and has a price, what has a price, what has none, and where nothing fits."""
        part = self.doc.train or self.doc.serve
        if part is None or part.machine is None:
            return 3
        if self.doc.total.expected is None:
            return 2
        return 0 if self.doc.possible else 1


def compare(work: Work, asked: Question, today: date, agreed: Agreed | None = None) -> Comparison:
    """Raises SpecError for a region, a card or a provider that nobody knows, and for a price file that is wrong."""
    book = work.book
    if asked.gpu:
        work = replace(work, spec=with_card(work.spec, asked.gpu))
    clouds, unplanned = targets.clouds(work, asked.provider)
    where = targets.wanted(asked.regions, clouds, book)
    found: list[_Found] = []
    failed: list[TradewindError] = []
    for cloud in clouds:
        try:
            found += _of_cloud(cloud, where[cloud.info.name], work, agreed or Agreed())
        except TradewindError as error:
            failed.append(error)
            unplanned += (_unplanned(cloud, error),)
    if failed and not found:
        raise failed[0]
    found.sort(key=partial(_order, asked.sort))
    shown = found[: asked.top] if asked.top else found
    return Comparison(
        project=work.spec.name,
        environment=work.environment,
        prices=tuple(targets.ages((cloud.info for cloud in clouds), book, today)),
        catalogue=book.version,
        **_size(work.spec),
        sort=asked.sort,
        targets=tuple(one.doc for one in shown),
        of=len(found),
        unplanned=unplanned,
        notes=(*_not_compared(work.spec), *work.spec.notes),
        left_out=UNCOUNTED,
    )


def _not_compared(spec: Spec) -> Iterator[str]:
    own = registry.names().get(registry.canonical(spec.provider))
    if own is not None and own.name in registry.BUILT_IN and service_of(own.name) is None:
        yield f"the spec's own provider, {own.name}, has no list prices and is not compared"


def with_card(spec: Spec, said: str) -> Spec:
    """The spec with that card in each part that asks for one, as many of it. SpecError where none does, or nobody knows it."""
    card = gpus.canonical(said)
    if card not in gpus.NAMES:
        if card in gpus.ACCELERATORS_GIB:
            message = "code must be written for it; name a machine that has it in the provider's block"
            raise SpecError([Problem("--gpu", message, value=said)], code=targets.USAGE)
        problem = Problem("--gpu", "no such GPU is known", value=said, suggestion=closest(card, gpus.NAMES))
        raise SpecError([problem], code=targets.USAGE, hint=f"known: {', '.join(gpus.NAMES)}")
    changed = {}
    for name in ("train", "serve"):
        part = getattr(spec, name)
        if part is not None and part.hardware.gpu:
            many = min(gpu.count for gpu in part.hardware.gpu)
            hardware = part.hardware.model_copy(update={"gpu": (Gpu(name=card, count=many),)})
            changed[name] = part.model_copy(update={"hardware": hardware})
    if not changed:
        raise SpecError([Problem("--gpu", "no part of the spec asks for a GPU", value=said)], code=targets.USAGE)
    return spec.model_copy(update=changed)


def _size(spec: Spec) -> dict[str, Any]:
    """How much is asked for: the same on every target."""
    train, serve = spec.train, spec.serve
    return {
        "nodes": train.nodes if train else None,
        "longest_seconds": train.max_runtime.total_seconds() if train else None,
        "expected_seconds": train.expected.total_seconds() if train and train.expected else None,
        "replicas": ReplicasDoc(min=serve.replicas.min, max=serve.replicas.max) if serve else None,
    }


def _of_cloud(cloud: Cloud, regions: Sequence[str], work: Work, agreed: Agreed) -> Iterator[_Found]:
    own = cloud.info.name == registry.canonical(work.spec.provider)
    foundation = cloud.work.foundation
    held = pins.load(cloud.work).pinned
    identity = identity_of(cloud.work, foundation)
    world = decide.World(names.endpoint_name(identity, cloud.info.traits), NOT_LOOKED)
    for region in regions:
        here = region == cloud.here  # deploy.lock is about this region alone
        pinned: Mapping[str, Pinned] = held if here else MappingProxyType({})
        made = Resolver(cloud.work, cloud.info, foundation, None, pinned, region=region, reads=False).resolve()
        resolved = costs.within_budget(made)
        yield _found(resolved, decide.decide(resolved, world, identity, agreed), chosen=own and here)


def _found(resolved: Resolved, decided: Decision, *, chosen: bool) -> _Found:
    plan, money = decided.plan, decided.money
    train, serve = _train(resolved, money), _serve(resolved, money)
    parts = [part for part in (money.run, money.month.month if money.month else None) if part is not None]
    total = _total(parts)
    fits = all(part is None or part.machine is not None for part in (train, serve))
    stops = tuple(dict.fromkeys((*(blocker.message for blocker in plan.blockers), *plan.over_budget)))
    unpriced = [line.why for part in parts for line in part.lines if line.part == "machines" and line.total is None]
    said = (note for note in resolved.notes if note not in resolved.spec.notes)
    doc = TargetDoc(
        provider=resolved.info.name,
        title=resolved.info.title,
        region=resolved.region,
        chosen=chosen,
        possible=not stops,
        why_not=(*stops, *dict.fromkeys(unpriced if fits else ())),
        train=train,
        serve=serve,
        total=total,
        lost=tuple(loss for loss in plan.losses if not loss.fatal) if fits else (),
        notes=tuple(
            dict.fromkeys((*said, *(note for part in parts for note in part.notes), *_unlisted(resolved, train)))
        ),
    )
    keys = {
        "total": _key(total.currency, total.expected),
        "run": _key(*_expected(train)),
        "month": _key(*_expected(serve)),
        "train": _key(*_hourly(train)),
        "serve": _key(*_hourly(serve)),
    }
    return _Found(doc, keys)


def _unlisted(resolved: Resolved, train: PartPrice | None) -> Iterator[str]:
    if train is None or resolved.train is None or not resolved.train.run.spot:
        return
    if train.spot is None and train.each.amount is not None:
        yield "no interruptible price is listed: the on-demand one is counted"


def _train(resolved: Resolved, money: Bill) -> PartPrice | None:
    if resolved.train is None or money.run is None or money.train is None:
        return None
    run, prices = resolved.train.run, pricing.of_resolved(resolved)
    machine = run.container.machine
    each = prices.rate(machine, "train")
    place = prices.place(machine)
    spot = resolved.book.rate(place.service, "train", place.region, place.instance, spot=True) if place else None
    return _part(machine, sum(count for _, count in prices.cluster(run)), money.train, each, spot, money.run)


def _serve(resolved: Resolved, money: Bill) -> PartPrice | None:
    if resolved.serve is None or money.month is None:
        return None
    prices, version = pricing.of_resolved(resolved), resolved.serve.version
    machine = version.container.machine
    each = prices.rate(machine, "serve")
    month, currency = money.month, money.month.month.currency
    made = _part(machine, prices.paid(version.min), money.after, each, None, month.month)
    more = {
        "thousand_requests": documents.span(month.thousand_requests, currency),
        "million_tokens": documents.span(month.million_tokens, currency),
    }
    return made.model_copy(update=more)


def _part(machine: Machine, count: int, hour: Rate, each: Rate, spot: Rate | None, made: Estimate) -> PartPrice:
    return PartPrice(
        machine=None if machine == NOWHERE else documents.machine(machine),
        count=count,
        hour=documents.price(hour),
        each=documents.price(each),
        spot=documents.price(spot) if spot and spot.amount is not None else None,
        amount=documents.amount(made),
    )


def _total(parts: Sequence[Estimate]) -> Amount:
    """Unknown where a part is, or where they are in different currencies."""
    unknown = tuple(dict.fromkeys(name for part in parts for name in part.unknown))
    currency = parts[0].currency if parts else "USD"
    spans = [part.total for part in parts if part.total is not None and part.currency == currency]
    made = None
    if spans and len(spans) == len(parts):
        first, *rest = spans
        made = documents.span(sum(rest, first), currency)
    return (made or Amount(currency=currency)).model_copy(update={"unknown": unknown})


def _expected(part: PartPrice | None) -> tuple[str, float | None]:
    return (part.amount.currency, part.amount.expected) if part else ("USD", None)


def _hourly(part: PartPrice | None) -> tuple[str, float | None]:
    return (part.hour.currency, part.hour.amount) if part else ("USD", None)


def _key(currency: str, amount: float | None) -> tuple[int, Decimal]:
    """US dollars first: currencies cannot be compared, and what is unknown is no small number."""
    return _LAST if amount is None else (int(currency != "USD"), Decimal(repr(amount)))


def _order(sort: Sort, one: _Found) -> tuple[object, ...]:
    name = (one.doc.provider, one.doc.region)
    if sort == "provider":
        return name
    if sort == "region":
        return name[::-1]
    return (one.group, one.keys[sort], *name)


def _unplanned(cloud: Cloud, error: TradewindError) -> Unplanned:
    return Unplanned(
        provider=cloud.info.name, title=cloud.info.title, code=error.code, reason=error.message, hint=error.hint
    )

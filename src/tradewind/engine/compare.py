"""One spec on every target that prices are known of: what it would cost there, and what would be lost. Calls nobody.

A target is resolved and planned as `up` would, by one who could not look; only the region is said, and neither code nor
data is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Any

from tradewind.cost.discount import service_of
from tradewind.cost.estimate import UNCOUNTED
from tradewind.engine import costs, decide, names, pins, target_rows, targets
from tradewind.engine.open import Agreed, Work, identity_of
from tradewind.engine.resolve import Pinned, Resolver
from tradewind.engine.results import Comparison, ReplicasDoc, Unplanned
from tradewind.engine.target_rows import Row, Sort
from tradewind.engine.targets import Cloud
from tradewind.errors import Problem, SpecError, TradewindError
from tradewind.providers import registry
from tradewind.spec import gpus
from tradewind.spec.models import Gpu, Spec
from tradewind.spec.suggest import closest

NOT_LOOKED = "nobody looked"


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


def compare(work: Work, asked: Question, today: date, agreed: Agreed | None = None) -> Comparison:
    """Raises SpecError for a region, a card or a provider that nobody knows, and for a price file that is wrong."""
    book = work.book
    if asked.gpu:
        work = replace(work, spec=with_card(work.spec, asked.gpu))
    clouds, unplanned = targets.clouds(work, asked.provider)
    where = targets.wanted(asked.regions, clouds, book)
    found: list[Row] = []
    failed: list[TradewindError] = []
    for cloud in clouds:
        try:
            found += list(_of_cloud(cloud, where[cloud.info.name], work, agreed or Agreed()))
        except TradewindError as error:
            failed.append(error)
            unplanned += (_unplanned(cloud, error),)
    if failed and not found:
        raise failed[0]
    found.sort(key=partial(target_rows.order, asked.sort))
    shown = found[: asked.top] if asked.top else found
    return Comparison(
        project=work.spec.name,
        environment=work.environment,
        prices=tuple(targets.ages((cloud.info for cloud in clouds if where[cloud.info.name]), book, today)),
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
        problem = Problem("--gpu", "no part of the spec asks for a GPU", value=said)
        raise SpecError([problem], code=targets.USAGE, hint="`--set serve.hardware.gpu=CARD` asks for one")
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


def _of_cloud(cloud: Cloud, regions: Sequence[str], work: Work, agreed: Agreed) -> Iterator[Row]:
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
        yield target_rows.row(resolved, decide.decide(resolved, world, identity, agreed), chosen=own and here)


def _unplanned(cloud: Cloud, error: TradewindError) -> Unplanned:
    return Unplanned(
        provider=cloud.info.name, title=cloud.info.title, code=error.code, reason=error.message, hint=error.hint
    )

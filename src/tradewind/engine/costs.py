"""What a plan costs: the run, the endpoint for a month, a rollout; and what its budget says to that. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from tradewind.cost import budget, rates
from tradewind.cost.budget import Limit
from tradewind.cost.estimate import Fleet, Job, ServeEstimate, estimate_overlap, estimate_serve, estimate_train
from tradewind.cost.lines import Estimate, free, unpriced
from tradewind.cost.profile import Scale
from tradewind.engine import pricing
from tradewind.engine.resolve import NOWHERE, Resolved, ServePart, TrainPart
from tradewind.engine.traffic import shares
from tradewind.machines.instance import Use
from tradewind.providers.base import Clustered
from tradewind.spec.models import Money
from tradewind.spec.units import format_duration
from tradewind.values import Container, Policy, Version

GIB = 1 << 30


def of_run(resolved: Resolved, part: TrainPart, learnt: Sequence[timedelta] = ()) -> Estimate:
    """One run of at most its `max_runtime`. `learnt`: how long earlier runs of this environment took."""
    said = resolved.spec.train.expected if resolved.spec.train else None
    return _run(resolved, part, expected(said, learnt), min(learnt) if learnt and said is None else None)


def expected(said: timedelta | None, learnt: Sequence[timedelta]) -> timedelta | None:
    """As the spec says it, else the median of what was seen; None where nothing is known but the most."""
    return said or (statistics.median_low(learnt) if learnt else None)


def _run(resolved: Resolved, part: TrainPart, likely: timedelta | None, shortest: timedelta | None) -> Estimate:
    run, info = part.run, resolved.info
    places = pricing.of_resolved(resolved).places(run)
    if info.free:
        return free()
    if not places:
        return unpriced(_unpriced(resolved, run.container))
    (first, nodes), *others = places
    asked, kind = _disk(run.container), getattr(run.container.options, "boot_disk", "")
    idle = _idle(resolved, part)
    job = Job(nodes, run.max_runtime, likely, shortest, run.spot, asked, tuple(others), idle, kind)
    return estimate_train(resolved.book, first, job)


def _idle(resolved: Resolved, part: TrainPart) -> timedelta:
    return resolved.info.idle(part.run) if isinstance(resolved.info, Clustered) else timedelta(0)


def of_month(resolved: Resolved, part: ServePart) -> ServeEstimate:
    """The endpoint, for 730 hours."""
    place = pricing.of_resolved(resolved).place(part.version.container.machine)
    disk, spot = _disk(part.version.container), pricing.interruptible(part.version)
    fleet = Fleet(scale_of(part.version), resolved.usage, disk, spot)
    if resolved.info.free:
        return ServeEstimate(rates.FREE, fleet.shape, free())
    if place is None:
        return ServeEstimate(rates.UNKNOWN, fleet.shape, unpriced(_unpriced(resolved, part.version.container)))
    return estimate_serve(resolved.book, place, fleet)


def of_rollout(resolved: Resolved, part: ServePart, policy: Policy, coming: int) -> Estimate:
    """The replicas that stand besides those that serve, from the first step until the old version goes."""
    place = pricing.of_resolved(resolved).place(part.version.container.machine)
    if resolved.info.free:
        return free()
    if place is None:
        return unpriced(_unpriced(resolved, part.version.container))
    steps = len(shares(policy)) - 1
    shortest = policy.bake * steps + policy.keep
    longest = policy.max_bake * max(steps, 1) + policy.keep + part.version.serving.startup_timeout
    spot = pricing.interruptible(part.version)
    return estimate_overlap(resolved.book, place, coming, shortest, longest, spot=spot)


def scale_of(version: Version) -> Scale:
    a_minute = version.scale_on.get("requests")
    per_second = Decimal(repr(a_minute)) / 60 if a_minute else None
    return Scale(version.min, max(version.min, version.max), version.target, per_second)


def within_budget(resolved: Resolved, learnt: Sequence[timedelta] = ()) -> Resolved:
    """With the longest time that `budget.run` pays for as the run's own limit, and a word where that cuts `max_runtime`.

    A plan that is refused is left as it is: on the highest case every longer one is, on the expected one a run that would be
    stopped before its end.
    """
    said, part = resolved.spec.budget, resolved.train
    if said is None or said.run is None or part is None or said.basis == "highest":
        return resolved
    longest, cut = part.run.max_runtime, _affordable(resolved, part, said.run)
    likely = expected(resolved.spec.train.expected if resolved.spec.train else None, learnt)
    if cut is None or cut <= timedelta(0) or (likely is not None and likely > cut):
        return resolved
    note = f"max_runtime {format_duration(longest)} becomes {format_duration(cut)} by budget.run"
    shorter = replace(part, run=replace(part.run, max_runtime=cut))
    return replace(resolved, train=shorter, notes=(*resolved.notes, note))


def over_budget(
    resolved: Resolved, run: Estimate | None, month: Estimate | None, accepted: Collection[str]
) -> tuple[str, ...]:
    """Why it is over, a sentence each. None: nothing is spent on that now. Where nothing fits, that stands in the way."""
    said = resolved.spec.budget
    if said is None:
        return ()
    found = []
    if said.run is not None and run is not None and not _nowhere(_container(resolved, "train")):
        text = budget.over(_limit("budget.run", said.run, said.basis), run, accepted)
        found.append(text and text + _within(resolved, said.run))
    if said.month is not None and month is not None and not _nowhere(_container(resolved, "serve")):
        found.append(budget.over(_limit("budget.month", said.month, said.basis), month, accepted))
    return tuple(text for text in found if text)


def _within(resolved: Resolved, limit: Money) -> str:
    """What would be within it, where the time is what makes it dear."""
    said, part = resolved.spec.budget, resolved.train
    cut = _affordable(resolved, part, limit) if part and said and said.basis == "highest" else None
    return f" (`max_runtime: {format_duration(cut)}` would be within it)" if cut and cut > timedelta(0) else ""


def _affordable(resolved: Resolved, part: TrainPart, limit: Money) -> timedelta | None:
    """How long the run may take within the limit, where that is less than its `max_runtime`."""
    basis = resolved.spec.budget.basis if resolved.spec.budget else "highest"
    bare, idle = _run(resolved, part, None, None), _idle(resolved, part)
    return budget.affordable(_limit("budget.run", limit, basis), bare, part.run.max_runtime, idle)


def _limit(path: str, said: Money, basis: budget.Basis) -> Limit:
    return Limit(path, said.amount, said.currency, basis)


def _disk(container: Container) -> Decimal | None:
    """GB of disk that are asked for, for one machine: by need, else by the escape block."""
    asked = container.hardware.disk_gib
    volume = getattr(container.options, "volume", None)
    if asked is None and isinstance(volume, int):
        asked = volume / GIB
    return None if asked is None else Decimal(math.ceil(asked))


def _container(resolved: Resolved, use: Use) -> Container | None:
    if use == "train":
        return resolved.train.run.container if resolved.train else None
    return resolved.serve.version.container if resolved.serve else None


def _nowhere(container: Container | None) -> bool:
    return container is not None and container.machine == NOWHERE


def _unpriced(resolved: Resolved, container: Container) -> str:
    if _nowhere(container):
        return "nothing fits, so there is nothing to price"
    return f"no price of {container.machine.id} on {resolved.info.title} is known"

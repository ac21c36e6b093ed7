"""The price that is seen when something is made, as the ledger keeps it."""

from __future__ import annotations

from tradewind.engine import pricing
from tradewind.engine.ledger import Seen
from tradewind.engine.resolve import Resolved, ServePart, TrainPart
from tradewind.values import Rate


def of_run(resolved: Resolved, part: TrainPart) -> Seen:
    """All the machines of a run."""
    run = part.run
    rate = pricing.of_resolved(resolved).run_rate(run)
    return _seen(rate, run.container.machine.id, resolved.region, 1, 1, run.nodes, run.spot)


def of_version(resolved: Resolved, part: ServePart) -> Seen:
    """One replica, and how many are paid for."""
    prices, version = pricing.of_resolved(resolved), part.version
    low, high = prices.paid(version.min), prices.paid(version.max)
    rate, spot = prices.replica_rate(version), pricing.interruptible(version)
    return _seen(rate, version.container.machine.id, resolved.region, low, high, 1, spot)


def _seen(rate: Rate, machine: str, region: str, low: int, high: int, nodes: int, spot: bool) -> Seen:
    amount = None if rate.amount is None else format(rate.amount, "f")
    return Seen(amount, rate.currency, rate.source, rate.date, rate.derived, machine, region, low, high, nodes, spot)

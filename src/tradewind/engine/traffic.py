"""Shares, seats and sizes of a rollout: arithmetic alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from tradewind.values import Observed, Policy, Seen, Version

SEATS = ("a", "b")


def seat(observed: Observed | None, slot: str) -> Seen | None:
    return next((one for one in observed.versions if one.slot == slot), None) if observed else None


def serving(observed: Observed | None) -> Seen | None:
    """The version with most of the traffic; None where none has any."""
    if observed is None:
        return None
    shared = [one for one in observed.versions if observed.traffic.get(one.slot, 0) > 0]
    return max(shared, key=lambda one: observed.traffic.get(one.slot, 0), default=None)


def other_seat(slot: str) -> str:
    return next(one for one in SEATS if one != slot)


def shares(policy: Policy) -> tuple[int, ...]:
    """The shares of the new version, each larger than the one before, ending in 100."""
    if policy.strategy in ("all_at_once", "blue_green"):
        return (100,)
    steps = sorted({step for step in policy.steps if 0 < step < 100})
    if policy.strategy == "linear" and steps:
        steps = _equal(steps)
    return (*steps, 100)


def _equal(steps: list[int]) -> list[int]:
    """One number is the size of each step; several count them: evenly spread ones stay, others are spread evenly."""
    if len(steps) == 1:
        return list(range(steps[0], 100, steps[0]))
    if len({later - sooner for sooner, later in pairwise((0, *steps))}) == 1:
        return steps
    parts = len(steps) + 1
    return [round(100 * part / parts) for part in range(1, parts)]


def judged(policy: Policy, share: int) -> bool:
    """Whether the new version is watched for a while at this share.

    At every share before 100; at 100 where that is the first one: always for blue_green (its old version stands by), and for
    all_at_once where limits were given to judge by.
    """
    if share < 100:
        return True
    if len(shares(policy)) > 1:
        return False
    return policy.strategy != "all_at_once" or policy.error_rate is not None or policy.p95 is not None


def scaled(version: Version, live: int, share: int) -> Version:
    """Large enough for `share` percent of what the old version carries on `live` replicas, and never below its own `min`.

    Its own `max` stays the limit.
    """
    needed = -(-live * share // 100)
    return replace(version, min=min(max(version.min, needed), max(version.max, version.min)))


def split(new: str, old: str, share: int) -> Mapping[str, int]:
    return {slot: part for slot, part in ((new, share), (old, 100 - share)) if part}


def same_shares(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    return {slot: share for slot, share in one.items() if share} == {
        slot: share for slot, share in other.items() if share
    }


def paid(seen: Seen) -> int:
    """How many replicas are paid for: one that starts does not answer yet, and costs all the same."""
    return max(seen.now, seen.min)

"""The verdict on a new version, from what both versions did since the step began: pass, fail, or not enough data yet.

Server errors count, a client's mistakes do not. A version fails
- past a limit of its own (`abort_if`), once it answered `min_requests`;
- against the old version: when its error rate is more than 5 points above the old one's in the same window (an old version
  without traffic there counts as 0 %); and, where no p95 limit was given, when its p95 is more than five times the old one's and
  more than a second above it;
- at once, before `bake` is over, when it breaks such a limit with at least 3 errors, or when more than half of its answers are
  errors, at least 5 of them.
It passes after `bake` with `min_requests`, or without any traffic at all, when health and the probe have to do. With less it
waits up to `max_bake`; then it fails where the old version did get traffic, and passes where nobody called.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from tradewind.values import Metrics, Policy

MARGIN = 0.05  # points of error rate above the old version
SLOWER = 5  # times the old version's p95
SLOWER_BY = timedelta(seconds=1)
FEW = 3  # errors that a verdict before the end needs
BAKING = "baking"  # the reason to wait while `bake` is not over
FLOOD = 5  # errors that end it at once when they are most of the answers


@dataclass(frozen=True)
class Verdict:
    """`wait`: not enough data yet, look again. `reason` is one clause for people."""

    result: Literal["pass", "fail", "wait"]
    reason: str


@dataclass(frozen=True)
class Evidence:
    """`measured`: how much of the time since the step began is in the figures; `waited`: how long ago it began."""

    new: Metrics | None
    old: Metrics | None
    measured: timedelta
    waited: timedelta
    ready: bool  # the new version answers its health checks


def judge(seen: Evidence, policy: Policy, lag: timedelta = timedelta(0)) -> Verdict:
    """`lag`: how late the target's figures are; the longest wait is longer by it."""
    requests, errors = (seen.new.requests, seen.new.errors) if seen.new else (0, 0)
    old_requests = seen.old.requests if seen.old else 0
    enough, over = max(1, policy.min_requests), seen.waited >= policy.max_bake + lag
    fault = _fault(seen.new, seen.old, policy) if requests >= enough else ""
    if errors >= FLOOD and errors * 2 > requests:
        return Verdict("fail", f"{errors} of {requests} requests failed with a server error")
    if seen.measured < policy.bake and not over:
        early = fault and (errors >= FEW or "p95" in fault)
        return Verdict("fail", fault) if early else Verdict("wait", BAKING)
    if fault:
        return Verdict("fail", fault)
    if not seen.ready:
        return Verdict("fail", "it does not answer its health checks") if over else Verdict("wait", "not ready")
    if requests >= enough:
        return Verdict("pass", f"{errors} server errors in {requests} requests")
    if over and not seen.measured:
        return Verdict("fail", "the target's figures end before this step began")
    if requests == 0 and old_requests == 0:
        return Verdict("pass", "no traffic at all: judged by health and probe alone")
    short = f"{requests} of {enough} requests"
    if not over:
        return Verdict("wait", f"not enough data yet: {short}")
    if old_requests > 0:
        return Verdict("fail", f"not enough data within {policy.max_bake}: {short}")
    return Verdict("pass", f"{short}, and nobody called the old version either")


def _fault(new: Metrics | None, old: Metrics | None, policy: Policy) -> str:
    if new is None or not new.requests:
        return ""
    rate = new.errors / new.requests
    old_rate = old.errors / old.requests if old and old.requests else 0.0
    if policy.error_rate is not None and rate > policy.error_rate:
        return f"error rate {rate:.1%} is above the limit of {policy.error_rate:.1%}"
    if rate > old_rate + MARGIN:
        return f"error rate {rate:.1%} against {old_rate:.1%} of the old version"
    if new.p95 is None:
        return ""
    if policy.p95 is not None:
        return f"p95 {_ms(new.p95)} is above the limit of {_ms(policy.p95)}" if new.p95 > policy.p95 else ""
    if old and old.p95 is not None and new.p95 > max(old.p95 * SLOWER, old.p95 + SLOWER_BY):
        return f"p95 {_ms(new.p95)} against {_ms(old.p95)} of the old version"
    return ""


def _ms(duration: timedelta) -> str:
    return f"{duration.total_seconds() * 1000:.0f} ms"

"""Watching a new version at one share, until there is a verdict."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tradewind.engine import poll
from tradewind.engine.acts import Acts
from tradewind.engine.traffic import seat
from tradewind.engine.verdict import BAKING, Evidence, Verdict, judge
from tradewind.spec.units import format_duration
from tradewind.values import Metrics, Policy

ABSENT = timedelta(minutes=1)  # a version that is not shown for so long is gone
STRAY = timedelta(minutes=10)  # more than any target's figures are later than it says
SHORTEST, LONGEST = timedelta(seconds=0.2), timedelta(seconds=10)


def bake(acts: Acts, policy: Policy, new: str, old: str, share: int) -> Verdict:
    """Pass or fail of the version in seat `new` at `share` percent, from now on. Raises InterruptedByUser, LockedError."""
    began, lag = acts.session.clock.now(), acts.session.info.traits.metrics_lag
    absent: datetime | None = None  # since when
    every = min(max(policy.bake / 20, SHORTEST), LONGEST)
    said = ""
    while True:
        acts.lease.check()
        observed = acts.observe()
        now = seat(observed, new)
        if now is None:  # gone, or not shown yet
            absent = absent or acts.session.clock.now()
            if acts.session.clock.now() - absent >= ABSENT:
                return Verdict("fail", "it is not there any more")
            poll.pause(acts.session, every)
            continue
        absent = None
        if now.failed:
            return Verdict("fail", now.reason or f"it failed ({now.word})")
        found, measured = _figures(acts, began, lag)
        waited = acts.session.clock.now() - began
        verdict = judge(Evidence(found.get(new), found.get(old), measured, waited, now.ready), policy, lag)
        if verdict.result != "wait":
            acts.tell("rollout.verdict", f"{verdict.result} at {share} %: {verdict.reason}", share=share)
            return verdict
        if (state := verdict.reason.partition(":")[0]) != said:
            said = state
            acts.tell("rollout.wait", _waits(verdict, policy, share, began, lag), share=share)
        poll.pause(acts.session, every)


def _waits(verdict: Verdict, policy: Policy, share: int, began: datetime, lag: timedelta) -> str:
    """What is waited for, and until when: a verdict may be long in coming, and nothing else happens meanwhile."""
    if verdict.reason == BAKING:
        late = f", and then for the target's figures (up to {format_duration(lag)} late)" if lag else ""
        bake = format_duration(policy.bake)
        return f"is watched at {share} % for {bake}{late}, until about {_clock(began + policy.bake + lag)}"
    return f"{verdict.reason}; waits until {_clock(began + policy.max_bake + lag)} at the longest"


def _clock(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%H:%M:%SZ")


def _figures(acts: Acts, began: datetime, lag: timedelta) -> tuple[dict[str, Metrics], timedelta]:
    """By seat, of the time since `began` only, and how much of it they cover. A target's figures end some time before now."""
    window = acts.session.clock.now() - lag - began
    if window <= timedelta(0):
        return {}, timedelta(0)
    found = _read(acts, window)
    until = max((one.until for one in found.values()), default=None)
    if until is None or acts.session.clock.now() - until > lag + STRAY:
        # That late is no lag but another clock than ours: then the target's own word on its lag has to do.
        return found, window
    if until - window < began - timedelta(seconds=1):
        # They end earlier than the target's usual lag says: ask again for what lies after the beginning.
        window = until - began
        if window <= timedelta(0):
            return {}, timedelta(0)
        found = _read(acts, window)
    return found, window


def _read(acts: Acts, window: timedelta) -> dict[str, Metrics]:
    return dict(poll.retry(acts.session, lambda: acts.server.metrics(acts.endpoint, window)))

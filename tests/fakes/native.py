"""The fake's second style: one seat, and a rollout that the cloud itself runs, guards and takes back (as SageMaker does)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fakes.cloud import Endpoint, NativeMove, Seat
from fakes.server import FakeServer, error
from tradewind.values import Loss, Observed, Policy, Version, Wanted

SHORTEST = timedelta(minutes=1)  # that it watches a share for


class FakeNativeServer(FakeServer):
    """A rollout goes on while nobody looks. One that went back is reported so until another version is wished for."""

    def native_losses(self, policy: Policy) -> Sequence[Loss]:
        if policy.strategy == "canary" and len(policy.steps) > 1:
            kept = f"{policy.steps[0]} %, then 100 %"
            return (Loss("serve.rollout.steps", "a native canary has one step", kept),)
        return ()

    def native_policy(self, policy: Policy) -> Policy:
        steps = policy.steps[:1] if policy.strategy == "canary" else policy.steps
        return replace(policy, steps=steps, bake=max(policy.bake, SHORTEST))

    def advance(self, want: Wanted) -> Observed:
        if len(want.versions) > 1:
            said = "one variant only: two versions cannot stand side by side"
            raise error("invalid", said, f"change endpoint {want.name}")
        return self._go(want, None)

    def advance_natively(self, want: Wanted, policy: Policy) -> Observed:
        if len(want.versions) != 1:
            raise error("invalid", "a native rollout takes one version", f"change endpoint {want.name}")
        return self._go(want, policy)

    def observe(self, name: str) -> Observed | None:
        with self.cloud.lock:
            endpoint = self._find(name)
            if endpoint is None or not self._moving(endpoint):
                return super().observe(name)
            self.cloud.faults.call(f"look at endpoint {name}")
            return self._observed(endpoint, "moving")

    def _go(self, want: Wanted, policy: Policy | None) -> Observed:
        during = f"change endpoint {want.name}"
        with self.cloud.lock:
            endpoint = self._find(want.name)
            if endpoint is None or not want.versions or not endpoint.seats or endpoint.deleted is not None:
                return super().advance(want)
            version = want.versions[0]
            if version.slot not in endpoint.seats:
                raise error("invalid", f"the one variant is called {next(iter(endpoint.seats))!r}", during)
            if self._moving(endpoint):
                self.cloud.faults.call(during)
                return self._meanwhile(endpoint, version, during)
            if endpoint.seats[version.slot].version.digest == version.digest:
                endpoint.back = ("", "")
                return super().advance(want)
            self.cloud.faults.call(during)
            if endpoint.back[0] == version.digest:
                return self._observed(endpoint, "rolled_back", endpoint.back[1])
            self._start(endpoint, version, policy)
            return self._observed(endpoint, "moving")

    def _meanwhile(self, endpoint: Endpoint, version: Version, during: str) -> Observed:
        move = endpoint.native
        if move is not None and move.seat.version.digest == version.digest:
            return self._observed(endpoint, "moving")
        if endpoint.seats[version.slot].version.digest != version.digest:
            raise error("conflict", "the endpoint is updating to another version", during)

        def cancel() -> None:
            endpoint.native = None

        self.cloud.write("cancel_native", endpoint.name, cancel)
        return self._observed(endpoint, "settled")

    def _start(self, endpoint: Endpoint, version: Version, policy: Policy | None) -> None:
        now, old = self.cloud.clock.now(), endpoint.seats[version.slot]
        # The new fleet is as large as the old one has become, within the new bounds.
        size = min(max(old.now, version.min), version.max)
        seat = Seat(version, now, size)
        guards = (
            (policy.steps, policy.bake, policy.error_rate, policy.p95) if policy else ((), timedelta(0), None, None)
        )

        def begin() -> None:
            endpoint.back = ("", "")
            endpoint.native = NativeMove(seat, now, *guards)

        self.cloud.write("start_native", endpoint.name, begin, version.digest)

    def _there(self, name: str, during: str) -> Endpoint:
        endpoint = super()._there(name, during)
        self._moving(endpoint)
        return endpoint

    def _moving(self, endpoint: Endpoint) -> bool:
        """Lets the cloud do what it has done by now: end the move, or take it back."""
        move, now = endpoint.native, self.cloud.clock.now()
        if move is None:
            return False
        fault = self._fault(endpoint, move, now)
        done = move.since + self.cloud.behaviour(move.seat.version).starts + move.bake * (len(move.steps) + 1)
        if fault:
            endpoint.native, endpoint.back = None, (move.seat.version.digest, fault)
        elif now >= done:
            endpoint.native = None
            endpoint.seats[move.seat.version.slot] = move.seat
        return endpoint.native is not None

    def _fault(self, endpoint: Endpoint, move: NativeMove, now: datetime) -> str:
        behaviour = self.cloud.behaviour(move.seat.version)
        up = move.since + behaviour.starts
        if behaviour.never_ready:
            late = now >= move.since + move.seat.version.serving.startup_timeout
            return "the new fleet did not get ready in time" if late else ""
        if now < up:
            return ""
        if behaviour.crashes:
            return behaviour.crashes[-1]
        if now < up + move.bake or not endpoint.requests_a_second:
            return ""
        if move.error_rate is not None and behaviour.error_rate > move.error_rate:
            return f"alarm: error rate {behaviour.error_rate:.1%}"
        if move.p95 is not None and behaviour.p95 > move.p95:
            return f"alarm: p95 {behaviour.p95}"
        return ""

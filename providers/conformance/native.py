"""Native rollouts: guardrails that the cloud runs, and that outlive the client."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from tradewind.providers.base import NativeRollout, Provider, Server
from tradewind.providers.conformance.harness import Harness, Seats, Suite, digest, settle
from tradewind.values import Loss, Observed, Policy, Wanted

ONE, TWO = digest("native one"), digest("native two")


class NativeConformance(Suite):
    policy: Policy = Policy("canary", (10,), timedelta(seconds=1), timedelta(seconds=30), 0, timedelta(0), 0.5)

    @pytest.fixture
    def native(self, provider: Provider) -> NativeRollout:
        server: Server = provider.server()
        if not isinstance(server, NativeRollout):
            pytest.skip("the provider has no native rollout")
        return server

    def test_losses_of_a_policy(self, native: NativeRollout) -> None:
        """Steps that the cloud cannot do are said before it is asked for them; the same every time."""
        for policy in (self.policy, replace(self.policy, steps=(10, 50)), replace(self.policy, strategy="blue_green")):
            losses = list(native.native_losses(policy))
            assert losses == list(native.native_losses(policy))
            assert all(type(loss) is Loss and loss.path.startswith("serve.rollout") for loss in losses)
        assert not list(native.native_losses(self.policy)), "the suite's own policy can be honoured"

    def test_the_policy_that_is_followed(self, native: NativeRollout) -> None:
        """What a plan shows is what is done: it can be done as it stands, and is the same when asked for."""
        for policy in (self.policy, replace(self.policy, steps=(10, 50)), replace(self.policy, strategy="blue_green")):
            followed = native.native_policy(policy)
            assert native.native_policy(followed) == followed
            assert not [loss for loss in native.native_losses(followed) if loss.path.endswith(("steps", "bake"))]

    def test_a_rollout_settles(self, harness: Harness, native: NativeRollout, seats: Seats) -> None:
        """The same loop as `advance`, and the same end."""
        self._start(harness, native, seats)
        observed = self._roll(harness, native, self._want(harness, seats, TWO))
        assert (observed.phase, [s.digest for s in observed.versions]) == ("settled", [TWO])

    def test_a_bad_version_goes_back(self, harness: Harness, native: NativeRollout, seats: Seats) -> None:
        """`rolled_back`, with a reason, the old version serving; asking again does not start it anew."""
        self._start(harness, native, seats)
        bad = seats.want(harness.version("a", TWO, "broken"), a=100)
        for _ in range(3):
            observed = self._roll(harness, native, bad)
            assert observed.phase == "rolled_back"
            assert observed.reason
            assert [s.digest for s in observed.versions] == [ONE]
        body, content_type = harness.request
        assert harness.connect().server().invoke(seats.name, body, content_type).status == 200

    def test_the_client_may_die(self, harness: Harness, native: NativeRollout, seats: Seats) -> None:
        """Once begun, nobody needs to call again: a fresh process sees it done by looking alone.

        It is begun when a look shows that the cloud is at it; what a cloud wants made before takes several calls.
        """
        self._start(harness, native, seats)
        deadline = time.monotonic() + harness.patience.total_seconds()
        while self._looked(harness, seats).phase != "moving" and not self._done(harness, seats):
            assert native.advance_natively(self._want(harness, seats, TWO), self.policy).phase == "moving"
            assert time.monotonic() < deadline, "the rollout does not begin"
        while not self._done(harness, seats):
            assert time.monotonic() < deadline, "the rollout waits for its client"
            harness.pause()

    def _looked(self, harness: Harness, seats: Seats) -> Observed:
        observed = harness.connect().server().observe(seats.name)
        assert observed is not None
        return observed

    def _done(self, harness: Harness, seats: Seats) -> bool:
        observed = self._looked(harness, seats)
        return [s.digest for s in observed.versions] == [TWO] and observed.phase == "settled"

    def _want(self, harness: Harness, seats: Seats, who: str) -> Wanted:
        return seats.want(harness.version("a", who), a=100)

    def _start(self, harness: Harness, native: NativeRollout, seats: Seats) -> None:
        assert self._roll(harness, native, self._want(harness, seats, ONE)).phase == "settled"

    def _roll(self, harness: Harness, native: NativeRollout, want: Wanted) -> Observed:
        return settle(harness, want, advance=lambda wish: native.advance_natively(wish, self.policy))

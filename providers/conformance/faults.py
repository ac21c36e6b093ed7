"""A bad network and a busy cloud: answers get lost, calls are refused as too many, and nothing is made twice."""

from __future__ import annotations

import time
from collections.abc import Callable

from tradewind.errors import ProviderError
from tradewind.providers.base import Provider
from tradewind.providers.conformance.harness import Harness, Seats, Suite, digest, finish, refused, settle
from tradewind.values import Observed, Wanted


class FaultConformance(Suite):
    def test_a_lost_answer_to_a_submit(self, harness: Harness, provider: Provider) -> None:
        """The job is there although nobody was told: asking again finds it instead of making a second or a conflict."""
        run = harness.run(harness.name("job"), digest("lost"))
        harness.lose_next_answer()
        with refused("transient"):
            provider.trainer().ensure(run)
        assert provider.trainer().ensure(run).digest == run.digest
        assert finish(harness, run.name).state == "succeeded"

    def test_a_lost_answer_to_a_stop(self, harness: Harness, provider: Provider) -> None:
        """As above: stopping again is no error, and the job ends up stopped."""
        run = harness.run(harness.name("job"), digest("lost stop"), "long")
        provider.trainer().ensure(run)
        finish(harness, run.name, states=frozenset({"running"}))
        harness.lose_next_answer()
        with refused("transient"):
            provider.trainer().stop(run.name)
        provider.trainer().stop(run.name)
        assert finish(harness, run.name).state == "stopped"

    def test_every_answer_about_an_endpoint_lost(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """The worst network there is: every write arrives, no answer does. It still converges, to one of each."""
        want = seats.want(harness.version("a", digest("1")), a=100)
        deadline = time.monotonic() + harness.patience.total_seconds()
        lost = 0
        while True:
            harness.lose_next_answer()
            try:
                if provider.server().advance(want).phase == "settled":
                    break
            except ProviderError as error:
                assert error.kind == "transient", error
                lost += 1
            assert time.monotonic() < deadline, "does not converge"
            harness.pause()
        assert lost >= 1, "no write was lost: the harness does not do what it says"
        assert [name for kind, name in provider.owned(seats.tags) if name == seats.name] == [seats.name]

    def test_a_lost_answer_to_a_take_down(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """Gone is gone: the second `down` finds nothing, which is what was wished."""
        settle(harness, seats.want(harness.version("a", digest("1")), a=100))
        harness.lose_next_answer()
        with refused("transient"):
            provider.server().advance(Wanted(seats.name, (), {}))
        assert settle(harness, Wanted(seats.name, (), {})).phase == "settled"
        assert provider.server().observe(seats.name) is None

    def test_at_most_one_write_a_call(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """The engine checks its lock and writes its intent between two calls: what a call does must fit in between."""
        run = harness.run(harness.name("job"), digest("writes"))
        want = seats.want(harness.version("a", digest("1")), a=100)

        def written(call: Callable[[], object]) -> int:
            before = harness.writes()
            call()
            return harness.writes() - before

        assert written(lambda: provider.trainer().ensure(run)) == 1
        assert written(lambda: provider.trainer().ensure(run)) == 0
        deadline = time.monotonic() + harness.patience.total_seconds()
        while True:
            seen: list[Observed] = []
            assert written(lambda seen=seen: seen.append(provider.server().advance(want))) <= 1  # type: ignore[misc]  # bound
            if seen[0].phase == "settled":
                break
            assert time.monotonic() < deadline, seen
            harness.pause()
        assert written(lambda: provider.server().advance(want)) == 0, "settled, and yet something was written"
        assert written(lambda: provider.server().observe(seats.name)) == 0

    def test_throttling_has_its_own_kind(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """The engine waits longer for `throttled` than for `transient`, and as long as the cloud asks for."""
        run = harness.run(harness.name("job"), digest("busy"))
        want = seats.want(harness.version("a", digest("1")), a=100)
        for call in (
            lambda: provider.trainer().ensure(run),
            lambda: provider.trainer().status([run.name]),
            lambda: provider.server().observe(seats.name),
            lambda: provider.server().advance(want),
        ):
            harness.throttle_next()
            with refused("throttled"):
                call()
            call()

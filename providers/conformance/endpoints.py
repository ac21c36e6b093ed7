"""Endpoints: the whole wish in every call, at most one write a call, and who serves goes on serving."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, replace
from datetime import timedelta

import pytest

from tradewind.errors import ProviderError
from tradewind.providers.base import Provider
from tradewind.providers.conformance.harness import Harness, Seats, Suite, digest, refused, settle
from tradewind.values import LogPage, Metrics, Observed, Reply, Wanted

WINDOW = timedelta(minutes=5)
ONE, TWO, THREE = digest("version one"), digest("version two"), digest("version three")


class EndpointConformance(Suite):
    @pytest.fixture
    def _shares(self, harness: Harness) -> None:
        if not harness.shares:
            pytest.skip("the target serves one version at a time")

    def test_nothing_there(self, harness: Harness, provider: Provider) -> None:
        """None is an answer, not an error: the plan of a first deployment starts from it."""
        name = harness.name("endpoint")
        assert provider.server().observe(name) is None

    def test_down_of_nothing_is_settled(self, harness: Harness, provider: Provider) -> None:
        """`down` is given twice by people and by a resumed process."""
        gone = Wanted(harness.name("endpoint"), (), {})
        for _ in range(2):
            assert provider.server().advance(gone).phase == "settled"

    def test_first_version_serves(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """The plain way: settled means that a request is answered now."""
        observed = settle(harness, seats.want(harness.version("a", ONE), a=100))
        assert observed.phase == "settled", observed
        assert _shares(observed.traffic) == {"a": 100}
        (seen,) = observed.versions
        assert (seen.slot, seen.digest, seen.ready, seen.failed) == ("a", ONE, True, False)
        assert seen.now >= seen.min >= 1
        assert observed.url
        assert _ask(harness, provider, seats.name).status == 200

    def test_advance_is_repeatable(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """The same wish again changes nothing; observe tells the same."""
        want = seats.want(harness.version("a", ONE), a=100)
        first = settle(harness, want)
        again = provider.server().advance(want)
        looked = provider.server().observe(seats.name)
        assert looked is not None
        for other in (again, looked):
            assert other.phase == "settled"
            assert other.url == first.url
            assert [(s.slot, s.digest, s.ready) for s in other.versions] == [("a", ONE, True)]
            assert _shares(other.traffic) == {"a": 100}

    def test_every_call_from_another_process(self, harness: Harness, seats: Seats) -> None:
        """A client killed after any call is followed by one that knows nothing."""
        observed = settle(harness, seats.want(harness.version("a", ONE), a=100), fresh=True)
        assert (observed.phase, [s.digest for s in observed.versions]) == ("settled", [ONE])

    @pytest.mark.usefixtures("_shares")
    def test_two_versions_share_traffic(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """A canary: both stand, each is addressed by its seat, and the address people call stays the same."""
        old, new = harness.version("a", ONE), harness.version("b", TWO)
        before = settle(harness, seats.want(old, a=100))
        both = settle(harness, seats.want(old, new, a=90, b=10), fresh=True)
        assert both.phase == "settled"
        assert {s.slot: s.digest for s in both.versions} == {"a": ONE, "b": TWO}
        assert _shares(both.traffic) == {"a": 90, "b": 10}
        assert both.url == before.url
        for slot in ("a", "b"):
            reply = _ask(harness, provider, seats.name, slot)
            assert (reply.status, reply.slot) == (200, slot)

    @pytest.mark.usefixtures("_shares")
    def test_a_version_without_traffic_can_be_probed(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """The probe comes before the first real request: 0 % is a share too."""
        old, new = harness.version("a", ONE), harness.version("b", TWO)
        settle(harness, seats.want(old, a=100))
        observed = settle(harness, seats.want(old, new, a=100, b=0))
        assert observed.phase == "settled"
        assert _shares(observed.traffic) == {"a": 100}
        assert _ask(harness, provider, seats.name, "b").slot == "b"

    def test_the_first_version_can_be_probed_too(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """Nobody gets traffic before the probe, the very first version included: empty shares are a wish as well."""
        first = harness.version("a", ONE)
        observed = settle(harness, seats.want(first))
        assert observed.phase == "settled"
        assert _shares(observed.traffic) == {}
        assert _ask(harness, provider, seats.name, "a").status == 200
        assert _shares(settle(harness, seats.want(first, a=100)).traffic) == {"a": 100}

    @pytest.mark.usefixtures("_shares")
    def test_the_old_version_goes(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """Promotion: traffic first, then the old seat is emptied; the seat can be taken by the next version."""
        old, new = harness.version("a", ONE), harness.version("b", TWO)
        settle(harness, seats.want(old, a=100))
        settle(harness, seats.want(old, new, a=90, b=10))
        alone = settle(harness, seats.want(new, b=100))
        assert [(s.slot, s.digest) for s in alone.versions] == [("b", TWO)]
        assert _shares(alone.traffic) == {"b": 100}
        with refused("missing"):
            _ask(harness, provider, seats.name, "a")
        third = settle(harness, seats.want(new, harness.version("a", THREE), b=100))
        assert {s.slot: s.digest for s in third.versions} == {"a": THREE, "b": TWO}

    @pytest.mark.usefixtures("_shares")
    def test_impossible_shares_are_refused(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """Percent sum to 100 and go to seats that stand; a wrong wish changes nothing."""
        a, b = harness.version("a", ONE), harness.version("b", TWO)
        settle(harness, seats.want(a, a=100))
        for wrong in (
            seats.want(a, b, a=50, b=40),
            seats.want(a, b, a=110, b=-10),
            seats.want(a, a=90, b=10),  # nobody is wanted in b
            seats.want(a, z=100),
            seats.want(a, harness.version("a", TWO), a=100),  # two in one seat
        ):
            with refused("invalid"):
                provider.server().advance(wrong)
        after = provider.server().observe(seats.name)
        assert after is not None
        assert {s.slot: s.digest for s in after.versions} == {"a": ONE}
        assert _shares(after.traffic) == {"a": 100}

    def test_change_while_changing(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """People change their minds: the last wish wins, whatever the first one had begun."""
        provider.server().advance(seats.want(harness.version("a", ONE), a=100))
        second = harness.version("b" if harness.shares else "a", TWO)
        want = Wanted(seats.name, (second,), {second.slot: 100}, {}, seats.tags)
        deadline = time.monotonic() + harness.patience.total_seconds()
        while True:
            try:
                observed = settle(harness, want)
                break
            except ProviderError as error:
                # A cloud that is in the middle of a change may say so; asking again later is the caller's part.
                assert error.kind == "conflict", error
                assert time.monotonic() < deadline, error
                harness.pause()
        assert [s.digest for s in observed.versions] == [TWO]
        assert _shares(observed.traffic) == {second.slot: 100}

    def test_size_changes_in_place(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """min and max are not part of who sits in a seat: no new version is built for them."""
        version = harness.version("a", ONE)
        settle(harness, seats.want(version, a=100))
        observed = settle(harness, seats.want(replace(version, min=2), a=100))
        (seen,) = observed.versions
        assert (observed.phase, seen.digest, seen.min, seen.max) == ("settled", ONE, 2, version.max)
        assert seen.now >= 2

    def test_scaled_out_size_is_kept(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """An update must not send a fleet that traffic has grown back to its first size: that is an outage."""
        version = replace(harness.version("a", ONE), max=4)
        settle(harness, seats.want(version, a=100))
        harness.scale_out(seats.name, "a", 3)
        tagged = Seats(seats.name, {**seats.tags, "team": "growth"})
        assert _now(settle(harness, tagged.want(version, a=100)), "a") == 3, "a change of tags shrank the fleet"
        assert _now(settle(harness, tagged.want(replace(version, min=2), a=100)), "a") == 3, "a new min shrank it"
        if harness.shares:
            both = settle(harness, tagged.want(replace(version, min=2), harness.version("b", TWO), a=90, b=10))
            assert _now(both, "a") == 3, "a second version shrank the first"

    @pytest.mark.usefixtures("_shares")
    def test_a_broken_version_harms_nobody(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """The healthy version never dies: the broken one is told apart, with its reason, and can be taken away."""
        good, broken = harness.version("a", ONE), harness.version("b", TWO, "broken")
        settle(harness, seats.want(good, a=100))
        observed = settle(harness, seats.want(good, broken, a=100))
        assert observed.phase == "failed"
        by_slot = {s.slot: s for s in observed.versions}
        assert by_slot["b"].failed
        assert not by_slot["b"].ready
        assert by_slot["b"].reason or observed.reason
        assert by_slot["a"].ready
        assert _ask(harness, provider, seats.name).status == 200
        again = settle(harness, seats.want(good, a=100))
        assert (again.phase, [s.digest for s in again.versions]) == ("settled", [ONE])

    def test_a_broken_first_version_fails(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """Waiting would not help: `failed`, with the reason, and `down` cleans it up."""
        observed = settle(harness, seats.want(harness.version("a", ONE, "broken"), a=100))
        assert observed.phase == "failed"
        assert observed.reason or observed.versions[0].reason
        settle(harness, Wanted(seats.name, (), {}))
        assert provider.server().observe(seats.name) is None

    def test_delete_while_serving(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """Taking down asks for nothing first, and the end is the same however often it is asked."""
        settle(harness, seats.want(harness.version("a", ONE), a=100))
        for _ in range(2):
            assert settle(harness, Wanted(seats.name, (), {}), fresh=True).phase == "settled"
        assert provider.server().observe(seats.name) is None
        with refused("missing"):
            _ask(harness, provider, seats.name)

    def test_delete_while_being_made(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """Ctrl-C and `down` come at any time; nothing half-made stays behind and bills."""
        provider.server().advance(seats.want(harness.version("a", ONE), a=100))
        settle(harness, Wanted(seats.name, (), {}))
        assert provider.server().observe(seats.name) is None
        assert ("endpoint", seats.name) not in provider.owned(seats.tags)

    def test_the_missing_are_missing(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """One kind for "not there", so that one hint fits: check the name, the environment, the region."""
        with refused("missing"):
            _ask(harness, provider, seats.name)
        with refused("missing"):
            provider.server().logs(seats.name, "a", None)
        settle(harness, seats.want(harness.version("a", ONE), a=100))
        with refused("missing"):
            _ask(harness, provider, seats.name, "z")
        with refused("missing"):
            provider.server().logs(seats.name, "z", None)

    def test_metrics_of_the_unknown(self, harness: Harness, provider: Provider) -> None:
        """Monitoring systems answer an unknown name with nothing, services with an error: both are fine, zeros are not."""
        try:
            assert dict(provider.server().metrics(harness.name("endpoint"), WINDOW)) == {}
        except ProviderError as error:
            assert error.kind == "missing", error

    def test_metrics_count_requests(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """The verdict on a new version stands on these: what was served is counted, by seat, within the declared lag."""
        settle(harness, seats.want(harness.version("a", ONE), a=100))
        quiet = provider.server().metrics(seats.name, WINDOW).get("a")
        assert quiet is None or (quiet.requests, quiet.p95) == (0, None), "no request: no evidence"
        for _ in range(5):
            _ask(harness, provider, seats.name)
        deadline = time.monotonic() + harness.patience.total_seconds()
        while True:
            counted = provider.server().metrics(seats.name, WINDOW).get("a")
            if counted is not None and counted.requests >= 5:
                break
            assert time.monotonic() < deadline, f"requests are not counted: {counted}"
            harness.pause()
        assert type(counted) is Metrics
        hash(counted)
        assert counted.requests == 5
        assert counted.errors == 0
        assert counted.p95 is not None
        assert counted.p95 > timedelta(0)
        assert counted.until.tzinfo is not None

    def test_endpoint_logs_go_on_elsewhere(self, harness: Harness, seats: Seats) -> None:
        """As for jobs: the cursor works in a process that has never seen the endpoint."""
        settle(harness, seats.want(harness.version("a", ONE), a=100))
        first = harness.connect().server().logs(seats.name, "a", None)
        assert type(first) is LogPage
        assert not first.end, "a version that serves may say more"
        rest = harness.connect().server().logs(seats.name, "a", first.cursor)
        whole = harness.connect().server().logs(seats.name, "a", None)
        joined = [line.text for line in (*first.lines, *rest.lines)]
        assert [line.text for line in whole.lines][: len(joined)] == joined, "a line was lost or came twice"

    def test_mirrored_traffic(self, harness: Harness, seats: Seats) -> None:
        """Where the target can mirror, it is part of the wish and seen again."""
        if not harness.mirrors:
            pytest.skip("the target mirrors no traffic")
        old, new = harness.version("a", ONE), harness.version("b", TWO)
        observed = settle(harness, seats.want(old, new, mirror={"b": 20}, a=100))
        assert _shares(observed.mirror) == {"b": 20}
        assert _shares(observed.traffic) == {"a": 100}

    def test_endpoint_tags_are_found_again(self, harness: Harness, provider: Provider) -> None:
        """`down` and the sweep of orphans go by tags, in any script."""
        tags = {"tradewind-project": f"p{time.monotonic_ns()}", "team": "Größe 日本 🚀"}
        tagged = Seats(harness.name("endpoint"), tags)
        settle(harness, tagged.want(harness.version("a", ONE), a=100))
        assert ("endpoint", tagged.name) in provider.owned(tags)
        assert ("endpoint", tagged.name) not in provider.owned({**tags, "team": "another"})

    def test_what_is_seen_is_frozen(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """Plain values cross the border."""
        observed = settle(harness, seats.want(harness.version("a", ONE), a=100))
        assert type(observed) is Observed
        assert type(observed.versions) is tuple
        hash(observed.versions)
        with pytest.raises(FrozenInstanceError):
            observed.phase = "failed"  # type: ignore[misc]  # the very point
        reply = _ask(harness, provider, seats.name)
        assert type(reply) is Reply
        hash(reply)

    def test_threads_advance_one_endpoint(self, harness: Harness, provider: Provider, seats: Seats) -> None:
        """Two processes with the same wish may meet: nobody sees anything but a kind that is worth another try."""
        want = seats.want(harness.version("a", ONE), a=100)
        server = provider.server()

        def step(_: int) -> str:
            try:
                return server.advance(want).phase
            except ProviderError as error:
                return error.kind

        with ThreadPoolExecutor(8) as pool:
            said = set(pool.map(step, range(16)))
        assert said <= {"moving", "settled", "conflict", "transient", "throttled"}, said
        observed = settle(harness, want)
        assert [(s.slot, s.digest) for s in observed.versions] == [("a", ONE)]
        owned = [name for kind, name in provider.owned(seats.tags) if kind == "endpoint"]
        assert owned.count(seats.name) == 1


def _shares(traffic: Mapping[str, int]) -> dict[str, int]:
    """0 % and not named are the same."""
    return {slot: share for slot, share in traffic.items() if share}


def _now(observed: Observed, slot: str) -> int:
    assert observed.phase == "settled", observed
    return next(s.now for s in observed.versions if s.slot == slot)


def _ask(harness: Harness, provider: Provider, name: str, slot: str | None = None) -> Reply:
    body, content_type = harness.request
    return provider.server().invoke(name, body, content_type, slot)

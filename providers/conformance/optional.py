"""Abilities that a provider may have: checks before the first call, answers in pieces."""

from __future__ import annotations

import pytest

from tradewind.providers.base import Check, Preflight, Provider, Server, StreamingServer
from tradewind.providers.conformance.harness import Harness, Seats, Suite, digest, refused, settle
from tradewind.providers.conformance.names import POLICY


class OptionalConformance(Suite):
    @pytest.fixture
    def preflight(self, provider: Provider) -> Preflight:
        if not isinstance(provider, Preflight):
            pytest.skip("the provider has no preflight")
        return provider

    @pytest.fixture
    def streaming(self, provider: Provider) -> StreamingServer:
        server: Server = provider.server()
        if not isinstance(server, StreamingServer):
            pytest.skip("the provider cannot stream answers")
        return server

    def test_preflight_explains_itself(self, harness: Harness, preflight: Preflight, seats: Seats) -> None:
        """ok, will fail with the fix, or cannot tell with the reason: a verdict alone helps nobody."""
        run = harness.run(harness.name("job"), digest("preflight"))
        for checks in (
            preflight.preflight(None, None, None),
            preflight.preflight(run, seats.want(harness.version("a", digest("1")), a=100), POLICY),
        ):
            for check in checks:
                assert type(check) is Check
                assert check.name.strip()
                assert check.verdict == "ok" or check.detail.strip()
                assert check.verdict != "will_fail" or check.fix.strip(), "what will fail says how to mend it"

    def test_preflight_only_reads(
        self, harness: Harness, provider: Provider, preflight: Preflight, seats: Seats
    ) -> None:
        """It is asked by `plan`, which changes nothing."""
        run = harness.run(harness.name("job"), digest("preflight"))
        preflight.preflight(run, seats.want(harness.version("a", digest("1")), a=100), POLICY)
        assert provider.trainer().status([run.name]) == {}
        assert provider.server().observe(seats.name) is None

    def test_a_streamed_answer_is_whole(self, harness: Harness, streaming: StreamingServer, seats: Seats) -> None:
        """In pieces or at once, it is the same answer."""
        settle(harness, seats.want(harness.version("a", digest("1")), a=100))
        body, content_type = harness.request
        pieces = list(streaming.stream(seats.name, body, content_type))
        assert all(type(piece) is bytes for piece in pieces)
        assert b"".join(pieces) == harness.connect().server().invoke(seats.name, body, content_type).body

    def test_streams_of_the_missing_are_missing(self, harness: Harness, streaming: StreamingServer) -> None:
        """At the latest with the first piece."""
        body, content_type = harness.request
        with refused("missing"):
            list(streaming.stream(harness.name("endpoint"), body, content_type))

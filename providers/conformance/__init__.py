"""The suite that every provider passes, for strangers to subclass (docs/providers.md):

    from tradewind.providers.conformance import Harness, ProviderConformance

    class MyHarness(Harness): ...            # how to make a tiny job and a tiny version, and how time passes

    class TestMine(ProviderConformance):
        @pytest.fixture
        def harness(self) -> Harness:
            return MyHarness()

What a harness cannot do (lose an answer, throttle, scale out) is skipped, with the reason in pytest's report (`-rs`).
This package is the only one that imports pytest; nothing else of tradewind imports this package.
"""

from __future__ import annotations

import pytest

# Before the checks are imported: their `assert`s then explain themselves as in a test file.
pytest.register_assert_rewrite(
    *(f"{__name__}.{part}" for part in ("harness", "names", "jobs", "endpoints", "faults", "native", "optional"))
)

from tradewind.providers.conformance.endpoints import EndpointConformance  # noqa: E402 - after the line above
from tradewind.providers.conformance.faults import FaultConformance  # noqa: E402
from tradewind.providers.conformance.harness import Harness, refused  # noqa: E402
from tradewind.providers.conformance.jobs import JobConformance  # noqa: E402
from tradewind.providers.conformance.names import NameConformance, StaticConformance  # noqa: E402
from tradewind.providers.conformance.native import NativeConformance  # noqa: E402
from tradewind.providers.conformance.optional import OptionalConformance  # noqa: E402


class ProviderConformance(
    NameConformance, JobConformance, EndpointConformance, FaultConformance, NativeConformance, OptionalConformance
):
    """Everything. Abilities that a provider does not have are skipped: native rollouts, preflight, streaming, shares."""


__all__ = [
    "EndpointConformance",
    "FaultConformance",
    "Harness",
    "JobConformance",
    "NameConformance",
    "NativeConformance",
    "OptionalConformance",
    "ProviderConformance",
    "StaticConformance",
    "refused",
]

"""The fake cloud as the conformance suite sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from fakes.clock import FakeClock
from fakes.provider import FakeCloud, FakeInfo, JobBehaviour, VersionBehaviour
from tradewind.providers.base import Check, Provider
from tradewind.providers.conformance import Harness
from tradewind.providers.conformance.harness import Quality, Work
from tradewind.values import Artifact, Container, Foundation, Hardware, Machine, Run, Serving, Version

MACHINE = Machine("fake-standard", 2, 4)
CONTAINER = Container("registry.fake/image:1", MACHINE, Hardware())


class FakeHarness(Harness):
    lines = ("line one", "line two", "naïve line three")
    mirrors = True

    def __init__(self, *, native: bool = False) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.cloud = FakeCloud(self.clock)
        self.cloud.checks = [Check("quota", "will_fail", "0 of 1 L4", "ask for one"), Check("image", "ok", "")]
        self.info = FakeInfo(self.cloud, native=native)
        self.foundation = Foundation("memory://conformance")
        self.shares = self.mirrors = not native

    def connect(self) -> Provider:
        return self.info.connect(self.settings, self.foundation)

    def run(self, name: str, digest: str, work: Work = "quick") -> Run:
        runs = timedelta(hours=2) if work == "long" else timedelta(seconds=5)
        self.cloud.job(
            digest, JobBehaviour(runs=runs, fails="exit code 3" if work == "fails" else "", lines=self.lines)
        )
        output = f"memory://conformance/{name}"
        return Run(name, digest, CONTAINER, ("true",), {}, {}, output, None, max_runtime=timedelta(hours=3))

    def version(self, slot: str, digest: str, quality: Quality = "good") -> Version:
        crashes = ("loading", "ValueError: not a model") if quality == "broken" else ()
        self.cloud.version(digest, VersionBehaviour(crashes=crashes))
        return Version(slot, digest, CONTAINER, Artifact("memory://model", digest), Serving(), min=1, max=4)

    def pause(self) -> None:
        self.clock.sleep(timedelta(seconds=1))

    def lose_next_answer(self) -> None:
        self.cloud.faults.lose()

    def throttle_next(self) -> None:
        self.cloud.faults.throttle()

    def writes(self) -> int:
        return len(self.cloud.writes)

    def scale_out(self, endpoint: str, slot: str, replicas: int) -> None:
        self.cloud.scale(endpoint, slot, replicas)

    def crowd(self, count: int, tags: Mapping[str, str]) -> Sequence[str]:
        from dataclasses import replace

        trainer = self.connect().trainer()
        runs = [replace(self.run(f"crowd-{n}", f"sha256:{n}"), tags=tags) for n in range(count)]
        return [run.name for run in runs if trainer.ensure(run)]

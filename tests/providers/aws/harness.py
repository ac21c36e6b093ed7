"""Provider aws on an emulated account, behind a proxy that loses answers, throttles, counts and records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.calls import Call
from tests.faults.plans import Fault
from tests.faults.proxy import Proxy
from tests.sandbox.emulator import Emulator
from tradewind.engine import runtime
from tradewind.providers.aws.info import AwsInfo
from tradewind.providers.base import Provider
from tradewind.providers.conformance import Harness
from tradewind.providers.conformance.harness import Quality, Work
from tradewind.spec.clouds.aws import Aws
from tradewind.values import Artifact, Container, Foundation, Hardware, Machine, Run, Serving, Version

REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/trainer"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"
RUNTIME = Artifact("s3://work/runtime/5e1f.tar.gz", "sha256:5e1f", single=True)
HOUR = timedelta(hours=1)


class Fate:
    """What happens to the next call. As long as nothing was wished, nothing does."""

    def __init__(self) -> None:
        self.loses = False
        self.throttles = False

    def fault(self, call: Call) -> Fault:
        if self.throttles:
            self.throttles = False
            return Fault.THROTTLE
        if self.loses and call.writes:
            self.loses = False
            return Fault.RESET_AFTER
        return Fault.NONE

    def answered(self, call: Call) -> None:
        return


class Account:
    """An emulated account with a role, a bucket and what our jobs need in it."""

    def __init__(self, emulator: Emulator, proxy: Proxy, fate: Fate) -> None:
        self.emulator = emulator
        self.proxy = proxy
        self.fate = fate


@contextmanager
def account(folder: Path) -> Iterator[Account]:
    emulator = Emulator(folder / "account")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        emulator.start("--speed", "600", "--grace", "5")
        emulator.furnish()
        archive = folder / "runtime.tar.gz"
        runtime.archive().write(archive)
        emulator.client("s3").put_object(Bucket="work", Key="runtime/5e1f.tar.gz", Body=archive.read_bytes())
    fate = Fate()
    with Proxy(emulator.url, fate) as proxy:
        yield Account(emulator, proxy, fate)
    assert emulator.end() == 0


class AwsHarness(Harness):
    """Calls are made once (AWS_MAX_ATTEMPTS=1, see conftest): what the SDK's own retries do is tested elsewhere."""

    info = AwsInfo()
    foundation = Foundation("s3://work/p/default", region=REGION, outputs={"runtime_role": ROLE})
    lines = ("line one", "line two", "naïve line three")

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.account = account
        self.settings = Aws(region=REGION, endpoint_url=account.proxy.url)

    def connect(self) -> Provider:
        return self.info.connect(self.settings, self.foundation)

    def container(self, machine: Machine, **env: str) -> Container:
        return Container(IMAGE, machine, Hardware(), env=env, runtime=RUNTIME)

    def run(self, name: str, digest: str, work: Work = "quick") -> Run:
        script = {
            "quick": "".join(f"echo '{line}'; " for line in self.lines),
            "long": "exec sleep 600",
            "fails": "echo oh no >&2; exit 3",
        }[work]
        box = self.container(Machine("ml.m5.large", 2, 8))
        return Run(name, digest, box, ("sh", "-c", script), {}, {}, "s3://work/p/default/outputs", None, HOUR)

    def version(self, slot: str, digest: str, quality: Quality = "good") -> Version:
        box = self.container(Machine("ml.m5.large", 2, 8))
        return Version(slot, digest, box, Artifact("s3://work/models/m", "sha256:3"), Serving(), min=1, max=4)

    def lose_next_answer(self) -> None:
        self.account.fate.loses = True

    def throttle_next(self) -> None:
        self.account.fate.throttles = True

    def writes(self) -> int:
        return self.account.proxy.count(lambda call: call.writes)

    def crowd(self, count: int, tags: Mapping[str, str]) -> Sequence[str]:
        """Jobs for which there is no machine: no process is started for one. Made past the proxy, which need not see them."""
        self.account.emulator.control("capacity", times=count)
        settings = Aws(region=REGION, endpoint_url=self.account.emulator.url)
        trainer = self.info.connect(settings, self.foundation).trainer()
        runs = [replace(self.run(f"crowd-{n}", f"sha256:{n}"), tags=tags) for n in range(count)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(trainer.ensure, runs))
        return [run.name for run in runs]

"""What the author of a provider supplies, and the small machinery that the checks share."""

from __future__ import annotations

import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeVar

import pytest
from pydantic import BaseModel

from tradewind.errors import ProviderError, ProviderKind
from tradewind.providers.base import Info, Provider
from tradewind.values import JOB_DONE, Foundation, JobStatus, Observed, Run, Version, Wanted

T = TypeVar("T")

Work = Literal["quick", "long", "fails"]
Quality = Literal["good", "broken"]

# Worth another try, by what they mean: nothing is wrong with the wish.
PASSING: frozenset[ProviderKind] = frozenset({"throttled", "transient"})


class Harness(ABC):
    """One provider under test, on a cloud, an emulator or this machine.

    Names come from `name()`, and what carries them is removed after each check; so one harness may serve many checks.
    """

    info: Info
    settings: BaseModel | None = None
    foundation: Foundation
    patience: timedelta = timedelta(seconds=60)  # real time until something settles, at most
    lines: Sequence[str] = ()  # what the job "quick" prints, in order
    shares: bool = True  # False: one version at a time only (native rollouts)
    mirrors: bool = False  # True: traffic can be mirrored
    short_runtime: timedelta | None = timedelta(seconds=1)  # the least max_runtime that the target enforces
    crowd_size: int = 1_001  # one more than a page of any cloud holds
    request: tuple[bytes, str] = (b'{"instances": [[1.0, 2.0]]}', "application/json")  # answered 200 by a good version

    def __init__(self) -> None:
        self._named: list[tuple[str, str]] = []

    @abstractmethod
    def connect(self) -> Provider:
        """A new provider object that remembers nothing, as in another process, on the same cloud."""

    @abstractmethod
    def run(self, name: str, digest: str, work: Work = "quick") -> Run:
        """A tiny job. quick: prints `lines` and ends well; long: runs until it is stopped; fails: exits with an error."""

    @abstractmethod
    def version(self, slot: str, digest: str, quality: Quality = "good") -> Version:
        """A tiny version with min=1, max=4. good: answers `request` with 200; broken: its model cannot be loaded."""

    def pause(self) -> None:
        """Between two looks: let time pass, or move the clock of an emulator."""
        time.sleep(0.05)

    def name(self, kind: Literal["job", "endpoint"]) -> str:
        """A fresh name that fits nearly every cloud's rules."""
        name = f"tw{secrets.token_hex(5)}"
        self._named.append((kind, name))
        return name

    # Optional: a harness that can bring these about overrides them; otherwise the checks that ask for it are skipped.

    def lose_next_answer(self) -> None:
        """The next write is carried out, but its answer does not arrive; the provider's own retries do not help."""
        pytest.skip("this harness cannot lose an answer")

    def throttle_next(self) -> None:
        """The next call is refused as one too many, for longer than the SDK retries by itself."""
        pytest.skip("this harness cannot throttle")

    def writes(self) -> int:
        """How many changes the cloud has carried out so far, of any kind."""
        pytest.skip("this harness does not count writes")

    def scale_out(self, endpoint: str, slot: str, replicas: int) -> None:
        """As the autoscaler would; must hold while nobody calls the endpoint."""
        pytest.skip("this harness cannot scale out")

    def crowd(self, count: int, tags: Mapping[str, str]) -> Sequence[str]:
        """So many jobs with these tags, made as cheaply as it gets; their names. They go with the harness."""
        pytest.skip("this harness cannot make a crowd of jobs")

    def clean(self) -> None:
        """After each check: whatever carries a name of `name()` goes."""
        if not self._named:  # nothing was made, by a target that only plans among others
            return
        provider = self.connect()
        while self._named:
            kind, name = self._named.pop()
            if kind == "job":
                patient(self, lambda name=name: provider.trainer().delete(name))  # type: ignore[misc]  # loop variable bound
            else:
                settle(self, Wanted(name, (), {}))


@dataclass
class Seats:
    """Shorthand for wishes about one endpoint."""

    name: str
    tags: Mapping[str, str] = field(default_factory=dict)

    def want(self, *versions: Version, mirror: Mapping[str, int] | None = None, **traffic: int) -> Wanted:
        return Wanted(self.name, tuple(versions), traffic, mirror or {}, self.tags)


@contextmanager
def refused(*kinds: ProviderKind) -> Iterator[None]:
    """The block ends in a ProviderError of one of these kinds, complete with code and what was being done."""
    with pytest.raises(ProviderError) as caught:
        yield
    error = caught.value
    assert error.kind in kinds, f"kind {error.kind!r} instead of {kinds}: {error}"
    assert error.code, "an error needs a code for `deploy explain`"
    assert error.during, "an error says what was being done"
    assert str(error).strip(), "an error has words"


def digest(seed: str) -> str:
    """A digest as the engine makes them; the same seed, the same digest."""
    import hashlib

    return f"sha256:{hashlib.sha256(seed.encode()).hexdigest()}"


def patient(harness: Harness, call: Callable[[], T]) -> T:
    """The call, again while it is throttled or loses its answer."""
    deadline = time.monotonic() + harness.patience.total_seconds()
    while True:
        try:
            return call()
        except ProviderError as error:
            if error.kind not in PASSING or time.monotonic() > deadline:
                raise
        harness.pause()


def settle(
    harness: Harness, want: Wanted, *, advance: Callable[[Wanted], Observed] | None = None, fresh: bool = False
) -> Observed:
    """Advance until it no longer moves. `fresh`: each call through a new provider object, as after a kill."""
    deadline = time.monotonic() + harness.patience.total_seconds()
    server = harness.connect().server()
    while True:
        if fresh:
            server = harness.connect().server()
        step = advance or server.advance
        observed = patient(harness, lambda step=step: step(want))  # type: ignore[misc]  # loop variable bound
        assert type(observed) is Observed
        if observed.phase != "moving":
            return observed
        assert time.monotonic() < deadline, f"still moving after {harness.patience}: {observed}"
        harness.pause()


def finish(harness: Harness, name: str, *, states: frozenset[str] = frozenset(JOB_DONE)) -> JobStatus:
    """Look at a job until it is in one of these states."""
    deadline = time.monotonic() + harness.patience.total_seconds()
    trainer = harness.connect().trainer()
    while True:
        status = patient(harness, lambda: trainer.status([name]))[name]
        assert type(status) is JobStatus
        if status.state in states:
            return status
        assert status.state not in JOB_DONE, f"ended as {status}, wanted {sorted(states)}"
        assert time.monotonic() < deadline, f"still {status.state} after {harness.patience}"
        harness.pause()


class Suite:
    """Fixtures that every part shares. A subclass gives `harness`."""

    @pytest.fixture
    def harness(self) -> Harness:
        raise NotImplementedError("a subclass of the suite overrides the fixture `harness`")

    @pytest.fixture(autouse=True)
    def _clean(self, harness: Harness) -> Iterator[None]:
        yield
        harness.clean()

    @pytest.fixture
    def provider(self, harness: Harness) -> Provider:
        return harness.connect()

    @pytest.fixture
    def seats(self, harness: Harness) -> Seats:
        return Seats(harness.name("endpoint"), {"tradewind-project": "conformance"})

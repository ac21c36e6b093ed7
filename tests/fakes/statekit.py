"""A small world for the engine's state: clock, fake cloud and a store in memory, sessions that come and go like processes."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from fakes.clock import FakeClock
from fakes.cloud import FakeCloud
from fakes.provider import FakeInfo, VersionBehaviour
from tradewind.engine import effects, lease, ledger, rollout
from tradewind.engine.clock import Stop
from tradewind.engine.effects import Effect
from tradewind.engine.session import Identity, Session
from tradewind.errors import StorageError
from tradewind.storage.base import Entry, Store
from tradewind.storage.memory import MemoryStore
from tradewind.values import Artifact, Container, Event, Foundation, Hardware, Machine, Policy, Serving, Version

NAME = "churn"
OLD, NEW, NEWER = ("sha256:" + letter * 64 for letter in "abc")


class Killed(BaseException):
    """Stands for `kill -9`: no handler of ours may catch it."""


class Killer:
    """Kills after the n-th effect. What a dead process would still do on its way out (leaving a lock) does not happen either."""

    def __init__(self, after: int | None = None) -> None:
        random.seed(1)  # the same jitter each time, so that the n-th effect is the same one
        self._after = after
        self.effects: list[Effect] = []

    def before(self, effect: Effect) -> None:
        if self._after is not None and len(self.effects) >= self._after:
            raise Killed

    def after(self, effect: Effect) -> None:
        self.effects.append(effect)
        self.before(effect)


class LosingStore:
    """Does what it is told, and says of every second conditional write that it failed."""

    def __init__(self, store: Store) -> None:
        self._store, self._calls = store, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def put_if_absent(self, key: str, data: bytes) -> Entry | None:
        done = self._store.put_if_absent(key, data)
        self._calls += 1
        if self._calls % 2:
            raise StorageError("transient", "the answer was lost")
        return done


class FaultyStore:
    """Fails at random: before it does something, or after it did. The same seed fails the same way."""

    def __init__(self, store: Store, seed: int, share: float = 0.1) -> None:
        self._store, self._chance, self._share = store, random.Random(seed), share

    def __getattr__(self, name: str) -> object:
        whole = getattr(self._store, name)
        if name not in ("get", "stat", "list", "put_if_absent", "put", "delete", "now"):
            return whole

        def call(*arguments: object) -> object:
            if self._chance.random() < self._share:
                raise StorageError("transient", f"{name} got no connection")
            done = whole(*arguments)
            if self._chance.random() < self._share:
                raise StorageError("transient", f"the answer of {name} was lost")
            return done

        return call


def version(digest: str = OLD, **fields: object) -> Version:
    container = Container("image", Machine("small", 2, 4), Hardware())
    made = Version("", digest, container, Artifact(f"memory://models/{digest[-4:]}", digest), Serving())
    return replace(made, **fields)  # type: ignore[arg-type]  # replace() checks the names when it runs


def policy(**fields: object) -> Policy:
    minute = timedelta(minutes=1)
    made = Policy("canary", (10, 50), 5 * minute, 15 * minute, 50, 60 * minute)
    return replace(made, **fields)  # type: ignore[arg-type]


@dataclass
class World:
    native: bool = False
    lag: timedelta = timedelta(0)
    clock: FakeClock = field(default_factory=FakeClock)
    events: list[Event] = field(default_factory=list)
    stop: Stop = field(default_factory=Stop)

    def __post_init__(self) -> None:
        self.cloud = FakeCloud(self.clock, metrics_lag=self.lag)
        self.store = MemoryStore("world", clock=self.clock.now)
        self.info = FakeInfo(self.cloud, native=self.native)

    def session(self, observer: effects.Observer | None = None) -> Session:
        foundation = Foundation("memory://world")
        provider = self.info.connect(None, foundation)
        identity = Identity(NAME, "default", "fake", owner="tester")
        made = Session(identity, self.info, provider, foundation, self.store, self.clock, self.stop, self.events.append)
        return effects.through(made, observer)

    def up(
        self,
        who: Version,
        how: Policy | None = None,
        observer: effects.Observer | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> rollout.Outcome:
        session = self.session(observer)
        with lease.hold(session) as held:
            return rollout.roll_out(session, NAME, who, how or policy(), held, tags=tags)

    def back(self, observer: effects.Observer | None = None) -> rollout.Outcome:
        session = self.session(observer)
        with lease.hold(session) as held:
            return rollout.roll_back(session, NAME, held)

    def down(self, observer: effects.Observer | None = None) -> rollout.Outcome:
        session = self.session(observer)
        with lease.hold(session) as held:
            return rollout.take_down(session, NAME, held)

    def behave(self, digest: str, **how: object) -> None:
        self.cloud.version(digest, VersionBehaviour(**how))  # type: ignore[arg-type]

    def stands(self) -> dict[str, object]:
        """What the cloud and the holds look like: who sits where in which size, and the shares."""
        endpoint = self.cloud.endpoints.get(NAME)
        seats = {
            slot: (seat.version.digest, seat.version.min, seat.version.max)
            for slot, seat in (endpoint.seats.items() if endpoint else ())
        }
        return {
            "seats": seats,
            "traffic": dict(endpoint.traffic) if endpoint else None,
            "native": bool(endpoint and endpoint.native),
            "holds": sorted(entry.key for entry in self.store.list("holds/")),
        }

    def writes(self, since: int = 0) -> list[tuple[str, str]]:
        return [(write.op, write.detail) for write in self.cloud.writes[since:]]

    def serving(self, *digests: str, load: float = 20.0, **fields: object) -> World:
        """Bring these versions in, one after the other, with people calling the endpoint from then on."""
        for digest in digests:
            self.up(version(digest, **fields))
            self.cloud.load(NAME, load)
        return self


def killed_everywhere(prepare: Callable[[], World], act: Callable[[World, effects.Observer | None], object]) -> int:
    """For every n: kill `act` after its n-th effect, do it again, and compare with the world of an `act` that nobody killed.

    Returns how many kill points there were. `act` answers with the error's name where it fails.
    """
    whole, counted = prepare(), Killer()
    before = len(whole.cloud.writes)
    act(whole, counted)
    expected, fewest = whole.stands(), len(whole.cloud.writes) - before
    for after in range(1, len(counted.effects) + 1):
        world = prepare()
        try:
            act(world, Killer(after))
        except Killed:
            pass
        else:
            raise AssertionError(f"not killed after effect {after}")
        # Killed after its last word, it was over: a failed first version is then simply tried once more.
        over = [entry.kind for entry in ledger.of(world.session()).history()][-1:] == ["done"]
        world.clock.advance(lease.LENGTH * 2)  # the dead owner's lock ends by itself
        act(world, None)
        at = f"killed after effect {after}: {counted.effects[after - 1]}"
        assert world.stands() == expected, at
        again = len(world.cloud.writes) - before
        assert again <= fewest * (2 if over else 1), f"{at}: {again} writes instead of {fewest}: {world.writes(before)}"
    return len(counted.effects)

"""Packs: the same truth by few calls, whatever happened to the pack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fakes.statekit import NEW, OLD, World, version

from tradewind.engine import claims, ledger, packs
from tradewind.engine.packs import Pack
from tradewind.errors import StorageError
from tradewind.storage.base import Entry
from tradewind.storage.memory import MemoryStore


class Counting:
    """A store's small objects, with what was asked for."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.asked: Counter[str] = Counter()

    def get(self, key: str) -> bytes:
        self.asked[key] += 1
        return self._store.get(key)

    def put(self, key: str, data: bytes) -> Entry:
        return self._store.put(key, data)

    def list(self, prefix: str = "") -> Iterator[Entry]:
        return self._store.list(prefix)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


@pytest.fixture
def store() -> Counting:
    return Counting(MemoryStore())


def filled(store: Counting, count: int) -> dict[str, bytes]:
    objects = {f"room/{number:03d}": b"{}" if number % 2 else b"\xff\x00 no text" for number in range(count)}
    for key, data in objects.items():
        store.put(key, data)
    return objects


def test_objects_come_by_one_call_once_they_are_packed(store: Counting) -> None:
    objects = filled(store, 100)
    first = Pack(store, "room")  # type: ignore[arg-type]
    assert first.get(list(store.list("room/"))) == objects
    assert first.loose == 100
    first.write()
    assert first.loose == 0
    store.asked.clear()
    late = {f"room/{number}": b"late" for number in (500, 501)}
    for key, data in late.items():
        store.put(key, data)
    second = Pack(store, "room")  # type: ignore[arg-type]
    assert second.get(list(store.list("room/"))) == {**objects, **late}
    assert store.asked == {"packs/room.json": 1, "room/500": 1, "room/501": 1}
    assert second.loose == 2


def test_an_object_that_was_made_anew_is_read_itself_and_one_that_is_gone_is_gone(store: Counting) -> None:
    filled(store, 4)
    pack = Pack(store, "room")  # type: ignore[arg-type]
    pack.get(list(store.list("room/")))
    pack.write()
    store.put("room/001", b"other")
    store._store.delete("room/002")
    found = Pack(store, "room").get(list(store.list("room/")))  # type: ignore[arg-type]
    assert found["room/001"] == b"other"
    assert "room/002" not in found


@pytest.mark.parametrize(
    "torn", [b"", b"{", b"[]", b"null", b'{"schema": "tradewind/pack/1", "objects": {"room/000": 3}}',
             b'{"schema": "tradewind/pack/9", "objects": {"room/000": ["x", "y"]}}']
)  # fmt: skip
def test_a_torn_pack_costs_calls_and_nothing_else(store: Counting, torn: bytes) -> None:
    objects = filled(store, 3)
    store.put("packs/room.json", torn)
    assert Pack(store, "room").get(list(store.list("room/"))) == objects  # type: ignore[arg-type]


def test_a_pack_that_cannot_be_written_is_no_error(store: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(store, 3)
    pack = Pack(store, "room")  # type: ignore[arg-type]
    pack.get(list(store.list("room/")))

    def refuse(key: str, data: bytes) -> Entry:
        raise StorageError("permission", "read only")

    monkeypatch.setattr(store, "put", refuse)
    pack.write()
    assert pack.loose == 3


def test_after_a_rollout_the_ledger_is_read_by_two_calls() -> None:
    world = World()
    for digest in (OLD, NEW, OLD):
        world.up(version(digest))
    session = world.session()
    whole = ledger.of(session).read()
    assert len(whole.entries) > 10
    counting = Counting(world.store)  # type: ignore[arg-type]
    again = ledger.Ledger(counting, settings=session.info.settings).read()  # type: ignore[arg-type]
    assert again == whole
    assert counting.asked == {"packs/ledger.json": 1}


def test_runs_that_have_ended_are_read_without_their_claims() -> None:
    world = World()
    session = world.session()
    for number in range(packs.ENOUGH + 3):
        digest = f"sha256:{number:064x}"
        claims.finish(session, claims.claim(session, digest), "succeeded", model=f"file:///{number}")
        world.clock.advance(timedelta(seconds=1))
        if number == packs.ENOUGH:
            claims.pack(session)
    every = claims.every(session)
    assert [one.model for one in every] == [f"file:///{number}" for number in range(packs.ENOUGH + 3)]
    assert all(one.owner and one.name and not one.mine for one in every)
    store, asked = session.store, Counting(world.store)  # type: ignore[arg-type]
    object.__setattr__(session, "store", asked)
    assert claims.every(session) == every
    object.__setattr__(session, "store", store)
    ends = [key for key in asked.asked if key.endswith(".end.json")]
    assert (asked.asked["packs/runs.json"], len(ends), len(asked.asked)) == (1, 2, 3)


def test_an_end_that_does_not_say_whose_it_was_sends_to_the_claim() -> None:
    world = World()
    session = world.session()
    attempt = claims.claim(session, OLD)
    old = b'{"schema": "tradewind/run-end/1", "outcome": "succeeded", "model": "file:///m", "reason": ""}'
    world.store.put(f"runs/{OLD.removeprefix('sha256:')}/0001.end.json", old)
    (found,) = claims.attempts(session, OLD)
    assert (found.outcome, found.owner, found.name, found.pid) == (
        "succeeded",
        attempt.owner,
        attempt.name,
        attempt.pid,
    )

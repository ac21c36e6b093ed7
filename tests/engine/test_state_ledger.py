"""Ledger, holds and wire: what is written can be read, what cannot be read is said, a newer tool's is left alone."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.provider import FakeSettings
from fakes.statekit import NAME, NEW, OLD, World, policy, version
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from tradewind.engine import holds, ledger, wire
from tradewind.engine.ledger import Entry, Ledger, Note
from tradewind.errors import RefusedError
from tradewind.spec.loading import loads
from tradewind.storage.memory import MemoryStore
from tradewind.values import (
    Artifact,
    Container,
    Hardware,
    Machine,
    Policy,
    Serving,
    Version,
)

texts = st.text(max_size=12)
spans = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3))
counts = st.integers(min_value=0, max_value=2**40)
rates = st.floats(min_value=0, max_value=1)
versions = st.builds(
    Version,
    slot=st.sampled_from("ab"),
    digest=texts,
    container=st.builds(
        Container,
        image=texts,
        machine=st.builds(Machine, texts, rates, rates, st.none() | texts, counts),
        hardware=st.builds(Hardware, gpus=st.lists(st.tuples(texts, counts), max_size=2).map(tuple)),
        env=st.dictionaries(texts, texts, max_size=3),
        secrets=st.dictionaries(texts, texts, max_size=3),
        code=st.none() | st.builds(Artifact, texts, texts),
        python=st.none() | texts,
        options=st.none() | st.builds(FakeSettings, region=texts),
    ),
    model=st.builds(Artifact, texts, texts),
    serving=st.builds(Serving, handler=st.none() | texts, timeout=spans, startup_timeout=spans),
    min=counts,
    max=counts,
    target=st.none() | counts,
    scale_on=st.dictionaries(texts, rates, max_size=2),
    cooldown=st.none() | spans,
)
policies = st.builds(
    Policy,
    strategy=st.sampled_from(["canary", "linear", "blue_green", "all_at_once"]),
    steps=st.lists(st.integers(1, 99), max_size=4).map(tuple),
    bake=spans,
    max_bake=spans,
    min_requests=counts,
    keep=spans,
    error_rate=st.none() | rates,
    p95=st.none() | spans,
    on_orphan=st.sampled_from(["revert", "finish"]),
    probe=st.none() | texts,
)


@settings(max_examples=60, deadline=None)
@given(made=versions, how=policies)
def test_versions_and_policies_survive_the_ledger(made: Version, how: Policy) -> None:
    book = Ledger(MemoryStore(), "tester", FakeSettings)
    start = Entry("start", NAME, style="update", digest=made.digest, version=made, previous=made, policy=how)
    written = book.append(start)
    (read,) = Ledger(book._store, "", FakeSettings).history()
    assert read == written
    assert (read.version, read.previous, read.policy) == (made, made, how)


class Block(BaseModel):
    keep_alive: timedelta = timedelta(0)


class Cloud(BaseModel):
    train: Block | None = None
    serve: tuple[Block, ...] = ()


def test_options_come_back_in_their_own_class_or_at_least_as_values() -> None:
    options = Block(keep_alive=timedelta(minutes=10))
    made = version(OLD)
    made = replace(made, container=replace(made.container, options=options))
    data = json.loads(json.dumps(wire.dump_version(made)))
    assert wire.load_version(data, Cloud) == made
    strange = wire.load_version(data, FakeSettings).container.options
    assert isinstance(strange, wire.Options)
    assert strange.model_dump() == {"keep_alive": timedelta(minutes=10)}


@pytest.mark.parametrize(
    ("cloud", "block"),
    [
        ("aws", "{region: us-east-1, train: {keep_alive: 10m, subnets: [subnet-0abc1234]}}"),
        ("gcp", "{project: acme-ml, region: us-central1}"),
        ("azure", "{}"),
        ("local", "{}"),
    ],
)
def test_the_clouds_own_blocks_come_back_as_they_were(cloud: str, block: str) -> None:
    spec = loads(
        f"name: x\nprovider: {cloud}\n{cloud}: {block}\ntrain: {{command: python a.py}}\n", "deploy.yaml", environ={}
    )
    whole = spec.block(cloud)
    assert whole is not None
    for options in (whole, *(part for _, part in whole if isinstance(part, BaseModel))):
        made = version(OLD)
        made = replace(made, container=replace(made.container, options=options))
        data = json.loads(json.dumps(wire.dump_version(made)))
        assert wire.load_version(data, type(whole)) == made


def test_numbers_are_in_order_and_two_writers_never_overwrite_each_other() -> None:
    store = MemoryStore()
    threads = [
        threading.Thread(
            target=lambda name=f"w{n}": [Ledger(store, name).append(Entry("trained", OLD)) for _ in range(5)]
        )
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = Ledger(store).history()
    assert [entry.number for entry in entries] == list(range(1, 41))
    assert {entry.who: sum(one.who == entry.who for one in entries) for entry in entries} == {
        f"w{n}": 5 for n in range(8)
    }


def test_an_append_that_is_repeated_after_a_lost_answer_is_one() -> None:
    book = Ledger(MemoryStore())
    once = book.append(Entry("trained", OLD, token="mine"))
    assert book.append(Entry("trained", OLD, token="mine")) == once
    assert len(book.history()) == 1


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"\x00\xff\xfe",
        b"[]",
        b"null",
        b'{"schema": "tradewind/ledger/1"}',
        b'{"schema": "x"}',
        b"[" * 100_000,
    ],
)
def test_damaged_objects_are_skipped_and_reported_and_stay(damage: bytes) -> None:
    world = World().serving(OLD, NEW)
    book = ledger.of(world.session())
    last = book.history()[-1].number
    world.store.put(f"ledger/{last + 1:08d}.json", damage)
    world.store.put("ledger/notes.txt", b"nothing of ours")
    reading = ledger.of(world.session()).read()
    assert [entry.number for entry in reading.entries] == list(range(1, last + 1))
    assert {lost.key for lost in reading.unreadable} == {f"ledger/{last + 1:08d}.json", "ledger/notes.txt"}
    assert book.append(Entry("trained", OLD)).number == last + 2
    assert world.store.get(f"ledger/{last + 1:08d}.json") == damage
    assert world.up(version(NEW)).did == "unchanged"
    assert "ledger.unreadable" in {event.kind for event in world.events}


def test_every_single_object_may_be_lost_and_the_next_version_still_comes_in() -> None:
    numbers = [entry.number for entry in ledger.of(World().serving(OLD, NEW).session()).history()]
    third = "sha256:" + "c" * 64
    for number in numbers:
        world = World().serving(OLD, NEW)
        world.store.put(f"ledger/{number:08d}.json", b"{truncated")
        assert world.up(version(third)).digest == third
        assert world.stands()["traffic"] in ({"a": 100}, {"b": 100})


def test_a_newer_tools_ledger_is_read_and_not_written() -> None:
    world = World().serving(OLD)
    book = ledger.of(world.session())
    known = json.loads(world.store.get("ledger/00000001.json"))
    world.store.put("ledger/00000090.json", json.dumps({**known, "schema": "tradewind/ledger/2", "fresh": 1}).encode())
    world.store.put("ledger/00000091.json", json.dumps({"schema": "tradewind/ledger/3", "all": "new"}).encode())
    reading = book.read()
    assert reading.newer
    assert reading.entries[-1].number == 90
    assert [lost.key for lost in reading.unreadable] == ["ledger/00000091.json"]
    cloud, objects = len(world.cloud.writes), [entry.key for entry in world.store.list("ledger/")]
    with pytest.raises(RefusedError) as caught:
        world.up(version(NEW))
    assert caught.value.code == "TW512"
    assert len(world.cloud.writes) == cloud
    assert [entry.key for entry in world.store.list("ledger/")] == objects


def test_who_what_and_why_are_remembered() -> None:
    world = World()
    note = Note(commit="abc", run="sha256:run", model="memory://m", price="0.12 USD/h", details={"bundle": "sha256:x"})
    ledger.of(world.session()).append(Entry("trained", OLD, note=note))
    (entry,) = ledger.of(world.session()).history()
    assert (entry.who, entry.note, entry.time) == ("tester", note, world.clock.now())


def test_holds_are_put_once_and_released_with_a_record() -> None:
    world = World()
    session = world.session()
    first = holds.hold(session, OLD, "error rate 20 %")
    assert holds.hold(session, OLD, "something else") == first
    world.store.put(f"holds/{'b' * 64}.json", b"{")
    assert [hold.reason[:7] for hold in holds.every(session)] == ["unknown", "error r"]
    damaged = holds.held(session, NEW)
    assert damaged is not None, "a damaged hold still holds"
    assert holds.release(session, NEW) == damaged
    assert holds.release(session, OLD) == first
    assert holds.release(session, OLD) is None
    assert [entry.kind for entry in ledger.of(session).history()] == ["released", "released"]


def test_a_rollout_s_policy_can_be_rebuilt_from_the_ledger_alone() -> None:
    how = policy(steps=(20,), error_rate=0.05, on_orphan="finish")
    world = World()
    world.up(version(OLD), how)
    start = ledger.of(world.session()).history()[0]
    assert start.policy == how
    assert start.version == replace(version(OLD), slot="a")

"""How much is asked for where nothing is to be done: each call to a cloud's store takes its time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.server import FakeServer
from fakes.stage import Stage

from tradewind.engine import apply
from tradewind.storage.base import Store


class Counting:
    """The store; what is asked of it is written down."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name == "uri":
            return found

        def told(*given: Any) -> Any:
            self.asked.append(f"{name} {given[0] if given else ''}".rstrip())
            return found(*given)

        return told


def test_an_up_with_nothing_to_do_asks_for_little_and_writes_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = ("train.parameters.epochs=3", "serve.rollout.keep=0s")
    stage.up()
    stage.up(*sets)
    looks: list[str] = []
    observe = FakeServer.observe
    monkeypatch.setattr(FakeServer, "observe", lambda self, name: (looks.append(name), observe(self, name))[1])
    work = stage.work(*sets)
    session = stage.session(work)
    store = Counting(session.store)
    again = apply.up(work, replace(session, store=store))  # type: ignore[arg-type]
    assert not again.changed
    assert again.train is not None
    assert again.train.reused
    assert again.train.job.state == "succeeded"
    run = again.run.removeprefix("sha256:")
    assert store.asked == [
        "list ledger/",
        "get packs/ledger.json",
        f"list runs/{run}/",
        f"get runs/{run}/0001.end.json",
    ]
    assert len(looks) == 1

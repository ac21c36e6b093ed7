"""Machines in the flow: chosen by price where the spec stands, pinned with the catalogue's date, moved by an upgrade only."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.machines import ALL, MIDDLE
from fakes.priced import Book, PricedInfo, PricedSettings, install
from fakes.stage import Stage

from tradewind.engine import pins, plan
from tradewind.engine.open import Work
from tradewind.errors import RefusedError
from tradewind.spec.loading import loads
from tradewind.spec.lock import DeployLock, LockedTarget

SMALL_IS_CHEAP = Book({"here-1": ALL, "home-1": ALL}, "2026-09-01")
MIDDLE_IS_CHEAP = Book({"here-1": (MIDDLE, *(it for it in ALL if it != MIDDLE)), "home-1": ALL}, "2026-10-01")


@pytest.fixture
def priced(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    install(monkeypatch)
    stage.info = PricedInfo(stage.cloud)
    return stage


def work(stage: Stage, book: Book, *sets: str, **said: Any) -> Work:
    text = (stage.root / "deploy.yaml").read_text()
    spec = loads(text, sets=sets, environ={}, blocks={"fake": PricedSettings})
    made = Work(spec, stage.root / "deploy.yaml", info=stage.info, environ={}, **said)
    made.__dict__["book"] = book  # as its cached property would hold it
    return made


def target(stage: Stage) -> LockedTarget:
    found = DeployLock.read(stage.root).target("default", "fake")
    assert found is not None
    return found


def test_the_cheapest_where_the_ground_lies_is_pinned_with_the_date_of_its_price(priced: Stage) -> None:
    made = plan.make(work(priced, MIDDLE_IS_CHEAP))
    assert made.machine is not None
    assert made.machine.id == "middle"
    pins.refresh(work(priced, SMALL_IS_CHEAP))
    assert target(priced).train.machine == "small"  # type: ignore[union-attr]  # there is one
    assert target(priced).catalogue == "2026-09-01"


def test_newer_prices_change_nothing_until_an_upgrade_which_tells_what_it_changes(priced: Stage) -> None:
    pins.refresh(work(priced, SMALL_IS_CHEAP))
    assert not pins.refresh(work(priced, MIDDLE_IS_CHEAP)).changed
    assert not plan.make(work(priced, MIDDLE_IS_CHEAP, locked=True)).refusals
    upgraded = pins.refresh(work(priced, MIDDLE_IS_CHEAP, upgrade=True))
    changes = {change.path: (change.before, change.after) for change in upgraded.changes}
    assert changes["train.machine"] == ("small", "middle")
    assert changes["serve.machine"] == ("small", "middle")
    assert changes["catalogue"] == ("2026-09-01", "2026-10-01")


def test_a_lock_of_before_catalogues_stays_as_it_is(priced: Stage) -> None:
    pins.refresh(work(priced, SMALL_IS_CHEAP))
    lock = DeployLock.read(priced.root)
    lock.with_target("default", "fake", target(priced).model_copy(update={"catalogue": None})).write(priced.root)
    assert not plan.make(work(priced, MIDDLE_IS_CHEAP, locked=True)).refusals


def test_a_machine_named_in_the_spec_is_no_choice_of_ours(priced: Stage) -> None:
    pins.refresh(work(priced, SMALL_IS_CHEAP))
    made = plan.make(work(priced, SMALL_IS_CHEAP, "fake.machine=l4"))
    assert made.machine is not None
    assert made.machine.id == "l4"
    named = pins.refresh(work(priced, MIDDLE_IS_CHEAP, "fake.machine=l4"))
    assert ("serve.machine", "small", "l4") in [(c.path, c.before, c.after) for c in named.changes]
    assert target(priced).catalogue == "2026-09-01"  # no price decided anything


def test_a_name_that_nobody_knows_is_noted_once(priced: Stage) -> None:
    notes = plan.make(work(priced, SMALL_IS_CHEAP, "fake.machine=midle")).notes
    assert [note for note in notes if "did you mean middle?" in note] == [
        f"fake.{use}: Fake cloud has no midle that is known here, nor its price; did you mean middle?"
        for use in ("train", "serve")
    ]


def test_nothing_that_fits_is_pinned_and_the_nearest_are_told(priced: Stage) -> None:
    with pytest.raises(RefusedError) as caught:
        pins.refresh(work(priced, SMALL_IS_CHEAP, "serve.hardware.gpu=MI300X"))
    assert caught.value.code == "TW203"
    assert "the nearest are" in str(caught.value)
    assert not (priced.root / "deploy.lock").exists()

"""On a ground that was given - an emulated account - the real target's pins are obeyed, and nothing is remembered of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.provider import FakeInfo
from fakes.stage import Stage

from tests.engine.flow.test_pins import Renewed
from tradewind.engine import pins, plan
from tradewind.errors import RefusedError
from tradewind.spec.lock import DeployLock
from tradewind.values import Foundation


@pytest.fixture
def ground(tmp_path: Path) -> Foundation:
    return Foundation((tmp_path / "emulated").as_uri(), "us-east-1", {"runtime_role": "r"}, "the sandbox")


def test_it_wins_over_every_word_of_the_spec(stage: Stage, ground: Foundation) -> None:
    work = stage.work("foundation.root=s3://theirs/x", ground=ground)
    assert work.foundation == ground
    session = stage.session(work)
    assert session.store.uri.startswith(ground.root)
    assert session.identity.region == "us-east-1"


def test_an_up_leaves_deploy_lock_as_it_was(stage: Stage, ground: Foundation) -> None:
    result = stage.up(ground=ground)
    assert result.changed
    assert not (stage.root / "deploy.lock").exists()
    stage.up()
    before = (stage.root / "deploy.lock").read_bytes()
    stage.up("train.parameters.epochs=30", ground=ground)
    assert (stage.root / "deploy.lock").read_bytes() == before


def test_the_pins_of_the_real_target_are_what_is_rehearsed(stage: Stage, ground: Foundation) -> None:
    real = stage.up()
    newer = Renewed(stage.cloud)
    assert stage.plan(info=newer, ground=ground).version == real.version
    assert not stage.plan(info=newer, ground=ground, locked=True).refusals
    stage.write("data/churn.csv", "a,b\n3,4\n")
    with pytest.raises(RefusedError, match=r"inputs\.train"):
        stage.up(info=newer, ground=ground, locked=True)


def test_who_serves_for_real_is_no_news_in_a_rehearsal(stage: Stage, ground: Foundation) -> None:
    lock = DeployLock().with_last_provider("default", "elsewhere")
    lock.write(stage.root)
    assert any("elsewhere" in note for note in stage.plan().notes)
    assert not any("elsewhere" in note for note in stage.plan(ground=ground).notes)
    pins.forget(stage.work(ground=ground))
    assert DeployLock.read(stage.root).last_provider("default") == "elsewhere"


def test_the_other_columns_stand_on_their_own_ground(stage: Stage, ground: Foundation) -> None:
    from tradewind.providers import registry
    from tradewind.providers.registry import Entry

    with registry.registered(Entry("fake", "fakes.provider:FakeInfo"), FakeInfo(stage.cloud)):
        made = plan.plan_all(stage.work("provider=fake", ground=ground))
    regions = {one.provider: one.region for one in made.plans}
    assert regions["fake"] == "us-east-1"
    assert regions["local"] == ""

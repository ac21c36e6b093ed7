"""A target that runs rollouts by itself: the same outcomes, and its limits are losses of the plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.provider import FakeCloud, FakeInfo
from fakes.stage import FakeClock, Stage

from tradewind.engine.open import Agreed

NEW = "train.parameters.epochs=30"


@pytest.fixture
def native(tmp_path: Path) -> Stage:
    cloud = FakeCloud(FakeClock())
    return Stage(tmp_path / "project", cloud=cloud, info=FakeInfo(cloud, native=True))


def test_steps_that_it_cannot_do_are_losses_once_there_is_a_version_to_compare_with(native: Stage) -> None:
    first = native.plan()
    assert first.losses == ()
    native.up()
    made = native.plan(NEW)
    assert made.rollout is not None
    assert made.rollout.native
    assert "without traffic a new version is judged by its health alone" in made.notes
    assert [loss.path for loss in made.losses] == ["serve.rollout.steps"]
    assert [refusal.code for refusal in made.refusals] == ["TW048"]
    result = native.up(NEW, agreed=Agreed(accept=frozenset({"serve.rollout.steps"})))
    assert result.version == made.version


def test_a_policy_that_was_written_down_counts_from_the_first_plan(native: Stage) -> None:
    assert [loss.path for loss in native.plan("serve.rollout.steps=[10,50]").losses] == ["serve.rollout.steps"]
    assert native.plan("serve.rollout.steps=[10]").losses == ()


def test_steps_that_nobody_wrote_are_those_that_it_can_do(tmp_path: Path) -> None:
    cloud = FakeCloud(FakeClock())
    info = FakeInfo(cloud, native=True)
    info.traits = replace(info.traits, canary=(10,))
    stage = Stage(tmp_path / "project", cloud=cloud, info=info)
    stage.up("serve.rollout.bake=1m")
    made = stage.plan("serve.rollout.bake=1m", NEW)
    assert made.rollout is not None
    assert (made.rollout.steps, made.losses) == ((10,), ())
    assert [loss.path for loss in stage.plan("serve.rollout.steps=[10,50]").losses] == ["serve.rollout.steps"]


def test_an_identical_up_is_not_asked_about_steps_that_it_does_not_take(native: Stage) -> None:
    native.up()
    assert not native.up().changed
    assert not native.plan().refusals


def test_a_probe_that_is_never_sent_is_a_loss(native: Stage) -> None:
    native.write("probe.json", "[]")
    probed = ("serve.rollout.steps=[10]", "serve.rollout.probe=probe.json")
    assert [loss.path for loss in native.plan(*probed).losses] == ["serve.rollout.probe"]


def test_what_it_does_not_wait_for_is_said(native: Stage) -> None:
    """SageMaker goes on where the engine would fail for want of requests."""
    native.up()
    said = [note for note in native.plan(NEW, "serve.rollout.min_requests=200").notes if "min_requests" in note]
    assert len(said) == 1
    assert "(200)" in said[0]
    assert not [note for note in native.plan(NEW, "serve.rollout.min_requests=0").notes if "min_requests" in note]


def test_the_peak_has_as_many_new_replicas_as_the_old_version_has_become(native: Stage) -> None:
    sized = "serve.replicas={min: 1, max: 4, target: {concurrency: 8}}"
    native.up(sized)
    seats = next(iter(native.cloud.endpoints.values())).seats
    next(iter(seats.values())).now = 3
    assert native.plan(NEW, sized).cost.peak_replicas == 6


def test_the_document_carries_what_will_be_done_and_what_was_asked_for(native: Stage) -> None:
    native.up()
    made = native.plan(NEW, "serve.rollout={steps: [10, 50], bake: 30s}").rollout
    assert made is not None
    assert made.asked is not None
    assert (made.steps, made.bake_seconds) == ((10,), 60)
    assert (made.asked.steps, made.asked.bake_seconds) == ((10, 50), 30)
    as_asked = native.plan(NEW, "serve.rollout={steps: [10], bake: 90s}").rollout
    assert as_asked is not None
    assert (as_asked.steps, as_asked.bake_seconds, as_asked.asked) == ((10,), 90, None)


def test_a_bake_that_the_target_makes_longer_is_said_and_nothing_to_agree_to(native: Stage) -> None:
    native.up()
    short = native.plan(NEW, "serve.rollout={steps: [10], bake: 30s}")
    assert [note for note in short.notes if note.startswith("bake 30s becomes 1m: ")]
    assert not short.losses
    assert not [note for note in native.plan(NEW, "serve.rollout={steps: [10], bake: 2m}").notes if "becomes" in note]

"""deploy.lock in the flow: what is pinned stays, until somebody upgrades; --locked writes and resolves nothing anew."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.provider import FakeInfo
from fakes.stage import Stage

from tradewind.engine import pins, train
from tradewind.errors import RefusedError
from tradewind.spec.lock import DeployLock
from tradewind.values import Machine


class Renewed(FakeInfo):
    """The same cloud a year later: another machine is the cheapest, and images are newer."""

    def machine(self, need, settings, use):
        return replace(super().machine(need, settings, use), id="fake-new")

    def image(self, framework, version, machine, use):
        return f"{super().image(framework, version, machine, use)}-new"


def test_refresh_writes_what_was_resolved_and_then_nothing(stage: Stage) -> None:
    first = pins.refresh(stage.work())
    assert first.changed
    target = DeployLock.read(stage.root).target("default", "fake")
    assert target is not None
    assert target.train is not None
    assert target.train.machine == "fake-standard"
    assert target.train.image == "registry.fake/train-sklearn:1"
    assert target.inputs["train"].startswith("sha256:")
    again = pins.refresh(stage.work())
    assert not again.changed
    assert again.changes == ()


def test_a_newer_image_or_machine_changes_nothing_until_an_upgrade(stage: Stage) -> None:
    pins.refresh(stage.work())
    before, info = stage.plan(), Renewed(stage.cloud)
    after = stage.plan(info=info)
    assert (after.run, after.version) == (before.run, before.version)
    assert after.machine == before.machine
    upgraded = stage.plan(info=info, upgrade=True)
    assert upgraded.run != before.run
    assert upgraded.machine is not None
    assert upgraded.machine.id == "fake-new"
    result = pins.refresh(stage.work(info=info, upgrade=True))
    assert ("train.machine", "fake-standard", "fake-new") in [(c.path, c.before, c.after) for c in result.changes]
    assert stage.plan(info=info).run == upgraded.run


def test_a_pin_ends_where_something_else_is_asked_for(stage: Stage) -> None:
    pins.refresh(stage.work())
    made = stage.plan("serve.hardware.gpu=L4")
    assert made.machine is not None
    assert made.machine.id == "fake-standard-l4x1"


def test_locked_refuses_what_is_not_in_the_file(stage: Stage) -> None:
    made = stage.plan(locked=True)
    assert [refusal.code for refusal in made.refusals] == ["TW055"]
    pins.refresh(stage.work())
    assert not stage.plan(locked=True).refusals
    stage.write("data/churn.csv", "changed\n")
    made = stage.plan(locked=True)
    assert [refusal.code for refusal in made.refusals] == ["TW055"]
    assert "inputs.train" in made.refusals[0].message
    with pytest.raises(RefusedError) as caught:
        pins.refresh(stage.work(locked=True))
    assert caught.value.code == "TW055"


def test_locked_never_writes(stage: Stage) -> None:
    pins.refresh(stage.work())
    before = (stage.root / "deploy.lock").read_bytes()
    work = stage.work(locked=True)
    train.run(work, stage.session(work))
    assert (stage.root / "deploy.lock").read_bytes() == before


def test_a_move_says_that_the_old_endpoint_still_bills(stage: Stage) -> None:
    DeployLock().with_last_provider("default", "aws").write(stage.root)
    notes = stage.plan().notes
    assert any("aws" in note and "deploy down --provider aws" in note for note in notes)


def test_nothing_that_does_not_fit_is_pinned(stage: Stage) -> None:
    with pytest.raises(RefusedError) as caught:
        pins.refresh(stage.work("serve.hardware.gpu=H100"))
    assert caught.value.code == "TW203"
    assert not (stage.root / "deploy.lock").exists()


def test_this_machine_is_pinned_without_its_shape(stage: Stage) -> None:
    class Here(FakeInfo):
        def machine(self, need, settings, use):
            return Machine("host", 7, 11)

    pins.refresh(stage.work(info=Here(stage.cloud, free=True)))
    assert "cpus" not in (stage.root / "deploy.lock").read_text()

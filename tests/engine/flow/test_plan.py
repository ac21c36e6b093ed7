"""What `up` would do, and what stands in its way."""

from __future__ import annotations

from fakes.stage import Stage


def kinds(plan) -> list[str]:
    return [action.kind for action in plan.actions]


def test_nothing_there_means_train_and_create(stage: Stage) -> None:
    plan = stage.plan()
    assert kinds(plan) == ["train", "create"]
    assert plan.changes
    assert plan.looked
    assert plan.endpoint == "churn"
    assert plan.cost.after.amount is None
    assert plan.cost.after.text == "unknown"
    assert not plan.refusals


def test_a_plan_writes_nothing_and_is_the_same_twice(stage: Stage) -> None:
    before = sorted(path for path in stage.root.rglob("*"))
    first = stage.plan()
    assert stage.plan() == first
    assert stage.cloud.writes == []
    assert sorted(path for path in stage.root.rglob("*")) == before
    assert list(stage.session().store.list()) == []

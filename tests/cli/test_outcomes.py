"""Plans that refuse, cost too much or ask, and a cloud that says no: what is shown, and what the process exits with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.cloud import FakeCloud
from fakes.provider import FakeInfo
from fakes.shell import deploy

from tradewind.errors import ProviderKind
from tradewind.providers import registry

SPEC = """\
name: churn
provider: fake
train: {{source: training/, command: python train.py, framework: sklearn{more}}}
{rest}
"""


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCloud]:
    """A paid cloud whose prices nobody knows."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "train.py").write_text("print()\n")
    info = FakeInfo()
    with registry.registered(registry.Entry("fake", "x:y", title="Fake cloud"), info):
        yield info.cloud


def spec(more: str = "", rest: str = "") -> None:
    Path("deploy.yaml").write_text(SPEC.format(more=more, rest=rest))


def test_an_unknown_price_is_shown_as_unknown_and_closes_the_budget(cloud: FakeCloud) -> None:
    spec()
    assert "unknown" in deploy("plan").out
    spec(rest="budget: {run: 20 USD}")
    said = deploy("plan", "-o", "json")
    assert said.code == 4
    assert said.json["over_budget"]
    assert deploy("plan", "--exit-code").code == 4
    refused = deploy("up", "--yes", "-o", "json")
    assert (refused.code, refused.json["kind"]) == (4, "budget")
    assert cloud.writes == []


def test_a_loss_is_shown_by_plan_and_refused_by_up_until_accepted(cloud: FakeCloud) -> None:
    spec(more=", spot: true, checkpoint: {}")
    plan = deploy("plan")
    assert plan.code == 0
    assert "--accept train.spot" in " ".join(plan.out.split())
    assert deploy("plan", "--exit-code").code == 3
    said = deploy("up", "--yes", "-o", "json")
    assert (said.code, said.json["kind"]) == (2, "refused")
    assert "--accept train.spot" in said.json["hint"]
    assert cloud.writes == []
    assert deploy("plan", "--accept", "train.spot", "-o", "json").json["refusals"] == []


def test_training_that_may_cost_something_is_asked_about(cloud: FakeCloud) -> None:
    spec()
    said = deploy("train", "run", "-o", "json")
    assert (said.code, said.json["code"]) == (2, "TW004")
    assert "unknown" in said.json["message"]
    assert "--yes" in said.json["hint"]
    assert cloud.writes == []


@pytest.mark.parametrize(("kind", "code"), [("quota", 5), ("credentials", 6), ("permission", 6), ("failed", 1)])
def test_what_the_cloud_says_no_to(cloud: FakeCloud, kind: ProviderKind, code: int) -> None:
    spec()
    cloud.faults.fail(1, kind)
    said = deploy("train", "run", "--yes", "-o", "json")
    assert (said.code, said.json["kind"]) == (code, kind), said.err
    assert said.json["code"].startswith("TW")


def test_all_providers_in_one_plan(cloud: FakeCloud) -> None:
    spec(more=", spot: true, checkpoint: {}")
    said = deploy("plan", "--all", "-o", "json")
    assert said.code == 0
    assert {one["provider"] for one in said.json["plans"]} >= {"fake", "local", "aws", "gcp"}
    shown = deploy("plan", "--all").out
    assert "Fake cloud" in shown
    assert "needs your agreement" in shown
    assert deploy("plan", "--all", "--exit-code").code == 3


@pytest.mark.parametrize("verb", [["plan"], ["status"], ["train", "list"], ["endpoint", "status"]])
def test_looking_writes_nothing(cloud: FakeCloud, verb: list[str]) -> None:
    spec()
    before = sorted(str(p) for p in Path().rglob("*"))
    assert deploy(*verb).code == 0
    assert sorted(str(p) for p in Path().rglob("*")) == before
    assert cloud.writes == []


def test_what_the_plan_above_has_said_is_not_said_again(cloud: FakeCloud) -> None:
    spec(more=", hardware: {gpu: H100}")
    blocked = deploy("up", "--yes")
    (stop,) = deploy("plan", "-o", "json").json["blockers"]
    assert blocked.code == 2
    assert " ".join(blocked.err.split()).count(stop["message"]) == 1
    assert "see above" in blocked.err
    assert f"deploy explain {stop['code']}" in blocked.err
    assert stop["message"] in deploy("up", "--yes", "-o", "json").json["message"]


def test_every_error_has_something_to_try_next(cloud: FakeCloud) -> None:
    spec()
    cloud.faults.fail(1, "invalid")
    said = deploy("train", "run", "--yes", "-o", "json")
    assert said.code == 2
    assert "deploy plan" in said.json["hint"]

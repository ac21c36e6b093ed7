"""A plan for Vertex AI, from deploy.yaml to the document: machine, image, price, losses, and no account anywhere."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes.shell import deploy

SPEC = """\
name: churn
provider: gcp
train: {source: training, command: python train.py, framework: sklearn, hardware: {cpus: 4}}
serve: {model: train, framework: sklearn, replicas: {min: 1, max: 4, target: {requests: 10}}}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "train.py").write_text("")
    (tmp_path / "deploy.yaml").write_text(SPEC)
    return tmp_path


def plan(*words: str) -> dict[str, Any]:
    said = deploy("plan", "-o", "json", *words)
    assert said.code == 0, said.err
    return said.json


def test_it_has_everything_but_a_look() -> None:
    made = plan()
    assert (made["provider"], made["looked"], made["blockers"]) == ("gcp", False, [])
    assert made["could_not_look"].startswith("Google Vertex AI: planning and prices only")
    assert [loss["path"] for loss in made["losses"]] == ["train.framework"]
    assert "2026-07-11" in made["losses"][0]["reason"]
    assert [action["kind"] for action in made["actions"]] == ["train", "create"]


def test_machines_have_a_price_with_its_source() -> None:
    made = plan()
    for price in (made["cost"]["after"], *(action["after"] for action in made["actions"])):
        assert Decimal(str(price["amount"])) > 0
        assert price["source"]
        assert price["date"] >= "2026"


def test_a_named_pair_of_machine_and_card_is_priced_as_such() -> None:
    dear = plan("--set", "gcp.serve.machine_type=n1-standard-8", "--set", "gcp.serve.accelerator=T4:2",
                "--set", "serve.framework=pytorch", "--set", "train.framework=pytorch")  # fmt: skip
    assert "n1-standard-8+T4:2" in str(dear)
    assert Decimal(str(dear["cost"]["after"]["amount"])) > Decimal(str(plan()["cost"]["after"]["amount"]))


def test_the_region_decides_the_price(monkeypatch: pytest.MonkeyPatch) -> None:
    home = plan()["cost"]
    monkeypatch.setenv("CLOUDSDK_COMPUTE_REGION", "europe-west4")
    assert plan()["cost"] != home
    assert plan("--set", "gcp.region=us-central1")["cost"] == home


def test_a_foundation_of_another_cloud_is_no_ground_here(project: Path) -> None:
    (project / "deploy.yaml").write_text(SPEC + "foundation: {root: 's3://acme/tradewind'}\n")
    made = plan()
    assert made["blockers"] == []
    assert "s3://" not in str(made["losses"])
    (project / "deploy.yaml").write_text(SPEC + "foundation: {root: 'gs://acme/tradewind'}\n")
    assert [loss["path"] for loss in plan()["losses"]] == ["train.framework"]


def test_an_image_of_ones_own_loses_nothing(project: Path) -> None:
    own = "europe-west4-docker.pkg.dev/acme/ml/app:1"
    (project / "deploy.yaml").write_text(
        SPEC.replace("framework: sklearn, hardware", f"image: '{own}', hardware").replace(
            "framework: sklearn", f"image: {{gcp: '{own}'}}"
        )
    )
    made = plan()
    assert (made["losses"], made["refusals"], made["blockers"]) == ([], [], [])


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("train.hardware.gpu", "MI300X", "TW203"),
        ("train.framework", "lightgbm", "TW046"),
        ("train.hardware.cpus", "9000", "TW203"),
    ],
)
def test_what_cannot_be_had_stops_the_plan(key: str, value: str, code: str) -> None:
    assert code in {blocker["code"] for blocker in plan("--set", f"{key}={value}")["blockers"]}


def test_it_stands_beside_the_others() -> None:
    said = deploy("plan", "--all", "-o", "json")
    found = {one["provider"]: one for one in said.json["plans"]}
    assert not found["gcp"]["looked"]
    assert found["gcp"]["cost"]["after"]["amount"] is not None

"""A plan for Azure ML, from deploy.yaml to the document: machine, image, price, losses, and no account anywhere."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes.shell import deploy
from fakes.tools import ROOT

SPEC = """\
name: churn
provider: azure
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
    assert (made["provider"], made["looked"], made["blockers"]) == ("azure", False, [])
    assert made["could_not_look"].startswith("Azure Machine Learning: planning and prices only")
    assert (made["losses"], made["refusals"]) == ([], [])
    assert [action["kind"] for action in made["actions"]] == ["train", "create"]


def test_machines_have_a_price_with_its_source() -> None:
    made = plan()
    for price in (made["cost"]["after"], *(action["after"] for action in made["actions"])):
        assert Decimal(str(price["amount"])) > 0
        assert price["source"]
        assert price["date"] >= "2026"


def test_a_named_size_is_priced_as_such() -> None:
    dear = plan("--set", "azure.serve.vm_size=Standard_nc4as_t4_v3",
                "--set", "serve.framework=pytorch", "--set", "train.framework=pytorch")  # fmt: skip
    assert "Standard_NC4as_T4_v3" in str(dear)
    assert Decimal(str(dear["cost"]["after"]["amount"])) > Decimal(str(plan()["cost"]["after"]["amount"]))


def test_the_region_decides_the_price(monkeypatch: pytest.MonkeyPatch) -> None:
    home = plan()["cost"]
    monkeypatch.setenv("AZURE_DEFAULTS_LOCATION", "japaneast")
    assert plan()["cost"] != home
    assert plan("--set", "azure.region=eastus")["cost"] == home


def test_a_foundation_of_another_cloud_is_no_ground_here(project: Path) -> None:
    (project / "deploy.yaml").write_text(SPEC + "foundation: {root: 's3://acme/tradewind'}\n")
    made = plan()
    assert (made["blockers"], made["losses"]) == ([], [])
    (project / "deploy.yaml").write_text(SPEC + "foundation: {root: 'az://ml@acme/tradewind'}\n")
    made = plan()
    assert (made["blockers"], made["losses"]) == ([], [])


def test_an_image_with_a_server_of_its_own_loses_nothing(project: Path) -> None:
    (project / "deploy.yaml").write_text(SPEC.replace("framework: sklearn", "image: acme.azurecr.io/ml/app:1"))
    made = plan()
    assert (made["losses"], made["refusals"], made["blockers"]) == ([], [], [])


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("train.hardware.gpu", "TPU-V5E", "TW203"),
        ("train.framework", "huggingface", "TW046"),
        ("train.hardware.cpus", "9000", "TW203"),
        ("azure.serve.auth", "aad_token", ""),
    ],
)
def test_what_cannot_be_had_stops_the_plan(key: str, value: str, code: str) -> None:
    codes = {blocker["code"] for blocker in plan("--set", f"{key}={value}")["blockers"]}
    assert codes == ({code} if code else set())


def test_it_stands_beside_the_others() -> None:
    said = deploy("plan", "--all", "-o", "json")
    found = {one["provider"]: one for one in said.json["plans"]}
    assert not found["azure"]["looked"]
    assert found["azure"]["cost"]["after"]["amount"] is not None


def test_the_example_can_be_planned(project: Path) -> None:
    shutil.copytree(ROOT / "examples" / "tabular", project / "tabular")
    said = deploy("plan", "--provider", "azure", "-f", "tabular/deploy.yaml", "-o", "json")
    assert said.code == 0, said.err
    assert [loss["path"] for loss in said.json["losses"]] == ["serve.replicas.target.concurrency"]
    assert Decimal(str(said.json["cost"]["after"]["amount"])) > 0


def test_whatever_would_call_azure_says_that_it_comes_later() -> None:
    said = deploy("up", "--yes")
    assert said.code == 2
    assert "it connects in a later version" in said.err
    assert "Traceback" not in said.err


def test_its_abilities_are_listed() -> None:
    (one,) = deploy("providers", "azureml", "-o", "json").json["providers"]
    assert one["name"] == "azure"
    lacking = {it["name"] for it in one["capabilities"] if not it["can"]}
    assert lacking == {"autoscaling by concurrency", "scaling to zero"}

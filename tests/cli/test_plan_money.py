"""`deploy plan` with the shipped prices: what it says a cloud costs, what a budget does, and what is wrong in a price file."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.shell import deploy

SPEC = """\
name: photos
provider: aws
serve:
  model: ./model
  handler: serve.py
  framework: pytorch
  hardware: {gpu: T4, cpus: 4}
  replicas: {min: 1, max: 20, target: {concurrency: 8}}
"""


@pytest.fixture(autouse=True)
def _photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deploy.yaml").write_text(SPEC)
    Path("serve.py").write_text("def predict(model, inputs): return inputs\n")
    Path("model").mkdir()
    Path("model/weights").write_text("1")


def test_the_month_of_an_endpoint_as_text_and_as_json() -> None:
    text = " ".join(deploy("plan").out.split())
    assert "cost nothing → 0.7364 USD/h [prices of 2026-09-27]" in text
    assert "a month 537.57 to 10751.44 USD" in text
    month = deploy("plan", "-o", "json").json["cost"]["month"]
    assert (month["low"], month["expected"], month["high"]) == (537.572, 537.572, 10751.44)
    assert month["text"] in text


def test_a_discount_and_an_own_price() -> None:
    cost = deploy("plan", "-o", "json", "--set", "prices.discount.aws=10%").json["cost"]
    assert (cost["after"]["amount"], cost["after"]["derived"]) == (0.66276, True)
    assert [line["rule"] for line in cost["lines"]] == ["list - 10% (prices.discount.aws)"]
    Path("our.yaml").write_text("date: 2026-11-01\nprices: [{provider: aws, instance: ml.g4dn.*, amount: 0.5 USD}]\n")
    cost = deploy("plan", "-o", "json", "--set", "prices.file=our.yaml").json["cost"]
    assert (cost["after"]["amount"], cost["after"]["source"]) == (0.5, "our.yaml:2")


def test_a_price_file_that_is_wrong_exits_2_with_line_and_column() -> None:
    Path("our.yaml").write_text("date: 2026-11-01\nprices:\n  - {provider: aws, instance: a, amount: 5}\n")
    said = deploy("plan", "-o", "json", "--set", "prices.file=our.yaml")
    assert (said.code, said.json["code"]) == (2, "TW068")
    (problem,) = said.json["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == ("our.yaml", 3, 42)
    gone = deploy("plan", "--set", "prices.file=gone.yaml")
    assert gone.code == 2
    assert "gone.yaml is not there" in gone.err


@pytest.mark.parametrize(
    ("budget", "code"),
    [
        ("{month: 10752 USD}", 0),
        ("{month: 10751 USD}", 4),
        ("{month: 538 USD, basis: expected}", 0),
        ("{month: 537 USD, basis: expected}", 4),
        ("{month: 99999 EUR}", 4),
    ],
)
def test_a_budget(budget: str, code: int) -> None:
    assert deploy("plan", "--set", f"budget={budget}").code == code


def test_an_unknown_price_is_closed_until_it_is_accepted() -> None:
    words = ("plan", "--set", "budget.month=99999 USD", "--region", "eu-north-1")
    said = deploy(*words, "-o", "json")
    assert said.code == 4
    assert "no price of ml.g4dn.xlarge for serving in eu-north-1 is known" in said.json["over_budget"][0]
    assert said.json["cost"]["after"]["amount"] is None
    assert deploy(*words, "--accept", "price").code == 0
    assert deploy(*words, "--set", "accept.aws=[price]").code == 0


TRAIN = """\
name: large
provider: aws
train: {command: python train.py, framework: pytorch, hardware: {gpu: "H100:8"}, max_runtime: 1d, expected: 6h}
budget: {run: 500 USD, basis: expected}
"""


def test_an_endpoint_that_nobody_asked_for_is_not_called_free() -> None:
    Path("deploy.yaml").write_text(TRAIN)
    text = deploy("plan").out
    assert "training   63.30 USD/h" in text
    assert "free" not in text


def test_a_plan_an_estimate_and_a_comparison_say_the_same_of_a_run_that_its_budget_cuts() -> None:
    Path("deploy.yaml").write_text(TRAIN)
    plan, estimate = (deploy(*words, "-o", "json").json["cost"]["run"] for words in (["plan"], ["cost", "estimate"]))
    (target,) = deploy("cost", "compare", "--provider", "aws", "-o", "json").json["targets"]
    assert plan["high"] == estimate["high"] == target["train"]["amount"]["high"]
    assert 499 < plan["high"] <= 500


def test_a_machine_that_nobody_knows_has_no_size() -> None:
    words = ("--set", "aws.serve.instance_type=ml.zz9.large")
    text = deploy("plan", *words).out
    assert "ml.zz9.large" in text
    assert "0 CPUs" not in text
    assert "0 GiB" not in text  # what was asked for, it must have; of the rest nobody knows
    unknown = {"id": "ml.zz9.large", "cpus": None, "memory_gib": None, "gpu": None, "gpus": None}
    asked = {"cpus": 4, "gpu": "T4", "gpus": 1}
    assert deploy("plan", *words, "-o", "json").json["machine"] == unknown | asked
    Path("our.yaml").write_text(
        "date: 2026-11-01\nprices: [{provider: aws, instance: ml.zz9.large, amount: 0.5 USD}]\n"
    )
    Path("deploy.yaml").write_text(SPEC + "prices: {file: our.yaml}\n")
    browse = ("cost", "prices", "--machine", "ml.zz9.*", "-o", "json")
    assert [row["machine"] for row in deploy(*browse).json["rows"][:1]] == [unknown]


def test_an_image_that_is_missing_is_told_for_each_part() -> None:
    Path("deploy.yaml").write_text(
        SPEC.replace("framework: pytorch", "image: {gcp: a/b}") + "train: {command: ./train, image: {gcp: a/b}}\n"
    )
    said = [stop["message"] for stop in deploy("plan", "-o", "json").json["blockers"]]
    assert [text for text in said if "image" in text] == [
        "no image to train with is given for aws", "no image to serve with is given for aws"
    ]  # fmt: skip


def test_where_nothing_fits_there_is_no_machine() -> None:
    words = ("--set", "serve.hardware.gpu=T4:16")
    plan, estimate = (deploy(*verb, *words, "-o", "json").json for verb in (["plan"], ["cost", "estimate"]))
    assert plan["machine"] is plan["train_machine"] is estimate["machine"] is None
    assert plan["cost"]["after"]["amount"] is None
    assert "0 CPUs" not in deploy("plan", *words).out


def test_what_stands_in_the_way_of_both_parts_is_told_once() -> None:
    Path("deploy.yaml").write_text(
        SPEC.replace("gpu: T4, cpus: 4", "gpu: B300").replace("aws", "local")
        + "train: {command: ./train, framework: pytorch, hardware: {gpu: B300}}\n"
    )
    said = "1 x B300 asked for, this machine has none"
    assert deploy("plan").out.count(said) == 1
    assert deploy("plan", "--all").out.count(said) == 1


def test_an_estimate_tells_how_a_price_was_computed() -> None:
    text = " ".join(deploy("cost", "estimate", "--set", "prices.discount.aws=10%").out.split())
    assert "(computed: list - 10% (prices.discount.aws))" in text

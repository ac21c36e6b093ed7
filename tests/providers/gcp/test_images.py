"""Vertex AI's ready-made images, resolved without its SDK."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tradewind.providers.gcp import images
from tradewind.spec.refs import FRAMEWORKS
from tradewind.values import Machine

N1 = Machine("n1-standard-4", 4, 15)
G2 = Machine("g2-standard-4", 4, 16, "L4", 1)
TPU = Machine("ct5lp-hightpu-4t", 112, 192, "TPU-V5E", 4)
ROWS = json.loads((Path(images.__file__).parent / "data" / "images.json").read_text("utf-8"))["images"]


@pytest.mark.parametrize(
    ("asked", "image"),
    [
        (("pytorch", None, G2, "train"), "vertex/training/pytorch-gpu.2-4.py310:latest"),
        (("pytorch", "2.3", N1, "train"), "vertex/training/pytorch-xla.2-3.py310:latest"),
        (("pytorch", None, N1, "serve"), "vertex/prediction/pytorch-cpu.2-4:latest"),
        (("sklearn", "1.6", N1, "train"), "vertex/training/sklearn-cpu.1-6:latest"),
        (("sklearn", "1", N1, "serve"), "vertex/prediction/sklearn-cpu.1-6:latest"),
        (("xgboost", None, G2, "train"), "vertex/training/xgboost-gpu.2-1:latest"),
        (("tensorflow", "2.14", G2, "serve"), "vertex/prediction/tf2-gpu.2-14:latest"),
        (("python", None, N1, "train"), "vertex/training/ray-cpu.2-47.py311:latest"),
        (("python", "3.10", G2, "train"), "vertex/training/pytorch-gpu.2-4.py310:latest"),
        (("python", None, N1, "serve"), "vertex/prediction/sklearn-cpu.1-6:latest"),
        (("huggingface-tei", None, N1, "serve"),
         "us-docker.pkg.dev/deeplearning-platform-release/vertex-model-garden/hf-tei-official-cpu.1-9.debian12"),
    ],
)  # fmt: skip
def test_the_image_of_a_framework(asked: tuple[Any, ...], image: str) -> None:
    assert images.resolve(*asked) == image


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("lightgbm", None, N1, "serve"), "no image of lightgbm for serving; it has .*xgboost"),
        (("sklearn", "1.9", N1, "train"), "no sklearn 1.9 for training; the newest are 1.6"),
        (("sklearn", None, G2, "serve"), "is for cpu machines, g2-standard-4 is none"),
        (("vllm", None, N1, "serve"), "is for gpu machines"),
        (("vllm", None, G2, "train"), "no image of vllm for training"),
        (("python", "3.13", N1, "train"), "no image with Python 3.13 for training; there are 3.10, 3.11"),
        (("pytorch", None, TPU, "train"), "has TPUs"),
    ],
)
def test_no_image_says_what_there_is(asked: tuple[Any, ...], said: str) -> None:
    with pytest.raises(images.NoImageError, match=said):
        images.resolve(*asked)


@pytest.mark.parametrize(
    ("region", "host"),
    [("us-central1", "us"), ("southamerica-east1", "us"), ("northamerica-northeast1", "us"), ("europe-west4", "europe"),
     ("me-central1", "europe"), ("africa-south1", "europe"), ("asia-northeast1", "asia"), ("australia-southeast1", "asia")],
)  # fmt: skip
def test_the_host_is_the_nearest(region: str, host: str) -> None:
    image = images.resolve("sklearn", None, N1, "serve")
    assert images.address(image, region) == f"{host}-docker.pkg.dev/vertex-ai/prediction/sklearn-cpu.1-6:latest"


def test_an_image_with_one_address_keeps_it() -> None:
    for own in ("europe-docker.pkg.dev/me/mine/app:1", images.resolve("vllm", None, G2, "serve")):
        assert images.address(own, "asia-east1") == own


def test_availability_that_is_over() -> None:
    assert images.gone("vertex/training/sklearn-cpu.1-6:latest") == "2026-07-11"
    assert images.gone("vertex/prediction/sklearn-cpu.1-6:latest") == ""
    assert images.gone("europe-docker.pkg.dev/me/mine/app:1") == ""


def test_the_newest_that_is_still_there_comes_before_a_newer_one_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "date", lambda: "2026-08-01")  # between the ends of 2.4 and of 2.2
    assert images.resolve("pytorch", None, N1, "train") == "vertex/training/pytorch-xla.2-2.py310:latest"
    assert images.resolve("pytorch", "2.4", N1, "train") == "vertex/training/pytorch-xla.2-4.py310:latest"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[4])
def test_rows_are_what_their_names_say(row: list[str]) -> None:
    use, framework, version, processor, name, python, ends = row
    assert use in ("train", "serve")
    assert framework in (*FRAMEWORKS, "ray")
    assert re.fullmatch(r"|\d{4}-\d\d-\d\d", ends)
    if "docker.pkg.dev" in name:
        return
    assert name.endswith(":latest"), "Google supports no other tag"
    assert name.startswith({"train": "training/", "serve": "prediction/"}[use])
    assert f".{version.replace('.', '-')}" in name
    assert f"-{processor}." in name or "pytorch-xla." in name
    if ".py3" in name:
        assert f".py{python.replace('.', '')}:" in name


def test_each_row_is_found_by_what_it_is() -> None:
    assert len({tuple(row[:4]) for row in ROWS}) == len({row[4] for row in ROWS}) == len(ROWS)
    for row in ROWS:
        machine = G2 if row[3] == "gpu" else N1
        found = images.find(images.resolve(row[1], row[2], machine, row[0]))
        assert found is not None
        assert found.name == row[4]


def test_resolving_takes_no_sdk_and_20_ms_the_first_time() -> None:
    code = (
        "import sys, time; from tradewind.providers.gcp import images; from tradewind.values import Machine;"
        "start = time.process_time(); images.address(images.resolve('pytorch', None, Machine('n1', 4, 15), 'train'), 'eu');"
        "took = time.process_time() - start; bad = [m for m in sys.modules if m.startswith(('google', 'grpc'))];"
        "sys.exit(str((took, bad)) if bad or took > 0.02 else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)

"""Azure ML's curated environments, resolved without its SDK."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from tradewind.providers.azure import images
from tradewind.spec.refs import FRAMEWORKS
from tradewind.values import Machine

CPU = Machine("Standard_F4s_v2", 4, 8)
GPU = Machine("Standard_NC4as_T4_v3", 4, 28, "T4", 1)


@pytest.mark.parametrize(
    ("asked", "environment"),
    [
        (("pytorch", None, GPU, "train"), "acpt-pytorch-2.8-cuda12.6"),
        (("pytorch", "2", CPU, "serve"), "acpt-pytorch-2.8-cuda12.6"),
        (("tensorflow", "2.16", GPU, "train"), "tensorflow-2.16-cuda12"),
        (("sklearn", None, CPU, "train"), "sklearn-1.5"),
        (("sklearn", "1.5", CPU, "serve"), "sklearn-1.5"),
        (("xgboost", "1.7", CPU, "train"), "lightgbm-3.3"),
        (("lightgbm", "4", CPU, "serve"), "lightgbm-3.3"),
        (("python", None, CPU, "train"), "sklearn-1.5"),
        (("python", None, GPU, "train"), "acpt-pytorch-2.8-cuda12.6"),
        (("python", None, CPU, "serve"), "minimal-py311-inference"),
        (("python", "3.12", CPU, "serve"), "minimal-py312-cuda12.4-inference"),
        (("python", None, GPU, "serve"), "minimal-py312-cuda12.4-inference"),
    ],
)
def test_the_environment_of_a_framework(asked: tuple[Any, ...], environment: str) -> None:
    found = images.resolve(*asked)
    assert found == f"azureml://registries/azureml/environments/{environment}/labels/latest"
    assert images.find(found) is not None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("huggingface", None, GPU, "train"), "no curated environment with huggingface for training; it has .*pytorch"),
        (("vllm", None, GPU, "serve"), "no curated environment with vllm for serving"),
        (("lightgbm", "3.3", CPU, "train"), "no lightgbm 3.3 for training; the newest is 4.6"),
        (("pytorch", "2.80", GPU, "train"), "no pytorch 2.80"),
        (("sklearn", None, GPU, "train"), "has no CUDA, and Standard_NC4as_T4_v3 is a machine with GPUs"),
        (("python", "3.13", CPU, "train"), "no environment with Python 3.13 for training; there is 3.10"),
        (("python", "3.9", CPU, "serve"), "there is 3.10, 3.11, 3.12"),
    ],
)
def test_no_environment_says_what_there_is(asked: tuple[Any, ...], said: str) -> None:
    with pytest.raises(images.NoImageError, match=said):
        images.resolve(*asked)


def test_an_image_of_ones_own_is_not_known() -> None:
    for own in ("", "acme.azurecr.io/app:1", "azureml://registries/azureml/environments/sklearn-1.5/versions/30"):
        assert images.find(own) is None


@pytest.mark.parametrize("row", images.environments(), ids=lambda row: f"{row.framework}-{row.environment}")
def test_rows_are_what_their_names_say(row: images.Image) -> None:
    assert row.uses <= {"train", "serve"}
    assert row.uses
    assert row.framework in (*FRAMEWORKS, images.PLAIN)
    assert row.cuda == ("cuda" in row.environment)
    assert re.fullmatch(r"3\.\d+", row.python)
    if "-py3" in row.environment:
        assert f"-py{row.python.replace('.', '')}-" in row.environment
    if row.framework in row.environment and row.framework != "lightgbm":  # that one holds more than it says
        assert row.environment.startswith((f"{row.framework}-{row.version}", f"acpt-{row.framework}-{row.version}"))


def test_every_row_is_found_by_what_it_is() -> None:
    for row in images.environments():
        for use in row.uses:
            version = row.python if row.framework == images.PLAIN else row.version
            found = images.resolve(row.framework, version, GPU if row.cuda else CPU, use)  # type: ignore[arg-type]  # a literal
            assert found == row.written


def test_resolving_takes_no_sdk_and_20_ms_the_first_time() -> None:
    code = (
        "import sys, time; from tradewind.providers.azure import images; from tradewind.values import Machine;"
        "start = time.process_time(); images.resolve('pytorch', None, Machine('n', 4, 15), 'train');"
        "took = time.process_time() - start; bad = [m for m in sys.modules if m.startswith(('azure', 'msal'))];"
        "sys.exit(str((took, bad)) if bad or took > 0.02 else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)

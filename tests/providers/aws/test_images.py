"""SageMaker's ready-made images, resolved without its SDK."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tradewind.providers.aws import images

GOLDEN = Path(__file__).parent / "golden" / "images.json"


@pytest.mark.parametrize(
    ("asked", "image"),
    [
        (("pytorch", None, "ml.g5.xlarge", "train"), "sagemaker/pytorch-training:2.10.0-gpu-py313"),
        (("pytorch", "2.6", "ml.m5.large", "serve"), "sagemaker/pytorch-inference:2.6-cpu-py312"),
        (("sklearn", None, "ml.m5.large", "train"), "sagemaker/sagemaker-scikit-learn:1.9-0-cpu-py3"),
        (("sklearn", "1.4", "ml.m5.large", "train"), "sagemaker/sagemaker-scikit-learn:1.4-2-cpu-py3"),
        (("xgboost", "3.0", "ml.m5.large", "serve"), "sagemaker/sagemaker-xgboost:3.0-5"),
        (("vllm", None, "ml.g6e.xlarge", "serve"), "sagemaker/vllm:0.30.0-gpu-py312-cu130-ubuntu24.04-sagemaker"),
        (("python", "3.12", "ml.m5.large", "train"), "sagemaker/pytorch-training:2.9.0-cpu-py312"),
        (("python", None, "ml.m5.large", "train"), "sagemaker/pytorch-training:2.10.0-cpu-py313"),
        (
            ("huggingface", None, "ml.g5.xlarge", "serve"),
            "sagemaker/huggingface-pytorch-inference:2.6.0-transformers5.5.3-gpu-py312-cu124-ubuntu22.04",
        ),
    ],
)
def test_the_image_of_a_framework(asked: tuple[Any, ...], image: str) -> None:
    assert images.resolve(*asked) == image


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("lightgbm", None, "ml.m5.large", "serve"), "no image for lightgbm; it has .*xgboost"),
        (("sklearn", "1.5", "ml.m5.large", "train"), "no sklearn 1.5 for training; the newest are 1.9-0, 1.4-2"),
        (("vllm", None, "ml.m5.large", "serve"), "is for gpu machines"),
        (("vllm", None, "ml.g5.xlarge", "train"), "no image of vllm for training"),
        (("python", "2.9", "ml.m5.large", "train"), "no image with Python 2.9; there are .*3.13"),
        (("pytorch", None, "ml.trn1.2xlarge", "train"), "is for cpu and gpu machines, ml.trn1.2xlarge is none"),
    ],
)
def test_no_image_says_what_there_is(asked: tuple[Any, ...], said: str) -> None:
    with pytest.raises(images.NoImageError, match=said):
        images.resolve(*asked)


def test_a_python_that_the_version_does_not_have() -> None:
    with pytest.raises(images.NoImageError, match=r"pytorch 2.9.0 comes with Python 3.12, not 3.9"):
        images.resolve("pytorch", "2.9.0", "ml.m5.large", "train", "3.9")


@pytest.mark.parametrize(
    ("image", "region", "full"),
    [
        ("sagemaker/pytorch-training:2.9.0-gpu-py312", "eu-west-1",
         "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.9.0-gpu-py312"),
        ("sagemaker/sagemaker-xgboost:3.0-5", "us-east-1",
         "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1", "us-east-1",
         "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"),
    ],
)  # fmt: skip
def test_the_registry_is_of_the_region(image: str, region: str, full: str) -> None:
    assert images.address(image, region) == full


def test_a_region_without_the_image() -> None:
    with pytest.raises(images.NoImageError, match="not known to be in region mars-1"):
        images.address("sagemaker/pytorch-training:2.9.0-gpu-py312", "mars-1")


@pytest.mark.parametrize(
    ("image", "python"),
    [("x/a:2.9.0-gpu-py312", "3.12"), ("x/a:1.9-0-cpu-py3", None), ("x/a:1-py39-cu118", "3.9"), ("x/a", None)],
)
def test_the_python_of_a_tag(image: str, python: str | None) -> None:
    assert images.python_of(image) == python


def test_entries_of_one_repository_agree_on_the_accounts() -> None:
    data = json.loads((Path(images.__file__).parent / "data" / "images.json").read_text("utf-8"))
    for scopes in data["frameworks"].values():
        for scope in scopes.values():
            for entry in scope["versions"].values():
                for leaf in (entry,) if "repository" in entry else entry.values():
                    said = data["accounts"][leaf["accounts"]]
                    assert said.items() <= images._accounts(leaf["repository"]).items()


def test_resolving_takes_no_sdk_and_20_ms_the_first_time() -> None:
    code = (
        "import sys, time; from tradewind.providers.aws import images; start = time.process_time();"
        "images.address(images.resolve('pytorch', None, 'ml.g5.xlarge', 'train'), 'eu-west-1');"
        "took = time.process_time() - start; bad = [m for m in sys.modules if m.startswith(('boto', 'sagemaker'))];"
        "sys.exit(str((took, bad)) if bad or took > 0.02 else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


@pytest.mark.slow
def test_agrees_with_the_vendors_sdk() -> None:
    """As `golden/record_images.py` recorded what sagemaker-core itself answers, in ten regions on four machine types."""
    golden = json.loads(GOLDEN.read_text("utf-8"))
    compared = 0
    wrong = []
    for key, (name, hosts) in golden["images"].items():
        framework, scope, version, python, instance = key.split("|")
        use = "train" if scope == "training" else "serve"
        try:
            found = images.resolve(framework, version, instance, use, python or None)  # type: ignore[arg-type]  # a literal
        except images.NoImageError:
            # Where a scope has one version, the SDK gives that one whatever was asked for; we say that there is none.
            if name.partition(":")[2].startswith(version):
                wrong.append((key, "", "none", name))
            continue
        for region, host in golden["hosts"][hosts].items():
            compared += 1
            if (said := images.address(found, region)) != f"{host}/{name}":
                wrong.append((key, region, said, f"{host}/{name}"))
    assert wrong == []
    assert compared >= 6000

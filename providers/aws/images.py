"""Which ready-made image SageMaker has for a framework, from data that sagemaker-core publishes. No SDK is imported.

An image is named without its registry (`sagemaker/pytorch-training:2.9.0-gpu-py312`), so that a plan and deploy.lock hold in
every region; `address` adds the registry of one region when a request is made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

OURS = "sagemaker/"
PLAIN = "python"  # no framework named: any image with Python
Use = Literal["train", "serve"]

_DATA = Path(__file__).parent / "data" / "images.json"
_SCOPES: Mapping[str, str] = {"train": "training", "serve": "inference"}
# The families and frameworks for which sagemaker-core has Arm images (fw_utils.GRAVITON_*).
_ARM = frozenset({"m6g", "m6gd", "c6g", "c6gd", "c6gn", "c7g", "r6g", "r6gd"})
_ON_ARM = frozenset({"tensorflow", "pytorch", "xgboost", "sklearn"})
_ARM_TAGS: Mapping[tuple[str, str], str] = {
    ("xgboost", "1.5-1"): "1.5-1-arm64",
    ("xgboost", "1.3-1"): "1.3-1-arm64",
    ("sklearn", "1.0-1"): "1.0-1-arm64-cpu-py3",
}
# Images of 2020 that run on A100 only with this build (image_uris._get_image_tag).
_P4D_BUILDS: Mapping[str, str] = {
    "tensorflow-2.3-gpu-py37": "cu110-ubuntu18.04-v3",
    "tensorflow-2.3.1-gpu-py37": "cu110-ubuntu18.04",
    "tensorflow-2.3.2-gpu-py37": "cu110-ubuntu18.04",
    "tensorflow-1.15-gpu-py37": "cu110-ubuntu18.04-v8",
    "tensorflow-1.15.4-gpu-py37": "cu110-ubuntu18.04",
    "tensorflow-1.15.5-gpu-py37": "cu110-ubuntu18.04",
    "mxnet-1.8-gpu-py37": "cu110-ubuntu16.04-v1",
    "mxnet-1.8.0-gpu-py37": "cu110-ubuntu16.04",
    "pytorch-1.6-gpu-py36": "cu110-ubuntu18.04-v3",
    "pytorch-1.6.0-gpu-py36": "cu110-ubuntu18.04",
    "pytorch-1.6-gpu-py3": "cu110-ubuntu18.04-v3",
    "pytorch-1.6.0-gpu-py3": "cu110-ubuntu18.04",
}
# One server, two names: the image for machines without a GPU has its own.
_WITHOUT_GPU: Mapping[str, str] = {"huggingface-tei": "huggingface-tei-cpu"}
_DOMAINS: tuple[tuple[str, str], ...] = (
    ("cn-", "amazonaws.com.cn"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("us-iso-", "c2s.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
)


class NoImageError(LookupError):
    """SageMaker has no such image; the message says what there is."""


@dataclass(frozen=True)
class _Leaf:
    """One entry of the data: a framework version, on one Python or base framework where those have their own."""

    facts: Mapping[str, Any]
    base: str = ""  # "pytorch2.9.0", for Hugging Face

    @property
    def pythons(self) -> Sequence[str]:
        return self.facts.get("py_versions") or ()


def resolve(framework: str, version: str | None, instance: str, use: Use, python: str | None = None) -> str:
    """The image's name without a registry. Unsaid version and Python: the newest.

    `version` is a full one, an alias of SageMaker's ("2.6") or the beginning of one; `python` is written "3.12" or "py312".
    Raises NoImageError.
    """
    if framework == PLAIN:
        return _plain(version or python, instance, use)
    if _family(instance)[:1] not in ("g", "p"):
        framework = _WITHOUT_GPU.get(framework, framework)
    scope = _scope(framework, instance, use)
    said = _version(framework, version, scope, python)
    leaf, py = _leaf(framework, scope, said, python)
    repository = leaf.facts["repository"]
    return f"{OURS}{repository}:{_tag(framework, said, leaf, py, scope, instance)}"


def address(image: str, region: str) -> str:
    """The image as ECR of that region knows it; an image that is not one of `resolve`'s stays as it is.

    Raises NoImageError where SageMaker has no such image in that region.
    """
    if not image.startswith(OURS):
        return image
    name = image.removeprefix(OURS)
    repository = name.partition(":")[0]
    account = _accounts(repository).get(region)
    if account is None:
        raise NoImageError(f"{repository} is not known to be in region {region}")
    domain = next((domain for prefix, domain in _DOMAINS if region.startswith(prefix)), "amazonaws.com")
    return f"{account}.dkr.ecr.{region}.{domain}/{name}"


def repository(image: str) -> str:
    """ "pytorch-inference" of "sagemaker/pytorch-inference:2.6.0-gpu"; "" for an image that is not one of `resolve`'s."""
    return image.removeprefix(OURS).partition(":")[0] if image.startswith(OURS) else ""


def python_of(image: str) -> str | None:
    """The Python that an image's tag tells: "3.12"; None where it tells none."""
    found = re.search(r"-py(3)(\d+)(?:-|$)", image.rpartition(":")[2])
    return f"{found[1]}.{found[2]}" if found else None


@cache
def aws_accounts() -> frozenset[str]:
    """The accounts that AWS publishes images from."""
    return frozenset(account for regions in _data()["accounts"] for account in regions.values())


@cache
def _data() -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(_DATA.read_text("utf-8"))
    return data


def _plain(python: str | None, instance: str, use: Use) -> str:
    """PyTorch's image is the one that has every Python, for CPU and GPU alike."""
    scope = _data()["frameworks"]["pytorch"][_SCOPES[use]]
    wanted = _py(python)
    for version in sorted(scope["versions"], key=_age, reverse=True):
        if wanted is None or wanted in scope["versions"][version].get("py_versions", ()):
            return resolve("pytorch", version, instance, use, wanted)
    have = {py for entry in scope["versions"].values() for py in entry.get("py_versions", ()) if len(py) > len("py3")}
    raise NoImageError(f"no image with Python {python}; there are {_listed(map(_spelled, have))}")


def _scope(framework: str, instance: str, use: Use) -> Mapping[str, Any]:
    scopes = _data()["frameworks"].get(framework)
    if scopes is None:
        raise NoImageError(f"SageMaker has no image for {framework}; it has {', '.join(sorted(_data()['frameworks']))}")
    name = _SCOPES[use]
    if framework in _ON_ARM and _family(instance) in _ARM:
        name = "inference_graviton"
    if name not in scopes:
        verb = "training" if use == "train" else "serving"
        raise NoImageError(f"SageMaker has no image of {framework} for {verb}")
    scope: Mapping[str, Any] = scopes[name]
    return {**scope, "name": name}


def _version(framework: str, said: str | None, scope: Mapping[str, Any], python: str | None) -> str:
    known: Mapping[str, Any] = scope["versions"]
    if said is None:
        usable = [v for v in known if python is None or _has_python(known[v], python)] or list(known)
        return max(usable, key=_age)
    if said in known or said in scope.get("aliases", {}):
        return said
    within = [version for version in known if re.match(re.escape(said) + r"[.-]", version)]
    if within:
        return max(within, key=_age)
    newest = sorted(known, key=_age, reverse=True)[:6]
    raise NoImageError(f"SageMaker has no {framework} {said} for {scope['name']}; the newest are {', '.join(newest)}")


def _has_python(entry: Mapping[str, Any], python: str) -> bool:
    return _py(python) in (entry.get("py_versions") or entry)


def _leaf(framework: str, scope: Mapping[str, Any], version: str, python: str | None) -> tuple[_Leaf, str | None]:
    entry = scope["versions"][scope.get("aliases", {}).get(version, version)]
    leaves = {"": entry} if "repository" in entry else entry
    if framework == "huggingface":
        preferred = [base for base in leaves if base.startswith("pytorch")] or list(leaves)
        base = max(preferred, key=_age)
        leaf = _Leaf(leaves[base], base)
        return leaf, _python(framework, version, leaf.pythons, python)
    if "" in leaves:
        leaf = _Leaf(entry)
        return leaf, _python(framework, version, leaf.pythons, python)
    py = _python(framework, version, list(leaves), python)
    assert py is not None  # there is at least one
    return _Leaf(leaves[py]), py


def _python(framework: str, version: str, known: Sequence[str], said: str | None) -> str | None:
    if not known:
        return None  # the image has one Python and its tag does not tell which
    wanted = _py(said)
    if wanted is None or list(known) == ["py3"]:
        return max(known, key=_age)
    if wanted not in known:
        raise NoImageError(f"{framework} {version} comes with Python {_listed(map(_spelled, known))}, not {said}")
    return wanted


def _tag(
    framework: str, version: str, leaf: _Leaf, py: str | None, scope: Mapping[str, Any], instance: str
) -> str:  # fmt: skip
    if (framework in ("xgboost", "sklearn")) and scope["name"] == "inference_graviton":
        return _ARM_TAGS[framework, version]
    facts = leaf.facts
    processor = _processor(framework, instance, scope.get("processors") or facts.get("processors"))
    build = (facts.get("container_version") or {}).get(processor)
    if facts["repository"] in (f"{framework}-inference-graviton", f"{framework}-inference-arm64"):
        build = f"{build}-sagemaker"
    prefix = facts.get("tag_prefix", version)
    if leaf.base:
        full = scope.get("aliases", {}).get(version, version)
        prefix = f"{re.sub('^(pytorch|tensorflow)', '', leaf.base)}-transformers{full}"
    shown = processor if facts.get("processor_in_tag", True) else None
    tag = "-".join(part for part in (prefix, shown, py, build) if part)
    if _family(instance) == "p4d" and (build := _P4D_BUILDS.get(f"{framework}-{tag}")):
        return f"{tag}-{build}"
    return tag


def _processor(framework: str, instance: str, known: Sequence[str] | None) -> str | None:
    if not known:
        return None
    family = _family(instance)
    found = family if family in known else "gpu" if family[:1] in ("g", "p") else "cpu"
    if family.startswith(("inf", "trn")) or found not in known:
        raise NoImageError(f"the image of {framework} is for {' and '.join(known)} machines, {instance} is none")
    return found


@cache
def _accounts(repository: str) -> Mapping[str, str]:
    """Region to account. All entries of a repository agree, which a test checks."""
    merged: dict[str, str] = {}
    for scopes in _data()["frameworks"].values():
        for scope in scopes.values():
            for entry in scope["versions"].values():
                for leaf in (entry,) if "repository" in entry else entry.values():
                    if leaf["repository"] == repository:
                        merged.update(_data()["accounts"][leaf["accounts"]])
    return merged


def _family(instance: str) -> str:
    """ml.g5.xlarge -> g5"""
    return instance.split(".")[1] if instance.count(".") == 2 else instance


def _age(version: str) -> tuple[bool, list[int]]:
    """Sorts oldest first. A variant with words in it ("1.4-2-py312") counts less than a plain version."""
    plain = re.sub(r"^(py|pytorch|tensorflow)", "", version)
    numbers = [int(number) for number in re.findall(r"\d+", plain)]
    return re.search("[a-z]", plain) is None, numbers


def _py(said: str | None) -> str | None:
    """ "3.12" -> "py312" """
    return None if said is None else said if said.startswith("py") else "py" + "".join(said.split(".")[:2])


def _spelled(py: str) -> str:
    digits = py.removeprefix("py")
    return f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits


def _listed(names: Any) -> str:
    return ", ".join(sorted(names, key=_age))

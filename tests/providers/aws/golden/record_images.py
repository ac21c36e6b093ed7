"""Records what `sagemaker.core.image_uris.retrieve` says, for test_images.py: `python record_images.py 2026-11-24`.

Run it in an environment of its own with sagemaker-core in it (which brings pandas and more, too much for every developer),
with AWS_DEFAULT_REGION=us-east-1 and AWS_EC2_METADATA_DISABLED=true. Takes half a minute.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import itertools
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REGIONS = (
    "us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1", "ap-south-1", "sa-east-1",
    "us-gov-west-1", "cn-north-1", "il-central-1",
)  # fmt: skip
INSTANCES = ("ml.m5.large", "ml.g5.xlarge", "ml.p4d.24xlarge", "ml.c7g.large")
FRAMEWORKS = (
    "pytorch", "tensorflow", "sklearn", "xgboost", "huggingface", "vllm", "sglang", "djl-lmi", "djl-tensorrtllm",
    "huggingface-vllm", "huggingface-llm", "huggingface-tei", "huggingface-tei-cpu", "autogluon", "mxnet", "chainer",
)  # fmt: skip


def numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def asked(framework: str, config: dict[str, Any]) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Scope, version, Python and base framework of everything that the configuration has."""
    scopes = {name: config for name in config["scope"]} if "versions" in config else config
    for name in {"training", "inference"} & set(scopes):
        known, aliases = scopes[name]["versions"], scopes[name].get("version_aliases", {})
        for version in (*known, *aliases):
            entry = known[aliases.get(version, version)]
            base = None
            if framework == "huggingface":
                bases = [it for it in entry if it.startswith("pytorch")] or [
                    it for it in entry if it != "version_aliases"
                ]
                base = max(bases, key=numbers)
                entry = entry[base]
            pythons = (entry.get("py_versions") or [None]) if "repository" in entry else list(entry)
            yield from ((name, version, python, base) for python in pythons)


def main(date: str) -> None:
    image_uris = importlib.import_module("sagemaker.core.image_uris")
    common = importlib.import_module("sagemaker.core.common_utils")
    # Both read large files at each call.
    image_uris.config_for_framework = functools.cache(image_uris.config_for_framework)
    common._botocore_resolver = functools.cache(common._botocore_resolver)
    hosts: list[dict[str, str]] = []
    images: dict[str, tuple[str, int]] = {}
    for framework in FRAMEWORKS:
        everything = sorted(asked(framework, image_uris.config_for_framework(framework)), key=str)
        for (scope, version, python, base), instance in itertools.product(everything, INSTANCES):
            found: dict[str, str] = {}
            name = ""
            for region in REGIONS:
                try:
                    uri = image_uris.retrieve(
                        framework, region, version=version, py_version=python, instance_type=instance,
                        image_scope=scope, base_framework_version=base,
                    )  # fmt: skip
                except (ValueError, KeyError):  # its way to say that there is none
                    continue
                found[region], _, name = uri.partition("/")
            if found:
                if found not in hosts:
                    hosts.append(found)
                key = "|".join((framework, scope, version, python or "", instance))
                images[key] = (name, hosts.index(found))
    version = importlib.metadata.version("sagemaker-core")
    said = {
        "source": f"sagemaker.core.image_uris.retrieve of sagemaker-core {version} (Apache-2.0)",
        "date": date,
        "key": "framework|scope|version|python|instance -> repository:tag, index into hosts",
    }
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in images.items())
    head = json.dumps({**said, "hosts": hosts}, indent=1).rstrip("}\n")
    Path(__file__).with_name("images.json").write_text(f'{head},\n "images": {{\n{lines}\n}}}}\n', "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])

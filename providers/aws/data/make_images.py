"""Makes images.json out of sagemaker-core's `image_uri_config` folder (Apache-2.0).

pip download --no-deps sagemaker-core==2.27.0, unzip, and then
`python -m tradewind.providers.aws.data.make_images sagemaker/core/image_uri_config 2.27.0 2026-11-24`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCOPES = ("training", "inference", "inference_graviton")
# The frameworks that a deploy.yaml can name, and the large-model servers. Neuron images have their own rules: give `image:`.
FRAMEWORKS = (
    "pytorch", "tensorflow", "sklearn", "xgboost", "huggingface", "vllm", "sglang", "djl-lmi", "djl-tensorrtllm",
    "huggingface-vllm", "huggingface-llm", "huggingface-tei", "huggingface-tei-cpu", "autogluon", "mxnet", "chainer",
)  # fmt: skip
KEPT = ("repository", "tag_prefix", "py_versions", "container_version", "processors", "processor_in_tag")


class Compactor:
    """Account maps repeat hundreds of times in the source: each is kept once and named by its index."""

    def __init__(self) -> None:
        self.accounts: list[dict[str, str]] = []

    def framework(self, config: dict[str, Any]) -> dict[str, Any]:
        scopes = {name: config for name in config.get("scope", ())} if "versions" in config else config
        return {name: self._scope(scopes[name]) for name in SCOPES if name in scopes}

    def _scope(self, scope: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {"versions": {v: self._version(entry) for v, entry in scope["versions"].items()}}
        if scope.get("version_aliases"):
            made["aliases"] = scope["version_aliases"]
        if scope.get("processors"):
            made["processors"] = scope["processors"]
        return made

    def _version(self, entry: dict[str, Any]) -> dict[str, Any]:
        if "repository" in entry:
            return self._leaf(entry)
        # One level more: by Python version (old TensorFlow) or by base framework (Hugging Face).
        return {
            name: self._leaf(leaf) for name, leaf in entry.items() if isinstance(leaf, dict) and "repository" in leaf
        }

    def _leaf(self, entry: dict[str, Any]) -> dict[str, Any]:
        accounts = dict(sorted(entry["registries"].items()))
        if accounts not in self.accounts:
            self.accounts.append(accounts)
        return {name: entry[name] for name in KEPT if name in entry} | {"accounts": self.accounts.index(accounts)}


def make(folder: Path, version: str, date: str) -> dict[str, Any]:
    compactor = Compactor()
    frameworks = {n: compactor.framework(json.loads((folder / f"{n}.json").read_text("utf-8"))) for n in FRAMEWORKS}
    source = {
        "source": f"sagemaker-core {version}, sagemaker/core/image_uri_config (Apache-2.0, Copyright Amazon.com, Inc.)",
        "date": date,
    }
    return {**source, "accounts": compactor.accounts, "frameworks": frameworks}


if __name__ == "__main__":
    made = make(Path(sys.argv[1]), *sys.argv[2:4])
    (HERE / "images.json").write_text(json.dumps(made, indent=None, separators=(",", ":")) + "\n", "utf-8")

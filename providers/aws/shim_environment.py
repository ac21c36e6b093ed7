"""What SageMaker's own servers must be told so that they run our shim: the environment of each family of images, as data.

The shim (`serving/shims/code/tradewind_inference.py`) hands requests on to `python -m tradewind.serving`, which it starts once
in the container. How each family finds it, from the sources of the toolkits:
- gunicorn (scikit-learn, XGBoost; sagemaker-containers 2.8): copies SAGEMAKER_SUBMIT_DIRECTORY to /opt/ml/code and runs
  `pip install .` there, then imports SAGEMAKER_PROGRAM.
- multi-model-server (Hugging Face) and TorchServe (PyTorch; both sagemaker-inference): know no submit directory; they import
  SAGEMAKER_PROGRAM from `/opt/ml/model/code` and then PYTHONPATH. A model that brings an `inference.py` would win over one of
  ours, hence the module's own name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tradewind.providers.aws import images
from tradewind.values import Loss, Machine, Version

CHANNELS = (
    "/opt/ml/additional-model-data-sources"  # where SageMaker mounts them (AdditionalModelDataSource.ChannelName)
)
CODE, RUNTIME = "tradewind-code", "tradewind-runtime"
MODEL_DIR = "/opt/ml/model"
CODE_DIR = f"{CHANNELS}/{CODE}"
RUNTIME_DIR = f"{CHANNELS}/{RUNTIME}"
SHIM_DIR = f"{RUNTIME_DIR}/tradewind/serving/shims/code"
PROGRAM = "tradewind_inference.py"
MARGIN = 5  # seconds that a front waits longer than our server: whoever is late is told so by us, not cut off by it


@dataclass(frozen=True)
class Front:
    """A server of SageMaker's that stands before ours. `more`: what it alone must be told."""

    name: str
    more: Mapping[str, str] = field(default_factory=dict)
    startup: str = ""  # the variable of its own patience while a worker loads its model


# A worker's own output ends with the worker, which is killed when it is late; the container's does not.
_LOG = {"TW_SHIM_LOG": "/proc/1/fd/2"}
GUNICORN = Front("gunicorn", MappingProxyType({"TW_SHIM_FRONT": "gunicorn"}))
MULTI_MODEL_SERVER = Front("multi-model-server", MappingProxyType(_LOG))
TORCHSERVE = Front("TorchServe", MappingProxyType(_LOG), "TS_DEFAULT_STARTUP_TIMEOUT")

# By repository, as images.json names them.
FRONTS: Mapping[str, Front] = MappingProxyType(
    {
        "sagemaker-scikit-learn": GUNICORN,
        "sagemaker-xgboost": GUNICORN,
        "pytorch-inference": TORCHSERVE,
        "pytorch-inference-graviton": TORCHSERVE,
        "pytorch-inference-arm64": TORCHSERVE,
        "huggingface-pytorch-inference": MULTI_MODEL_SERVER,
        "huggingface-tensorflow-inference": MULTI_MODEL_SERVER,
    }
)


def front(image: str) -> Front | None:
    """The server in one of SageMaker's images that runs our shim; None for an own image, and for images that cannot."""
    return FRONTS.get(images.repository(image))


def runs_ours(image: str) -> bool:
    """Whether a handler or a built-in loader of ours can answer in this image: an own one, or one with a shim."""
    return not images.repository(image) or front(image) is not None


def losses(version: Version) -> Iterator[Loss]:
    """The toolkit knows contexts, and with them statuses, since its 2.3 of November 2023."""
    found = re.search(r"-transformers(\d+)\.(\d+)", version.container.image)
    if front(version.container.image) is MULTI_MODEL_SERVER and found and tuple(map(int, found.groups())) < (4, 37):
        reason = "this image answers 400 to every failure, and a rollout counts server errors"
        yield Loss("serve.framework", reason, "huggingface:4.37 and later tell them apart")


def environment(version: Version) -> dict[str, str]:
    """Everything beside TW_*, which every server of ours reads: for an own image only where our runtime lies."""
    box, serving = version.container, version.serving
    found = front(box.image)
    own = (RUNTIME_DIR, SHIM_DIR) if found else (RUNTIME_DIR,)
    path = ":".join(filter(None, (*own, box.env.get("PYTHONPATH", ""))))
    if found is None:
        return {"PYTHONPATH": path}
    patience = str(math.ceil(max(serving.timeout, serving.startup_timeout).total_seconds()) + MARGIN)
    return {
        "PYTHONPATH": path,
        "SAGEMAKER_PROGRAM": PROGRAM,
        "SAGEMAKER_SUBMIT_DIRECTORY": SHIM_DIR,
        "SAGEMAKER_MODEL_SERVER_TIMEOUT": patience,
        "SAGEMAKER_MODEL_SERVER_WORKERS": str(_workers(box.machine, serving.concurrency)),
        **({found.startup: patience} if found.startup else {}),
        **found.more,
    }


def _workers(machine: Machine, concurrency: int) -> int:
    """A worker only waits for our server, one request at a time, and each has loaded its framework: a few are enough."""
    return max(1, min(concurrency, int(machine.cpus) * 2))

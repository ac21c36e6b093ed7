"""SageMaker's own toolkits, as they are published, in an environment of their own."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest
from filelock import FileLock

from fakes.shims import Case

DRIVERS = Path(__file__).parents[1] / "serving" / "toolkits"
PYTHON = "3.11"
_BASE = ("pip", "setuptools<81", "wheel", "boto3", "numpy", "scipy", "six", "psutil", "retrying<1.4")


@dataclass(frozen=True)
class Toolkit:
    """`alone`: packages without what they ask for, which would be gigabytes, or versions of the past."""

    driver: tuple[str, ...]
    packages: tuple[str, ...]
    alone: tuple[str, ...]
    stubs: Mapping[str, str]


# A model that is pickled here is read there.
_AS_HERE = tuple(f"{name}=={version(name)}" for name in ("scikit-learn", "numpy", "joblib"))
# Type checks of answers are all that these import it for.
_TORCH = {"torch.py": "class Tensor: ...\nclass cuda:\n    @staticmethod\n    def is_available(): return False\n"}
TOOLKITS: Mapping[str, Toolkit] = {
    "sagemaker-inference": Toolkit(
        ("model_server.py", "mms", "sagemaker_inference.default_handler_service"),
        (*_BASE, "multi-model-server==1.1.11"),
        ("sagemaker-inference==1.10.1",),
        {},
    ),
    "without a context": Toolkit(
        ("model_server.py", "mms", "sagemaker_inference.default_handler_service"),
        (*_BASE, "multi-model-server==1.1.11"),
        ("sagemaker-inference==1.5.5",),
        {},
    ),
    "huggingface": Toolkit(
        ("model_server.py", "mms", "sagemaker_huggingface_inference_toolkit.handler_service"),
        (*_BASE, "multi-model-server==1.1.11", "Pillow", "transformers==4.49.0"),
        ("sagemaker-inference==1.10.1", "sagemaker-huggingface-inference-toolkit==2.6.0"),
        {},
    ),
    "pytorch": Toolkit(
        ("model_server.py", "ts", "sagemaker_pytorch_serving_container.handler_service"),
        (*_BASE, "torchserve==0.12.0", "pyyaml"),
        ("sagemaker-pytorch-inference==2.0.25",),
        _TORCH,
    ),
    "scikit-learn": Toolkit(
        ("flask_worker.py",),
        (
            *(*_BASE, "flask==3.1.3", "werkzeug==3.1.8", "gunicorn", "gevent", "inotify-simple==1.2.1"),
            *("protobuf==3.20.2", "paramiko", *_AS_HERE),
        ),
        ("sagemaker-containers==2.8.6.post2",),
        {},
    ),
}


def python(name: str, cache: Path) -> str:
    """The toolkit's Python, made once; skips the test, aloud, where the packages cannot be had."""
    toolkit = TOOLKITS[name]
    digest = hashlib.sha256(repr((toolkit, PYTHON)).encode()).hexdigest()[:12]
    folder = cache / digest
    with FileLock(str(folder) + ".lock"):
        if not (folder / "made").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _make(name, toolkit, folder)
            (folder / "made").touch()
    return str(folder / "bin" / "python")


def _make(name: str, toolkit: Toolkit, folder: Path) -> None:
    uv = shutil.which("uv") or ""
    if not uv or subprocess.run([uv, "--version"], capture_output=True, check=False).returncode:
        pytest.skip(f"no uv here: the shim is NOT tried with SageMaker's toolkit for {name}")
    install = [uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")]
    for command in (
        [uv, "venv", "--quiet", "--python", PYTHON, str(folder)],
        [*install, *toolkit.packages],
        [*install, "--no-deps", "--no-build-isolation", *toolkit.alone],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode:
            said = done.stderr.strip().splitlines()[-1:]
            pytest.skip(f"the shim is NOT tried with SageMaker's toolkit for {name}: it cannot be installed: {said}")
    (site,) = (folder / "lib").glob("python*/site-packages")
    for file, text in toolkit.stubs.items():
        (site / file).write_text(text)


def drive(name: str, interpreter: str, env: Mapping[str, str], cases: Sequence[Case]) -> list[tuple[int, str, bytes]]:
    """What the toolkit's server would send: status, content type and body for each case."""
    script, *words = TOOLKITS[name].driver
    asked = [
        {"body": base64.b64encode(case.body).decode(), "content_type": case.content_type, "accept": case.accept}
        for case in cases
    ]
    whole = {"PATH": f"{Path(interpreter).parent}:{os.environ['PATH']}", "HOME": os.environ.get("HOME", "/"), **env}
    done = subprocess.run(
        [interpreter, str(DRIVERS / script), *words], input=json.dumps(asked), env=whole, capture_output=True, text=True,
        timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    answers = json.loads(done.stdout[done.stdout.index("[[") :])  # whatever the toolkit printed before
    return [(status, kind, base64.b64decode(body)) for status, kind, body in answers]

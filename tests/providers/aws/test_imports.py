"""What is in memory before somebody connects, and after."""

from __future__ import annotations

import json
import subprocess
import sys

LOOK = "import sys, json; print(json.dumps(sorted(sys.modules)))"
STATIC = """
from datetime import timedelta
from tradewind.providers.aws.info import INFO
from tradewind.values import Container, Foundation, Hardware, Policy, Run
machine = INFO.machine(Hardware(cpus=2), None, "train")
image = INFO.image("sklearn", None, machine, "train")
run = Run("j", "sha256:1", Container(image, machine, Hardware()), ("true",), {}, {}, "s3://b/o", None, timedelta(hours=1))
policy = Policy("canary", (10,), timedelta(1), timedelta(1), 0, timedelta(1))
INFO.foundation(None, "p", "default"), INFO.losses(run, None, policy)
"""
CONNECT = (
    STATIC
    + """
provider = INFO.connect(None, Foundation("s3://bucket", "us-east-1"))
provider.trainer()
"""
)
SDKS = {"boto3", "botocore", "google", "azure", "sagemaker", "moto", "aiohttp", "psutil", "asyncio"}
# What a provider may know of us, and what info needs of it.
OURS = (
    "tradewind.values",
    "tradewind.errors",
    "tradewind.codes",
    "tradewind.spec",
    "tradewind.machines",
    "tradewind.providers.base",
    "tradewind.providers.stores",
    "tradewind.providers.aws",
)


def loaded(code: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", code + LOOK], capture_output=True, text=True, timeout=60, check=True)
    return set(json.loads(done.stdout))


def ours(modules: set[str]) -> set[str]:
    packages = {"tradewind", "tradewind.providers"}
    return {name for name in modules if name.startswith("tradewind") and name not in packages}


def test_the_static_half_is_ours_alone() -> None:
    modules = loaded(STATIC)
    assert not {name.split(".")[0] for name in modules} & SDKS
    assert {name for name in ours(modules) if not name.startswith(OURS)} == set()
    connected = {"tradewind.providers.aws.session", "tradewind.providers.aws.provider", "tradewind.providers.aws.train"}
    assert not connected & modules


def test_connecting_brings_boto3_and_no_other_cloud() -> None:
    modules = loaded(CONNECT)
    roots = {name.split(".")[0] for name in modules}
    assert roots & SDKS == {"boto3", "botocore"}
    assert {name for name in ours(modules) if not name.startswith(OURS)} == set()
    assert "tradewind.providers.aws.serve" not in modules, "a job needs nothing of what serves"

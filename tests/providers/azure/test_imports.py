"""What is in memory once Azure ML was asked everything that it can be asked."""

from __future__ import annotations

import json
import subprocess
import sys

CODE = """
from datetime import timedelta
from tradewind.providers.azure.info import INFO
from tradewind.values import Container, Foundation, Hardware, Policy, Run
machine = INFO.machine(Hardware(cpus=2), None, "train")
image = INFO.image("sklearn", None, machine, "train")
run = Run("j", "sha256:1", Container(image, machine, Hardware()), ("true",), {}, {}, "az://b/o", None, timedelta(hours=1))
policy = Policy("canary", (10,), timedelta(1), timedelta(1), 0, timedelta(1))
INFO.foundation(None, "p", "default"), INFO.losses(run, None, policy), INFO.region(None), INFO.pinned(None, "train")
try:
    INFO.connect(None, Foundation("az://b"))
except Exception as error:
    assert error.code == "TW063"
import sys, json
print(json.dumps(sorted(sys.modules)))
"""
SDKS = {"google", "grpc", "boto3", "botocore", "azure", "aiohttp", "psutil", "asyncio", "requests"}
OURS = (
    "tradewind.values",
    "tradewind.errors",
    "tradewind.codes",
    "tradewind.spec",
    "tradewind.machines",
    "tradewind.providers.base",
    "tradewind.providers.later",
    "tradewind.providers.azure",
)


def test_the_static_half_is_ours_alone() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60, check=True)
    modules = set(json.loads(done.stdout))
    assert not {name.partition(".")[0] for name in modules} & SDKS
    ours = {name for name in modules if name.startswith("tradewind")} - {"tradewind", "tradewind.providers"}
    assert {name for name in ours if not name.startswith(OURS)} == set()

"""What is in memory once a target that only plans was asked everything that it can be asked."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CODE = """
import importlib, json, sys
from datetime import timedelta
from tradewind.values import Container, Foundation, Hardware, Policy, Run
name, root = sys.argv[1:]
INFO = importlib.import_module(f"tradewind.providers.{name}.info").INFO
machine = INFO.machine(Hardware(cpus=2), None, "train")
image = INFO.image("sklearn", None, machine, "train")
run = Run("j", "sha256:1", Container(image, machine, Hardware()), ("true",), {}, {}, root + "/o", None, timedelta(hours=1))
policy = Policy("canary", (10,), timedelta(1), timedelta(1), 0, timedelta(1))
INFO.foundation(None, "p", "default"), INFO.losses(run, None, policy), INFO.region(None), INFO.pinned(None, "train")
try:
    INFO.connect(None, Foundation(root))
except Exception as error:
    assert error.code == "TW063"
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
    "tradewind.providers.stores",
)


@pytest.mark.parametrize(("provider", "root"), [("gcp", "gs://b"), ("azure", "az://b")])
def test_the_static_half_is_ours_alone(provider: str, root: str) -> None:
    words = [sys.executable, "-c", CODE, provider, root]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    modules = set(json.loads(done.stdout))
    assert not {name.partition(".")[0] for name in modules} & SDKS
    ours = {name for name in modules if name.startswith("tradewind")} - {"tradewind", "tradewind.providers"}
    assert {name for name in ours if not name.startswith((*OURS, f"tradewind.providers.{provider}"))} == set()

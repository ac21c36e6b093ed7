"""What provider local says before anything runs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from tradewind.providers.local import machine
from tradewind.providers.local.info import INFO
from tradewind.values import Artifact, Container, Hardware, Loss, Machine, Run, Serving, Version, Wanted

HERE = Machine("local", 8, 16)


@pytest.fixture(autouse=True)
def _this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "host", lambda: HERE)
    monkeypatch.setattr(machine, "gpus", lambda: None)


def run(**more: object) -> Run:
    container = Container("", HERE, Hardware())
    hour = timedelta(hours=1)
    return replace(Run("j", "sha256:1", container, ("true",), {}, {}, "file:///out", None, hour), **more)  # type: ignore[arg-type]  # the test's own words


def want(**more: object) -> Wanted:
    container = Container("", HERE, Hardware())
    version = Version("a", "sha256:1", container, Artifact("file:///model", "sha256:2"), Serving())
    return Wanted("e", (replace(version, **more),), {"a": 100})  # type: ignore[arg-type]  # the test's own words


def lost(run: Run | None, want: Wanted | None = None) -> dict[str, Loss]:
    return {loss.path: loss for loss in INFO.losses(run, want, None)}


def test_a_plain_workload_loses_nothing() -> None:
    assert lost(run(), want()) == {}


def test_one_machine_is_one_node_and_never_spot() -> None:
    found = lost(run(nodes=4, spot=True))
    assert set(found) == {"train.nodes", "train.spot"}
    assert not any(loss.fatal for loss in found.values())
    assert found["train.nodes"].instead == "it runs as one node"


@pytest.mark.parametrize(
    ("hardware", "path"),
    [
        (Hardware(cpus=9), "train.hardware.cpus"),
        (Hardware(memory_gib=17), "train.hardware.memory"),
        (Hardware(gpus=(("L4", 1), ("T4", 1))), "train.hardware.gpu"),
        (Hardware(gpu_memory_gib=24, gpu_count=2), "train.hardware.gpu"),
    ],
)
def test_what_the_machine_does_not_have_is_fatal(hardware: Hardware, path: str) -> None:
    said = INFO.machine(hardware, None, "train")
    assert isinstance(said, Loss)
    assert (said.path, said.fatal) == (path, True)
    assert lost(run(container=Container("", HERE, hardware)))[path].fatal
    assert INFO.machine(Hardware(cpus=8, memory_gib=16), None, "serve") == HERE


def test_a_gpu_is_found_by_its_name_or_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    found = machine.parsed("NVIDIA L4, 23034\nNVIDIA L4, 23034\n")
    monkeypatch.setattr(machine, "gpus", lambda: found)
    two = replace(HERE, gpu="NVIDIA L4", gpus=2)
    for need in (
        Hardware(gpus=(("L4", 2),)),
        Hardware(gpus=(("T4", 1), ("L4", 1))),
        Hardware(gpu_memory_gib=24, gpu_count=2),
        Hardware(gpu_count=1),
    ):
        assert INFO.machine(need, None, "train") == two
    for need in (Hardware(gpus=(("L4", 3),)), Hardware(gpus=(("A100", 1),)), Hardware(gpu_memory_gib=40, gpu_count=1)):
        said = INFO.machine(need, None, "train")
        assert isinstance(said, Loss)
        assert "this machine has 2 x NVIDIA L4" in said.reason
    assert INFO.machine(Hardware(), None, "train") == HERE, "not looked at where nobody asks"
    assert machine.parsed("") is None


def test_data_of_another_cloud_is_fatal() -> None:
    found = lost(run(inputs={"train": Artifact("s3://b/k", "sha256:1")}, checkpoint="gs://b/c"))
    assert set(found) == {"train.inputs.train", "train.checkpoint.uri"}
    assert all(loss.fatal for loss in found.values())


def test_other_targets_than_concurrency_are_lost() -> None:
    found = lost(None, want(target=8, scale_on={"cpu": 0.6, "requests": 100.0}))
    assert set(found) == {"serve.replicas.target.cpu", "serve.replicas.target.requests"}
    assert found["serve.replicas.target.cpu"].instead == "replicas follow concurrency"


def test_scaling_to_nothing_is_lost() -> None:
    assert lost(None, want(min=0))["serve.replicas.min"].instead == "one stays"


def test_a_python_that_is_not_here_is_fatal() -> None:
    assert lost(run(container=Container("", HERE, Hardware(), python="2.1")))["runtime.python"].fatal
    this = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert lost(run(container=Container("", HERE, Hardware(), python=this))) == {}


def test_an_image_is_not_used_and_that_is_said() -> None:
    assert lost(run(container=Container("repo/image:1", HERE, Hardware())))["train.image"].instead
    assert INFO.image("sklearn", "1.5", HERE, "train") == ""


def test_it_costs_nothing_and_stands_in_the_state_folder(guarded_environment: object) -> None:
    assert INFO.free is True
    ground = INFO.foundation(None, "churn", "default")
    assert ground is not None
    assert ground.root == f"file://{guarded_environment}/store"


def test_the_static_half_imports_no_server() -> None:
    """The offline plan needs neither the gateway nor aiohttp."""
    script = (
        "import sys; from tradewind.providers.local.info import INFO; INFO.losses(None, None, None);"
        "print([m for m in ('aiohttp', 'tradewind.host.endpoints', 'boto3') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() == "[]"


def test_no_model_of_the_hub_and_no_server_that_is_an_image() -> None:
    found = lost(None, want(model=Artifact("hf:org/name", "sha256:2")))
    assert found["serve.model"].fatal
    assert "Hugging Face Hub" in found["serve.model"].reason
    refused = INFO.image("vllm", None, HERE, "serve")
    assert isinstance(refused, Loss)
    assert refused.fatal
    assert refused.path == "serve.framework"
    assert INFO.image("sklearn", None, HERE, "serve") == ""

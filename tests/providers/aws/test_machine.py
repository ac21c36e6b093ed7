"""Which SageMaker machine meets a need."""

from __future__ import annotations

import botocore.session
import pytest

from tradewind.machines import facts
from tradewind.providers.aws import disks
from tradewind.providers.aws.info import INFO
from tradewind.providers.base import Priced
from tradewind.spec.clouds.aws import Aws, AwsServe, AwsTrain, InstanceGroup
from tradewind.values import Hardware, Loss, Machine


@pytest.mark.parametrize(
    ("need", "chosen"),
    [
        (Hardware(cpus=3), "ml.c5.xlarge"),
        (Hardware(gpus=(("L4", 1),)), "ml.g6.xlarge"),
        (Hardware(gpus=(("H100", 8),)), "ml.p5.48xlarge"),
        (Hardware(gpus=(("H100", 1),)), "ml.p5.4xlarge"),
        (Hardware(gpus=(("A100", 8),)), "ml.p4d.24xlarge"),
        (Hardware(gpus=(("MI300X", 8), ("A100-80GB", 8))), "ml.p4de.24xlarge"),
        (Hardware(gpu_memory_gib=40, gpu_count=1), "ml.g6e.xlarge"),
        (Hardware(gpus=(("A10G", 1),), disk_gib=300), "ml.g5.2xlarge"),  # ml.g5.xlarge has 250 GB and takes no volume
        (Hardware(gpus=(("A10G", 1),), memory_gib=60), "ml.g5.4xlarge"),
    ],
)
def test_the_cheapest_that_meets_the_need(need: Hardware, chosen: str) -> None:
    found = INFO.machine(need, None, "train")
    assert isinstance(found, Machine)
    assert found.id == chosen
    assert found.cpus >= (need.cpus or 0)
    assert found.memory_gib >= (need.memory_gib or 0)


def test_without_gpus_asked_for_none_is_paid_and_nothing_burstable_is_chosen() -> None:
    for use in ("train", "serve"):
        found = INFO.machine(Hardware(), None, use)  # type: ignore[arg-type]  # a literal of the loop
        assert isinstance(found, Machine)
        assert found.gpus == 0
        assert not found.id.startswith(("ml.t2", "ml.t3"))


@pytest.mark.parametrize(
    ("need", "path", "near"),
    [
        (
            Hardware(gpus=(("H100", 16),)),
            "train.hardware.gpu",
            "ml.p5.48xlarge (192 CPUs, 2048 GiB, 8 x H100: too few",
        ),
        (Hardware(gpus=(("MI300X", 8),)), "train.hardware.gpu", "8 x B300: another GPU)"),
        (Hardware(memory_gib=9999), "train.hardware.memory", "ml.r8i.96xlarge"),
        (Hardware(gpus=(("L4", 1),), memory_gib=2000), "train.hardware", "ml.g6.48xlarge"),
    ],
)
def test_nothing_fits_says_what_is_near(need: Hardware, path: str, near: str) -> None:
    found = INFO.machine(need, None, "train")
    assert isinstance(found, Loss)
    assert found.fatal
    assert found.path == path
    assert near in found.reason


def test_a_named_machine_wins_even_when_it_is_new_to_us() -> None:
    named = Aws(train=AwsTrain(instance_type="ml.t3.medium"), serve=AwsServe(instance_type="ml.p9.48xlarge"))
    known = INFO.machine(Hardware(cpus=8), named, "train")
    assert isinstance(known, Machine)
    assert (known.id, known.cpus) == ("ml.t3.medium", 2)
    new = INFO.machine(Hardware(cpus=4, memory_gib=16, gpus=(("H100", 8),)), named, "serve")
    assert new == Machine("ml.p9.48xlarge", 4, 16, "H100", 8)


def test_what_the_settings_name() -> None:
    assert isinstance(INFO, Priced)
    groups = (
        InstanceGroup(name="a", instance_type="ml.g5.xlarge"),
        InstanceGroup(name="b", instance_type="ml.m5.large"),
    )
    assert INFO.pinned(Aws(train=AwsTrain(instance_groups=groups)), "train") == "ml.g5.xlarge"
    assert INFO.pinned(Aws(train=AwsTrain(instance_type="ml.m5.large")), "serve") is None
    assert INFO.pinned(None, "train") is None


def test_the_first_offered_that_fits_is_taken_whatever_it_costs_elsewhere() -> None:
    assert isinstance(INFO, Priced)
    dear_first = tuple(reversed(facts.instances("sagemaker")))
    found = INFO.choose(
        Hardware(gpus=(("L4", 1),)), None, "train", [it for it in dear_first if it.id.startswith("ml.g6.")]
    )
    assert isinstance(found, Machine)
    assert found.id == "ml.g6.48xlarge"
    assert isinstance(INFO.choose(Hardware(), None, "train", ()), Loss)


def test_every_machine_is_one_that_sagemaker_takes_for_that_use() -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")
    enums = {
        "train": set(model.shape_for("TrainingInstanceType").enum),
        "serve": set(model.shape_for("ProductionVariantInstanceType").enum),
    }
    kinds = facts.instances("sagemaker")
    assert len({it.id for it in kinds}) == len(kinds) > 300
    for it in kinds:
        assert it.uses
        assert all(it.id in enums[use] for use in it.uses)


@pytest.mark.parametrize(
    ("name", "brings"),
    [("ml.g5.xlarge", True), ("ml.p5.48xlarge", True), ("ml.m5d.large", True), ("ml.r6gd.xlarge", True),
     ("ml.m5.large", False), ("ml.p3.2xlarge", False), ("ml.inf2.xlarge", False), ("ml.trn1.32xlarge", True),
     # new to us: by their families
     ("ml.g5.96xlarge", True), ("ml.p6e-gb200.36xlarge", True), ("ml.m9gd.large", True), ("ml.m5.96xlarge", False)],
)  # fmt: skip
def test_own_disks(name: str, brings: bool) -> None:
    assert disks.brings_disk(name) is brings
    assert brings or disks.own_gib(name) is None

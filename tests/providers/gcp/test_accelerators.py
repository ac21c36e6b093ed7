"""Cards as requests name them."""

from __future__ import annotations

import pytest

from tradewind.machines import facts
from tradewind.providers.gcp import accelerators
from tradewind.providers.gcp.accelerators import Parts
from tradewind.spec import gpus
from tradewind.values import Machine


@pytest.mark.parametrize(
    ("machine", "parts"),
    [
        (Machine("n1-standard-8", 8, 30), Parts("n1-standard-8")),
        (Machine("n1-standard-8+T4:2", 8, 30, "T4", 2), Parts("n1-standard-8", "NVIDIA_TESLA_T4", 2)),
        (Machine("a2-highgpu-1g", 12, 85, "A100-40GB", 1), Parts("a2-highgpu-1g", "NVIDIA_TESLA_A100", 1)),
        (Machine("a3-megagpu-8g", 208, 1872, "H100-MEGA", 8), Parts("a3-megagpu-8g", "NVIDIA_H100_MEGA_80GB", 8)),
        (Machine("n1-standard-8+NVIDIA-NEW:1", 8, 30, "NVIDIA-NEW", 1), Parts("n1-standard-8", "NVIDIA-NEW", 1)),
        (Machine("ct5lp-hightpu-4t", 112, 192, "TPU-V5E", 4), Parts("ct5lp-hightpu-4t")),
    ],
)
def test_a_machine_in_its_parts(machine: Machine, parts: Parts) -> None:
    assert accelerators.parts(machine) == parts


def test_joining_and_splitting_agree() -> None:
    for card in ("T4", "V100:8"):
        name = accelerators.joined("n1-highmem-16", card)
        found = accelerators.parts(Machine(name, 16, 104, card.partition(":")[0], 1))
        assert found.machine_type == "n1-highmem-16"
        assert f"{found.count}" == (card.partition(":")[2] or "1")


def test_every_machine_that_is_known_can_be_asked_for() -> None:
    """Each card in the facts of Vertex AI has its name in requests, and is one that a spec knows."""
    for instance in facts.instances("vertex"):
        found = accelerators.parts(instance.machine)
        assert accelerators.ATTACHED not in found.machine_type
        if instance.gpu is not None and not accelerators.is_tpu(instance.machine):
            assert found.accelerator in accelerators.TYPES.values(), instance.id
            assert found.count == instance.gpus


def test_the_cards_are_those_that_a_spec_can_name() -> None:
    assert set(accelerators.TYPES) <= set(gpus.NAMES)
    assert set(accelerators.TYPES) >= accelerators.QUEUED

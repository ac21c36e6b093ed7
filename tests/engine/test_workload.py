"""Needs as the spec writes them."""

from __future__ import annotations

import itertools

import pytest
from fakes.machines import ALL

from tradewind.engine import workload
from tradewind.machines.matching import choose
from tradewind.spec.loading import loads
from tradewind.spec.models import Train
from tradewind.values import Hardware

SPEC = "name: a\nprovider: local\ntrain:\n  source: .\n  command: x\n  max_runtime: 1h\n  hardware: {{gpu: {}}}\n"


def need(gpu: str) -> Hardware:
    train = loads(SPEC.format(gpu), environ={}).train
    assert isinstance(train, Train)
    return workload.hardware(train.hardware)


def test_by_name_and_by_memory() -> None:
    assert need("[T4, L4:2, {memory: 24GiB+, count: 3}]") == Hardware(
        gpus=(("T4", 1), ("L4", 2)), gpu_memory_gib=24, gpu_count=3
    )


def test_of_needs_by_memory_the_one_that_all_others_meet_is_enough() -> None:
    assert need("[{memory: 80GiB+, count: 8}, {memory: 24GiB, count: 2}]") == Hardware(gpu_memory_gib=24, gpu_count=2)


def test_no_need_by_memory_is_a_need_for_another_image() -> None:
    """Fewer of a larger card would do, but none that runs no CUDA image, or stands beside an Arm CPU."""
    cards = {card for card, _ in need("[{memory: 16GiB, count: 8}, {memory: 15GiB, count: 9}]").gpus}
    assert "H200" in cards
    assert not cards & {"MI300X", "T4G", "GH200", "GB200"}


@pytest.mark.parametrize(
    ("alternatives", "chosen"),
    [
        (("{memory: 80GiB, count: 8}", "{memory: 24GiB, count: 1}", "H100:8"), "l4"),
        (("{memory: 24GiB, count: 9}", "{memory: 40GiB, count: 8}", "MI300X"), "a100"),
        (("{memory: 16GiB, count: 5}", "{memory: 24GiB, count: 4}", "{memory: 80GiB, count: 1}"), "l4s"),
    ],
)
def test_the_order_of_alternatives_never_matters(alternatives: tuple[str, ...], chosen: str) -> None:
    for order in itertools.permutations(alternatives):
        found = choose(ALL, need(f"[{', '.join(order)}]"), "train", "Cloud")
        assert getattr(found, "id", found) == chosen, order

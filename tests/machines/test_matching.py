"""Which machine types meet a need, and what is said where none does."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from fakes.machines import A10, A100, ALL, BURST, GRACE, H100, L4, L4S, LARGE, MIDDLE, NEURON, SERVING, SLICE, SMALL, T4

from tradewind.machines.instance import Instance, Use
from tradewind.machines.matching import choose, meets, misses, named, not_portable
from tradewind.values import Hardware, Loss, Machine


@pytest.mark.parametrize(
    ("need", "chosen"),
    [
        (Hardware(), SMALL),  # what throttles and what is of another architecture are cheaper
        (Hardware(cpus=3), MIDDLE),  # the accelerator with 8 CPUs is cheaper
        (Hardware(gpus=(("L4", 1),)), L4),
        (Hardware(gpus=(("L4", 1), ("T4", 1))), T4),
        (Hardware(gpus=(("H100", 1), ("L4", 2))), L4S),
        (Hardware(gpus=(("A10", 1),)), A10),  # a slice of one is cheaper
        (Hardware(gpus=(("A100", 8),)), A100),
        (Hardware(gpus=(("GH200", 1),)), GRACE),
        (Hardware(gpus=(("TRAINIUM", 1),)), NEURON),
        (Hardware(gpu_memory_gib=4, gpu_count=1), SLICE),
        (Hardware(gpu_memory_gib=24, gpu_count=1), L4),
        (Hardware(gpu_memory_gib=24, gpu_count=2), L4S),
        (Hardware(gpu_memory_gib=32, gpu_count=1), A100),
        (Hardware(gpu_count=1), SLICE),
        (Hardware(gpus=(("H100", 1),), gpu_memory_gib=16, gpu_count=1), T4),  # any of the alternatives
        (Hardware(gpus=(("L4", 1),), disk_gib=500), L4S),
        (Hardware(disk_gib=500), SMALL),  # brings no disk: a volume is attached
    ],
)
def test_the_first_that_meets_the_need(need: Hardware, chosen: Instance) -> None:
    assert choose(ALL, need, "train", "Cloud") == chosen.machine
    assert meets(chosen, need, "train")
    assert misses(chosen, need) == ()


def test_only_what_is_offered_for_the_use() -> None:
    need = Hardware(memory_gib=16)
    assert choose(ALL, need, "serve", "Cloud") == SERVING.machine
    assert choose(ALL, need, "train", "Cloud") == MIDDLE.machine


def test_own_disks_are_all_there_is_but_where_a_boot_disk_of_any_size_is_added() -> None:
    need = Hardware(gpus=(("L4", 1),), disk_gib=10_000)
    assert misses(L4, need) == ("disk",)
    assert misses(replace(L4, service="azureml"), need) == ("disk",)
    assert misses(replace(L4, service="vertex"), need) == ()


@pytest.mark.parametrize(
    ("need", "path", "said"),
    [
        (
            Hardware(gpus=(("H100", 16),)),
            "train.hardware.gpu",
            "no Cloud machine has 16 x H100; the nearest are h100 (192 CPUs, 2048 GiB, 8 x H100: too few GPUs),",
        ),
        (
            Hardware(gpus=(("MI300X", 8),)),
            "train.hardware.gpu",
            "the nearest are h100 (192 CPUs, 2048 GiB, 8 x H100: another GPU), a100 ",
        ),
        (Hardware(memory_gib=102_399_000), "train.hardware.memory", "has 102399000 GiB of memory and no GPU; "),
        (
            Hardware(memory_gib=9999),
            "train.hardware.memory",
            "9999 GiB of memory and no GPU; the nearest are large (192 CPUs, 1536 GiB: too little memory)",
        ),
        (
            Hardware(gpus=(("L4", 1),), memory_gib=500),
            "train.hardware",
            "1 x L4 and 500 GiB of memory; the nearest are l4s (48 CPUs, 192 GiB, 4 x L4: too little memory)",
        ),
        (
            Hardware(gpus=(("T4", 1),), cpus=8, memory_gib=20),
            "train.hardware",
            "the nearest are t4 (4 CPUs, 16 GiB, 1 x T4: too few CPUs and too little memory)",
        ),
        (
            Hardware(gpu_memory_gib=141, gpu_count=2),
            "train.hardware.gpu",
            "no Cloud machine has 2 GPUs of 141 GiB; the nearest are h100 (192 CPUs, 2048 GiB, 8 x H100: too little GPU), a100",
        ),
    ],
)
def test_nothing_fits_says_what_is_near_and_what_it_lacks(need: Hardware, path: str, said: str) -> None:
    found = choose(ALL, need, "train", "Cloud")
    assert isinstance(found, Loss)
    assert found.fatal
    assert found.path == path
    assert said in found.reason
    assert not any(f" {it.id} (" in found.reason for it in (BURST, NEURON))


def test_where_nothing_is_offered() -> None:
    found = choose((), Hardware(cpus=4), "serve", "Cloud")
    assert isinstance(found, Loss)
    assert "none is offered at all" in found.reason


@pytest.mark.parametrize("need", [Hardware(gpus=(("H100", 8),), cpus=100), Hardware(gpus=(("MI300X", 8),))])
def test_a_choice_among_a_thousand_is_no_matter(need: Hardware) -> None:
    offered = [replace(it, id=f"{it.id}-{n}") for it in (SMALL, MIDDLE, T4, LARGE) for n in range(250)] + [H100]

    def timed() -> float:
        began = time.perf_counter()
        choose(offered, need, "train", "Cloud")
        return time.perf_counter() - began

    assert min(timed() for _ in range(20)) < 0.02  # a region has some 150


def test_the_answer_is_a_machine() -> None:
    use: Use = "serve"
    assert choose([H100], Hardware(gpus=(("H100", 8),)), use, "Cloud") == Machine("h100", 192, 2048, "H100", 8)


def test_a_named_machine_is_taken_whatever_is_needed() -> None:
    assert named(BURST, "burst", Hardware(cpus=8)) == BURST.machine
    new = named(None, "new", Hardware(cpus=4, memory_gib=16, gpus=(("H100", 8), ("L4", 1))))
    assert new == Machine("new", 4, 16, "H100", 8)


def test_what_code_must_be_written_for_is_told() -> None:
    loss = not_portable(NEURON, "cloud.train.machine")
    assert loss is not None
    assert not loss.fatal
    assert (loss.path, loss.reason.partition(":")[0]) == ("cloud.train.machine", "not portable")
    assert not_portable(H100, "x") is None
    assert not_portable(None, "x") is None

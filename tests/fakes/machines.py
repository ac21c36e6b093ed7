"""A handful of machine types, cheapest first, of a cloud that does not exist."""

from __future__ import annotations

from tradewind.machines.instance import Instance


def kind(name: str, cpus: float, memory: float, gpu: str | None = None, gpus: int = 0, **more: object) -> Instance:
    return Instance("sagemaker", name, cpus, memory, gpu, gpus, **more)  # type: ignore[arg-type]  # fields by name


BURST = kind("burst", 2, 4, burstable=True)
ARM = kind("arm", 2, 8, arm=True)
SMALL = kind("small", 2, 8)
SERVING = kind("serving", 2, 16, uses=frozenset({"serve"}))
NEURON = kind("neuron", 8, 32, "TRAINIUM", 1, gpu_memory_gib=32, portable=False)
MIDDLE = kind("middle", 8, 32)
SLICE = kind("slice", 6, 55, "A10", 1, gpu_memory_gib=4)
T4 = kind("t4", 4, 16, "T4", 1, disk_gib=116)
L4 = kind("l4", 4, 16, "L4", 1, disk_gib=232)
A10 = kind("a10", 36, 440, "A10", 1, gpu_memory_gib=24)
L4S = kind("l4s", 48, 192, "L4", 4, disk_gib=3500)
LARGE = kind("large", 192, 1536)
A100 = kind("a100", 96, 1152, "A100-40GB", 8)
GRACE = kind("grace", 72, 480, "GH200", 1, arm=True)
H100 = kind("h100", 192, 2048, "H100", 8)
ALL = (BURST, ARM, SMALL, SERVING, NEURON, MIDDLE, SLICE, T4, L4, A10, L4S, LARGE, A100, GRACE, H100)

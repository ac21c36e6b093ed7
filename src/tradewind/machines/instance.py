"""One machine type of one service, as facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tradewind.values import Machine

Service = Literal["sagemaker", "vertex", "azureml"]
Use = Literal["train", "serve"]


@dataclass(frozen=True)
class Instance:
    """`gpu` is spec.gpus' name of the card; a Trainium, Inferentia or TPU has its own name there and `portable` False.

    Vertex attaches T4, V100, P4 and P100 to N1 machines: each pairing that is offered is a machine type of its own here,
    with the id `n1-standard-8+T4:2`.
    """

    service: Service
    id: str
    cpus: float
    memory_gib: float
    gpu: str | None = None
    gpus: int = 0
    gpu_memory_gib: float | None = None  # nominal, of one card
    disk_gib: float | None = None  # its own local disks together; None: it brings none
    network_gbps: float | None = None  # None: not known
    arm: bool = False
    uses: frozenset[Use] = frozenset({"train", "serve"})
    portable: bool = True  # False: the code must be written for this accelerator
    burstable: bool = False  # throttled once its credits are used up: never chosen, only named

    @property
    def machine(self) -> Machine:
        return Machine(self.id, self.cpus, self.memory_gib, self.gpu, self.gpus)

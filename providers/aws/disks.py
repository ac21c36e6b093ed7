"""Instance types that bring their own disk: no volume can be asked for there (CreateTrainingJob, ResourceConfig)."""

from __future__ import annotations

import re
from functools import cache

from tradewind.machines import facts

LARGEST_VOLUME_GIB = 16_384  # EBS gp2, for training; hosting takes 512 (ProductionVariant.VolumeSizeInGB)
LARGEST_SERVING_VOLUME_GIB = 512

# Of types that are new to us, whose disks' size nobody here knows: p6e-gb200, and what has a d in its name (m5d, r6gd, ...).
_WITH_DISKS = re.compile(r"p6e-.*|[cmr]\d+[a-z]*d")


def brings_disk(instance: str) -> bool:
    """Has its own NVMe disks, so that a volume is neither needed nor accepted."""
    known = facts.find("sagemaker", instance)
    if known is not None:
        return known.disk_gib is not None
    family = _family(instance)
    return family in _families() or _WITH_DISKS.fullmatch(family) is not None


def own_gib(instance: str) -> float | None:
    """Size of its own disks together ("Available storage is fixed to the NVMe-type instance's storage capacity"); None
    where it has none or where the size is not known here.
    """
    known = facts.find("sagemaker", instance)
    return known.disk_gib if known else None


@cache
def _families() -> frozenset[str]:
    """Those in which every size has disks: a new size will have them, too."""
    kinds = facts.instances("sagemaker")
    without = {_family(it.id) for it in kinds if it.disk_gib is None}
    return frozenset(_family(it.id) for it in kinds) - without


def _family(instance: str) -> str:
    return instance.split(".")[1]

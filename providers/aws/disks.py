"""Instance types that bring their own disk: no volume can be asked for there (CreateTrainingJob, ResourceConfig)."""

from __future__ import annotations

import re
from collections.abc import Mapping

LARGEST_VOLUME_GIB = 16_384  # EBS gp2, for training; hosting takes 512 (ProductionVariant.VolumeSizeInGB)
LARGEST_SERVING_VOLUME_GIB = 512

# A machine's NVMe disks all together in GB: InstanceStorageInfo.TotalSizeInGB of EC2's DescribeInstanceTypes, to which
# CreateTrainingJob refers ("Available storage is fixed to the NVMe-type instance's storage capacity").
_GB: Mapping[str, Mapping[str, int]] = {
    "g4dn": {"xlarge": 125, "2xlarge": 225, "4xlarge": 225, "8xlarge": 900, "12xlarge": 900, "16xlarge": 900},
    "g5": {
        "xlarge": 250, "2xlarge": 450, "4xlarge": 600, "8xlarge": 900,
        "12xlarge": 3800, "16xlarge": 1900, "24xlarge": 3800, "48xlarge": 7600,
    },
    "g6": {
        "xlarge": 250, "2xlarge": 450, "4xlarge": 600, "8xlarge": 900,
        "12xlarge": 3760, "16xlarge": 1880, "24xlarge": 3760, "48xlarge": 7520,
    },
    "g6e": {
        "xlarge": 250, "2xlarge": 450, "4xlarge": 600, "8xlarge": 900,
        "12xlarge": 3800, "16xlarge": 1900, "24xlarge": 3800, "48xlarge": 7600,
    },
    "g7e": {
        "2xlarge": 1900, "4xlarge": 1900, "8xlarge": 1900, "12xlarge": 3800, "24xlarge": 7600, "48xlarge": 15_200,
    },
    "m5d": {
        "large": 75, "xlarge": 150, "2xlarge": 300, "4xlarge": 600, "8xlarge": 1200,
        "12xlarge": 1800, "16xlarge": 2400, "24xlarge": 3600,
    },
    "p3dn": {"24xlarge": 1800},
    "p4d": {"24xlarge": 8000},
    "p4de": {"24xlarge": 8000},
    "p5": {"4xlarge": 3800, "48xlarge": 30_400},
    "p5e": {"48xlarge": 30_400},
    "p5en": {"48xlarge": 30_400},
    "p6-b200": {"48xlarge": 30_400},
    "p6-b300": {"48xlarge": 30_400},
    "trn1": {"2xlarge": 474, "32xlarge": 7600},
    "trn1n": {"32xlarge": 7600},
    "trn2": {"48xlarge": 7600},
}  # fmt: skip
# Families whose machines have disks of a size that is not listed here.
_OTHERS = frozenset({"p6e-gb200"})
_WITH_D = re.compile(r"[cmr]\d+[a-z]*d")  # m5d, c5d, r6gd, ...


def brings_disk(instance: str) -> bool:
    """Has its own NVMe disks, so that a volume is neither needed nor accepted."""
    family = instance.split(".")[1]
    size = instance.rpartition(".")[2]
    return size in _GB.get(family, {}) or family in _GB or family in _OTHERS or _WITH_D.fullmatch(family) is not None


def own_gib(instance: str) -> float | None:
    """Size of its own disks together; None where it has none or where the size is not known here."""
    _, family, size = instance.split(".")
    gigabytes = _GB.get(family, {}).get(size)
    return None if gigabytes is None else gigabytes * 1000**3 / 1024**3

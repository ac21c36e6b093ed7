"""Makes sources/sagemaker.json: which types SageMaker takes, by botocore's model, and what AWS says is in them.

`python -m tradewind.cost.build.sagemaker_types`, where boto3 and moto are installed: moto ships what EC2's
DescribeInstanceTypes answers. Run again after an upgrade of either, the rest of the build reads the file alone.
"""

from __future__ import annotations

import gzip
import importlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tradewind.cost.build.rows import SOURCES

FILE = SOURCES / "sagemaker.json"
COLUMNS = (
    "id", "uses", "cpus", "memory GiB", "accelerator", "count", "GiB each", "own disks GB", "network Gbit/s", "arm",
)  # fmt: skip
_SHAPES = {"t": "TrainingInstanceType", "s": "ProductionVariantInstanceType"}


def make() -> dict[str, Any]:
    model = importlib.import_module("botocore.session").get_session().get_service_model("sagemaker")
    takes = {letter: frozenset(model.shape_for(shape).enum) for letter, shape in _SHAPES.items()}
    table = Path(str(importlib.import_module("moto").__file__)).parent / "ec2" / "resources" / "instance_types.json.gz"
    ec2: dict[str, Any] = json.loads(gzip.decompress(table.read_bytes()))
    names = sorted(takes["t"] | takes["s"])
    return {
        "source": f"botocore {version('botocore')}, service model sagemaker ({' and '.join(_SHAPES.values())}); "
        f"moto {version('moto')}, ec2/resources/instance_types.json.gz (EC2 DescribeInstanceTypes); both Apache-2.0",
        "columns": COLUMNS,
        "types": [
            [name, "".join(use for use in takes if name in takes[use]), *_facts(ec2.get(name.removeprefix("ml.")))]
            for name in names
        ],
    }


def _facts(said: dict[str, Any] | None) -> list[Any]:
    if said is None:
        return []
    return [
        said["VCpuInfo"]["DefaultVCpus"],
        said["MemoryInfo"]["SizeInMiB"] / 1024,
        *_accelerator(said),
        said.get("InstanceStorageInfo", {}).get("TotalSizeInGB"),
        _network(said["NetworkInfo"].get("NetworkCards", [])),
        "x86_64" not in said["ProcessorInfo"]["SupportedArchitectures"],
    ]


def _accelerator(said: dict[str, Any]) -> tuple[str, int, float]:
    if found := said.get("GpuInfo", {}).get("Gpus"):
        return f"NVIDIA {found[0]['Name']}", found[0]["Count"], found[0]["MemoryInfo"]["SizeInMiB"] / 1024
    if found := said.get("NeuronInfo", {}).get("NeuronDevices"):
        return f"AWS {found[0]['Name']}", found[0]["Count"], found[0]["MemoryInfo"]["SizeInMiB"] / 1024
    return "", 0, 0


def _network(cards: list[dict[str, Any]]) -> float | None:
    """What the machine keeps up, not the burst of "up to"; None where AWS gives words only."""
    rates = [float(rate) for card in cards if (rate := card.get("BaselineBandwidthInGbps")) is not None]
    return round(sum(rates), 3) if rates and len(rates) == len(cards) else None


if __name__ == "__main__":
    made = make()
    types = ",\n".join(json.dumps(row) for row in made.pop("types"))
    FILE.write_text(f'{json.dumps(made, indent=1)[:-2]},\n "types": [\n{types}\n]}}\n', "utf-8")

"""Makes instances.json: what machine types SageMaker takes, by botocore's model, and what is in them, by a price table.

`python -m tradewind.providers.aws.data.make_instances prices.csv instance_gpu_info.json 2026-11-24`: the first has the columns
service, instance_type, region, vcpus, memory_gib, accelerator, accelerator_count, accelerator_memory_gib and
price_usd_hour (AWS's price lists); the second comes with sagemaker-core and counts GPUs.
"""

from __future__ import annotations

import csv
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CARDS = {
    "NVIDIA T4": "T4", "NVIDIA L4": "L4", "NVIDIA L40S": "L40S", "NVIDIA A10G": "A10G", "NVIDIA H100": "H100",
    "NVIDIA H200": "H200", "NVIDIA B200": "B200", "NVIDIA B300": "B300", "NVIDIA RTX PRO 6000": "RTX-PRO-6000",
}  # fmt: skip
SIZED = {("NVIDIA V100", "16"): "V100", ("NVIDIA V100", "32"): "V100-32GB",
         ("NVIDIA A100", "40"): "A100-40GB", ("NVIDIA A100", "80"): "A100-80GB"}  # fmt: skip


def card(row: dict[str, str]) -> str:
    """The name as deploy.yaml writes it; "" where there is none, the maker's own for what is no GPU (Trainium)."""
    name = row["accelerator"]
    return CARDS.get(name) or SIZED.get((name, row["accelerator_memory_gib"])) or name


def make(prices: Path, counts: Path, date: str) -> dict[str, Any]:
    usable = _usable()
    gpus = _gpu_counts(counts)
    found: dict[str, list[Any]] = {}
    price: dict[str, float] = {}
    for row in _rows(prices):
        name = row["instance_type"] if row["instance_type"].startswith("ml.") else f"ml.{row['instance_type']}"
        uses = "".join(letter for letter, names in usable.items() if name in names)
        if not uses:
            continue
        count = int(row["accelerator_count"] or 0)
        if name in gpus and gpus[name] != count and card(row) in {*CARDS.values(), *SIZED.values()}:
            raise SystemExit(f"{name}: {count} GPUs in one source, {gpus[name]} in the other")
        found[name] = [uses, float(row["vcpus"]), float(row["memory_gib"]), card(row), count]
        if row["region"] == "us-east-1" and (row["service"] == "sagemaker" or name not in price):
            price[name] = float(row["price_usd_hour"])
    order = sorted(found, key=lambda n: (price.get(n, float("inf")), *found[n][1:3], n))
    sources = (
        f"botocore {importlib.import_module('botocore').__version__} (Apache-2.0), AWS price lists, sagemaker-core"
    )
    return {"source": sources, "date": date,
            "columns": ["id", "uses: t train, s serve", "cpus", "memory_gib", "gpu", "gpus"],
            "order": "cheapest first, by list prices of us-east-1",
            "instances": [[name, *found[name]] for name in order]}  # fmt: skip


def _usable() -> dict[str, frozenset[str]]:
    model = importlib.import_module("botocore.session").get_session().get_service_model("sagemaker")
    shapes = {"t": "TrainingInstanceType", "s": "ProductionVariantInstanceType"}
    return {letter: frozenset(model.shape_for(shape).enum) for letter, shape in shapes.items()}


def _gpu_counts(file: Path) -> dict[str, int]:
    regions: dict[str, dict[str, Any]] = json.loads(file.read_text("utf-8"))
    return {name: facts["Count"] for region in regions.values() for name, facts in region.items()}


def _rows(prices: Path) -> Iterator[dict[str, str]]:
    """EC2's first, so that SageMaker's own rows have the last word."""
    with prices.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["service"] in ("ec2", "sagemaker")]
    yield from sorted(rows, key=lambda row: row["service"])


if __name__ == "__main__":
    made = make(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    instances = ",\n".join(json.dumps(row) for row in made.pop("instances"))
    head = json.dumps(made, indent=1).rstrip("}\n")
    (HERE / "instances.json").write_text(f'{head},\n "instances": [\n{instances}\n]}}\n', "utf-8")

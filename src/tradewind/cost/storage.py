"""Disks that machines are given, where their rate is known.

- SageMaker: ML storage, a GB-month; machine types with NVMe disks of their own take and pay none.
- Vertex AI: the boot disk of each training machine; a prediction node's is in its price.
- Azure ML: each machine's system disk is a managed disk of the subscription, whose rate is not in the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tradewind.cost.lines import Line
from tradewind.cost.rates import UNKNOWN
from tradewind.cost.span import Span
from tradewind.machines.instance import Service, Use
from tradewind.values import Rate

HOURS_A_MONTH = 730


@dataclass(frozen=True)
class Disk:
    """What each machine gets where nothing was asked for, and what a GB of it costs, by region. `hours` make one unit.

    `kind`: the one that the rates are of, "" where there is but one.
    """

    text: str
    default_gb: Decimal
    unit: str
    hours: int
    rates: Mapping[str, Rate]
    kind: str = ""


_NOTES = "2026-11-22"  # when the notes of the price data were written, which these two figures are from
_ML_STORAGE = {"us-east-1": Rate(Decimal("0.14"), "USD", "SageMaker ML storage, a GB-month", _NOTES)}
_BOOT_DISK = {"us-central1": Rate(Decimal("0.0002678"), "USD", "Vertex AI training, SSD boot disk, a GB-hour", _NOTES)}
_DISKS: Mapping[tuple[Service, Use], Disk] = {
    # 30 GB is what our request asks for. An endpoint's is asked for where the spec says so, and is the service's else.
    ("sagemaker", "train"): Disk("ML storage", Decimal(30), "GB-month", HOURS_A_MONTH, _ML_STORAGE),
    ("sagemaker", "serve"): Disk("ML storage", Decimal(0), "GB-month", HOURS_A_MONTH, _ML_STORAGE),
    ("vertex", "train"): Disk(
        "boot disk", Decimal(100), "GB-hour", 1, _BOOT_DISK, "pd-ssd"
    ),  # DiskSpec.boot_disk_size_gb
}


def storage(
    service: Service,
    use: Use,
    region: str,
    machine_hours: Span,
    *,
    disk_gb: Decimal | None,
    own_disk: bool,
    kind: str = "",
) -> Line | None:
    """The disks of so many machines for so long; None where there is nothing to pay. `disk_gb`: as asked for, of one machine;
    `kind` as well, "" for the usual one.

    A size that nobody asked for is `small`: it is named where its rate is unknown, and breaks no budget.
    """
    if service == "azureml":  # its size is the service's to choose
        why = "their rate is not known"
        return Line("storage", "system disks", "machine-hour", machine_hours, UNKNOWN, None, why, small=True)
    disk = _DISKS.get((service, use))
    if disk is None or (service == "sagemaker" and own_disk):
        return None
    size = disk_gb if disk_gb is not None else disk.default_gb
    if size == 0:
        return None
    usual = kind in ("", disk.kind)
    rate = disk.rates.get(region, UNKNOWN) if usual else UNKNOWN
    price = None if rate.amount is None else Span.exactly(rate.amount)
    why = (
        ""
        if price is not None
        else f"its rate in {region} is not known"
        if usual
        else f"the rate of {kind} is not known"
    )
    quantity = machine_hours.times(Span.exactly(size / disk.hours))
    text = f"{size:f} GB of {disk.text} for each machine"
    return Line("storage", text, disk.unit, quantity, rate, price, why, small=disk_gb is None)

"""Price rows as they were collected: one a cloud, service, usage, region and machine type, each with source and date."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

SOURCES = Path(__file__).parent / "sources"
_COLUMNS = (
    "cloud", "service", "usage", "region", "instance_type", "vcpus", "memory_gib", "accelerator", "accelerator_count",
    "accelerator_memory_gib", "price_usd_hour", "spot_price_usd_hour", "source", "source_date",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """`usage` is training, hosting or vm (the bare machine); money is US dollars an hour."""

    cloud: str
    service: str
    usage: str
    region: str
    instance: str
    cpus: str
    memory_gib: str
    accelerator: str
    accelerators: str
    each_gib: str
    price: Decimal
    spot: Decimal | None
    source: str
    date: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.service, self.usage, self.region, self.instance

    @property
    def day(self) -> str:
        """YYYY-MM-DD; a month that was given without a day is its first, so that no price looks younger than it is."""
        return self.date if len(self.date) == 10 else f"{self.date}-01"


def read(file: Path) -> tuple[Row, ...]:
    """Rows of a CSV with all columns, or of one that `write` made, where `#n` is the n-th line of the sources beside it.

    Raises ValueError where a row has no price, source or date, or where a key comes twice.
    """
    names = _named(file.with_name(f"{file.stem}.sources.txt"))
    with file.open(encoding="utf-8", newline="") as lines:
        rows = tuple(_row(fields, names) for fields in csv.DictReader(lines))
    seen: set[tuple[str, str, str, str]] = set()
    for row in rows:
        if row.key in seen:
            raise ValueError(f"{file.name}: twice: {', '.join(row.key)}")
        seen.add(row.key)
    return rows


def write(file: Path, rows: Iterable[Row]) -> None:
    """The same rows with each source named once: nothing is lost, and a diff stays readable."""
    ordered = sorted(rows, key=lambda row: row.key)
    sources = sorted({row.source for row in ordered})
    number = {source: f"#{index}" for index, source in enumerate(sources)}
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([_COLUMNS, *(_fields(row, number) for row in ordered)])
    file.with_name(f"{file.stem}.sources.txt").write_text("".join(f"{source}\n" for source in sources), "utf-8")


def _fields(row: Row, number: Mapping[str, str]) -> list[str]:
    return [
        row.cloud, row.service, row.usage, row.region, row.instance, row.cpus, row.memory_gib, row.accelerator,
        row.accelerators, row.each_gib, f"{row.price:f}", "" if row.spot is None else f"{row.spot:f}",
        number[row.source], row.date,
    ]  # fmt: skip


def _named(file: Path) -> Mapping[str, str]:
    if not file.exists():
        return {}
    return {f"#{index}": line for index, line in enumerate(file.read_text("utf-8").splitlines())}


def _row(fields: Mapping[str, str], names: Mapping[str, str]) -> Row:
    said = (fields[column].strip() for column in _COLUMNS)
    cloud, service, usage, region, instance, cpus, memory, accelerator, count, each, price, spot, source, date = said
    row = Row(
        cloud, service, usage, region, instance, cpus, memory, accelerator, count, each,
        Decimal(price or "0"), Decimal(spot) if spot else None, names.get(source, source), date,
    )  # fmt: skip
    if row.price <= 0 or not row.source or row.source.startswith("#") or not row.date:
        raise ValueError(f"no price, source or date: {', '.join(row.key)}")
    return row

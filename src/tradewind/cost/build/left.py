"""What the build leaves out, and why: nothing is lost without a word."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Left:
    """A price, read or computed, or a machine type that is not shipped; `region` is "" for what is true of all."""

    service: str
    use: str
    region: str
    instance: str
    why: str


def write(file: Path, left: Iterable[Left]) -> None:
    """One line a reason, service, use and machine type, with its regions."""
    regions: dict[tuple[str, str, str, str], set[str]] = {}
    for it in left:
        regions.setdefault((it.why, it.service, it.use, it.instance), set()).add(it.region)
    with file.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(("why", "service", "use", "machine_type", "regions"))
        lines.writerows((*key, " ".join(sorted(named))) for key, named in sorted(regions.items()))

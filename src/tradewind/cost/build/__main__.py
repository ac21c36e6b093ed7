"""`python -m tradewind.cost.build [prices.csv]`: writes the shipped prices and machine facts, and what was left out.

Without a file it reads sources/prices.csv; with one, that file is taken over there first (each source named once), so that
the next run without it makes the same bytes. What it leaves out it writes to left_out.csv, with the reason.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from tradewind.cost.build import everything, left, rows

PRICES = rows.SOURCES / "prices.csv"
LEFT_OUT = Path(__file__).parent / "left_out.csv"


def main(arguments: list[str]) -> int:
    """0, or 2 where a table cannot be read or sources contradict each other: nothing is written then."""
    if not rows.SOURCES.is_dir():
        sys.stderr.write("the tables that prices are made from are in the repository, not in an installed tradewind\n")
        return 2
    try:
        read = rows.read(Path(arguments[0]) if arguments else PRICES)
        made = everything.make(read)
    except (OSError, ValueError) as e:
        sys.stderr.write(f"{e}\n")
        return 2
    if arguments:
        rows.write(PRICES, read)
    for file, text in made.files.items():
        file.write_text(text, "utf-8")
    left.write(LEFT_OUT, made.left)
    sys.stdout.write(_report(len(read), made))
    return 0


def _report(read: int, made: everything.Made) -> str:
    lines = [f"{read} rows read"]
    for service, prices in made.prices.items():
        computed = sum(1 for price in prices if price.rule)
        lines.append(f"{service}: {len(prices)} prices, {computed} of them by rule")
    for (service, why), count in sorted(Counter((it.service, it.why) for it in made.left).items()):
        lines.append(f"left out: {service}: {count} ({why})")
    return "\n".join([*lines, f"each by name in {LEFT_OUT.name}", ""])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

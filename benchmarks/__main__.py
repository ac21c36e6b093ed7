"""`python -m benchmarks [NAME...]`: run the benchmarks and print one table of name, figure and goal."""

from __future__ import annotations

import importlib
import sys

ALL = ("startup", "catalogue", "cost", "bundle", "rollout", "gateway", "serving", "aws", "infra")


def main(names: list[str]) -> int:
    unknown = sorted(set(names) - set(ALL))
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    rows: list[tuple[str, str, str]] = []
    for name in names or ALL:
        print(f"running {name} ...", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"benchmarks.{name}").figures()
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for name, figure, goal in rows:
        print(f"{name:<{widths[0]}}  {figure:<{widths[1]}}  {goal}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Tables of a provider's page that are written from the code they are about.

A table stands between `<!-- NAME: written by python -m MODULE -->` and `<!-- end of NAME -->`; tests compare it with what the
module would write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from tradewind.values import Loss

Tables = Mapping[str, Callable[[], Iterator[str]]]


def filled(page: str, tables: Tables, module: str) -> str:
    """The page with every table written anew."""
    for name, rows in tables.items():
        begin, end = f"<!-- {name}: written by python -m {module} -->", f"<!-- end of {name} -->"
        table = "\n".join(rows())
        page, count = re.subn(
            f"{re.escape(begin)}\n.*?{re.escape(end)}",
            lambda _, made=f"{begin}\n{table}\n{end}": made,
            page,
            flags=re.DOTALL,
        )
        assert count == 1, f"the page has {count} places for {name}"
    return page


def losses(service: str, block: str, lost: Iterable[Loss]) -> Iterator[str]:
    """One line for each loss that is told otherwise; those of the escape block come last.

    Which machines are the nearest to a need is left out: it changes with the catalogue.
    """
    yield f"| asked for | {service} | instead |"
    yield "|---|---|---|"
    found: dict[tuple[str, str], Loss] = {}
    for loss in lost:
        found.setdefault((loss.path, loss.reason), loss)
    for loss in sorted(found.values(), key=lambda it: (it.path.startswith(f"{block}."), it.path)):
        reason = loss.reason.partition("; the nearest")[0]
        yield f"| `{loss.path}` | {reason} | {'**refused**' if loss.fatal else loss.instead} |"

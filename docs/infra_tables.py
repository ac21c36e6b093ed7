"""The tables of docs/infra.md: what each identity needs and why, of the tables in providers/; what the ground bills.

`python -m docs.infra_tables` writes them.
"""

from __future__ import annotations

import re
from pathlib import Path

from docs import infra_costs
from tradewind.infra.policy import IDENTITIES
from tradewind.providers.aws import actions as aws
from tradewind.providers.azure import actions as azure
from tradewind.providers.gcp import actions as gcp

PAGE = Path(__file__).parent / "infra.md"
BLOCK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

Row = tuple[str, tuple[str, ...], str, str]  # permission, verbs, where, why


def rows(cloud: str) -> list[Row]:
    if cloud == "aws":
        return [(it.action, it.verbs, ", ".join(map(_named, it.on)), it.why) for it in aws.ROWS]
    if cloud == "gcp":
        return [(it.permission, it.verbs, it.on, it.why) for it in gcp.ROWS]
    return [(it.action, it.verbs, it.scope + (", data" if it.data else ""), it.why) for it in azure.ROWS]


def _named(pattern: str) -> str:
    """Of an ARN, what it is about; the rest is partition, region and account."""
    return "anything" if pattern == "*" else f"`{pattern.split(':', 5)[-1]}`"


def table(cloud: str) -> str:
    """One line for each permission: who holds it, for which verbs, where it is bound, and why. `costs`: see infra_costs."""
    if cloud == "costs":
        return infra_costs.table()
    out = ["| permission | held by | for | bound on | why |", "|---|---|---|---|---|"]
    for permission, verbs, bound, why in rows(cloud):
        who = [name for name in IDENTITIES if set(aws.IDENTITIES[name]) & set(verbs)]
        out.append(f"| `{permission}` | {', '.join(who)} | {', '.join(verbs)} | {bound} | {why} |")
    return "\n".join(out) + "\n"


def filled(page: str) -> str:
    return BLOCK.sub(lambda found: found[1] + table(found[2]) + found[3], page)


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf-8")), "utf-8")

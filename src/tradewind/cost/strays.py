"""Own prices of what does not exist, as far as anybody here knows: most likely mistyped, and then silently not used."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tradewind.cost.own import OwnPrices, is_exact
from tradewind.machines.instance import Service
from tradewind.spec.suggest import closest


def strays(own: OwnPrices, service: Service, instances: Collection[str], regions: Collection[str]) -> Iterator[str]:
    """One sentence a row of that service whose machine type or region nobody knows."""
    for row in own.rows:
        if row.service != service:
            continue
        where = f"{own.name}:{row.line}" if row.line else own.name
        for what, name, known in (("machine type", row.instance, instances), ("region", row.region, regions)):
            if is_exact(name) and name not in known:
                meant = closest(name, known)
                yield f"{where}: {name} is no {what} that is known here" + (f"; did you mean {meant}?" if meant else "")

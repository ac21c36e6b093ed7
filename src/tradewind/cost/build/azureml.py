"""Azure ML: the virtual machine's price and no surcharge, the same for training and serving."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tradewind.cost.build.rows import Row
from tradewind.cost.stored import Price

SPOT_RULE = "Azure Spot price of the virtual machine; clusters of low-priority nodes bill another meter"
NO_DISCOUNT = f"{SPOT_RULE}; the source gives the on-demand price for spot"


def prices(rows: Iterable[Row]) -> Iterator[Price]:
    for row in rows:
        if row.service == "azureml":
            rule = NO_DISCOUNT if row.spot == row.price else SPOT_RULE
            yield Price(
                row.region, "train serve", row.instance, row.price, row.source, row.day, "",
                row.spot, None, None, row.source, row.day, rule,
            )  # fmt: skip

"""`serve.usage:`: the load to expect. It says what an endpoint will cost, and changes nothing that runs."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

from tradewind.spec.fields import Field, Line, LongDuration, Percent, wrong
from tradewind.spec.models.base import Model, Relation
from tradewind.spec.nodes import Filled
from tradewind.spec.yaml12 import scalar

MOST = 10_000_000
PARTS = (24, 168)  # hours of a day, of a week
_NUMBER_SAID = f"must be a number from 0 to {MOST}"
_ONE = {"type": "number", "minimum": 0, "maximum": MOST}
_SAID = "is requests a second: one number, or one for each hour of the day (24) or of the week (168)"


def number(value: Any, _written: bool) -> Decimal:
    """A bare number, exact as it is written."""
    found = scalar(value) if isinstance(value, Filled) else value
    if isinstance(found, bool) or not isinstance(found, (int, float, Decimal)) or not 0 <= found <= MOST:
        raise wrong(_NUMBER_SAID)
    return Decimal(str(found))


def _each_hour(value: Any, _written: bool) -> Any:
    if not isinstance(value, (list, tuple)):
        return [value]
    if len(value) not in (1, *PARTS):
        raise wrong(_SAID)
    return list(value)


Number = Annotated[Decimal, Field(number, _ONE)]
_HOURS = {
    "anyOf": [_ONE, *({"type": "array", "items": _ONE, "minItems": many, "maxItems": many} for many in (1, *PARTS))]
}


class Usage(Model):
    """The load to expect: one of `requests_per_second`, `duty` and `file`. Without it, the smallest size is expected."""

    requests_per_second: Annotated[tuple[Number, ...], Field(_each_hour, _HOURS, inner=True)] = ()
    """One number, or a list: one for each hour of the day (24) or of the week (168)."""
    duty: Percent | None = None
    """Share of the time in which the endpoint is at its largest; it is at its smallest for the rest."""
    file: Line | None = None
    """CSV beside deploy.yaml with a column `requests_per_second`: one row for each equal part of a period that repeats."""
    request_time: LongDuration | None = None
    """How long one request takes. Needed where replicas follow `concurrency`."""
    tokens_per_second: Annotated[Decimal, Field(number, _ONE)] | None = None
    """What one replica makes at full load: gives the price of a million tokens."""

    def relations(self) -> Iterator[Relation]:
        names = ("requests_per_second", "duty", "file")
        said = [name for name in names if getattr(self, name) not in (None, ())]
        if len(said) > 1:
            message = f"is given together with `{said[0]}`; keep one of them"
            yield Relation((said[1],), message, tuple((name,) for name in names))

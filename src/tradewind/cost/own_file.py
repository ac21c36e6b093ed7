"""Reading a team's own price file. What is wrong in it is told like what is wrong in deploy.yaml: with line and column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from tradewind.cost.discount import service_of
from tradewind.cost.own import OwnPrice, OwnPrices
from tradewind.errors import Problem, SpecError
from tradewind.spec.fields import WRITTEN
from tradewind.spec.models.prices import PriceFile, PriceRow
from tradewind.spec.nodes import Dict, Node, child, plain
from tradewind.spec.problems import explain
from tradewind.spec.yaml12 import MAX_BYTES, parse

CODE = "TW068"
HINT = (
    "each price is written like {provider: aws, region: us-east-1, instance: ml.g5.xlarge, amount: 1.20 USD}, "
    "after a `date:`; docs/cost.md says more"
)


def read(path: Path, name: str) -> OwnPrices:
    """`name` is the file as people wrote it. Raises SpecError with every problem in it."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SpecError([Problem("prices.file", f"{name} is not there", value=name)], code=CODE, hint=HINT) from None
    except OSError as error:
        said = f"{name} cannot be read: {error.strerror}"
        raise SpecError([Problem("prices.file", said, value=name)], code=CODE, hint=HINT) from None
    return reads(data, name)


def reads(data: bytes | str, name: str) -> OwnPrices:
    """`read`, of what is in the file."""
    try:
        root, problems = parse(data, name)
    except SpecError as error:
        raise SpecError(error.problems, code=CODE, hint=HINT) from None
    try:
        said = PriceFile.model_validate(plain(root), context=WRITTEN)
    except ValidationError as error:
        problems += [finding.problem for finding in explain(root, error.errors(include_url=False), PriceFile)]
        said = None
    if said is not None:
        problems += _twice(said, root, name)
    if problems or said is None:
        raise SpecError(sorted(problems, key=lambda it: (it.line, it.column)), code=CODE, hint=HINT)
    rows = (_row(row, _line(root, index)) for index, row in enumerate(said.prices))
    return OwnPrices(tuple(row for row in rows if row is not None), name, said.date)


def _row(said: PriceRow, line: int) -> OwnPrice | None:
    service = service_of(said.provider)
    if service is None:  # the grammar lets none in that has no service
        return None
    return OwnPrice(
        service=service,
        instance=said.instance,
        amount=said.amount.amount,
        currency=said.amount.currency,
        region=said.region,
        use=said.use,
        spot=said.spot.amount if said.spot else None,
        line=line,
    )


def _twice(said: PriceFile, root: Dict, name: str) -> Iterator[Problem]:
    """Two rows about the very same: one of them would silently win."""
    seen: dict[tuple[str, str, str, str | None], int] = {}
    for index, row in enumerate(said.prices):
        key = (row.provider, row.region, row.instance, row.use)
        node, line = _node(root, index), _line(root, index)
        if key in seen and node is not None:
            message = f"is about the same as the row in line {seen[key]}; keep one"
            yield Problem(f"prices[{index}]", message, name, line, node.mark.column, row.instance)
        seen.setdefault(key, line)


def _node(root: Dict, index: int) -> Node | None:
    rows = child(root, "prices")
    return child(rows, index) if rows is not None else None


def _line(root: Dict, index: int) -> int:
    node = _node(root, index)
    return node.mark.line if node is not None else 0

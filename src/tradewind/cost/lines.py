"""The parts of an estimate and their sum. A part that nobody can price is named, and never counted as 0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tradewind.cost.span import Span
from tradewind.values import Rate

Part = Literal["machines", "storage", "overlap"]  # what the money is for


@dataclass(frozen=True)
class Line:
    """`quantity` units at `price` each, in the currency of `rate`, which also says where the price is from.

    `price` None: unknown, because of `why`. `small`: a part that the spec did not ask for and that no plan turns on (the disk
    that every machine comes with): unknown, it is named, but breaks no budget.
    """

    part: Part
    text: str  # "2 x ml.p5.48xlarge"
    unit: str  # "machine-hour", "GB-month"
    quantity: Span
    rate: Rate
    price: Span | None
    why: str = ""
    small: bool = False
    rule: str = ""  # how the price was computed, "" where it was read

    @property
    def total(self) -> Span | None:
        return None if self.price is None else self.quantity.times(self.price)


@dataclass(frozen=True)
class Estimate:
    """`total` is the sum of the parts that are known, None where the machines themselves have no price.

    `unknown` names every part that is not in it; `left_out` what nobody asked to be counted (traffic, logs).
    """

    lines: tuple[Line, ...]
    total: Span | None
    currency: str
    unknown: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def name(self, line: Line) -> str:
        """An unknown part: what it is, and why nobody knows it."""
        return _name(line, self.currency)

    @property
    def open(self) -> tuple[Line, ...]:
        """The unknown parts that a budget fails closed on."""
        return tuple(line for line in self.lines if not _adds(line, self.currency) and not line.small)


def estimate(lines: Iterable[Line], *, left_out: tuple[str, ...] = (), notes: tuple[str, ...] = ()) -> Estimate:
    """The sum, in the machines' currency. A part in another one cannot be added: it is named as unknown."""
    made = tuple(lines)
    main = [line for line in made if line.part == "machines"]
    currency = next((line.rate.currency for line in main if line.price is not None), "USD")
    known = [line for line in made if _adds(line, currency)]
    unknown = tuple(_name(line, currency) for line in made if line not in known)
    total = None
    if known and all(line in known for line in main):
        total = sum((line.total for line in known if line.total is not None), Span.exactly(0))
    return Estimate(made, total, currency, unknown, left_out, notes)


def _adds(line: Line, currency: str) -> bool:
    return line.price is not None and line.rate.currency == currency


def free() -> Estimate:
    """Where running costs nothing at all."""
    return known(Span.exactly(0), "USD")


def known(total: Span, currency: str) -> Estimate:
    """A sum whose parts are not told."""
    return Estimate((), total, currency)


def unpriced(why: str) -> Estimate:
    """Where nothing at all is known."""
    return Estimate((), None, "USD", (why,))


def _name(line: Line, currency: str) -> str:
    why = line.why
    if line.price is not None:
        why = f"it is priced in {line.rate.currency}, the machines in {currency}"
    return f"{line.text}: {why}" if why else line.text

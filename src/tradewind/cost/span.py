"""A number that is known only between two others."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Span:
    """low <= expected <= high, of hours, replicas or money. Never used for what is unknown."""

    low: Decimal
    expected: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        if not self.low <= self.expected <= self.high:
            raise ValueError(f"not in order: {self.low}, {self.expected}, {self.high}")

    @classmethod
    def exactly(cls, value: Decimal | int) -> Span:
        number = Decimal(value)
        return cls(number, number, number)

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def times(self, other: Span) -> Span:
        """Of two numbers that are not negative."""
        return Span(self.low * other.low, self.expected * other.expected, self.high * other.high)

"""The parameters that a command names."""

from __future__ import annotations

from tradewind.spec.command import placeholders


def test_placeholders_are_named_once() -> None:
    assert list(placeholders("{a} {b} {a} {{c}}")) == [("a", ""), ("b", "")]

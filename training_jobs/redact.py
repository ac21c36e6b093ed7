"""Secrets' values out of text and of streams, also where a value is cut in two by the reads."""

from __future__ import annotations

from typing import Iterable

MASK = "***"
SHORTEST = 4  # characters; shorter values would blacken half of every log and hide nothing


class Redactor:
    def __init__(self, values: Iterable[str]) -> None:
        lines = {part for value in values for part in (value, *value.splitlines()) if len(part) >= SHORTEST}
        # The longest first, or a short one inside a long one would leave the rest of it standing.
        self._values: list[bytes] = sorted((v.encode("utf-8", "surrogateescape") for v in lines), key=len, reverse=True)
        self._held = b""

    def text(self, text: str) -> str:
        return self._replaced(text.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")

    def feed(self, data: bytes) -> bytes:
        """What may be shown now. The start of what could become a value is held back until it is known."""
        if not self._values:
            return data
        data = self._replaced(self._held + data)
        keep = max(_overlap(data, value) for value in self._values)
        self._held = data[len(data) - keep :]
        return data[: len(data) - keep]

    def rest(self) -> bytes:
        held, self._held = self._held, b""
        return held

    def _replaced(self, data: bytes) -> bytes:
        for value in self._values:
            data = data.replace(value, MASK.encode())
        return data


def _overlap(data: bytes, value: bytes) -> int:
    """Length of the longest end of `data` that is a start of `value`."""
    for length in range(min(len(data), len(value) - 1), 0, -1):
        if value.startswith(data[-length:]):
            return length
    return 0

"""Secrets' values out of what the server itself says: an exception may quote the key that was refused."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from typing import Mapping

MASK = "***"
SHORTEST = 4  # characters; shorter values would blacken half of every text and hide nothing


def hide(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """The text without the value of any variable that TW_SECRETS names: `A,B`, `["A"]` or `{"A": "reference"}`."""
    said = environ.get("TW_SECRETS", "")
    if not said:
        return text
    values = {environ.get(name, "") for name in _names(said)}
    # The longest first, or a short one inside a long one would leave the rest of it standing.
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= SHORTEST:
            text = text.replace(value, MASK)
    return text


@lru_cache(maxsize=4)
def _names(said: str) -> tuple[str, ...]:
    if said.lstrip()[:1] in ("[", "{"):
        try:
            return tuple(str(name) for name in json.loads(said))
        except ValueError:
            return ()
    return tuple(name.strip() for name in said.split(",") if name.strip())

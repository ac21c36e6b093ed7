"""What `deploy infra up` leaves on this machine for `foundation: {stack: NAME}`: one foundation.json a stack."""

from __future__ import annotations

import json
from pathlib import Path

from tradewind.home import published
from tradewind.infra import whole


def remember(stack: str, document: str) -> Path:
    """Write foundation.json's text, whole or not at all. Raises OSError."""
    path = published(stack)
    whole.put(path, document)
    return path


def forget(stack: str, root: str) -> None:
    """After `deploy infra destroy`; absent is no error. What another ground of that name published stays.

    `root`: of the ground that is gone; "" where nobody knows it any more, as after a removal that was cut off.
    """
    path = published(stack)
    try:
        there = json.loads(path.read_text(encoding="utf-8")).get("root")
    except (OSError, ValueError, AttributeError):
        there = root  # nothing that anybody could read
    if root in ("", there):
        path.unlink(missing_ok=True)

"""What other parts of the emulator answer before moto would: calls of services beside SageMaker's control plane."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Answer:
    """One HTTP answer. `body` may come in pieces; `headers` need no length where it is one piece."""

    status: int
    body: Iterable[bytes] = ()
    headers: tuple[tuple[str, str], ...] = field(default=())


class Door(Protocol):
    """Asked in order; None: not mine. `service` is the one that the call was signed for ("" where it was not signed)."""

    def __call__(self, environ: dict[str, Any], region: str, service: str) -> Answer | None: ...

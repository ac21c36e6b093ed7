"""How a verb is to be carried out, and what of it each command of the Automation API takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any


@dataclass(frozen=True)
class How:
    targets: tuple[str, ...] = ()  # URNs
    replace: tuple[str, ...] = ()  # URNs
    parallel: int | None = None
    refresh: bool = False
    message: str = ""
    wait: timedelta | None = None  # for another's lock; None: exit 9 at once

    def common(self) -> dict[str, Any]:
        said = {"target": list(self.targets), "parallel": self.parallel, "message": self.message}
        return {name: value for name, value in said.items() if value}

    def destroying(self) -> dict[str, Any]:
        return {**self.common(), **({"refresh": True} if self.refresh else {})}

    def flags(self) -> tuple[str, ...]:
        """As they are said to `deploy infra up`."""
        named = (("--target", self.targets), ("--replace", self.replace))
        words = [word for flag, urns in named for urn in urns for word in (flag, urn)]
        return (*words, *(("--refresh",) if self.refresh else ()))

    def changing(self) -> dict[str, Any]:
        """What preview and up take besides."""
        said = {"replace": list(self.replace), "refresh": self.refresh or None}
        return {**self.common(), **{name: value for name, value in said.items() if value}}


AS_IT_IS = How()

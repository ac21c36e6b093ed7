"""Where provider local keeps things: below the state folder, so two state folders never meet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tradewind.home import home


@dataclass(frozen=True)
class Paths:
    root: Path

    @property
    def jobs(self) -> Path:
        return self.root / "jobs"

    @property
    def endpoints(self) -> Path:
        return self.root / "endpoints"

    @property
    def cache(self) -> Path:
        """Unpacked artifacts and virtual environments, by digest; safe to delete while nothing runs."""
        return self.root


def here() -> Paths:
    return Paths(home() / "local")

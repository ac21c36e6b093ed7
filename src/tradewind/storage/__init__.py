"""Objects by URI: `file`, `memory`, `s3`, `gs`, `az`, each through its cloud's own SDK, imported only when opened."""

from __future__ import annotations

from tradewind.storage.base import Entry, Progress, Store
from tradewind.storage.opening import open_store

__all__ = ["Entry", "Progress", "Store", "open_store"]

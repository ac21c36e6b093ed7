"""deploy.yaml: models, loading, overlays, units, lock, schema. Names are imported on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradewind.spec.grammar import schema
    from tradewind.spec.loading import environments, load, loads
    from tradewind.spec.lock import DeployLock
    from tradewind.spec.models import Spec

__all__ = ["DeployLock", "Spec", "environments", "load", "loads", "schema"]

_HOMES = {
    "load": "tradewind.spec.loading",
    "loads": "tradewind.spec.loading",
    "environments": "tradewind.spec.loading",
    "Spec": "tradewind.spec.models",
    "DeployLock": "tradewind.spec.lock",
    "schema": "tradewind.spec.grammar",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

"""The `local:` block of deploy.yaml: spec's own model, which this provider understands."""

from __future__ import annotations

from tradewind.spec.clouds.local import Local as LocalSettings

__all__ = ["LocalSettings"]

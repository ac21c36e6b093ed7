"""The `local:` block of deploy.yaml. It is defined with the other clouds' blocks, which the spec validates without any provider."""

from __future__ import annotations

from tradewind.spec.clouds.local import Local as LocalSettings

__all__ = ["LocalSettings"]

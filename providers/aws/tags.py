"""Tags that say what a resource is to us; SageMaker lists them as pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

DIGEST_TAG = "tradewind-digest"  # of a training job, a model, an endpoint configuration
ENDPOINT_TAG = "tradewind-endpoint"  # of a model and an endpoint configuration: whose they are


def pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """As requests take them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def mapping(listed: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """As answers give them, without those that AWS itself keeps (`aws:...`): nobody may change or remove these."""
    return {tag["Key"]: tag["Value"] for tag in listed if not tag["Key"].startswith("aws:")}

"""Where an image lies, by its name alone."""

from __future__ import annotations

import pytest

from tradewind.providers.gcp import registries


@pytest.mark.parametrize(
    ("image", "host", "googles", "hub"),
    [
        ("europe-west4-docker.pkg.dev/p/r/app:1", "europe-west4-docker.pkg.dev", True, False),
        ("us-docker.pkg.dev/vertex-ai/training/x:latest", "us-docker.pkg.dev", True, False),
        ("gcr.io/p/app", "gcr.io", True, False),
        ("eu.gcr.io/p/app", "eu.gcr.io", True, False),
        ("python:3.12", "", False, True),
        ("pytorch/pytorch:2.6.0", "", False, True),
        ("docker.io/library/python", "docker.io", False, True),
        ("ghcr.io/me/app:1", "ghcr.io", False, False),
        ("localhost:5000/app", "localhost:5000", False, False),
        ("evil-docker.pkg.dev.example.com/app", "evil-docker.pkg.dev.example.com", False, False),
        ("763104351884.dkr.ecr.us-east-1.amazonaws.com/x:1", "763104351884.dkr.ecr.us-east-1.amazonaws.com", False, False),
    ],
)  # fmt: skip
def test_the_registry_of_an_image(image: str, host: str, googles: bool, hub: bool) -> None:
    assert (registries.host(image), registries.is_googles(image), registries.is_hub(image)) == (host, googles, hub)

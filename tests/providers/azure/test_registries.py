"""Where an image lies, by its name alone."""

from __future__ import annotations

import pytest

from tradewind.providers.azure import registries


@pytest.mark.parametrize(
    ("image", "host", "never", "mostly"),
    [
        ("acme.azurecr.io/app:1", "acme.azurecr.io", False, False),
        ("mcr.microsoft.com/azureml/curated/sklearn-1.5:30", "mcr.microsoft.com", False, False),
        ("python:3.12", "", False, False),
        ("vllm/vllm-openai:v0.9", "", False, False),
        ("ghcr.io/me/app:1", "ghcr.io", False, False),
        ("localhost:5000/app", "localhost:5000", False, False),
        ("europe-west4-docker.pkg.dev/p/r/app:1", "europe-west4-docker.pkg.dev", False, True),
        ("gcr.io/p/app", "gcr.io", False, True),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1", "123456789012.dkr.ecr.us-east-1.amazonaws.com", True, False),
        ("public.ecr.aws/docker/library/python:3.12", "public.ecr.aws", False, False),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.io/x", "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.io",
         False, False),
    ],
)  # fmt: skip
def test_the_registry_of_an_image(image: str, host: str, never: bool, mostly: bool) -> None:
    found = (registries.host(image), registries.never_public(image), registries.mostly_private(image))
    assert found == (host, never, mostly)

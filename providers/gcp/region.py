"""The region that a process of this environment works in, as Google's own tools read it; without their SDK."""

from __future__ import annotations

import os

from pydantic import BaseModel

from tradewind.spec.clouds.gcp import Gcp

HOME = "us-central1"  # constants.DEFAULT_REGION of google-cloud-aiplatform
# The first two are google-cloud-aiplatform's (initializer.location), the others gcloud's properties ai/region, compute/region.
VARIABLES = ("GOOGLE_CLOUD_REGION", "CLOUD_ML_REGION", "CLOUDSDK_AI_REGION", "CLOUDSDK_COMPUTE_REGION")


def find(settings: BaseModel | None) -> str | None:
    """As the spec says it, else the environment; None where nobody does."""
    said = settings.region if isinstance(settings, Gcp) else None
    return said or next((value for name in VARIABLES if (value := os.environ.get(name))), None)

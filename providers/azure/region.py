"""The region that a process of this environment works in, as Azure's own tools read it; without their SDK."""

from __future__ import annotations

import os

from pydantic import BaseModel

from tradewind.spec.clouds.azure import Azure

HOME = "eastus"
# The Azure CLI's configuration, AZURE_{SECTION}_{NAME}: `az configure --defaults location=...`.
VARIABLES = ("AZURE_DEFAULTS_LOCATION",)


def find(settings: BaseModel | None) -> str | None:
    """As the spec says it, else the environment; None where nobody does. The workspace's own is not known without looking."""
    said = settings.region if isinstance(settings, Azure) else None
    return said or next((canonical(value) for name in VARIABLES if (value := os.environ.get(name))), None)


def canonical(location: str) -> str:
    """The CLI takes "West Europe" as well as its name."""
    return location.replace(" ", "").lower()

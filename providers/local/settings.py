"""The `local:` block of deploy.yaml."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class LocalSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    port: int | None = Field(default=None, ge=1, le=65535)
    """Port of a new endpoint's URL on 127.0.0.1; unsaid, a free one is taken. It stays the same from then on."""

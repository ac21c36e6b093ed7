"""Where an image may lie that Vertex AI runs."""

from __future__ import annotations

import re

_HOST = re.compile(r"^([^/]*[.:][^/]*|localhost)/")  # as Docker tells a registry from a folder
_GOOGLE = re.compile(r"([a-z0-9-]+-)?docker\.pkg\.dev|([a-z]+\.)?gcr\.io")
_HUB = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})


def host(image: str) -> str:
    """ "" for an image of Docker Hub that names no registry."""
    found = _HOST.match(image)
    return found[1] if found else ""


def is_googles(image: str) -> bool:
    """Artifact Registry, under its own name or under Container Registry's, whose hosts it has taken over."""
    return _GOOGLE.fullmatch(host(image)) is not None


def is_hub(image: str) -> bool:
    return host(image) in ("", *_HUB)

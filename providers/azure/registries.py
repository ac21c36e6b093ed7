"""Where an image may lie that Azure ML runs: in Azure Container Registry, or anywhere that asks for no password.

"Azure Machine Learning APIs can't accept private registry credentials" (Troubleshoot online endpoints).
"""

from __future__ import annotations

import re

_HOST = re.compile(r"^([^/]*[.:][^/]*|localhost)/")  # as Docker tells a registry from a folder
_PRIVATE = re.compile(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
_GOOGLE = re.compile(r"([a-z0-9-]+-)?docker\.pkg\.dev|([a-z]+\.)?gcr\.io")


def host(image: str) -> str:
    """ "" for an image of Docker Hub that names no registry."""
    found = _HOST.match(image)
    return found[1] if found else ""


def never_public(image: str) -> bool:
    """A private repository of Amazon ECR."""
    return _PRIVATE.fullmatch(host(image)) is not None


def mostly_private(image: str) -> bool:
    """Google's Artifact Registry, unless somebody opened it to everybody."""
    return _GOOGLE.fullmatch(host(image)) is not None

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def _clouds_packages_stay() -> Iterator[None]:
    """Half a million objects of Pulumi's packages: each full collection of the worker's later tests would look through them."""
    yield
    gc.collect()
    gc.freeze()

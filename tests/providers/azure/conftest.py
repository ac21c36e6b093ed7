"""No region of whoever runs the tests decides what they see."""

from __future__ import annotations

import pytest

from tradewind.providers.azure.region import VARIABLES


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

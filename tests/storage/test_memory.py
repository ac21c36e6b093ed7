from __future__ import annotations

from datetime import UTC, datetime

import pytest
from storage.store_suite import StoreSuite

from tradewind.storage import Store, open_store
from tradewind.storage.memory import MemoryStore


class TestMemory(StoreSuite):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore("test")


def test_one_name_is_one_store_in_this_process() -> None:
    open_store("memory://shared-by-name/below").put("x", b"1")
    assert open_store("memory://shared-by-name").get("below/x") == b"1"
    assert open_store("memory://shared-by-name/below").uri == "memory://shared-by-name/below"


def test_a_clock_of_its_own() -> None:
    then = datetime(2030, 1, 1, tzinfo=UTC)
    store = MemoryStore(clock=lambda: then)
    assert store.child("a").now() == then
    assert store.put("x", b"").modified == then

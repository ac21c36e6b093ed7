"""What our own code asks of AWS: the clients that it makes tell every call. The clients that tests make do not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tradewind.providers.aws.session import Session
from tradewind.storage import s3


class Record:
    """Calls as the table names them, "sagemaker.CreateModel". Safe from many threads."""

    def __init__(self) -> None:
        self._calls: set[str] = set()
        self._lock = threading.Lock()

    @property
    def calls(self) -> frozenset[str]:
        with self._lock:
            return frozenset(self._calls)

    def listen(self, client: Any) -> Any:
        client.meta.events.register("before-call", self._note, unique_id=f"recorded-{id(self)}")
        return client

    def _note(self, model: Any, **_: Any) -> None:
        with self._lock:
            self._calls.add(f"{model.service_model.service_name}.{model.name}")


@contextmanager
def recorded() -> Iterator[Record]:
    """Every call of this process by the provider and by the store, while it lasts."""
    record = Record()
    provider, store = Session.client, s3._Client.get

    def of_provider(self: Session, *said: Any, **more: Any) -> Any:
        return record.listen(provider(self, *said, **more))

    def of_store(self: Any) -> Any:
        return record.listen(store(self))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "client", of_provider)
        patch.setattr(s3._Client, "get", of_store)
        yield record

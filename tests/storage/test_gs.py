"""What of the GCS adapter can be tested without an emulator: addresses, errors, and whose a conditional write was."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from pydantic import BaseModel

from tradewind.errors import StorageError
from tradewind.storage import gs, open_store
from tradewind.storage.cloud import SHA256, Taken

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class FakeBucket:
    """As much of a bucket as the adapter uses; `lose` answers are lost after the write."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.lose = 0

    def blob(self, name: str) -> FakeBlob:
        return FakeBlob(self, name)

    def get_blob(self, name: str, timeout: float) -> FakeBlob | None:
        return FakeBlob(self, name) if name in self.objects else None


class FakeBlob:
    etag, updated = "tag", NOW

    def __init__(self, bucket: FakeBucket, name: str) -> None:
        self._bucket, self.name = bucket, name
        self.metadata: dict[str, str] | None = bucket.objects.get(name, (b"", {}))[1]

    @property
    def size(self) -> int:
        return len(self._bucket.objects[self.name][0])

    def upload_from_string(self, data: bytes, if_generation_match: int | None = None, **_: Any) -> None:
        if if_generation_match == 0 and self.name in self._bucket.objects:
            raise api.PreconditionFailed("conditionNotMet")
        self._bucket.objects[self.name] = (data, self.metadata or {})
        if self._bucket.lose:
            self._bucket.lose -= 1
            raise requests.ConnectionError("reset by peer")

    def upload_from_filename(self, path: str, **words: Any) -> None:
        self.upload_from_string(Path(path).read_bytes(), **words)

    def download_as_bytes(self, **_: Any) -> bytes:
        if self.name not in self._bucket.objects:
            raise api.NotFound("No such object")
        return self._bucket.objects[self.name][0]

    def download_to_file(self, file: io.BytesIO, **_: Any) -> None:
        file.write(self.download_as_bytes())

    def reload(self, timeout: float) -> None:
        self.metadata = self._bucket.objects[self.name][1]


@pytest.fixture
def bucket() -> FakeBucket:
    return FakeBucket()


@pytest.fixture
def store(bucket: FakeBucket) -> gs.GcsStore:
    client = SimpleNamespace(get=lambda: SimpleNamespace(bucket=lambda _: bucket))
    return gs.GcsStore(client, "bucket", "pre")


def test_whose_a_conditional_write_was(store: gs.GcsStore, bucket: FakeBucket) -> None:
    assert store.put_if_absent("a", b"one") is not None
    assert store.put_if_absent("a", b"two") is None
    bucket.lose = 1
    made = store.put_if_absent("b", b"three")
    assert made is not None
    assert made.key == "b"
    assert bucket.objects["pre/b"][0] == b"three"


def test_whole_files_carry_their_checksum(store: gs.GcsStore, bucket: FakeBucket, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"content")
    store.put_file("f", tmp_path / "f")
    assert len(bucket.objects["pre/f"][1][SHA256]) == 64
    assert store.get_file("f", tmp_path / "g") == 7
    bucket.objects["pre/f"] = (b"damaged", bucket.objects["pre/f"][1])
    with pytest.raises(StorageError) as caught:
        store.get_file("f", tmp_path / "h")
    assert caught.value.code == "TW338"
    assert not (tmp_path / "h").exists()


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (api.NotFound("x"), "missing", "TW331"),
        (api.Forbidden("x"), "permission", "TW332"),
        (api.Unauthorized("x"), "credentials", "TW333"),
        (api.TooManyRequests("x"), "transient", "TW337"),
        (api.ServiceUnavailable("x"), "transient", "TW337"),
        (api.BadRequest("x"), "invalid", "TW335"),
        (auth.DefaultCredentialsError("x"), "credentials", "TW333"),
        (auth.TransportError("x"), "transient", "TW337"),
        (requests.ConnectionError("x"), "transient", "TW337"),
    ],
)
def test_errors(error: Exception, kind: str, code: str) -> None:
    with pytest.raises(StorageError) as caught, gs._errors("doing it"):
        raise error
    assert (caught.value.kind, caught.value.code) == (kind, code)


def test_taken() -> None:
    with pytest.raises(Taken), gs._errors("doing it"):
        raise api.PreconditionFailed("x")


def test_a_plain_address_gets_no_token() -> None:
    class Settings(BaseModel):
        storage_endpoint: str = "http://127.0.0.1:1"

    store = open_store("gs://bucket", Settings())
    client = store._client.get()
    assert client.api_endpoint == "http://127.0.0.1:1"
    assert type(client._credentials).__name__ == "AnonymousCredentials"


def test_no_credentials_are_an_error_of_credentials() -> None:
    with pytest.raises(StorageError) as caught:
        open_store("gs://bucket").get("x")
    assert caught.value.kind == "credentials"

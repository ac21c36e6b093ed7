"""What of the Azure adapter can be tested without an emulator: addresses, errors, and whose a conditional write was."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core import exceptions as azure
from pydantic import BaseModel

from tradewind.errors import StorageError
from tradewind.storage import az, open_store
from tradewind.storage.cloud import Taken

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class FakeContainer:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.lose = 0

    def get_blob_client(self, name: str) -> Any:
        return SimpleNamespace(
            upload_blob=lambda data, **words: self._upload(name, data, **words),
            get_blob_properties=lambda: self._properties(name),
        )

    def download_blob(self, name: str, **_: Any) -> Any:
        self._properties(name)
        return SimpleNamespace(readall=lambda: self.objects[name])

    def _properties(self, name: str) -> Any:
        if name not in self.objects:
            raise azure.ResourceNotFoundError("BlobNotFound")
        return SimpleNamespace(size=len(self.objects[name]), etag='"tag"', last_modified=NOW)

    def _upload(self, name: str, data: bytes, overwrite: bool, **_: Any) -> dict[str, Any]:
        if not overwrite and name in self.objects:
            raise azure.ResourceExistsError("BlobAlreadyExists")
        self.objects[name] = data
        if self.lose:
            self.lose -= 1
            raise azure.ServiceResponseError("reset by peer")
        return {"etag": '"tag"', "last_modified": NOW}


def test_whose_a_conditional_write_was() -> None:
    container = FakeContainer()
    client = SimpleNamespace(get=lambda: SimpleNamespace(get_container_client=lambda _: container))
    store = az.AzureStore(client, "container", "pre")
    assert store.put_if_absent("a", b"one") is not None
    assert store.put_if_absent("a", b"two") is None
    container.lose = 1
    made = store.put_if_absent("b", b"three")
    assert made is not None
    assert (made.key, made.etag) == ("b", "tag")
    assert store.get("b") == b"three"
    assert store.stat("none") is None


def _error(kind: type[azure.HttpResponseError], status: int, code: str = "") -> azure.HttpResponseError:
    error = kind(message="said\nmore")
    error.status_code = status
    error.error_code = code
    return error


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (_error(azure.ResourceNotFoundError, 404), "missing", "TW331"),
        (_error(azure.ClientAuthenticationError, 403, "AuthorizationPermissionMismatch"), "permission", "TW332"),
        (_error(azure.ClientAuthenticationError, 403, "AuthenticationFailed"), "credentials", "TW333"),
        (_error(azure.ClientAuthenticationError, 401), "credentials", "TW333"),
        (_error(azure.HttpResponseError, 403), "permission", "TW332"),
        (_error(azure.HttpResponseError, 429), "transient", "TW337"),
        (_error(azure.HttpResponseError, 503), "transient", "TW337"),
        (_error(azure.HttpResponseError, 400), "invalid", "TW335"),
        (_error(azure.HttpResponseError, 418), "failed", "TW330"),
        (azure.ServiceRequestError("no route"), "transient", "TW337"),
    ],
)
def test_errors(error: azure.AzureError, kind: str, code: str) -> None:
    with pytest.raises(StorageError) as caught, az._errors("doing it"):
        raise error
    assert (caught.value.kind, caught.value.code) == (kind, code)
    assert "more" not in str(caught.value)


def test_taken() -> None:
    with pytest.raises(Taken), az._errors("doing it"):
        raise azure.ResourceExistsError("x")


class Settings(BaseModel):
    storage_endpoint: str = "http://127.0.0.1:1/devstoreaccount1"


@pytest.mark.parametrize(
    ("uri", "settings", "environ", "url"),
    [
        ("az://c@acme/x", None, {}, "https://acme.blob.core.windows.net/"),
        ("az://c/x", None, {"AZURE_STORAGE_ACCOUNT": "acme"}, "https://acme.blob.core.windows.net/"),
        (
            "az://c/x",
            Settings(),
            {"AZURE_STORAGE_KEY": "a2V5", "AZURE_STORAGE_ACCOUNT": "a"},
            "http://127.0.0.1:1/devstoreaccount1",
        ),
        (
            "az://c/x",
            None,
            {"AZURE_STORAGE_CONNECTION_STRING": "AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:1/a"},
            "http://127.0.0.1:1/a",
        ),
    ],
)
def test_addresses(
    uri: str, settings: BaseModel | None, environ: dict[str, str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    client = open_store(uri, settings)._client.get()
    assert client.url.rstrip("/") == url.rstrip("/")


def test_an_account_must_be_named() -> None:
    with pytest.raises(StorageError) as caught:
        open_store("az://container").get("x")
    assert caught.value.code == "TW335"
    assert "AZURE_STORAGE_ACCOUNT" in caught.value.hint

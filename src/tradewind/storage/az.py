"""Objects in Azure Blob Storage, through azure-storage-blob.

`az://container/folder` with the account from the settings or the environment, or `az://container@account/folder`.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO

from azure.core import exceptions as azure
from azure.identity import CredentialUnavailableError, DefaultAzureCredential
from azure.storage.blob import BlobServiceClient
from pydantic import BaseModel

from tradewind.errors import ProviderKind, StorageError
from tradewind.storage.base import Entry
from tradewind.storage.cloud import SHA256, CloudStore, Taken, setting, split, storage_error

_OPTIONS: dict[str, Any] = {"retry_total": 4, "connection_timeout": 10, "read_timeout": 60}


def open_uri(uri: str, settings: BaseModel | None) -> AzureStore:
    container, prefix = split(uri)
    container, _, account = container.partition("@")
    return AzureStore(_Client(settings, account), container, prefix, account)


class _Client:
    """Azure's client, made at the first call: opening a store needs no credentials. Safe from many threads."""

    def __init__(self, settings: BaseModel | None, account: str) -> None:
        self._settings = settings
        self._account = account
        self._lock = threading.Lock()
        self._made: Any = None

    def get(self) -> Any:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self) -> Any:
        env = os.environ
        address = setting(self._settings, "storage_endpoint")
        connection = env.get("AZURE_STORAGE_CONNECTION_STRING")
        if connection and not address and not self._account:
            return BlobServiceClient.from_connection_string(connection, **_OPTIONS)
        account = (
            self._account
            or setting(self._settings, "storage_account")
            or env.get("AZURE_STORAGE_ACCOUNT")
            or env.get("AZURE_STORAGE_ACCOUNT_NAME")
        )
        if not address and not account:
            raise StorageError(
                "invalid",
                "no storage account is named",
                code="TW335",
                hint="write az://container@account/folder, or set AZURE_STORAGE_ACCOUNT",
            )
        url = address or f"https://{account}.blob.core.windows.net"
        credential: Any = env.get("AZURE_STORAGE_KEY") or env.get("AZURE_STORAGE_SAS_TOKEN") or DefaultAzureCredential()
        if isinstance(credential, str) and account and env.get("AZURE_STORAGE_KEY"):
            credential = {"account_name": account, "account_key": credential}
        return BlobServiceClient(url, credential=credential, **_OPTIONS)


class AzureStore(CloudStore):
    def __init__(self, client: _Client, container: str, prefix: str, account: str = "") -> None:
        super().__init__(f"az://{container}@{account}" if account else f"az://{container}", prefix)
        self._client = client
        self._container = container
        self._account = account

    def child(self, prefix: str) -> AzureStore:
        return AzureStore(self._client, self._container, self._full(prefix), self._account)

    def now(self) -> datetime:
        seen: list[str] = []
        with _errors(f"asking {self._root} for the time"):
            self._bucket().get_container_properties(
                raw_response_hook=lambda answer: seen.append(answer.http_response.headers["Date"])
            )
        return parsedate_to_datetime(seen[-1]).astimezone(UTC)

    def _get(self, key: str) -> bytes:
        with _errors(f"reading {self._where(key)}"):
            data: bytes = self._bucket().download_blob(key, validate_content=True).readall()
            return data

    def _stat(self, key: str) -> Entry | None:
        try:
            with _errors(f"looking at {self._where(key)}"):
                return _entry(key, self._bucket().get_blob_client(key).get_blob_properties())
        except StorageError as error:
            if error.kind == "missing":
                return None
            raise

    def _put(self, key: str, data: bytes, *, absent: bool) -> Entry:
        with _errors(f"writing {self._where(key)}"):
            # overwrite=False sends If-None-Match: *
            answer = self._bucket().get_blob_client(key).upload_blob(data, overwrite=not absent, validate_content=True)
            return Entry(key, len(data), str(answer["etag"]).strip('"'), answer["last_modified"])

    def _put_file(self, key: str, path: Path, sha256: str) -> Entry:
        with _errors(f"writing {self._where(key)}"), path.open("rb") as file:
            blob = self._bucket().get_blob_client(key)
            answer = blob.upload_blob(
                file, overwrite=True, validate_content=True, metadata={SHA256: sha256}, max_concurrency=4
            )
            return Entry(key, file.tell(), str(answer["etag"]).strip('"'), answer["last_modified"])

    def _stream(self, key: str, to: BinaryIO) -> tuple[int, str, str]:
        digest, size = hashlib.sha256(), 0
        with _errors(f"reading {self._where(key)}"):
            answer = self._bucket().download_blob(key, validate_content=True)
            for piece in answer.chunks():
                digest.update(piece)
                to.write(piece)
                size += len(piece)
        if size != answer.size:
            raise storage_error("transient", f"reading {self._where(key)}", "the answer ended early")
        return size, digest.hexdigest(), (answer.properties.metadata or {}).get(SHA256, "")

    def _list(self, prefix: str) -> Iterator[Entry]:
        with _errors(f"listing {self._root}/{prefix}"):
            pages = self._bucket().list_blobs(name_starts_with=prefix or None).by_page()
        while True:
            with _errors(f"listing {self._root}/{prefix}"):
                page = next(pages, None)
                entries = [_entry(blob.name, blob) for blob in page] if page is not None else []
            if page is None:
                return
            yield from entries

    def _delete(self, key: str) -> None:
        try:
            with _errors(f"deleting {self._where(key)}"):
                self._bucket().delete_blob(key)
        except StorageError as error:
            if error.kind != "missing":
                raise

    def _bucket(self) -> Any:
        return self._client.get().get_container_client(self._container)


def _entry(key: str, found: Any) -> Entry:
    return Entry(key, int(found.size), str(found.etag).strip('"'), found.last_modified)


@contextmanager
def _errors(doing: str) -> Iterator[None]:
    try:
        yield
    except azure.ResourceExistsError as error:
        raise Taken from error
    except azure.AzureError as error:
        raise storage_error(_kind_of(error), doing, _words(error)) from error


def _kind_of(error: azure.AzureError) -> ProviderKind:
    status = getattr(error, "status_code", None) or 0
    if isinstance(error, azure.ResourceNotFoundError) or status == 404:
        return "missing"
    if isinstance(error, CredentialUnavailableError) or status == 401:
        return "credentials"
    if isinstance(error, azure.ClientAuthenticationError):
        # A 403 arrives as this class, too: signed in, but not allowed.
        return "permission" if status == 403 and _code(error) != "AuthenticationFailed" else "credentials"
    if status == 403:
        return "permission"
    if isinstance(error, azure.ServiceRequestError | azure.ServiceResponseError | azure.IncompleteReadError):
        return "transient"
    if status in (408, 429) or status >= 500:
        return "transient"
    return "invalid" if status == 400 else "failed"


def _code(error: azure.AzureError) -> str:
    found = getattr(error, "error_code", "") or ""
    return str(getattr(found, "value", found))


def _words(error: azure.AzureError) -> str:
    """The first line; what follows repeats the request."""
    return str(getattr(error, "message", "") or error).splitlines()[0]

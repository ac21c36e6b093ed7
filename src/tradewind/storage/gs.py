"""Objects in Google Cloud Storage, through google-cloud-storage."""

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

import requests
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.resumable_media import DataCorruption, InvalidResponse
from pydantic import BaseModel

from tradewind.errors import ProviderKind, StorageError
from tradewind.storage.base import Entry
from tradewind.storage.cloud import SHA256, CloudStore, Taken, setting, split, storage_error

_TIMEOUT = 60  # seconds of silence on one request


def open_uri(uri: str, settings: BaseModel | None) -> GcsStore:
    bucket, prefix = split(uri)
    return GcsStore(_Client(settings), bucket, prefix)


class _Client:
    """Google's client, made at the first call: opening a store needs no credentials. Safe from many threads."""

    def __init__(self, settings: BaseModel | None) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._made: Any = None

    def get(self) -> Any:
        with self._lock:
            if self._made is None:
                address = setting(self._settings, "storage_endpoint") or os.environ.get("STORAGE_EMULATOR_HOST")
                options: dict[str, Any] = {"project": setting(self._settings, "project")}
                if address:
                    options["client_options"] = {"api_endpoint": address}
                if address and address.startswith("http://"):
                    # No token goes over a plain connection, and an emulator wants none.
                    anonymous = AnonymousCredentials()  # type: ignore[no-untyped-call]  # google-auth has no types
                    options |= {"credentials": anonymous, "project": options["project"] or "local"}
                self._made = storage.Client(**options)
            return self._made


class GcsStore(CloudStore):
    def __init__(self, client: _Client, bucket: str, prefix: str) -> None:
        super().__init__(f"gs://{bucket}", prefix)
        self._client = client
        self._bucket = bucket

    def child(self, prefix: str) -> GcsStore:
        return GcsStore(self._client, self._bucket, self._full(prefix))

    def now(self) -> datetime:
        with _errors(f"asking {self._root} for the time"):
            client = self._client.get()
            # The library shows no response header; its session, public or not, is the one way that signs as it does.
            answer = client._http.get(
                f"{client.api_endpoint}/storage/v1/b/{self._bucket}?fields=name", timeout=_TIMEOUT
            )
            if answer.status_code >= 400:
                raise api.from_http_response(answer)  # type: ignore[no-untyped-call]  # api-core has no types
            return parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)

    def _get(self, key: str) -> bytes:
        with _errors(f"reading {self._where(key)}"):
            data: bytes = self._blob(key).download_as_bytes(timeout=_TIMEOUT)
            return data

    def _stat(self, key: str) -> Entry | None:
        with _errors(f"looking at {self._where(key)}"):
            found = self._client.get().bucket(self._bucket).get_blob(key, timeout=_TIMEOUT)
        return None if found is None else _entry(found)

    def _put(self, key: str, data: bytes, *, absent: bool) -> Entry:
        condition = {"if_generation_match": 0} if absent else {}
        with _errors(f"writing {self._where(key)}"):
            blob = self._blob(key)
            blob.upload_from_string(
                data, content_type="application/octet-stream", checksum="crc32c", timeout=_TIMEOUT, **condition
            )
            return _entry(blob)

    def _put_file(self, key: str, path: Path, sha256: str) -> Entry:
        with _errors(f"writing {self._where(key)}"):
            blob = self._blob(key)
            blob.metadata = {SHA256: sha256}
            blob.upload_from_filename(
                str(path), content_type="application/octet-stream", checksum="crc32c", timeout=_TIMEOUT
            )
            return _entry(blob)

    def _stream(self, key: str, to: BinaryIO) -> tuple[int, str, str]:
        hashing = _Hashing(to)
        with _errors(f"reading {self._where(key)}"):
            blob = self._blob(key)
            blob.download_to_file(hashing, checksum="crc32c", timeout=_TIMEOUT)
            blob.reload(timeout=_TIMEOUT)
        if hashing.size != blob.size:
            raise storage_error("transient", f"reading {self._where(key)}", "the answer ended early")
        return hashing.size, hashing.digest.hexdigest(), (blob.metadata or {}).get(SHA256, "")

    def _list(self, prefix: str) -> Iterator[Entry]:
        with _errors(f"listing {self._root}/{prefix}"):
            pages = self._client.get().list_blobs(self._bucket, prefix=prefix, timeout=_TIMEOUT).pages
        while True:
            with _errors(f"listing {self._root}/{prefix}"):
                page = next(pages, None)
                entries = [_entry(blob) for blob in page] if page is not None else []
            if page is None:
                return
            yield from entries

    def _delete(self, key: str) -> None:
        try:
            with _errors(f"deleting {self._where(key)}"):
                self._blob(key).delete(timeout=_TIMEOUT)
        except StorageError as error:
            if error.kind != "missing":
                raise

    def _blob(self, key: str) -> Any:
        return self._client.get().bucket(self._bucket).blob(key)


class _Hashing:
    """A file for the SDK to write to; it may start again from the top after a broken connection."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self._file.write(data)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        self._file.flush()


def _entry(blob: Any) -> Entry:
    return Entry(blob.name, int(blob.size), str(blob.etag), blob.updated)


@contextmanager
def _errors(doing: str) -> Iterator[None]:
    try:
        yield
    except api.PreconditionFailed as error:
        raise Taken from error
    except (
        api.GoogleAPIError,
        auth.GoogleAuthError,
        requests.RequestException,
        DataCorruption,
        InvalidResponse,
    ) as error:
        said = str(getattr(error, "message", "") or error)
        raise storage_error(_kind_of(error), doing, said) from error


def _kind_of(error: Exception) -> ProviderKind:
    table: tuple[tuple[type[Exception] | tuple[type[Exception], ...], ProviderKind], ...] = (
        (api.NotFound, "missing"),
        (api.Forbidden, "permission"),
        (api.Unauthorized, "credentials"),
        (auth.TransportError, "transient"),
        (auth.GoogleAuthError, "credentials"),
        ((api.TooManyRequests, api.ServerError, api.RetryError), "transient"),
        ((requests.RequestException, DataCorruption, InvalidResponse), "transient"),
        (api.BadRequest, "invalid"),
    )
    return next((kind for types, kind in table if isinstance(error, types)), "failed")

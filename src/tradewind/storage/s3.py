"""Objects in S3, and in what speaks its protocol, through boto3."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from pydantic import BaseModel

from tradewind.errors import StorageError
from tradewind.storage.base import Entry
from tradewind.storage.checksums import PIECE
from tradewind.storage.cloud import SHA256, CloudStore, setting, split, storage_error
from tradewind.storage.folders import WORKERS
from tradewind.storage.s3_errors import classified

_ONE_REQUEST = 8 * 1024 * 1024  # bytes; larger files go up in parts
_CONFIG = Config(
    connect_timeout=10,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=4 * WORKERS,
)
_METADATA = SHA256.replace("_", "-")


def open_uri(uri: str, settings: BaseModel | None) -> S3Store:
    """With `account` among the settings S3 itself refuses every call on a bucket of another account (ExpectedBucketOwner)."""
    bucket, prefix = split(uri)
    return S3Store(_Client(settings), bucket, prefix, setting(settings, "account") or "")


def open_anybodys(uri: str, settings: BaseModel | None) -> S3Store:
    """A bucket that somebody else may own: inputs often lie in an account for data alone."""
    bucket, prefix = split(uri)
    return S3Store(_Client(settings), bucket, prefix)


class _Client:
    """boto3's client, made at the first call: opening a store needs no credentials. Safe from many threads."""

    def __init__(self, settings: BaseModel | None) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._made: Any = None

    def get(self) -> Any:
        with self._lock:
            if self._made is None:
                session = boto3.session.Session(
                    profile_name=setting(self._settings, "profile"), region_name=setting(self._settings, "region")
                )
                address = setting(self._settings, "s3_endpoint_url", "endpoint_url")
                self._made = session.client("s3", endpoint_url=address, config=_CONFIG)
            return self._made


class S3Store(CloudStore):
    def __init__(self, client: _Client, bucket: str, prefix: str, owner: str = "") -> None:
        super().__init__(f"s3://{bucket}", prefix)
        self._client = client
        self._bucket = bucket
        self._owner = owner
        self._guard = {"ExpectedBucketOwner": owner} if owner else {}

    def child(self, prefix: str) -> S3Store:
        return S3Store(self._client, self._bucket, self._full(prefix), self._owner)

    def now(self) -> datetime:
        with self._errors(f"asking {self._root} for the time"):
            answer = self._client.get().head_bucket(Bucket=self._bucket, **self._guard)
            return _date(answer)

    def _get(self, key: str) -> bytes:
        with self._errors(f"reading {self._where(key)}"):
            body: bytes = self._object(key)["Body"].read()
            return body

    def _stat(self, key: str) -> Entry | None:
        try:
            with self._errors(f"looking at {self._where(key)}"):
                found = self._client.get().head_object(Bucket=self._bucket, Key=key, **self._guard)
        except StorageError as error:
            if error.kind == "missing":
                return None
            raise
        return Entry(key, found["ContentLength"], found["ETag"].strip('"'), found["LastModified"])

    def _put(self, key: str, data: bytes, *, absent: bool) -> Entry:
        condition = {"IfNoneMatch": "*"} if absent else {}
        checksum = base64.b64encode(hashlib.sha256(data).digest()).decode()
        with self._errors(f"writing {self._where(key)}"):
            # The algorithm besides the checksum: stand-ins for S3 keep it only then, and tell it to whoever reads.
            answer = self._client.get().put_object(
                Bucket=self._bucket,
                Key=key,
                Body=data,
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=checksum,
                **condition,
                **self._guard,
            )
            return Entry(key, len(data), answer["ETag"].strip('"'), _date(answer))

    def _put_file(self, key: str, path: Path, sha256: str) -> Entry:
        # Above one request, S3 checks each part by its own SHA-256, and the whole travels as metadata.
        transfer = TransferConfig(multipart_threshold=_ONE_REQUEST, multipart_chunksize=_ONE_REQUEST, max_concurrency=4)
        with self._errors(f"writing {self._where(key)}"):
            self._client.get().upload_file(
                str(path),
                self._bucket,
                key,
                ExtraArgs={"Metadata": {_METADATA: sha256}, "ChecksumAlgorithm": "SHA256", **self._guard},
                Config=transfer,
            )
        found = self._stat(key)
        if found is None:
            raise storage_error("transient", f"writing {self._where(key)}", "the object vanished after it was written")
        return found

    def _stream(self, key: str, to: BinaryIO) -> tuple[int, str, str]:
        digest, size = hashlib.sha256(), 0
        with self._errors(f"reading {self._where(key)}"):
            answer = self._object(key)
            for piece in answer["Body"].iter_chunks(PIECE):
                digest.update(piece)
                to.write(piece)
                size += len(piece)
        if size != answer["ContentLength"]:
            raise storage_error("transient", f"reading {self._where(key)}", "the answer ended early")
        return size, digest.hexdigest(), answer.get("Metadata", {}).get(_METADATA, "")

    def _list(self, prefix: str) -> Iterator[Entry]:
        token: dict[str, str] = {}
        while True:
            with self._errors(f"listing {self._root}/{prefix}"):
                page = self._client.get().list_objects_v2(Bucket=self._bucket, Prefix=prefix, **token, **self._guard)
            # A cut answer parses as an empty one: without its count it says nothing.
            if "KeyCount" not in page or "IsTruncated" not in page:
                raise storage_error("transient", f"listing {self._root}/{prefix}", "the answer was cut short")
            for item in page.get("Contents", ()):
                yield Entry(item["Key"], item["Size"], item["ETag"].strip('"'), item["LastModified"])
            if not page["IsTruncated"]:
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def _delete(self, key: str) -> None:
        with self._errors(f"deleting {self._where(key)}"):
            self._client.get().delete_object(Bucket=self._bucket, Key=key, **self._guard)

    def _object(self, key: str) -> Any:
        return self._client.get().get_object(Bucket=self._bucket, Key=key, ChecksumMode="ENABLED", **self._guard)

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        """S3 says of a bucket of another account no more than that access is denied."""
        try:
            with classified(doing):
                yield
        except StorageError as error:
            if error.kind != "permission" or not self._owner:
                raise
            hint = f"{error.hint}, and check that it is account {self._owner}'s (`aws.account`)"
            raise StorageError(error.kind, error.message, code=error.code, hint=hint, said=error.said) from error


def _date(answer: Any) -> datetime:
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).astimezone(UTC)

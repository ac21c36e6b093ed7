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
from boto3.exceptions import Boto3Error, S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    ResponseStreamingError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from pydantic import BaseModel

from tradewind.errors import ProviderKind, StorageError
from tradewind.storage.base import Entry
from tradewind.storage.checksums import PIECE
from tradewind.storage.cloud import SHA256, CloudStore, Taken, setting, split, storage_error
from tradewind.storage.folders import WORKERS

_ONE_REQUEST = 8 * 1024 * 1024  # bytes; larger files go up in parts
_CONFIG = Config(
    connect_timeout=10,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=4 * WORKERS,
)
_METADATA = SHA256.replace("_", "-")

_CREDENTIALS = (
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
_NETWORK = (
    HTTPClientError,
    ConnectionError,
    ReadTimeoutError,
    ResponseStreamingError,
    IncompleteReadError,
    FlexibleChecksumError,
)

_KINDS: dict[str, ProviderKind] = {
    "NoSuchKey": "missing",
    "NoSuchBucket": "missing",
    "404": "missing",
    "NotFound": "missing",
    "AccessDenied": "permission",
    "AllAccessDisabled": "permission",
    "403": "permission",
    "Forbidden": "permission",
    "KMS.DisabledException": "permission",
    "InvalidAccessKeyId": "credentials",
    "SignatureDoesNotMatch": "credentials",
    "ExpiredToken": "credentials",
    "InvalidToken": "credentials",
    "RequestTimeTooSkewed": "credentials",
    "AuthorizationHeaderMalformed": "invalid",
    "PermanentRedirect": "invalid",
    "InvalidBucketName": "invalid",
    "KeyTooLongError": "invalid",
    "InvalidArgument": "invalid",
    "InvalidURI": "invalid",
    "BadDigest": "transient",
    "SlowDown": "transient",
    "ServiceUnavailable": "transient",
    "InternalError": "transient",
    "RequestTimeout": "transient",
    "ConditionalRequestConflict": "transient",
}


def open_uri(uri: str, settings: BaseModel | None) -> S3Store:
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
    def __init__(self, client: _Client, bucket: str, prefix: str) -> None:
        super().__init__(f"s3://{bucket}", prefix)
        self._client = client
        self._bucket = bucket

    def child(self, prefix: str) -> S3Store:
        return S3Store(self._client, self._bucket, self._full(prefix))

    def now(self) -> datetime:
        with _errors(f"asking {self._root} for the time"):
            answer = self._client.get().head_bucket(Bucket=self._bucket)
            return _date(answer)

    def _get(self, key: str) -> bytes:
        with _errors(f"reading {self._where(key)}"):
            body: bytes = (
                self._client.get().get_object(Bucket=self._bucket, Key=key, ChecksumMode="ENABLED")["Body"].read()
            )
            return body

    def _stat(self, key: str) -> Entry | None:
        try:
            with _errors(f"looking at {self._where(key)}"):
                found = self._client.get().head_object(Bucket=self._bucket, Key=key)
        except StorageError as error:
            if error.kind == "missing":
                return None
            raise
        return Entry(key, found["ContentLength"], found["ETag"].strip('"'), found["LastModified"])

    def _put(self, key: str, data: bytes, *, absent: bool) -> Entry:
        condition = {"IfNoneMatch": "*"} if absent else {}
        checksum = base64.b64encode(hashlib.sha256(data).digest()).decode()
        with _errors(f"writing {self._where(key)}"):
            # The algorithm besides the checksum: stand-ins for S3 keep it only then, and tell it to whoever reads.
            answer = self._client.get().put_object(
                Bucket=self._bucket,
                Key=key,
                Body=data,
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=checksum,
                **condition,
            )
            return Entry(key, len(data), answer["ETag"].strip('"'), _date(answer))

    def _put_file(self, key: str, path: Path, sha256: str) -> Entry:
        # Above one request, S3 checks each part by its own SHA-256, and the whole travels as metadata.
        transfer = TransferConfig(multipart_threshold=_ONE_REQUEST, multipart_chunksize=_ONE_REQUEST, max_concurrency=4)
        with _errors(f"writing {self._where(key)}"):
            self._client.get().upload_file(
                str(path),
                self._bucket,
                key,
                ExtraArgs={"Metadata": {_METADATA: sha256}, "ChecksumAlgorithm": "SHA256"},
                Config=transfer,
            )
        found = self._stat(key)
        if found is None:
            raise storage_error("transient", f"writing {self._where(key)}", "the object vanished after it was written")
        return found

    def _stream(self, key: str, to: BinaryIO) -> tuple[int, str, str]:
        digest, size = hashlib.sha256(), 0
        with _errors(f"reading {self._where(key)}"):
            answer = self._client.get().get_object(Bucket=self._bucket, Key=key, ChecksumMode="ENABLED")
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
            with _errors(f"listing {self._root}/{prefix}"):
                page = self._client.get().list_objects_v2(Bucket=self._bucket, Prefix=prefix, **token)
            # A cut answer parses as an empty one: without its count it says nothing.
            if "KeyCount" not in page or "IsTruncated" not in page:
                raise storage_error("transient", f"listing {self._root}/{prefix}", "the answer was cut short")
            for item in page.get("Contents", ()):
                yield Entry(item["Key"], item["Size"], item["ETag"].strip('"'), item["LastModified"])
            if not page["IsTruncated"]:
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def _delete(self, key: str) -> None:
        with _errors(f"deleting {self._where(key)}"):
            self._client.get().delete_object(Bucket=self._bucket, Key=key)


def _date(answer: Any) -> datetime:
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).astimezone(UTC)


@contextmanager
def _errors(doing: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _of_client(error, doing) from error
    except S3UploadFailedError as error:
        # boto3 keeps only the text of what went wrong, but the error itself is still at hand.
        if isinstance(error.__context__, ClientError):
            raise _of_client(error.__context__, doing) from error
        raise storage_error("failed", doing, str(error)) from error
    except (BotoCoreError, Boto3Error) as error:
        raise storage_error(_kind_of(error), doing, str(error)) from error


def _of_client(error: ClientError, doing: str) -> Exception:
    said = error.response.get("Error", {})
    code, status = str(said.get("Code", "")), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in ("PreconditionFailed", "412"):
        return Taken()
    kind = _KINDS.get(code) or ("transient" if status >= 500 or status == 429 else "failed")
    return storage_error(kind, doing, f"{said.get('Message') or code} ({code})")


def _kind_of(error: Exception) -> ProviderKind:
    if isinstance(error, _CREDENTIALS):
        return "credentials"
    if isinstance(error, _NETWORK):
        return "transient"
    return "invalid" if isinstance(error, ParamValidationError | NoRegionError) else "failed"

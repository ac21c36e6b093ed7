"""What S3 and boto3 raise, as a StorageError."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from boto3.exceptions import Boto3Error, S3UploadFailedError
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

from tradewind.errors import ProviderKind
from tradewind.storage.cloud import Taken, storage_error

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


@contextmanager
def classified(doing: str) -> Iterator[None]:
    """Raises `Taken` for a condition that was not met."""
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

"""AWS's errors to the tree: by the modelled exception first, by its words only where one exception means many things."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from tradewind.codes import GENERAL
from tradewind.errors import ProviderError, ProviderKind


class Sort(NamedTuple):
    """`hint` may name what the pattern found, `{0}`."""

    kind: ProviderKind
    code: str = ""  # "": the general one of its kind
    hint: str = ""


# What one exception (ValidationException, mostly) or a FailureReason says in words. The first that is found counts.
WORDS: tuple[tuple[re.Pattern[str], Sort], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), sort)
    for pattern, sort in (
        (r"service limit '([^']+)'", Sort("quota", hint="ask for more of the quota {0!r} in Service Quotas")),
        (
            r"CapacityError|unable to provision requested ML compute capacity|insufficient capacity",
            Sort("capacity", hint="try later, or name another machine or region"),
        ),
        (
            r"could not assume role (\S+)",
            Sort("permission", "TW110", "let sagemaker.amazonaws.com assume {0} (its trust policy), and check that it exists"),
        ),
        (r"not authorized to perform:? (?:\[?)([a-z0-9-]+:\w+)", Sort("permission", hint="allow {0} to this identity")),
        (
            r"CannotPullContainer|image \S+ (?:does not exist|was not found)|image.{0,200}(?:not found|could not be pulled)",
            Sort("missing", "TW310", "push the image into ECR in this region, and let the execution role read it"),
        ),
        (
            r"did not pass the ping health check",
            Sort("failed", "TW311", "the container's log says why: `deploy endpoint logs`; a slow start needs `startup_timeout`"),
        ),
        (
            r"bucket.{0,200}(?:different|another|same|wrong) region|must be addressed using the specified endpoint",
            Sort("invalid", "TW312", "use a bucket in the region of the job, or set `aws.region` to the bucket's"),
        ),
        (r"cannot create already existing|already exists", Sort("conflict")),
        (r"could not find|does not exist", Sort("missing")),
        (r"rate exceeded|too many requests", Sort("throttled")),
    )
)  # fmt: skip

# By the code of a ClientError.
EXCEPTIONS: Mapping[str, Sort] = {
    "ResourceLimitExceeded": Sort("quota"),
    "ServiceQuotaExceededException": Sort("quota"),
    "InsufficientInstanceCapacity": Sort("capacity"),
    "ResourceInUse": Sort("conflict"),
    "ConflictException": Sort("conflict"),
    "ResourceNotFound": Sort("missing"),
    "ResourceNotFoundException": Sort("missing"),
    "NoSuchKey": Sort("missing"),
    "NoSuchBucket": Sort("missing"),
    "PermanentRedirect": Sort("invalid", "TW312", "set `aws.region` to the bucket's region"),
    "AccessDenied": Sort("permission"),
    "AccessDeniedException": Sort("permission"),
    "UnauthorizedOperation": Sort("permission"),
    "ExpiredToken": Sort("credentials", hint="sign in again"),
    "ExpiredTokenException": Sort("credentials", hint="sign in again"),
    "InvalidClientTokenId": Sort("credentials"),
    "UnrecognizedClientException": Sort("credentials"),
    "InvalidSignatureException": Sort("credentials", hint="check the secret key and this machine's clock"),
    "SignatureDoesNotMatch": Sort("credentials", hint="check the secret key and this machine's clock"),
    "Throttling": Sort("throttled"),
    "ThrottlingException": Sort("throttled"),
    "TooManyRequestsException": Sort("throttled"),
    "RequestLimitExceeded": Sort("throttled"),
    "SlowDown": Sort("throttled"),
    "ModelNotReadyException": Sort("transient"),
    "InternalFailure": Sort("transient"),
    "InternalServerError": Sort("transient"),
    "ServiceUnavailable": Sort("transient"),
    "RequestTimeout": Sort("transient"),
    "ValidationException": Sort("invalid"),
    "ValidationError": Sort("invalid"),
    "InvalidParameterValue": Sort("invalid"),
}


def sort_of(code: str, message: str, status: int = 0) -> Sort:
    """What an answer of AWS means. The words refine an exception of the same kind, or one that is about anything."""
    known = EXCEPTIONS.get(code)
    said = _in_words(message)
    if known is None:
        return said or _by_status(status)
    if said is not None and (known.kind == "invalid" or said.kind == known.kind):
        return said
    return known


def of_answer(code: str, message: str, during: str, status: int = 0) -> ProviderError:
    """The error for a call that AWS refused."""
    sort = sort_of(code, message, status)
    return ProviderError(
        sort.kind, message or code, during=during, code=sort.code or GENERAL[sort.kind], hint=sort.hint
    )


def of_reason(reason: str, during: str) -> ProviderError:
    """The error for a FailureReason, with which a job or an endpoint ended."""
    sort = _in_words(reason) or Sort("failed")
    return ProviderError(sort.kind, reason, during=during, code=sort.code or GENERAL[sort.kind], hint=sort.hint)


@contextmanager
def classified(during: str) -> Iterator[None]:
    """Whatever botocore raises within, as a ProviderError."""
    from botocore import exceptions  # the SDK is there wherever a call is made, and nowhere else

    try:
        yield
    except exceptions.ClientError as error:
        told = error.response.get("Error", {})
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        raise of_answer(str(told.get("Code", "")), str(told.get("Message", "")), during, int(status)) from error
    except (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.CredentialRetrievalError,
        exceptions.TokenRetrievalError,
        exceptions.SSOError,
        exceptions.ProfileNotFound,
    ) as error:
        hint = "`aws configure` or `aws sso login`, or the variables AWS_PROFILE or AWS_ACCESS_KEY_ID"
        raise ProviderError("credentials", str(error), during=during, code=GENERAL["credentials"], hint=hint) from error
    except (exceptions.ParamValidationError, exceptions.NoRegionError) as error:
        raise ProviderError("invalid", str(error), during=during, code=GENERAL["invalid"]) from error
    except exceptions.BotoCoreError as error:  # connections that broke, timed out or answered nonsense
        raise ProviderError("transient", str(error), during=during, code=GENERAL["transient"]) from error


def _in_words(message: str) -> Sort | None:
    for pattern, sort in WORDS:
        if found := pattern.search(message):
            named = found.group(1).rstrip(".,") if pattern.groups else ""
            return sort._replace(hint=sort.hint.format(named))
    return None


def _by_status(status: int) -> Sort:
    kinds: Mapping[int, ProviderKind] = {400: "invalid", 401: "credentials", 403: "permission", 404: "missing",
                                         409: "conflict", 429: "throttled"}  # fmt: skip
    return Sort("transient" if status >= 500 else kinds.get(status, "failed"))

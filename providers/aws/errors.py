"""AWS's errors to the tree: by the modelled exception first, by its words only where one exception means many things."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

from tradewind.codes import GENERAL
from tradewind.errors import ProviderError, ProviderKind


class Sort(NamedTuple):
    """`hint` may name what the pattern found, `{0}`."""

    kind: ProviderKind
    code: str = ""  # "": the general one of its kind
    hint: str = ""


# What one exception (ValidationException, mostly) or a FailureReason says in words. The first that is found counts.
# AWS documents none of these texts; each was found where somebody met it (GitHub issue, named beside it).
WORDS: tuple[tuple[re.Pattern[str], Sort], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), sort)
    for pattern, sort in (
        # zenml-io/zenml#847
        (r"service limit '([^']+)'", Sort("quota", hint="ask for more of the quota {0!r} in Service Quotas")),
        # DIAGNijmegen/rse-grand-challenge#2631; endpoints say "due to InsufficientInstanceCapacity error"
        (
            r"CapacityError|unable to provision requested ML compute capacity|Insufficient\w*Capacity|insufficient capacity",
            Sort("capacity", hint="try later, or name another machine or region"),
        ),
        # hashicorp/terraform-provider-aws looks for these words too
        (
            r"could not assume role (\S+)",
            Sort("permission", "TW110", "let sagemaker.amazonaws.com assume {0} (its trust policy), and check that it exists"),
        ),
        # IAM's words, of every service: documented in its user guide
        (r"not authorized to perform:? (?:\[?)([a-z0-9-]+:\w+)", Sort("permission", hint="allow {0} to this identity")),
        # aws/sagemaker-python-sdk#57, aws/amazon-sagemaker-examples#1476 and #2534, aws/deep-learning-containers#5657
        (
            r"cannot pull algorithm container|cannot find the requested image|cannot find repository:|CannotPullContainer"
            r"|repository of your image.{0,300}does not grant|requested image.{0,300}not found"
            r"|\bimage (?:\S+ )?(?:does not exist|(?:was )?not found|could not be pulled)",
            Sort("missing", "TW310", "push the image into ECR in this region, and let the execution role read it"),
        ),
        # aws/amazon-sagemaker-examples#3444 and many more
        (
            r"did not pass the ping health check",
            Sort("failed", "TW311", "the container's log says why: `deploy endpoint logs`; a slow start needs `startup_timeout`"),
        ),
        # aws/amazon-sagemaker-examples#3881; the second is S3's own word, the third aws-sdk-go's
        (
            r"BucketRegionError|must be addressed using the specified endpoint|the bucket is (?:not )?in"
            r"|bucket.{0,200}(?:different|another|same|wrong) region",
            Sort("invalid", "TW312", "use a bucket in the region of the job, or set `aws.region` to the bucket's"),
        ),
        # aws/amazon-sagemaker-examples#2267; one text for three causes
        (
            r"no S3 objects found under S3 URL",
            Sort("invalid", hint="check the address and the bucket's region, and let the execution role do s3:ListBucket on it"),
        ),
        # aws/amazon-sagemaker-examples#4384
        (
            r"(?:download|upload) failed.{0,600}AccessDenied",
            Sort("permission", hint="let the execution role read the inputs and write the outputs"),
        ),
        # DIAGNijmegen/rse-grand-challenge: "InternalServerError: We encountered an internal error. Please try again."
        (r"InternalServerError", Sort("transient", hint="run it again; `aws.train.retries` has SageMaker do so by itself")),
        # hashicorp/terraform-provider-aws#40080
        (r"cannot create already existing|already exists", Sort("conflict")),
        # aws/aws-sdk#165: what is missing is a ValidationException, although ResourceNotFound is modelled
        # sagemaker-runtime: "Endpoint x of account 1 not found." (aws/sagemaker-python-sdk#1119); of a TargetVariant likewise
        (r"requested resource not found|could not find|does not exist|(?:endpoint|variant) .{0,150}not found", Sort("missing")),
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
    "NoSuchBucketPolicy": Sort("missing"),
    "NoSuchEntity": Sort("missing"),
    "NoSuchResourceException": Sort("missing"),
    "ImageNotFoundException": Sort("missing"),
    "RepositoryNotFoundException": Sort("missing"),
    "PermanentRedirect": Sort("invalid", "TW312", "set `aws.region` to the bucket's region"),
    "AccessDenied": Sort("permission"),
    "AccessDeniedException": Sort("permission"),
    "UnauthorizedOperation": Sort("permission"),
    "OptInRequired": Sort("permission", hint="enable the region, or the service, for this account"),
    "AuthFailure": Sort("credentials"),
    "MissingAuthenticationToken": Sort("credentials"),
    "MissingAuthenticationTokenException": Sort("credentials"),
    "IncompleteSignature": Sort("credentials"),
    "ExpiredToken": Sort("credentials", hint="sign in again"),
    "ExpiredTokenException": Sort("credentials", hint="sign in again"),
    "InvalidClientTokenId": Sort("credentials"),
    "UnrecognizedClientException": Sort("credentials"),
    "InvalidSignatureException": Sort("credentials", hint="check the secret key and this machine's clock"),
    "SignatureDoesNotMatch": Sort("credentials", hint="check the secret key and this machine's clock"),
    "RequestExpired": Sort("credentials", hint="check this machine's clock"),
    "Throttling": Sort("throttled"),
    "ThrottlingException": Sort("throttled"),
    "ThrottledException": Sort("throttled"),
    "RequestThrottled": Sort("throttled"),
    "RequestThrottledException": Sort("throttled"),
    "TooManyRequestsException": Sort("throttled"),
    "RequestLimitExceeded": Sort("throttled"),
    "SlowDown": Sort("throttled"),
    "ObjectNotFoundException": Sort("missing"),  # Application Auto Scaling
    "ConcurrentUpdateException": Sort("transient"),
    "InternalServiceException": Sort("transient"),
    "LimitExceededException": Sort("quota"),
    "ModelNotReadyException": Sort("transient"),
    "InternalDependencyException": Sort("transient"),
    "InternalStreamFailure": Sort("transient"),
    "ModelStreamError": Sort("failed"),
    "ModelError": Sort("failed"),
    "InternalFailure": Sort("transient"),
    "InternalServerError": Sort("transient"),
    "InternalError": Sort("transient"),
    "ServiceUnavailable": Sort("transient"),
    "ServiceUnavailableException": Sort("transient"),
    "OperationAbortedException": Sort("transient"),  # CloudWatch Logs: another change of the same thing is under way
    "RequestTimeout": Sort("transient"),
    "ValidationException": Sort("invalid"),
    "ValidationError": Sort("invalid"),
    "InvalidParameterValue": Sort("invalid"),
    "InvalidParameterException": Sort("invalid"),
}
# The user's own program ended it, and its words are its own: whatever they sound like, AWS has not said them.
THE_USERS_OWN = "AlgorithmError"


def sort_of(code: str, message: str, status: int = 0) -> Sort:
    """What an answer of AWS means. The words refine an exception of the same kind, or one that is about anything."""
    known = EXCEPTIONS.get(code)
    said = _in_words(message)
    if known is None:
        return said or _by_status(status)
    if said is not None and (known.kind == "invalid" or said.kind == known.kind):
        return said
    return known


def of_answer(
    code: str, message: str, during: str, status: int = 0, retry_after: timedelta | None = None
) -> ProviderError:
    """The error for a call that AWS refused."""
    sort = sort_of(code, message, status)
    return ProviderError(
        sort.kind,
        message or code,
        during=during,
        code=sort.code or GENERAL[sort.kind],
        hint=sort.hint,
        retry_after=retry_after,
    )


def of_reason(reason: str, during: str) -> ProviderError:
    """The error for a FailureReason, with which a job or an endpoint ended."""
    sort = (None if reason.startswith(THE_USERS_OWN) else _in_words(reason)) or Sort("failed")
    return ProviderError(sort.kind, reason, during=during, code=sort.code or GENERAL[sort.kind], hint=sort.hint)


@contextmanager
def classified(during: str) -> Iterator[None]:
    """Whatever botocore raises within, as a ProviderError."""
    from botocore import exceptions, parsers  # the SDK is there wherever a call is made, and nowhere else

    try:
        yield
    except exceptions.ClientError as error:
        raise _of_client_error(error.response, during) from error
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
    # Connections that broke, timed out or answered nonsense; the last two leave botocore as they are.
    except (exceptions.BotoCoreError, parsers.ResponseParserError, UnicodeDecodeError) as error:
        raise transient(str(error), during) from error


def ask(during: str, call: Callable[..., Any], *needs: str, **said: Any) -> dict[str, Any]:
    """One call and its answer. botocore takes JSON that was cut off for an empty answer: what `needs` names must be there."""
    with classified(during):
        answer: dict[str, Any] = call(**said)
    if absent := [name for name in needs if answer.get(name) is None]:
        raise transient(f"the answer was cut off, or has no {', '.join(absent)}", during)
    return answer


def transient(said: str, during: str) -> ProviderError:
    return ProviderError("transient", said, during=during, code=GENERAL["transient"])


def _of_client_error(response: Mapping[str, Any], during: str) -> ProviderError:
    told, about = response.get("Error", {}), response.get("ResponseMetadata", {})
    after = str(about.get("HTTPHeaders", {}).get("retry-after", ""))
    wait = timedelta(seconds=int(after)) if after.isdecimal() else None
    status, code, said = int(about.get("HTTPStatusCode", 0)), str(told.get("Code", "")), str(told.get("Message", ""))
    # A refusal that was cut off: botocore finds no code in it, and takes the status for one and the raw JSON for words.
    if code.isdecimal() and said.startswith("{"):
        return transient(f"the answer was cut off: {said}", during)
    return of_answer(code, said, during, status, wait)


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

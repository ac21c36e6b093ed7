"""AWS's errors, by the modelled exception and the service's own words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore import exceptions, parsers

from tradewind.errors import Exit, ProviderError
from tradewind.providers.aws import errors

QUOTA = (
    "The account-level service limit 'ml.p5.48xlarge for training job usage' is 0 Instances, with current utilization of "
    "0 Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request an increase for this quota."
)
ROLE = (
    "Could not assume role arn:aws:iam::123456789012:role/x. Please ensure that the role exists and allows principal "
    "'sagemaker.amazonaws.com' to assume the role."
)
DENIED = (
    "User: arn:aws:iam::123456789012:user/me is not authorized to perform: sagemaker:CreateTrainingJob on resource: "
    "arn:aws:sagemaker:us-east-1:123456789012:training-job/j because no identity-based policy allows it"
)
NO_DATA = (
    'No S3 objects found under S3 URL "s3://b/train/" given in input data source. Please ensure that the bucket exists in the '
    'selected region (us-west-2), that objects exist under that S3 prefix, and that the role "r" has "s3:ListBucket" permissions'
)
NO_REPOSITORY = (
    "Cannot find repository: own/image in registry ID: 123456789012 Please check if your ECR repository exists"
)
NOT_GRANTED = (
    "The repository of your image 123456789012.dkr.ecr.eu-west-2.amazonaws.com/own:1 does not grant ecr:BatchGetImage permission "
    "to sagemaker.amazonaws.com service principal."
)


@pytest.mark.parametrize(
    ("code", "message", "kind", "tw", "exit_"),
    [
        ("ResourceLimitExceeded", QUOTA, "quota", "TW201", Exit.CAPACITY),
        ("InsufficientInstanceCapacity", "no", "capacity", "TW202", Exit.CAPACITY),
        ("ValidationException", ROLE, "permission", "TW110", Exit.CREDENTIALS),
        ("AccessDeniedException", DENIED, "permission", "TW102", Exit.CREDENTIALS),
        ("ExpiredTokenException", "The security token is expired", "credentials", "TW101", Exit.CREDENTIALS),
        ("UnrecognizedClientException", "The security token is invalid", "credentials", "TW101", Exit.CREDENTIALS),
        ("ResourceInUse", "Job name must be unique", "conflict", "TW302", Exit.FAILED),
        ("ValidationException", 'Cannot create already existing endpoint "arn:x".', "conflict", "TW302", Exit.FAILED),
        ("ValidationException", 'Could not find endpoint "arn:x".', "missing", "TW303", Exit.FAILED),
        ("ResourceNotFound", "Requested resource not found.", "missing", "TW303", Exit.FAILED),
        ("ThrottlingException", "Rate exceeded", "throttled", "TW301", Exit.FAILED),
        ("InternalFailure", "", "transient", "TW304", Exit.FAILED),
        ("PermanentRedirect", "", "invalid", "TW312", Exit.USAGE),
        ("ValidationException", "The S3 bucket b is in a different region", "invalid", "TW312", Exit.USAGE),
        ("ValidationException", "1 validation error detected", "invalid", "TW061", Exit.USAGE),
        ("ValidationException", "Requested resource not found.", "missing", "TW303", Exit.FAILED),
        ("ValidationException", NO_DATA, "invalid", "TW061", Exit.USAGE),
        ("ValidationException", NO_REPOSITORY, "missing", "TW310", Exit.FAILED),
        ("ValidationException", "Cannot find the requested image: x.dkr.ecr/y", "missing", "TW310", Exit.FAILED),
        ("ValidationException", NOT_GRANTED, "missing", "TW310", Exit.FAILED),
        (
            "ValidationException",
            'Could not find model "arn:aws:sagemaker:us-east-1:1:model/image-1".',
            "missing",
            "TW303",
            Exit.FAILED,
        ),
        (
            "AccessDeniedException",
            "User: u is not authorized to perform: iam:PassRole on resource: r",
            "permission",
            "TW102",
            Exit.CREDENTIALS,
        ),
    ],
)
def test_a_refused_call(code: str, message: str, kind: str, tw: str, exit_: Exit) -> None:
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    with pytest.raises(ProviderError) as caught, errors.classified("submit job j"):
        raise exceptions.ClientError(response, "CreateTrainingJob")
    found = caught.value
    assert (found.kind, found.code, found.exit, found.said) == (kind, tw, exit_, message or code)
    assert found.message.startswith("submit job j: ")


def test_a_refusal_that_was_cut_off_is_no_refusal() -> None:
    response = {
        "Error": {"Code": "400", "Message": '{"__type": "ValidationException", "mes'},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    with pytest.raises(ProviderError) as caught, errors.classified("look at job j"):
        raise exceptions.ClientError(response, "DescribeTrainingJob")
    assert (caught.value.kind, caught.value.code) == ("transient", "TW304")


@pytest.mark.parametrize(
    ("reason", "kind", "tw"),
    [
        ("CapacityError: Unable to provision requested ML compute capacity. Please retry.", "capacity", "TW202"),
        ("The primary container for production variant v did not pass the ping health check.", "failed", "TW311"),
        ("CannotPullContainerError: pull image manifest has been retried", "missing", "TW310"),
        ("AlgorithmError: exit code 1", "failed", "TW402"),
        ("AlgorithmError: rate exceeded, CapacityError, image x does not exist", "failed", "TW402"),
        (
            "ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect.",
            "missing",
            "TW310",
        ),
        (
            "ClientError: Artifact upload failed:x (BucketRegionError: bucket must be in the same region)",
            "invalid",
            "TW312",
        ),
        (
            "ClientError: Data download failed:Unable to download object s3://b/x (AccessDenied: x)",
            "permission",
            "TW102",
        ),
        ("InternalServerError: We encountered an internal error. Please try again.", "transient", "TW304"),
        (
            "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error.",
            "capacity",
            "TW202",
        ),
    ],
)
def test_how_a_job_or_endpoint_ended(reason: str, kind: str, tw: str) -> None:
    found = errors.of_reason(reason, "job j")
    assert (found.kind, found.code) == (kind, tw)


def test_hints_name_what_it_is_about() -> None:
    assert "'ml.p5.48xlarge for training job usage'" in errors.sort_of("ResourceLimitExceeded", QUOTA).hint
    assert "arn:aws:iam::123456789012:role/x (" in errors.sort_of("ValidationException", ROLE).hint
    assert "allow sagemaker:CreateTrainingJob to" in errors.sort_of("AccessDeniedException", DENIED).hint


@pytest.mark.parametrize(
    ("status", "kind"), [(503, "transient"), (403, "permission"), (429, "throttled"), (0, "failed")]
)
def test_an_exception_that_is_new_to_us_goes_by_its_status(status: int, kind: str) -> None:
    assert errors.sort_of("BrandNewException", "what?", status).kind == kind


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (exceptions.NoCredentialsError(), "credentials"),
        (exceptions.ProfileNotFound(profile="p"), "credentials"),
        (exceptions.NoRegionError(), "invalid"),
        (exceptions.ParamValidationError(report="x"), "invalid"),
        (exceptions.EndpointConnectionError(endpoint_url="https://x"), "transient"),
        (exceptions.ReadTimeoutError(endpoint_url="https://x"), "transient"),
    ],
)
def test_what_never_reached_aws(raised: Exception, kind: str) -> None:
    with pytest.raises(ProviderError) as caught, errors.classified("look"):
        raise raised
    assert caught.value.kind == kind


def test_what_is_no_error_of_aws_passes() -> None:
    with pytest.raises(KeyError), errors.classified("look"):
        raise KeyError("ours")


def test_a_refusal_without_a_body_goes_by_its_status() -> None:
    """As S3's HEAD answers: the status for a code, the reason for a message."""
    said = {"Error": {"Code": "404", "Message": "Not Found"}, "ResponseMetadata": {"HTTPStatusCode": 404}}
    with pytest.raises(ProviderError) as caught, errors.classified("look"):
        raise exceptions.ClientError(said, "HeadObject")
    assert caught.value.kind == "missing"


@pytest.mark.parametrize("raised", [parsers.ResponseParserError("x"), UnicodeDecodeError("utf-8", b"", 0, 1, "x")])
def test_an_answer_that_cannot_be_read(raised: Exception) -> None:
    with pytest.raises(ProviderError) as caught, errors.classified("look"):
        raise raised
    assert caught.value.kind == "transient"


def test_what_must_be_in_an_answer() -> None:
    assert errors.ask("look", lambda **said: said, "A", A=0) == {"A": 0}
    with pytest.raises(ProviderError, match="has no B, C") as caught:
        errors.ask("look", lambda **said: said, "A", "B", "C", A=1, B=None)
    assert caught.value.kind == "transient"


def test_as_long_as_the_service_asks_for() -> None:
    said = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"},
            "ResponseMetadata": {"HTTPStatusCode": 400, "HTTPHeaders": {"retry-after": "7"}}}  # fmt: skip
    with pytest.raises(ProviderError) as caught, errors.classified("look"):
        raise exceptions.ClientError(said, "x")
    assert caught.value.retry_after == timedelta(seconds=7)

"""Search and tags across the emulated account, by plain boto3."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.emulator import Emulator, ended, request

ROLE = "arn:aws:iam::123456789012:role/trainer"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
TEAM = {"Key": "team", "Value": "tides"}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """With three jobs, of which one failed, a model and its configuration."""
    emulator = Emulator(tmp_path_factory.mktemp("account"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        emulator.start("--speed", "600", "--grace", "5")
        emulator.furnish()
        furnish(emulator)
    yield emulator
    assert emulator.end() == 0


def furnish(emulator: Emulator) -> None:
    sagemaker = emulator.client("sagemaker")
    for number, (name, script) in enumerate((("run-a", "true"), ("run-b", "exit 3"), ("other", "true"))):
        tags = [TEAM, {"Key": "number", "Value": str(number)}] if name.startswith("run") else []
        said = request(name, script, Tags=tags, HyperParameters={"epochs": str(number)})
        if name == "run-b":
            said["ResourceConfig"] = {**said["ResourceConfig"], "VolumeSizeInGB": 77}
        sagemaker.create_training_job(**said)
        ended(sagemaker, name)
    emulator.client("s3").put_object(Bucket="work", Key="m/model.tar.gz", Body=b"x")
    sagemaker.create_model(
        ModelName="model-a",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": "s3://work/m/model.tar.gz"},
        Tags=[TEAM],
    )
    variant = {"VariantName": "a", "ModelName": "model-a", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="config-a", ProductionVariants=[variant], Tags=[TEAM])


def names(account: Emulator, *filters: dict[str, Any], **more: Any) -> list[str]:
    expression = {"SearchExpression": {"Filters": list(filters)}} if filters else {}
    found = account.client("sagemaker").search(Resource="TrainingJob", **expression, **more)
    return [one["TrainingJob"]["TrainingJobName"] for one in found["Results"]]


def has(name: str, value: str, how: str = "Equals") -> dict[str, str]:
    return {"Name": name, "Operator": how, "Value": value}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([has("Tags.team", "tides")], {"run-a", "run-b"}),
        ([{"Name": "Tags.team", "Value": "tides"}], {"run-a", "run-b"}),
        ([has("Tags.team", "tides"), has("TrainingJobStatus", "Failed")], {"run-b"}),
        ([has("TrainingJobName", "run", "Contains")], {"run-a", "run-b"}),
        ([has("TrainingJobName", "run-a, other", "In")], {"run-a", "other"}),
        ([has("TrainingJobStatus", "Failed", "NotEquals")], {"run-a", "other"}),
        ([{"Name": "FailureReason", "Operator": "Exists"}], {"run-b"}),
        ([{"Name": "Tags.team", "Operator": "NotExists"}], {"other"}),
        ([has("HyperParameters.epochs", "2")], {"other"}),
        ([has("ResourceConfig.VolumeSizeInGB", "50", "GreaterThan")], {"run-b"}),
        ([has("EnableManagedSpotTraining", "false")], {"run-a", "run-b", "other"}),
        ([has("CreationTime", (datetime.now(UTC) + timedelta(hours=9)).isoformat(timespec="seconds"), "LessThan")],
         {"run-a", "run-b", "other"}),
        ([has("CreationTime", "2020-01-01T00:00:00", "LessThan")], set()),
    ],
)  # fmt: skip
def test_jobs_by_their_own_members(account: Emulator, filters: list[dict[str, Any]], expected: set[str]) -> None:
    assert set(names(account, *filters)) == expected


def test_order_and_pages(account: Emulator) -> None:
    assert names(account)[::-1] == ["run-a", "run-b", "other"]  # the last that changed comes first
    assert names(account, SortBy="TrainingJobName", SortOrder="Ascending") == ["other", "run-a", "run-b"]
    assert names(account, SortBy="ResourceConfig.VolumeSizeInGB")[0] == "run-b"
    pages = (
        account.client("sagemaker")
        .get_paginator("search")
        .paginate(Resource="TrainingJob", SortBy="TrainingJobName", PaginationConfig={"PageSize": 2})
    )
    seen = [[one["TrainingJob"]["TrainingJobName"] for one in page["Results"]] for page in pages]
    assert seen == [["run-b", "run-a"], ["other"]]


def test_results_are_whole_documents(account: Emulator) -> None:
    sagemaker = account.client("sagemaker")
    said = {"Filters": [has("TrainingJobName", "run-a")]}
    (found,) = sagemaker.search(Resource="TrainingJob", SearchExpression=said)["Results"]
    described = sagemaker.describe_training_job(TrainingJobName="run-a")
    job = found["TrainingJob"]
    assert job["Tags"] == [TEAM, {"Key": "number", "Value": "0"}]
    assert {key: job[key] for key in job if key != "Tags"} == {
        key: described[key] for key in described if key in job and key != "Tags"
    }
    (model,) = sagemaker.search(Resource="Model")["Results"]
    assert model["Model"]["Model"]["PrimaryContainer"]["Image"] == IMAGE
    assert sagemaker.search(Resource="Endpoint")["Results"] == []


def test_expressions_within_expressions(account: Emulator) -> None:
    expression = {
        "SubExpressions": [
            {"Filters": [has("TrainingJobName", "other")]},
            {"Filters": [has("Tags.team", "tides"), has("TrainingJobStatus", "Failed")], "Operator": "And"},
        ],
        "Operator": "Or",
    }
    found = account.client("sagemaker").search(Resource="TrainingJob", SearchExpression=expression)["Results"]
    assert {one["TrainingJob"]["TrainingJobName"] for one in found} == {"other", "run-b"}
    nested = {
        "NestedFilters": [
            {
                "NestedPropertyName": "SecondaryStatusTransitions",
                "Filters": [has("SecondaryStatusTransitions.Status", "Failed")],
            }
        ]
    }
    found = account.client("sagemaker").search(Resource="TrainingJob", SearchExpression=nested)["Results"]
    assert [one["TrainingJob"]["TrainingJobName"] for one in found] == ["run-b"]


def asks(*filters: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"SearchExpression": {"Filters": list(filters), **more}}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"Resource": "Nonsense"}, "enum value set"),
        ({"Resource": "Experiment"}, "has no Experiment"),
        (asks(has("Nonsense", "x")), "Unknown property name: Nonsense"),
        (asks(has("TrainingJobName", "x", "LessThan")), "not supported for text"),
        (asks(has("CreationTime", "x", "LessThan")), "is not a value of CreationTime"),
        (asks(has("CreationTime", "x", "In")), "only supported for text"),
        ({"SearchExpression": {"Operator": "And"}}, "at least one subexpression"),
        (asks(has("RoleArn", "x", "Like")), "enum value set"),
        ({"MaxResults": 101}, "less than or equal to 100"),
        ({"SortBy": "Nonsense"}, "Unknown property name"),
        ({"NextToken": "nonsense"}, "Invalid NextToken"),
    ],
)
def test_what_search_refuses(account: Emulator, said: dict[str, Any], told: str) -> None:
    with pytest.raises(ClientError, match=told) as refused:
        account.client("sagemaker").search(**{"Resource": "TrainingJob", **said})
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def tagged(account: Emulator, **said: Any) -> list[str]:
    pages = (
        account.client("resourcegroupstaggingapi")
        .get_paginator("get_resources")
        .paginate(**said, PaginationConfig={"PageSize": 2})
    )
    return [one["ResourceARN"].rpartition(":")[2] for page in pages for one in page["ResourceTagMappingList"]]


def test_resources_by_their_tags(account: Emulator) -> None:
    team = {"TagFilters": [{"Key": "team", "Values": ["tides", "dunes"]}]}
    ours = ["endpoint-config/config-a", "model/model-a", "training-job/run-a", "training-job/run-b"]
    assert tagged(account, **team) == ours
    assert tagged(account, **team, ResourceTypeFilters=["sagemaker:model"]) == ["model/model-a"]
    both = {"TagFilters": [{"Key": "team"}, {"Key": "number", "Values": ["1"]}]}
    assert tagged(account, **both, ResourceTypeFilters=["sagemaker"]) == ["training-job/run-b"]
    assert tagged(account, ResourceARNList=["arn:aws:sagemaker:us-east-1:123456789012:model/model-a"]) == [
        "model/model-a"
    ]
    account.client("s3").put_bucket_tagging(Bucket="work", Tagging={"TagSet": [TEAM]})
    assert "work" in {one.rpartition(":")[2] for one in tagged(account, **team)}  # and moto's are there as well
    account.client("s3").delete_bucket_tagging(Bucket="work")


def test_what_the_tagging_api_refuses(account: Emulator) -> None:
    tagging = account.client("resourcegroupstaggingapi")
    for said in ({"ResourcesPerPage": 101}, {"ResourceARNList": ["arn:aws:s3:::work"], "TagFilters": [{"Key": "a"}]}):
        with pytest.raises(tagging.exceptions.InvalidParameterException):
            tagging.get_resources(**said)
    with pytest.raises(tagging.exceptions.PaginationTokenExpiredException):
        tagging.get_resources(PaginationToken="nonsense")

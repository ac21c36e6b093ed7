"""Hosting, as somebody writes it who has read AWS's guides and boto3's reference and knows nothing of this emulator."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.sandbox.emulator import Emulator
from tests.sandbox.strangers import BUCKET, IMAGE, JSON, ROLE, SOON, Account, variant

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def account(emulator: Emulator) -> Account:
    return Account(emulator)


@pytest.fixture(scope="module")
def served(account: Account) -> str:
    account.endpoint("served", account.config(account.model("served-1")))
    return "served"


def refused(call: Any, **said: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**said)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_model_config_endpoint_and_an_answer(account: Account, served: str) -> None:
    seen = account.look(served)
    assert (seen["EndpointStatus"], seen["EndpointConfigName"]) == ("InService", "served-1")
    [one] = seen["ProductionVariants"]
    assert (one["VariantName"], one["CurrentInstanceCount"], one["DesiredInstanceCount"]) == ("AllTraffic", 1, 1)
    assert (one["CurrentWeight"], one["DesiredWeight"]) == (1.0, 1.0)
    assert one["DeployedImages"][0]["SpecifiedImage"] == IMAGE
    answer = account.runtime.invoke_endpoint(EndpointName=served, Body=b"[1, 2]", ContentType=JSON, Accept=JSON)
    assert answer["ContentType"] == JSON
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert json.loads(answer["Body"].read())["predictions"] == [2, 4]


def test_an_answer_as_a_stream(account: Account, served: str) -> None:
    answer = account.runtime.invoke_endpoint_with_response_stream(
        EndpointName=served, Body=b"[3]", ContentType=JSON, Accept=JSON
    )
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    parts = [event["PayloadPart"]["Bytes"] for event in answer["Body"] if "PayloadPart" in event]
    assert json.loads(b"".join(parts))["predictions"] == [6]


def test_a_model_that_raises_is_a_model_error(account: Account) -> None:
    account.endpoint("raises", account.config(account.model("raises-1", fail=True)))
    with pytest.raises(account.runtime.exceptions.ModelError) as caught:
        account.ask("raises", [1])
    said = caught.value.response
    assert said["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert said["OriginalStatusCode"] == 500
    assert "/aws/sagemaker/Endpoints/raises" in said["LogStreamArn"] or "raises" in said["Error"]["Message"]


def test_who_asks_wrongly_is_told(account: Account, served: str) -> None:
    code, said = refused(account.runtime.invoke_endpoint, EndpointName="nobody", Body=b"x")
    assert (code, said) == ("ValidationError", "Endpoint nobody of account 123456789012 not found.")
    code, _ = refused(account.runtime.invoke_endpoint, EndpointName=served, Body=b"x" * (6 * 1024 * 1024 + 1))
    assert code in ("ValidationError", "413")
    code, _ = refused(account.runtime.invoke_endpoint, EndpointName=served, Body=b"[1]", TargetVariant="Nowhere")
    assert code == "ValidationError"


def test_two_variants_share_by_weight_and_weights_change_in_place(account: Account) -> None:
    old, new = account.model("shares-old"), account.model("shares-new")
    account.config("shares", variant(old, "Old", weight=0.9), variant(new, "New", weight=0.1))
    account.endpoint("shares", "shares")

    def counted(calls: int) -> dict[str, int]:
        answers = [account.ask("shares", [1])["version"] for _ in range(calls)]
        return {name: answers.count(name) for name in (old, new)}

    first = counted(200)
    assert 4 <= first[new] <= 45  # 10 % of 200, with six deviations to each side
    assert account.ask("shares", [1], TargetVariant="New")["version"] == new
    account.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="shares",
        DesiredWeightsAndCapacities=[
            {"VariantName": "Old", "DesiredWeight": 0},
            {"VariantName": "New", "DesiredWeight": 1, "DesiredInstanceCount": 2},
        ],
    )
    assert account.look("shares")["EndpointStatus"] in ("Updating", "InService")
    seen = {one["VariantName"]: one for one in account.in_service("shares")["ProductionVariants"]}
    assert (seen["New"]["CurrentInstanceCount"], seen["Old"]["CurrentInstanceCount"]) == (2, 1)
    assert counted(30) == {old: 0, new: 30}


def test_a_container_that_does_not_answer_fails_the_endpoint(account: Account) -> None:
    config = account.config(account.model("torn-1", crash=True))
    account.sagemaker.create_endpoint(EndpointName="torn", EndpointConfigName=config)
    with pytest.raises(WaiterError, match="Failed"):
        account.in_service("torn")
    failed = account.look("torn")
    assert failed["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in failed["FailureReason"]
    group = "/aws/sagemaker/Endpoints/torn"
    streams = account.logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert streams
    assert all(stream["logStreamName"].startswith("AllTraffic/") for stream in streams)
    events = account.logs.filter_log_events(logGroupName=group)["events"]
    assert any("weights are torn" in event["message"] for event in events)
    account.sagemaker.delete_endpoint(EndpointName="torn")


def test_what_sagemaker_refuses(account: Account, served: str) -> None:
    sagemaker = account.sagemaker
    code, said = refused(
        sagemaker.create_endpoint_config, EndpointConfigName="of-none", ProductionVariants=[variant("no-such-model")]
    )
    assert (code, said.startswith("Could not find model")) == ("ValidationException", True)
    code, said = refused(sagemaker.create_endpoint, EndpointName="of-none", EndpointConfigName="no-such-config")
    assert (code, said.startswith("Could not find endpoint configuration")) == ("ValidationException", True)
    code, said = refused(sagemaker.create_endpoint, EndpointName=served, EndpointConfigName="served-1")
    assert (code, said.startswith("Cannot create already existing endpoint")) == ("ValidationException", True)
    code, said = refused(
        sagemaker.create_endpoint_config, EndpointConfigName="served-1", ProductionVariants=[variant("served-1")]
    )
    assert (code, said.startswith("Cannot create already existing endpoint configuration")) == (
        "ValidationException",
        True,
    )
    bogus = {**variant("served-1"), "InstanceType": "ml.huge.8xlarge"}
    assert refused(sagemaker.create_endpoint_config, EndpointConfigName="bogus", ProductionVariants=[bogus])[0] == (
        "ValidationException"
    )
    nowhere = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/not-there/model.tar.gz"}
    code, said = refused(sagemaker.create_model, ModelName="nowhere", ExecutionRoleArn=ROLE, PrimaryContainer=nowhere)
    assert (code, "not-there/model.tar.gz" in said) == ("ValidationException", True)


def test_lists_find_by_name_and_status(account: Account, served: str) -> None:
    sagemaker = account.sagemaker
    for number in range(12):
        account.config(f"many-{number:02d}", variant("served-1"))
    first = sagemaker.list_endpoint_configs(NameContains="many-")
    assert len(first["EndpointConfigs"]) == 10
    assert first["NextToken"]
    pages = sagemaker.get_paginator("list_endpoint_configs").paginate(NameContains="many-", SortBy="Name",
                                                                      SortOrder="Ascending")  # fmt: skip
    assert [one["EndpointConfigName"] for page in pages for one in page["EndpointConfigs"]] == [
        f"many-{number:02d}" for number in range(12)
    ]
    found = sagemaker.list_endpoints(NameContains=served, StatusEquals="InService")["Endpoints"]
    assert [one["EndpointName"] for one in found] == [served]
    assert [one["ModelName"] for one in sagemaker.list_models(NameContains="served-1")["Models"]] == ["served-1"]


def test_delete_all_and_nothing_is_left(account: Account) -> None:
    sagemaker = account.sagemaker
    config = account.config(account.model("brief-1"))
    account.endpoint("brief", config)
    sagemaker.delete_endpoint(EndpointName="brief")
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="brief", WaiterConfig=SOON)
    sagemaker.delete_endpoint_config(EndpointConfigName=config)
    sagemaker.delete_model(ModelName="brief-1")
    for call, said in (
        (sagemaker.describe_endpoint, {"EndpointName": "brief"}),
        (sagemaker.describe_endpoint_config, {"EndpointConfigName": config}),
        (sagemaker.describe_model, {"ModelName": "brief-1"}),
        (sagemaker.delete_endpoint, {"EndpointName": "brief"}),
    ):
        code, text = refused(call, **said)
        assert (code, text.startswith("Could not find")) == ("ValidationException", True)
    code, _ = refused(account.runtime.invoke_endpoint, EndpointName="brief", Body=b"x")
    assert code == "ValidationError"

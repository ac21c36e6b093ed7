"""What a program may ask of a cloud before it makes anything."""

from __future__ import annotations

import json

import grpc  # type: ignore[import-untyped]
import pytest

from tests.sandbox.pulumi.talk import Talk


def test_who_and_where_one_is_on_aws(aws: Talk) -> None:
    who = aws.ask("aws:index/getCallerIdentity:getCallerIdentity")
    assert who["accountId"] == who["id"] == "123456789012"
    assert who["arn"].startswith("arn:aws:")
    assert aws.ask("aws:index/getPartition:getPartition")["partition"] == "aws"
    assert aws.ask("aws:index/getRegion:getRegion")["region"] == "eu-west-1"
    assert aws.ask("aws:index/getRegion:getRegion", region="us-west-2")["name"] == "us-west-2"


def test_zones_are_those_of_the_region(aws: Talk) -> None:
    token = "aws:index/getAvailabilityZones:getAvailabilityZones"
    own = [{"name": "opt-in-status", "values": ["opt-in-not-required"]}]
    found = aws.ask(token, state="available", filters=own)
    assert found["names"][0] == "eu-west-1a"
    assert len(found["names"]) == len(found["zoneIds"]) >= 3
    assert aws.ask(token, excludeNames=["eu-west-1a"], state="available")["names"] == found["names"][1:]
    assert aws.ask(token, state="unavailable")["names"] == []
    assert aws.ask(token, filters=[{"name": "opt-in-status", "values": ["opted-in"]}])["names"] == []


def test_a_policy_is_written(aws: Talk) -> None:
    made = aws.ask(
        "aws:iam/getPolicyDocument:getPolicyDocument",
        statements=[
            {
                "sid": "One",
                "actions": ["s3:GetObject"],
                "resources": ["a", "b"],
                "principals": [{"type": "Service", "identifiers": ["sagemaker.amazonaws.com"]}],
                "conditions": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["1"]}],
            },
            {"effect": "Deny", "notActions": ["s3:*"], "principals": [{"type": "*", "identifiers": ["*"]}]},
        ],
    )
    assert json.loads(made["json"]) == json.loads(made["minifiedJson"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Sid": "One",
                "Action": "s3:GetObject",
                "Resource": ["a", "b"],
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": "1"}},
            },
            {"Effect": "Deny", "NotAction": "s3:*", "Principal": "*"},
        ],
    }  # fmt: skip


def test_who_one_is_on_google(google: Talk) -> None:
    project = google.ask("gcp:organizations/getProject:getProject", projectId="acme-project")
    assert project["projectId"] == "acme-project"
    assert project["number"].isdecimal()
    mine = google.ask("gcp:storage/getProjectServiceAccount:getProjectServiceAccount")
    assert mine["emailAddress"] == f"service-{project['number']}@gs-project-accounts.iam.gserviceaccount.com"
    assert google.ask("gcp:organizations/getClientConfig:getClientConfig")["region"] == "europe-west4"


def test_who_one_is_on_azure(azure: Talk) -> None:
    who = azure.ask("azure-native:authorization:getClientConfig")
    assert who["subscriptionId"] == "11111111-2222-3333-4444-555555555555"
    assert who["tenantId"]
    assert who["objectId"]


@pytest.mark.parametrize("cloud", ["aws", "google", "azure"])
def test_what_nobody_answers_is_said(cloud: str, request: pytest.FixtureRequest) -> None:
    talk: Talk = request.getfixturevalue(cloud)
    with pytest.raises(grpc.RpcError, match="the sandbox does not know aws:route53/getZone:getZone"):
        talk.ask("aws:route53/getZone:getZone")

"""The policy simulator of the emulated account, by plain boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.emulator import Emulator
from tradewind.sandbox.aws.policies import Malformed, decide, read

ROLE = "arn:aws:iam::123456789012:role/trainer"
MANAGED = True  # policies
ASSUMED = {"Version": "2012-10-17", "Statement": []}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def decisions(
    emulator: Emulator, source: str, actions: list[str], *resources: str, **more: Any
) -> dict[tuple[str, str], str]:
    said = {"ResourceArns": list(resources)} if resources else {}
    pages = (
        emulator.client("iam")
        .get_paginator("simulate_principal_policy")
        .paginate(PolicySourceArn=source, ActionNames=actions, **said, **more, PaginationConfig={"PageSize": 2})
    )
    return {
        (one["EvalActionName"], one["EvalResourceName"]): one["EvalDecision"]
        for page in pages
        for one in page["EvaluationResults"]
    }


def test_a_role_by_its_inline_and_attached_policies(emulator: Emulator) -> None:
    iam = emulator.client("iam")
    iam.put_role_policy(
        RoleName="trainer",
        PolicyName="data",
        PolicyDocument=policy(
            allow(["s3:Get*", "s3:ListBucket"], ["arn:aws:s3:::work", "arn:aws:s3:::work/*"]),
            {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::work/secret/*"},
        ),
    )
    own = iam.create_policy(PolicyName="logs", PolicyDocument=policy(allow("logs:?reateLogStream")))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="trainer", PolicyArn=own)
    iam.attach_role_policy(RoleName="trainer", PolicyArn="arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly")
    found = decisions(
        emulator, ROLE, ["s3:GetObject"], "arn:aws:s3:::work/a", "arn:aws:s3:::work/secret/a", "arn:aws:s3:::b/a"
    )
    assert list(found.values()) == ["allowed", "explicitDeny", "implicitDeny"]
    found = decisions(
        emulator, ROLE, ["logs:createlogstream", "logs:PutLogEvents", "ecr:BatchGetImage", "s3:GetObject"]
    )
    assert list(found.values()) == ["allowed", "implicitDeny", "allowed", "implicitDeny"]
    said = {"PolicySourceArn": ROLE, "ActionNames": ["ecr:BatchGetImage"]}
    (one,) = iam.simulate_principal_policy(**said)["EvaluationResults"]
    assert one["MatchedStatements"] == [
        {"SourcePolicyId": "AmazonEC2ContainerRegistryReadOnly", "SourcePolicyType": "aws-managed"}
    ]


def test_a_user_has_the_policies_of_its_groups(emulator: Emulator) -> None:
    iam = emulator.client("iam")
    iam.create_user(UserName="ada", Path="/people/")
    iam.create_group(GroupName="engineers")
    iam.add_user_to_group(UserName="ada", GroupName="engineers")
    iam.put_group_policy(GroupName="engineers", PolicyName="p", PolicyDocument=policy(allow("sagemaker:List*")))
    home = "arn:aws:s3:::homes/${aws:username}/*"
    iam.put_user_policy(UserName="ada", PolicyName="home", PolicyDocument=policy(allow("s3:*", home)))
    arn = "arn:aws:iam::123456789012:user/people/ada"
    assert decisions(emulator, arn, ["sagemaker:ListModels"]) == {("sagemaker:ListModels", "*"): "allowed"}
    found = decisions(emulator, arn, ["s3:PutObject"], "arn:aws:s3:::homes/ada/x", "arn:aws:s3:::homes/bob/x")
    assert list(found.values()) == ["allowed", "implicitDeny"]
    assert decisions(emulator, "arn:aws:iam::123456789012:group/engineers", ["sagemaker:ListModels"])
    more = {"PolicyInputList": [policy({"Effect": "Deny", "Action": "sagemaker:*", "Resource": "*"})]}
    assert decisions(emulator, arn, ["sagemaker:ListModels"], **more) == {("sagemaker:ListModels", "*"): "explicitDeny"}


def test_conditions_ask_for_what_nobody_gave(emulator: Emulator) -> None:
    iam = emulator.client("iam")
    iam.create_role(RoleName="passer", AssumeRolePolicyDocument=json.dumps(ASSUMED))
    condition = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    iam.put_role_policy(
        RoleName="passer", PolicyName="p", PolicyDocument=policy(allow("iam:PassRole", ROLE, Condition=condition))
    )
    said = {
        "PolicySourceArn": "arn:aws:iam::123456789012:role/passer",
        "ActionNames": ["iam:PassRole"],
        "ResourceArns": [ROLE],
    }
    (one,) = iam.simulate_principal_policy(**said)["EvaluationResults"]
    assert (one["EvalDecision"], one["MissingContextValues"]) == ("implicitDeny", [])
    assert one["ResourceSpecificResults"][0]["MissingContextValues"] == ["iam:PassedToService"]
    for service, verdict in (("sagemaker.amazonaws.com", "allowed"), ("ec2.amazonaws.com", "implicitDeny")):
        given = {"ContextKeyName": "iam:PassedToService", "ContextKeyValues": [service], "ContextKeyType": "string"}
        (one,) = iam.simulate_principal_policy(**said, ContextEntries=[given])["EvaluationResults"]
        assert one["EvalDecision"] == verdict


def test_a_boundary_limits_a_role(emulator: Emulator) -> None:
    iam = emulator.client("iam")
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=policy(allow("s3:*")))["Policy"]["Arn"]
    iam.create_role(RoleName="bound", AssumeRolePolicyDocument=json.dumps(ASSUMED), PermissionsBoundary=limit)
    iam.put_role_policy(RoleName="bound", PolicyName="p", PolicyDocument=policy(allow("*")))
    arn = "arn:aws:iam::123456789012:role/bound"
    found = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:GetObject", "sqs:SendMessage"])
    s3, sqs = found["EvaluationResults"]
    assert (s3["EvalDecision"], s3["PermissionsBoundaryDecisionDetail"]) == (
        "allowed",
        {"AllowedByPermissionsBoundary": True},
    )
    assert (sqs["EvalDecision"], sqs["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"]) == (
        "implicitDeny",
        False,
    )


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ({"PolicySourceArn": "arn:aws:iam::123456789012:role/nobody"}, "NoSuchEntity", "role with name nobody cannot be found"),
        ({"PolicySourceArn": "arn:aws:iam::123456789012:role/x/trainer"}, "NoSuchEntity", "cannot be found"),
        ({"PolicySourceArn": "arn:aws:sts::123456789012:assumed-role/trainer/s"}, "InvalidInput", "does not clearly define"),
        ({"PolicySourceArn": "a" * 2049}, "ValidationError", "length less than or equal to 2048"),
        ({"ActionNames": ["GetObject"]}, "InvalidInput", "Invalid Action: GetObject"),
        ({"PolicyInputList": ["{}"]}, "MalformedPolicyDocument", "Syntax errors in policy"),
        ({"MaxItems": 1001}, "ValidationError", "less than or equal to 1000"),
        ({"Marker": "nonsense"}, "InvalidInput", "Invalid Marker"),
    ],
)  # fmt: skip
def test_what_the_simulator_refuses(emulator: Emulator, change: dict[str, Any], code: str, told: str) -> None:
    said = {"PolicySourceArn": ROLE, "ActionNames": ["s3:GetObject"], **change}
    with pytest.raises(ClientError, match=told) as refused:
        emulator.client("iam").simulate_principal_policy(**said)
    assert refused.value.response["Error"]["Code"] == code


def test_policies_that_are_only_given(emulator: Emulator) -> None:
    found = emulator.client("iam").simulate_custom_policy(
        PolicyInputList=[policy(allow("s3:GetObject"))], ActionNames=["s3:GetObject", "s3:PutObject"]
    )
    assert [one["EvalDecision"] for one in found["EvaluationResults"]] == ["allowed", "implicitDeny"]


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, "allowed"),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/*"}, "implicitDeny"),
        (allow("s3:get*"), "allowed"),
        (allow("s3:GetObject", "arn:aws:s3:::B/*"), "implicitDeny"),
        (allow("s3:*", Condition={"StringLike": {"s3:prefix": "a/*"}}), "allowed"),
        (allow("s3:*", Condition={"StringNotEquals": {"s3:prefix": "a/b"}}), "implicitDeny"),
        (allow("s3:*", Condition={"StringEqualsIfExists": {"aws:nobody": "x"}}), "allowed"),
        (allow("s3:*", Condition={"Null": {"aws:nobody": "true"}}), "allowed"),
        (allow("s3:*", Condition={"NumericLessThan": {"s3:prefix": "1"}}), "implicitDeny"),
        ({**allow("s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}}), "Effect": "Deny"}, "implicitDeny"),
    ],
)  # fmt: skip
def test_statements(statement: dict[str, Any], verdict: str) -> None:
    held = read("p", "role", policy(statement))
    found = decide([held], "s3:GetObject", "arn:aws:s3:::b/key", {"s3:prefix": ["a/b"]})
    assert found.verdict == verdict


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"Statement": [{"Effect": "Maybe", "Action": "*"}]}', '{"Statement": [{"Effect": "Allow"}]}'],
)
def test_what_is_no_policy(text: str) -> None:
    with pytest.raises(Malformed):
        read("p", "role", text)

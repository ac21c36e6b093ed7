"""What IAM's simulator says of the caller and of the execution role, and what it cannot know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.providers.aws.preflight.scripted import ACCOUNT, ROLE, Account, Answer, Refusal, decisions, role, run, want
from tradewind.spec.clouds.aws import AwsTrain
from tradewind.values import Foundation

SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/ci"


def identity(arn: str) -> dict[str, str]:
    return {"Arn": arn, "Account": ACCOUNT, "UserId": "U"}


def asked(account: Account, principal: str) -> set[tuple[str, str]]:
    """(action, ARN) of everything the simulator was asked about."""
    said = [
        it for call, it in account.calls if call == "iam.SimulatePrincipalPolicy" and it["PolicySourceArn"] == principal
    ]
    return {(action, arn) for it in said for action in it["ActionNames"] for arn in it["ResourceArns"]}


def test_all_is_allowed() -> None:
    account = Account()
    found = {check.name: check for check in account.checks(run(), want())}
    assert found["permissions"].verdict == found["role permissions"].verdict == "ok"
    mine, roles = asked(account, f"arn:aws:iam::{ACCOUNT}:user/me"), asked(account, ROLE)
    base = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"
    assert ("sagemaker:CreateTrainingJob", f"{base}:training-job/churn-0123456789-1") in mine
    assert ("sagemaker:UpdateEndpoint", f"{base}:endpoint/churn") in mine
    assert ("iam:PassRole", ROLE) in mine
    assert ("s3:PutObject", "arn:aws:s3:::ground/ml/churn/default/outputs/1/x") in roles
    assert ("ecr:BatchGetImage", f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/train") in roles
    assert not {action for action, _ in roles} & {"secretsmanager:GetSecretValue", "kms:Decrypt", "ec2:DescribeVpcs"}


def test_a_plan_to_train_asks_nothing_about_serving() -> None:
    account = Account()
    account.checks(run())
    actions = {action for action, _ in asked(account, f"arn:aws:iam::{ACCOUNT}:user/me")}
    assert not {"sagemaker:CreateModel", "sagemaker:CreateEndpoint", "cloudwatch:PutMetricAlarm"} & actions


def test_passing_the_role_is_asked_about_as_sagemaker_gets_it() -> None:
    account = Account()
    account.checks(run())
    entries = [it["ContextEntries"] for _, it in account.calls if "iam:PassRole" in it.get("ActionNames", ())]
    expected = {"ContextKeyName": "iam:PassedToService", "ContextKeyType": "string"}
    assert entries == [[{**expected, "ContextKeyValues": ["sagemaker.amazonaws.com"]}]]


def test_a_denial_names_action_and_thing() -> None:
    account = Account(iam_SimulatePrincipalPolicy=decisions({"sagemaker:CreateEndpoint": "implicitDeny"}))
    found = account.check("permissions", None, want())
    assert found.verdict == "will_fail"
    assert "sagemaker:CreateEndpoint on endpoint/churn" in found.detail
    assert found.fix


def test_of_several_things_each_has_its_own_answer() -> None:
    """The decision above is one for all together, and says no where any of them is denied."""

    def answer(said: Mapping[str, Any]) -> Answer:
        made: Any = decisions()(said)
        for result in made["EvaluationResults"]:
            if result["EvalActionName"] == "sagemaker:AddTags":
                result["EvalDecision"] = "implicitDeny"
                for one in result["ResourceSpecificResults"]:
                    model = ":model/" in one["EvalResourceName"]
                    one["EvalResourceDecision"] = "implicitDeny" if model else "allowed"
        return dict(made)

    found = Account(iam_SimulatePrincipalPolicy=answer).check("permissions", run(), want())
    assert "sagemaker:AddTags on model/churn-" in found.detail
    assert found.detail.count("sagemaker:") == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}, "a policy of the organization denies it"),
        ({"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}, "its permissions boundary"),
    ],
)
def test_who_denies_it_is_said(more: Any, said: str) -> None:
    denied = decisions(
        {"sagemaker:ListTrainingJobs": "implicitDeny", "sagemaker:CreateTrainingJob": "implicitDeny"}, **more
    )
    assert said in Account(iam_SimulatePrincipalPolicy=denied).check("permissions", run()).detail


def test_a_condition_that_was_not_put_to_the_test_is_no_denial() -> None:
    """A policy that asks for a tag of the request: the real call carries it, the simulation does not."""
    denied = decisions({"iam:PassRole": "implicitDeny"}, MissingContextValues=["aws:RequestTag/team"])
    assert Account(iam_SimulatePrincipalPolicy=denied).check("permissions", run()).verdict == "cannot_tell"


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        (Refusal("NoSuchBucketPolicy", "none", 404), "will_fail"),
        ({"Policy": "{}"}, "cannot_tell"),
        (Refusal("AccessDenied", "no", 403), "cannot_tell"),
    ],
)
def test_a_bucket_policy_may_allow_what_the_role_is_not(policy: Answer, verdict: str) -> None:
    account = Account(
        iam_SimulatePrincipalPolicy=decisions({"s3:PutObject": "implicitDeny"}), s3_GetBucketPolicy=policy
    )
    assert account.check("role permissions", run()).verdict == verdict


def test_an_explicit_denial_needs_no_second_look() -> None:
    account = Account(iam_SimulatePrincipalPolicy=decisions({"s3:GetObject": "explicitDeny"}))
    found = account.check("role permissions", run())
    assert (found.verdict, "a policy denies it" in found.detail) == ("will_fail", True)
    assert "s3.GetBucketPolicy" not in [call for call, _ in account.calls]


def test_secrets_keys_and_networks_are_asked_about_where_they_are_used() -> None:
    account = Account()
    ground = Foundation(
        "s3://ground", outputs={"runtime_role": ROLE, "kms_key": "1-2", "subnets": "s", "security_groups": "g"}
    )
    whole = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:b-123456"
    account.checks(run(secrets={"A": "churn/A", "B": whole, "C": "ssm:/churn/c:2"}),
                   foundation=ground)  # fmt: skip
    roles = asked(account, ROLE)
    assert ("kms:Decrypt", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1-2") in roles
    secrets = {arn for action, arn in roles if action == "secretsmanager:GetSecretValue"}
    assert {arn.split(":secret:")[1] for arn in secrets} == {"churn/A-000000", "b-123456"}
    parameters = {arn for action, arn in roles if action == "ssm:GetParameter"}
    assert parameters == {f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/churn/c"}
    assert "ec2:CreateNetworkInterface" in {action for action, _ in roles}


def test_of_a_role_session_the_role_counts_path_and_all() -> None:
    account = Account(sts_GetCallerIdentity=identity(SESSION))
    account.answers["iam.GetRole"] = lambda said: role(f"arn:aws:iam::{ACCOUNT}:role/teams/{said['RoleName']}")
    account.checks(run())
    assert asked(account, f"arn:aws:iam::{ACCOUNT}:role/teams/deployer")


@pytest.mark.parametrize(
    ("arn", "verdict"),
    [(f"arn:aws:iam::{ACCOUNT}:root", "ok"), (f"arn:aws:sts::{ACCOUNT}:federated-user/me", "cannot_tell")],
)
def test_who_cannot_be_simulated(arn: str, verdict: str) -> None:
    assert Account(sts_GetCallerIdentity=identity(arn)).check("permissions", run()).verdict == verdict


def test_who_may_not_simulate_is_told_what_is_missing() -> None:
    refused = Refusal("AccessDenied", "User is not authorized to perform: iam:SimulatePrincipalPolicy", 403)
    found = Account(iam_SimulatePrincipalPolicy=refused).check("permissions", run())
    assert (found.verdict, "iam:SimulatePrincipalPolicy" in found.fix) == ("cannot_tell", True)


def test_who_is_not_known_to_iam_cannot_be_told() -> None:
    refused = Refusal("NoSuchEntity", "The user with name me cannot be found.", 404)
    found = Account(iam_SimulatePrincipalPolicy=refused).check("permissions", run())
    assert (found.verdict, found.detail) == ("cannot_tell", f"IAM does not know arn:aws:iam::{ACCOUNT}:user/me")


def test_two_pages_are_one_answer() -> None:
    def answer(said: Mapping[str, Any]) -> Answer:
        made: Any = decisions({"logs:GetLogEvents": "implicitDeny"})(said)
        results, start = made["EvaluationResults"], int(said.get("Marker", "0"))
        more = start + 1 < len(results)
        page = {"EvaluationResults": results[start : start + 1], "IsTruncated": more}
        return {**page, "Marker": str(start + 1)} if more else page

    found = Account(iam_SimulatePrincipalPolicy=answer).check("permissions", run(options=AwsTrain()))
    assert (found.verdict, "logs:GetLogEvents" in found.detail) == ("will_fail", True)

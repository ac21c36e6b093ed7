"""The execution role: there, ours, and open to SageMaker."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.aws.preflight.scripted import ACCOUNT, ROLE, TRUST, Account, Refusal, role, run, want
from tradewind.providers.aws.preflight.role import SERVICE, trusts
from tradewind.spec.clouds.aws import AwsServe, AwsTrain
from tradewind.values import Foundation

ALL = [TRUST]


def with_condition(**condition: Any) -> dict[str, Any]:
    return {**TRUST, "Condition": condition}


@pytest.mark.parametrize(
    ("statements", "answer"),
    [
        (ALL, "yes"),
        (TRUST, "yes"),  # one statement need not be in a list
        ([{**TRUST, "Principal": {"Service": ["ec2.amazonaws.com", SERVICE]}}], "yes"),
        ([{**TRUST, "Action": ["sts:TagSession", "sts:AssumeRole"]}], "yes"),
        ([{**TRUST, "Action": "sts:*"}], "yes"),
        ([{**TRUST, "Action": "sts:TagSession"}], "no"),
        ([{**TRUST, "Principal": {"Service": "ec2.amazonaws.com"}}], "no"),
        ([{**TRUST, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}], "no"),
        ([], "no"),
        ([TRUST, {**TRUST, "Effect": "Deny"}], "no"),
        ([with_condition(StringEquals={"aws:SourceAccount": ACCOUNT})], "yes"),
        ([with_condition(StringEquals={"aws:SourceAccount": ["1", ACCOUNT]})], "yes"),
        ([with_condition(StringLike={"AWS:SourceAccount": "1234*"})], "yes"),
        ([with_condition(StringEquals={"aws:SourceAccount": "999999999999"})], "no"),
        ([with_condition(ArnLike={"aws:SourceArn": "arn:aws:sagemaker:*"})], "perhaps"),
        ([TRUST, with_condition(ArnLike={"aws:SourceArn": "x"})], "yes"),
        ([TRUST, {**with_condition(ArnLike={"aws:SourceArn": "x"}), "Effect": "Deny"}], "perhaps"),
    ],
)
def test_trust_policies(statements: Any, answer: str) -> None:
    assert trusts({"Statement": statements}, SERVICE, ACCOUNT) == answer


def test_a_good_role() -> None:
    assert Account().check("role", run()).verdict == "ok"


def test_a_role_that_nobody_made() -> None:
    found = Account(iam_GetRole=Refusal("NoSuchEntity", "not found", 404)).check("role", run())
    assert (found.verdict, "there is no role trainer" in found.detail) == ("will_fail", True)


def test_a_role_that_sagemaker_may_not_take_says_what_to_add() -> None:
    found = Account(iam_GetRole=role(ROLE, {**TRUST, "Principal": {"Service": "ec2.amazonaws.com"}})).check(
        "role", run()
    )
    assert found.verdict == "will_fail"
    assert SERVICE in found.fix


def test_a_role_without_its_path() -> None:
    """A frequent slip: SageMaker refuses an ARN that leaves the path out."""
    said = f"arn:aws:iam::{ACCOUNT}:role/trainer"
    found = Account().check("role", run(), foundation=Foundation("s3://ground", outputs={"runtime_role": said}))
    assert (found.verdict, found.fix) == ("will_fail", f"write {ROLE}")


def test_a_role_of_another_account() -> None:
    said = "arn:aws:iam::999999999999:role/trainer"
    account = Account()
    found = [check for check in account.checks(run(options=AwsTrain(role=said))) if check.name.startswith("role")]
    assert [check.verdict for check in found] == ["will_fail"]
    assert "iam.GetRole" not in [call for call, _ in account.calls]


def test_a_role_that_may_not_be_looked_at_cannot_be_told() -> None:
    found = Account(iam_GetRole=Refusal("AccessDenied", "not authorized to perform: iam:GetRole", 403)).check(
        "role", run()
    )
    assert found.verdict == "cannot_tell"
    assert "iam:GetRole" in found.fix


def test_no_role_is_known() -> None:
    found = Account().check("role", run(), foundation=Foundation("s3://ground"))
    assert found.verdict == "will_fail"
    assert "runtime_role" in found.fix


def test_each_of_two_roles_is_looked_at() -> None:
    other = ROLE.replace("trainer", "server")
    account = Account(iam_GetRole=lambda said: role(ROLE.replace("trainer", said["RoleName"]), TRUST))
    found = [
        check.detail for check in account.checks(run(), want(options=AwsServe(role=other))) if check.name == "role"
    ]
    assert [ROLE in found[0], other in found[1]] == [True, True]


@pytest.mark.parametrize("said", ["trainer", "arn:aws:iam::123456789012:user/me", "arn:aws:iam"])
def test_what_is_no_arn_of_a_role_will_fail(said: str) -> None:
    found = Account().check("role", run(), foundation=Foundation("s3://ground", outputs={"runtime_role": said}))
    assert (found.verdict, said in found.detail) == ("will_fail", True)
    assert "arn:aws:iam::ACCOUNT:role/NAME" in found.fix

"""On an emulated account: whoever has the policies that we print is allowed all, and who lacks a part is told which."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.providers.aws.preflight.scripted import POLICY, run, want
from tests.sandbox.emulator import TRUST, Emulator
from tradewind.providers.aws import actions
from tradewind.providers.aws.info import AwsInfo
from tradewind.providers.aws.preflight import checking
from tradewind.providers.base import Check, Preflight
from tradewind.spec.clouds.aws import Aws
from tradewind.values import Foundation

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/churn"
PLACE = actions.Place("us-east-1", ACCOUNT, "work", "churn", ROLE)
keys: dict[str, str] = {}  # of user `ci`
FOUNDATION = Foundation("s3://work/ml", outputs={"runtime_role": ROLE})


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    one = Emulator(tmp_path_factory.mktemp("account"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        one.start("--speed", "600")
        one.furnish()
        iam = one.client("iam")
        iam.create_role(RoleName="churn", AssumeRolePolicyDocument=json.dumps(TRUST))
        _allow(one, "role", actions.policy(actions.IDENTITIES["runtime"], PLACE))
        iam.create_user(UserName="ci")
        keys.update(iam.create_access_key(UserName="ci")["AccessKey"])
    yield one
    assert one.end() == 0


@pytest.fixture
def checks(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> dict[str, Check]:
    """As user `ci`, who may do what the deployer's policy says."""
    return _as_user(emulator, monkeypatch, actions.policy(actions.IDENTITIES["deployer"], PLACE))


def _allow(emulator: Emulator, kind: str, policy: dict[str, object]) -> None:
    iam, said = emulator.client("iam"), {"PolicyName": "tradewind", "PolicyDocument": json.dumps(policy)}
    if kind == "role":
        iam.put_role_policy(RoleName="churn", **said)
    else:
        iam.put_user_policy(UserName="ci", **said)


def _as_user(emulator: Emulator, patch: pytest.MonkeyPatch, policy: dict[str, object]) -> dict[str, Check]:
    _allow(emulator, "user", policy)
    patch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
    patch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
    patch.delenv("AWS_SESSION_TOKEN")
    patch.setattr(checking, "PATIENCE", 60.0)  # what is allowed is asked here, not how soon a busy machine answers
    provider = AwsInfo().connect(Aws(region="us-east-1", endpoint_url=emulator.url), FOUNDATION)
    assert isinstance(provider, Preflight)
    job = run(image="sagemaker/sagemaker-scikit-learn:1.4-2-cpu-py3", output="s3://work/ml/churn/default/outputs/1")
    wish = want(high=2, image=job.container.image, model="s3://work/ml/churn/default/models/1")
    return {check.name: check for check in provider.preflight(job, wish, POLICY)}


def test_our_own_policies_are_enough(checks: dict[str, Check]) -> None:
    assert {name: check.detail for name, check in checks.items() if check.verdict != "ok"} == {}
    assert "user/ci" in checks["credentials"].detail


def test_a_planner_is_told_what_a_deployer_may_besides(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _as_user(emulator, monkeypatch, actions.policy(actions.IDENTITIES["planner"], PLACE))["permissions"]
    assert found.verdict == "will_fail"
    assert "sagemaker:CreateTrainingJob on training-job/churn-" in found.detail
    assert "and " in found.detail  # more than are named


def test_a_policy_of_another_project_is_not_enough(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    other = actions.Place("us-east-1", ACCOUNT, "work", "fraud", ROLE)
    found = _as_user(emulator, monkeypatch, actions.policy(actions.IDENTITIES["deployer"], other))["permissions"]
    assert (found.verdict, "training-job/churn-0123456789-1" in found.detail) == ("will_fail", True)


def test_a_role_that_may_not_write_is_told_so(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = actions.policy(actions.IDENTITIES["runtime"], PLACE)
    for statement in rows["Statement"]:
        statement["Action"] = [action for action in statement["Action"] if action != "s3:PutObject"]
    _allow(emulator, "role", rows)
    deployer = actions.policy(actions.IDENTITIES["deployer"], PLACE)
    found = _as_user(emulator, monkeypatch, deployer)["role permissions"]
    assert (found.verdict, "s3:PutObject on work/ml/" in found.detail) == ("will_fail", True)
    _allow(emulator, "role", actions.policy(actions.IDENTITIES["runtime"], PLACE))

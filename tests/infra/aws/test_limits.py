"""What AWS cannot have is told by the arguments, each by its option, before anything is started."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tradewind.infra.arguments import AwsFoundationArgs
from tradewind.infra.aws import policies

ROLE = "arn:aws:iam::123456789012:role/r"


def args(**asked: Any) -> AwsFoundationArgs:
    return AwsFoundationArgs.model_validate({"environment": "dev", "region": "eu-west-1"} | asked)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"name": "xn--a"}, "name: xn--a: no bucket's name"),
        ({"prefix": "a/../b"}, "prefix: 'a/../b'"),
        ({"prefix": "a//b"}, "prefix: 'a//b'"),
        ({"projects": ["churn", "churn"]}, "projects: churn is there twice"),
        ({"mails": ["a@b.co", "A@b.co"]}, "mails: a@b.co is there twice"),
        ({"tags": {"managed-by": "me"}}, "tags: managed-by is tradewind's own"),
        ({"tags": {"Team": "a", "team": "b"}}, "tags: team is there twice"),
        ({"tags": {f"k{it}": "v" for it in range(47)}}, "tags: AWS takes 46"),
        ({"tags": {"k" * 129: "v"}}, "keys of 1 to 128"),
        ({"tags": {"k": "v" * 257}}, "values of at most 256"),
        ({"tags": {"AWS:team": "v"}}, "tags: AWS:team: what begins with aws:"),
        ({"tags": {"team": "a;b"}}, "tags: 'team': AWS takes letters"),
        ({"existing": {"bucket": "s3://theirs"}}, "existing.bucket: a bucket's name, without s3://"),
        ({"existing": {"kms_key": "alias/theirs"}}, "existing.kms_key: arn:aws:kms:eu-west-1:ACCOUNT:key/ID"),
        ({"existing": {"kms_key": "arn:aws:kms:us-east-1:123456789012:key/k"}}, "existing.kms_key: arn:aws:kms:eu-west-1"),
        ({"existing": {"runtime": "sagemaker"}}, "existing.runtime: a role's ARN, and not 'sagemaker'"),
        ({"existing": {"alerts": "arn:aws:sns:us-east-1:123456789012:t"}}, "existing.alerts: arn:aws:sns:eu-west-1"),
        ({"existing": {"github_oidc": ROLE}}, "existing.github_oidc: "),
        ({"existing": {"network": "vpc-1"}}, "existing: network, subnets and security_groups go together"),
        ({"existing": {"subnets": ["subnet-1"]}}, "existing: network, subnets and security_groups go together"),
        ({"existing": {"subnets": ["mine"]}}, "existing.subnets: subnet-..., and not 'mine'"),
        ({"existing": {"subnets": [f"subnet-{it}" for it in range(17)]}}, "existing.subnets: SageMaker takes 16"),
        ({"existing": {"security_groups": [f"sg-{it}" for it in range(6)]}}, "existing.security_groups: SageMaker takes 5"),
        ({"network": {}, "region": "cn-north-1"}, "network: AWS in China"),
        ({"secrets": ["env:TOKEN"]}, "secrets: env:TOKEN: neither"),
        ({"secrets": ["churn/*"]}, "no pattern of names"),
        ({"budget": {"month": 1, "percent": [50, 50]}, "mails": ["a@b.co"]}, "budget.percent: 50 is there twice"),
        ({"budget": {"month": 1, "percent": [1, 2, 3, 4, 5]}, "mails": ["a@b.co"]}, "this is 6"),
        ({"budget": {"month": 1, "percent": [], "forecast": False}, "mails": ["a@b.co"]}, "this is 0"),
        ({"budget": {"month": 1, "currency": "EUR"}, "mails": ["a@b.co"]}, "budget.currency: AWS takes USD alone there"),
        ({"budget": {"month": 1}, "mails": ["a@b.co"], "region": "cn-north-1"}, "budget.currency: AWS takes CNY alone there"),
        ({"budget": {"month": 1}, "mails": ["a@b.co"], "region": "us-gov-west-1"}, "budget: AWS Budgets is not in GovCloud"),
        ({"github": {"repository": "a/b", "deployer": ["*"]}}, "github.deployer: '*' lets each pull request deploy"),
        ({"github": {"repository": "a/b", "deployer": ["pull_reques?"]}}, "lets each pull request deploy"),
        ({"watch": [{"endpoint": "a_b"}]}, "watch: 'a_b': no name"),
        ({"watch": [{"endpoint": "e", "idle": "4m"}]}, "watch: e: idle: five minutes to seven days"),
        ({"watch": [{"endpoint": "e", "idle": "8d"}]}, "watch: e: idle: five minutes to seven days"),
        ({"log_groups": ["endpoints"]}, "log_groups: endpoints: of those in `watch`"),
        ({"log_groups": ["jobs", "jobs"]}, "log_groups: jobs is there twice"),
        ({"trusted": {"deployer": ["*"]}}, "trusted.deployer: ARNs of roles, users or accounts, and not '*'"),
        ({"trusted": {"planner": ["arn:aws:iam::123456789012:role/*"]}}, "trusted.planner: ARNs"),
        ({"trusted": {"planner": [f"{ROLE}{it:060}" for it in range(30)]}}, "a trust policy has 2048 at most"),
        ({"projects": [f"a-long-project-{it:04}" for it in range(90)]}, "policies of deployer, and a role takes 10"),
    ],
)  # fmt: skip
def test_it_is_told(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        args(**asked)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "asked",
    [
        {"tags": {f"k{it}": "v" for it in range(46)}},
        {"tags": {"Größe": "50 / 50 @ a+b=c"}},
        {"existing": {"kms_key": "arn:aws:kms:eu-west-1:123456789012:key/mrk-12"}},
        {"existing": {"runtime": "arn:aws-us-gov:iam::123456789012:role/path/sagemaker"}},
        {"existing": {"network": "vpc-1", "subnets": ["subnet-1"], "security_groups": ["sg-1"]}},
        {"network": {"private_endpoints": False}, "region": "cn-north-1"},
        {"secrets": ["churn/token", "ssm:/churn/token", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf"]},
        {"budget": {"month": 1, "percent": [50, 80, 90, 100]}, "mails": ["a@b.co"]},
        {"watch": [{"endpoint": "churn-dev", "idle": "7d"}, {"endpoint": "rank", "idle": "5m", "p95": "1ms"}]},
        {"trusted": {"planner": [ROLE, "123456789012"], "deployer": ["arn:aws:iam::123456789012:root"]}},
        {"trusted": {"deployer": ["arn:aws:iam::123456789012:user/a/b"]}},
        {"trusted": {"planner": ["arn:aws:sts::123456789012:assumed-role/ci/session"]}},
        {"budget": {"month": 1, "currency": "CNY"}, "mails": ["a@b.co"], "region": "cn-north-1"},
        {"github": {"repository": "a/b", "planner": ["*"], "deployer": ["ref:refs/tags/v*", "environment:prod"]}},
        {"prefix": "/a/b/"},
        {"prefix": ""},
        {"projects": [f"project-{it}" for it in range(25)]},
    ],
)  # fmt: skip
def test_what_aws_has_is_taken(asked: dict[str, Any]) -> None:
    assert args(**asked)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        args(tags={"aws:a": "b"}, existing={"bucket": "s3://a"}, secrets=["env:A"])
    assert all(it in str(caught.value) for it in ("tags:", "existing.bucket:", "secrets:"))


def test_what_is_there_already_is_not_measured() -> None:
    given = {who: ROLE for who in policies.MADE}
    assert args(existing=given, projects=[f"a-long-project-{it:04}" for it in range(90)])

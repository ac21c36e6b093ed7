"""Whatever is combined: names are AWS's and unique, all is tagged, protected, private, no secret, and told as it was made."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from functools import cache
from typing import Any

import botocore.session
import pulumi_aws as aws
import pytest
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.infra.aws.founding import found
from tests.infra.mocks import Recorded, Registered
from tradewind.infra import checks
from tradewind.infra.aws.policies import LARGEST, LARGEST_TRUST, MOST

ARN = "arn:aws:{}:eu-west-1:123456789012:{}"
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,17}[a-z0-9]", fullmatch=True)
EXISTING = {
    "bucket": "theirs",
    "kms_key": ARN.format("kms", "key/k"),
    "planner": "arn:aws:iam::123456789012:role/planner",
    "deployer": "arn:aws:iam::123456789012:role/deployer",
    "runtime": "arn:aws:iam::123456789012:role/runtime",
    "registry": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/theirs",
    "alerts": ARN.format("sns", "theirs"),
}
NETWORK = {"network": "vpc-1", "subnets": ["subnet-1", "subnet-2"], "security_groups": ["sg-1"]}
WATCHED = st.fixed_dictionaries(
    {"endpoint": st.from_regex(r"[a-z0-9](-*[a-z0-9]){0,62}", fullmatch=True)},
    optional={
        "error_rate": st.one_of(st.none(), st.floats(0.1, 100)),
        "p95": st.just(timedelta(seconds=1)),
        "max_replicas": st.integers(1, 100),
        "idle": st.one_of(st.none(), st.timedeltas(timedelta(minutes=5), timedelta(days=7))),
    },
)
GITHUB = {"repository": "acme/churn"}
ASKED = st.fixed_dictionaries(
    {"environment": NAMES},
    optional={
        "name": NAMES,
        "tags": st.dictionaries(
            st.sampled_from(["team", "cost center", "a:b/c"]), st.sampled_from(["", "ml", "50 @ 1"])
        ),
        "prefix": st.sampled_from(["", "tradewind", "/a/b/"]),
        "projects": st.lists(NAMES, max_size=8, unique=True),
        "key": st.sampled_from(["managed", "own"]),
        "secrets": st.lists(st.sampled_from(["churn/token", "ssm:/churn/token"]), unique=True),
        "log_days": st.integers(1, 3650),
        "scratch_days": st.integers(1, 3650),
        "old_version_days": st.integers(1, 3650),
        "network": st.fixed_dictionaries(
            {}, optional={"zones": st.integers(1, 3), "nat": st.booleans(), "private_endpoints": st.booleans()}
        ),
        "mails": st.lists(st.sampled_from(["a@b.co", "ml@acme.com"]), unique=True),
        "watch": st.lists(WATCHED, max_size=2, unique_by=lambda it: it["endpoint"]),
        "github": st.just(GITHUB),
        "protect": st.booleans(),
        "keep_objects": st.booleans(),
        "log_groups": st.lists(st.just("jobs"), max_size=1),
    },
)
GIVEN = st.tuples(st.sets(st.sampled_from(sorted(EXISTING))), st.booleans())
BUDGET = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {"month": st.integers(1, 10_000), "percent": st.sets(st.integers(1, 1000), min_size=1, max_size=4)}
    ),
)

# What each type's name is in its service's own model: property, service, operation, parameter.
NAMED = {
    "aws:iam/role:Role": ("name", "iam", "CreateRole", "RoleName"),
    "aws:iam/policy:Policy": ("name", "iam", "CreatePolicy", "PolicyName"),
    "aws:ecr/repository:Repository": ("name", "ecr", "CreateRepository", "repositoryName"),
    "aws:kms/alias:Alias": ("name", "kms", "CreateAlias", "AliasName"),
    "aws:sns/topic:Topic": ("name", "sns", "CreateTopic", "Name"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("name", "cloudwatch", "PutMetricAlarm", "AlarmName"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", "logs", "CreateLogGroup", "logGroupName"),
    "aws:ssm/parameter:Parameter": ("name", "ssm", "PutParameter", "Name"),
    "aws:s3/bucket:Bucket": ("bucket", "s3", "CreateBucket", "Bucket"),
    "aws:ec2/securityGroup:SecurityGroup": ("name", "ec2", "CreateSecurityGroup", "GroupName"),
}
# Limits that the models leave to their texts.
LONGEST = {"aws:s3/bucket:Bucket": 63, "aws:iam/role:Role": 64, "aws:iam/policy:Policy": 128}
PROTECTED = {"aws:s3/bucket:Bucket", "aws:kms/key:Key"}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked=ASKED, existing=GIVEN, budget=BUDGET)
def test_whatever_is_combined(asked: dict[str, Any], existing: tuple[set[str], bool], budget: Any) -> None:
    given_ = {name: EXISTING[name] for name in existing[0]} | (NETWORK if existing[1] else {})
    told = bool(asked.get("mails")) or "alerts" in given_
    more = {"budget": {**budget, "percent": sorted(budget["percent"])}} if budget and told else {}
    recorded = found(**asked, **more, existing=given_)
    _names_are_unique_and_aws_s_own(recorded)
    _all_is_tagged(recorded, asked)
    _protected_as_asked(recorded, asked)
    _nothing_is_public_or_secret(recorded)
    _roles_are_within_limits(recorded)
    _what_is_given_is_what_was_made(recorded, given_)


def _names_are_unique_and_aws_s_own(recorded: Recorded) -> None:
    seen = Counter((it.type, it.name) for it in recorded.resources)
    assert set(seen.values()) == {1}
    named = [(it.type, name) for it in recorded.resources if (name := _name(it)) is not None]
    assert set(Counter(named).values()) <= {1}
    for kind, name in named:
        assert _fits(kind, name), (kind, name)


def _name(it: Registered) -> str | None:
    return it.inputs.get(NAMED[it.type][0]) if it.type in NAMED else None


@cache
def _fits(kind: str, name: str) -> bool:
    _, service, operation, parameter = NAMED[kind]
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    shape = model.input_shape.members[parameter]
    return not ParamValidator().validate(name, shape).has_errors() and len(name) <= LONGEST.get(kind, 255)


def _all_is_tagged(recorded: Recorded, asked: dict[str, Any]) -> None:
    wanted = asked.get("tags", {}) | {"managed-by": "tradewind-infra", "tradewind-environment": asked["environment"]}
    for it in recorded.resources:
        if it.type.startswith("aws:") and _taggable(it.type):
            assert wanted.items() <= it.inputs["tags"].items(), (it.type, it.name)


@cache
def _taggable(kind: str) -> bool:
    """Whether the package's class of the type takes tags."""
    module, name = kind.split(":")[1].split("/")[0], kind.split(":")[2]
    return "tags" in getattr(getattr(aws, module), f"{name}Args").__init__.__annotations__


def _protected_as_asked(recorded: Recorded, asked: dict[str, Any]) -> None:
    protected = {it.type for it in recorded.resources if it.protect}
    made = {it.type for it in recorded.resources} & PROTECTED
    assert protected == (made if asked.get("protect", True) else set())


def _nothing_is_public_or_secret(recorded: Recorded) -> None:
    resources = [checks.Resource(it.type, it.name, it.name, it.inputs) for it in recorded.resources]
    assert checks.violations(resources, checks.Rules(private=True)) == ()
    assert not [it for it in recorded.resources if it.secrets]
    for it in recorded.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"):
        assert "cidrIpv4" not in it.inputs


def _roles_are_within_limits(recorded: Recorded) -> None:
    policies = recorded.of("aws:iam/policy:Policy")
    assert all(len(it.inputs["policy"]) <= LARGEST for it in policies)
    of = Counter(it.inputs["role"] for it in recorded.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment"))
    assert all(count <= MOST for count in of.values())
    for it in recorded.of("aws:iam/role:Role"):
        assert len(it.inputs["assumeRolePolicy"]) <= LARGEST_TRUST
        for one in json.loads(it.inputs["assumeRolePolicy"])["Statement"]:
            assert one["Principal"] != "*"
            assert one["Principal"].get("AWS") != "*"


def _what_is_given_is_what_was_made(recorded: Recorded, given_: dict[str, Any]) -> None:
    outputs = dict(recorded.outputs)
    for name in ("planner", "deployer", "runtime", "registry", "kms_key", "alerts", "network"):
        if name in given_:
            assert outputs[name] == given_[name]
    if "network" in given_:
        assert (outputs["subnets"], outputs["security_groups"]) == ("subnet-1,subnet-2", "sg-1")
        assert not recorded.of("aws:ec2/vpc:Vpc")
    made = {
        "kms_key": recorded.of("aws:kms/key:Key"),
        "alerts": recorded.of("aws:sns/topic:Topic"),
        "network": recorded.of("aws:ec2/vpc:Vpc"),
    }
    for name, resources in made.items():
        assert len(resources) == (name in outputs and name not in given_)
    document = json.loads(outputs.pop("document"))
    root = outputs.pop("root")
    assert (document["root"], document["region"], document["outputs"]) == (root, "eu-west-1", outputs)
    assert len(recorded.of("aws:ssm/parameter:Parameter")[0].inputs["insecureValue"]) <= 4096  # a standard parameter


def test_the_largest_document_fits_a_standard_parameter() -> None:
    longest = {it: EXISTING[it] + "x" * (64 - len("planner")) for it in ("planner", "deployer", "runtime")}
    network = {"network": "vpc-" + "0" * 17, "subnets": [f"subnet-{it:017}" for it in range(16)]}
    groups = {"security_groups": [f"sg-{it:017}" for it in range(5)]}
    alerts = {"alerts": ARN.format("sns", "t" * 256)}
    recorded = found(
        name="n" * 20, environment="e" * 20, existing={**longest, **network, **groups, **alerts}, key="own"
    )
    assert len(recorded.outputs["document"].encode()) <= 4096


@pytest.mark.parametrize("option", ["bucket", "kms_key", "planner", "deployer", "runtime", "registry", "alerts"])
def test_what_is_there_is_used_and_left_alone(option: str) -> None:
    recorded = found(existing={option: EXISTING[option]}, key="own", mails=["a@b.co"])
    kinds = {
        "bucket": "aws:s3/bucket:Bucket",
        "kms_key": "aws:kms/key:Key",
        "registry": "aws:ecr/repository:Repository",
        "alerts": "aws:sns/topic:Topic",
    }
    if option in kinds:
        assert not recorded.of(kinds[option])
    else:
        assert f"tradewind-{option}" not in [it.name for it in recorded.of("aws:iam/role:Role")]
    assert EXISTING[option] in json.dumps(recorded.outputs)

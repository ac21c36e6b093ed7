"""AwsFoundation on Pulumi's mocks: what is made, how, and what is left out."""

from __future__ import annotations

import json
from collections import Counter
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from tests.infra.aws.founding import ACCOUNT, counts, found
from tests.infra.mocks import Recorded
from tradewind.infra.aws.policies import LARGEST
from tradewind.providers.aws import actions

EXAMPLES = Path(__file__).parents[3] / "examples"


def allowed(recorded: Recorded, who: str) -> set[str]:
    policies = [it for it in recorded.of("aws:iam/policy:Policy") if f"-{who}-policy" in it.name]
    statements = [one for it in policies for one in json.loads(it.inputs["policy"])["Statement"]]
    return {action for one in statements for action in one["Action"]}


# What each option adds to (or takes from) the plain foundation, by the last word of the type.
ADDED: list[tuple[dict[str, Any], dict[str, int]]] = [
    ({}, {}),
    ({"key": "own"}, {"Key": 1, "Alias": 1}),
    ({"mails": ["a@b.co"]}, {"Topic": 1, "TopicPolicy": 1, "TopicSubscription": 1}),
    (
        {"mails": ["a@b.co"], "budget": {"month": "100"}},
        {"Topic": 1, "TopicPolicy": 1, "TopicSubscription": 1, "Budget": 1},
    ),
    ({"existing": {"registry": "r"}}, {"Repository": -1, "LifecyclePolicy": -1}),
    (
        {"existing": {"runtime": "arn:aws:iam::123456789012:role/r"}},
        {"Role": -1, "Policy": -1, "RolePolicyAttachment": -1},
    ),
    ({"github": {"repository": "acme/ml"}}, {"OpenIdConnectProvider": 1}),
    (
        {
            "github": {"repository": "acme/ml"},
            "existing": {"github_oidc": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
        },
        {},
    ),
]


@pytest.mark.parametrize(("asked", "added"), ADDED, ids=[",".join(it[0]) or "plain" for it in ADDED])
def test_an_option_makes_what_it_says_and_nothing_else(asked: dict[str, Any], added: dict[str, int]) -> None:
    plain, now = counts(found()), counts(found(**asked))
    assert {kind: now[kind] - plain[kind] for kind in now | plain if now[kind] != plain[kind]} == added


def test_the_bucket_is_private_versioned_encrypted_and_protected() -> None:
    recorded = found()
    (bucket,) = recorded.of("aws:s3/bucket:Bucket")
    assert bucket.protect
    assert bucket.inputs["bucket"] == f"tradewind-dev-{ACCOUNT}-eu-west-1"
    (private,) = recorded.of("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
    assert {value for name, value in private.inputs.items() if name != "bucket"} == {True}
    (versions,) = recorded.of("aws:s3/bucketVersioning:BucketVersioning")
    assert versions.inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert not found(protect=False).of("aws:s3/bucket:Bucket")[0].protect


@pytest.mark.parametrize("who", ["planner", "deployer", "runtime"])
@pytest.mark.parametrize("own", [False, True])
def test_a_role_is_allowed_what_the_table_says_and_nothing_else(who: actions.Identity, own: bool) -> None:
    when: set[actions.When] = {"", "autoscaling", "secrets"} | ({"kms"} if own else set())
    table = {row.action for row in actions.rows(actions.IDENTITIES[who], when)} - {"sts:GetCallerIdentity"}
    assert allowed(found(key="own" if own else "managed"), who) == table


@pytest.mark.parametrize(("who", "denied"), [("planner", []), ("deployer", ["s3:DeleteObject", "s3:PutObject"]),
                                             ("runtime", ["s3:DeleteObject", "s3:PutObject"])])  # fmt: skip
def test_nobody_but_up_writes_what_is_published(who: str, denied: list[str]) -> None:
    recorded = found(prefix="ml/tw")
    policies = [json.loads(it.inputs["policy"]) for it in recorded.of("aws:iam/policy:Policy") if f"-{who}-" in it.name]
    said = [it for one in policies for it in one["Statement"] if it["Effect"] == "Deny"]
    assert [it["Action"] for it in said] == ([denied] if denied else [])
    bucket = f"tradewind-dev-{ACCOUNT}-eu-west-1"
    assert all(it["Resource"] == f"arn:aws:s3:::{bucket}/ml/tw/foundation.json" for it in said)


def test_policies_of_ten_projects_fit_iam() -> None:
    recorded = found(projects=[f"project-number-{it:02}" for it in range(10)], key="own")
    policies = recorded.of("aws:iam/policy:Policy")
    assert max(len(it.inputs["policy"]) for it in policies) <= LARGEST
    of = Counter(it.name.split("-policy")[0] for it in policies)
    assert max(of.values()) <= 10  # managed policies that a role may have


def test_everything_that_takes_tags_has_them_and_no_name_is_there_twice() -> None:
    recorded = found(key="own", tags={"team": "ml"}, mails=["a@b.co"])
    tagged = [it.inputs["tags"] for it in recorded.resources if "tags" in it.inputs]
    assert len(tagged) >= 10
    assert all({"team", "tradewind-environment", "tradewind-name", "managed-by"} <= it.keys() for it in tagged)
    assert len({(it.type, it.name) for it in recorded.resources}) == len(recorded.resources)


def test_a_renamed_resource_says_what_it_was() -> None:
    recorded = found(aliases={"bucket": [pulumi.Alias(name="tradewind-store")]})
    assert "tradewind-store" in [it.split("::")[-1] for it in recorded.of("aws:s3/bucket:Bucket")[0].aliases]


def test_only_github_s_own_subjects_become_a_role() -> None:
    recorded = found(github={"repository": "acme/ml"})
    roles = {it.name: json.loads(it.inputs["assumeRolePolicy"]) for it in recorded.of("aws:iam/role:Role")}
    federated = roles["tradewind-deployer"]["Statement"][1]
    assert federated["Condition"] == {  # compared whole: no pattern where none was said
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": ["repo:acme/ml:ref:refs/heads/main"],
        }
    }
    assert len(roles["tradewind-runtime"]["Statement"]) == 1


def test_a_deployer_stays_signed_in_for_as_long_as_its_job_may_run() -> None:
    """An hour is IAM's default, and 12 its most; a planner or a runtime needs no more."""
    sessions = {it.name: it.inputs.get("maxSessionDuration") for it in found().of("aws:iam/role:Role")}
    assert sessions == {"tradewind-planner": None, "tradewind-deployer": 21600, "tradewind-runtime": None}
    job = yaml.safe_load((EXAMPLES / "cd" / "github" / "deploy.yml").read_text("utf-8"))["jobs"]["up"]
    (asked,) = [it["with"] for it in job["steps"] if "aws-actions/" in it.get("uses", "")]
    assert asked["role-duration-seconds"] == job["timeout-minutes"] * 60 == 21600


def test_a_pattern_of_github_s_subjects_is_one_only_where_it_is_said() -> None:
    recorded = found(github={"repository": "acme/ml", "deployer": ["ref:refs/tags/v*"]})
    (deployer,) = [it for it in recorded.of("aws:iam/role:Role") if it.name == "tradewind-deployer"]
    condition = json.loads(deployer.inputs["assumeRolePolicy"])["Statement"][1]["Condition"]
    tokens = "token.actions.githubusercontent.com"
    assert condition["StringLike"] == {f"{tokens}:sub": ["repo:acme/ml:ref:refs/tags/v*"]}
    assert condition["StringEquals"] == {f"{tokens}:aud": "sts.amazonaws.com"}


def test_what_is_published_is_what_is_given() -> None:
    recorded = found()
    (published,) = recorded.of("aws:s3/bucketObjectv2:BucketObjectv2")
    assert published.inputs["content"] == recorded.outputs["document"]
    assert json.loads(published.inputs["content"])["root"] == recorded.outputs["root"]
    assert published.inputs["key"] == "tradewind/foundation.json"


def test_a_registry_with_images_is_not_made_again_for_a_key() -> None:
    """ECR cannot change a repository's encryption: the engine would delete it first, with what is in it."""
    (registry,) = found(key="own").of("aws:ecr/repository:Repository")
    assert registry.ignored == ("encryptionConfigurations",)


def test_everything_that_can_have_tags_has_some() -> None:
    recorded = found(
        key="own",
        mails=["a@b.co"],
        budget={"month": 1},
        network={"nat": True},
        watch=[{"endpoint": "e", "p95": "1s", "max_replicas": 2}],
        log_groups=["jobs", "endpoints"],
        github={"repository": "acme/ml"},
    )
    bare = {it.type for it in recorded.resources if it.type.startswith("aws:") and not it.inputs.get("tags")}
    assert {it for it in bare if "tags" in signature(_class(it)._internal_init).parameters} == set()


def _class(type_: str) -> Any:
    _, module, name = type_.split(":")
    return getattr(import_module(f"pulumi_aws.{module.partition('/')[0]}"), name)

"""Three roles, allowed what the provider's table of actions says and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from tradewind.infra.aws.ground import Ground, cut
from tradewind.providers.aws import actions

LARGEST = 6144  # characters of a managed policy, white space not counted (IAM quotas)
TOKENS = "token.actions.githubusercontent.com"
THINGS = 30  # in one statement, so that one always fits into a policy
LONGEST_VALUES = ("aws-us-gov", "0" * 12, "b" * 63, "k" * 120, "r" * 160)  # partition, account, bucket, key, role
Made = Literal["planner", "deployer", "runtime"]


def identities(
    ground: Ground, bucket: pulumi.Output[str], key: pulumi.Output[str] | None, vpc: bool
) -> Mapping[Made, pulumi.Output[str]]:
    """ARN of each."""
    whole = pulumi.Output.all(ground.partition, ground.account)
    runtime = _role(ground, "runtime", whole.apply(lambda it: service(it[1])), bucket, key, vpc, None)
    oidc = _github(ground)
    found: dict[Made, pulumi.Output[str]] = {"runtime": runtime}
    people: tuple[Literal["planner", "deployer"], ...] = ("planner", "deployer")
    for who in people:
        trusted = getattr(ground.args.trusted, who)
        repository = ground.args.github.repository if ground.args.github else ""
        subjects = getattr(ground.args.github, who) if ground.args.github else ()

        def trust(it: Sequence[Any], trusted: Any = trusted, subjects: Any = subjects, of: str = repository) -> str:
            return people_trust(it[0], it[1], trusted, it[2], [f"repo:{of}:{end}" for end in subjects])

        told = pulumi.Output.all(ground.partition, ground.account, oidc).apply(trust)
        found[who] = _role(ground, who, told, bucket, key, vpc, runtime)
    return found


def _role(
    ground: Ground,
    who: Made,
    trust: pulumi.Output[str],
    bucket: pulumi.Output[str],
    key: pulumi.Output[str] | None,
    vpc: bool,
    runtime: pulumi.Output[str] | None,
) -> pulumi.Output[str]:
    if given := getattr(ground.args.existing, who):
        return pulumi.Output.from_input(given)
    role = aws.iam.Role(
        ground.logical(who),
        name=cut(ground.title(ground.args.region, who), 64),
        description=f"tradewind {who} of {ground.title()}",
        assume_role_policy=trust,
        tags=ground.tags,
        opts=ground.opts(who),
    )
    when: set[actions.When] = {"", "autoscaling", "secrets"}
    when |= {"kms"} if key is not None else set()
    when |= {"vpc"} if vpc else set()
    known = pulumi.Output.all(ground.partition, ground.account, bucket, key or "*", runtime or "")
    # How many there are must not hang on what is known only later, so they are dealt out with the longest values there can be.
    dealt = deal(_statements(ground, who, when, LONGEST_VALUES))

    def allowed(it: Sequence[Any], part: int) -> str:
        whole = _statements(ground, who, when, it)
        return document([whole[at] for at in dealt[part]])

    for part in range(len(dealt)):
        short = f"{who}-policy-{part}" if part else f"{who}-policy"
        policy = aws.iam.Policy(
            ground.logical(short),
            name=cut(ground.title(ground.args.region, who, str(part)), 128),
            policy=known.apply(partial(allowed, part=part)),
            tags=ground.tags,
            opts=ground.opts(short),
        )
        aws.iam.RolePolicyAttachment(
            ground.logical(f"{short}-of-{who}"),
            role=role.name,
            policy_arn=policy.arn,
            opts=ground.opts(f"{short}-of-{who}"),
        )
    arn: pulumi.Output[str] = role.arn
    return arn


def _statements(ground: Ground, who: Made, when: set[actions.When], values: Sequence[Any]) -> list[dict[str, Any]]:
    """Of all projects: what is allowed on the same kinds of things is one statement, with the things of each project."""
    common: dict[str, Any] = dict(zip(("partition", "account", "bucket", "key", "role"), values, strict=True))
    common |= {"region": ground.args.region, "secrets": ground.args.secrets}
    places = [actions.Place(name=name, **common) for name in ground.args.projects or ("",)]
    each = [actions.policy(actions.IDENTITIES[who], place, when)["Statement"] for place in places]
    return [part for same in zip(*each, strict=True) for part in _merged(same)]


def _merged(same: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    said = [it["Resource"] for it in same]
    things = list(dict.fromkeys(arn for it in said for arn in ([it] if isinstance(it, str) else it)))
    return [{**same[0], "Resource": things[at : at + THINGS]} for at in range(0, len(things), THINGS)]


def deal(statements: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """Which statements go into which policy, in order, each within IAM's limit."""
    parts: list[list[int]] = []
    for at in range(len(statements)):
        if parts and len(document([statements[it] for it in (*parts[-1], at)])) <= LARGEST:
            parts[-1].append(at)
        else:
            parts.append([at])
    return parts


def document(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


def service(account: str) -> str:
    """Only SageMaker, and only for this account."""
    one = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [one]}, sort_keys=True)


def people_trust(partition: str, account: str, trusted: Sequence[str], oidc: str, subjects: Sequence[str]) -> str:
    """The account's root is whoever the account itself allows sts:AssumeRole on the role."""
    who = list(trusted) or [f"arn:{partition}:iam::{account}:root"]
    statements: list[dict[str, Any]] = [{"Effect": "Allow", "Principal": {"AWS": who}, "Action": "sts:AssumeRole"}]
    if oidc and subjects:
        same = {f"{TOKENS}:aud": "sts.amazonaws.com"}
        condition = {"StringEquals": same, "StringLike": {f"{TOKENS}:sub": list(subjects)}}
        statements.append(
            {
                "Effect": "Allow",
                "Principal": {"Federated": oidc},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": condition,
            }
        )
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)


def _github(ground: Ground) -> pulumi.Output[str]:
    """ARN of the account's identity provider for GitHub; empty where nobody asked."""
    if ground.args.github is None or ground.args.existing.github_oidc:
        return pulumi.Output.from_input(ground.args.existing.github_oidc or "")
    made = aws.iam.OpenIdConnectProvider(
        ground.logical("github"),
        url=f"https://{TOKENS}",
        client_id_lists=["sts.amazonaws.com"],
        tags=ground.tags,
        opts=ground.opts("github"),
    )
    arn: pulumi.Output[str] = made.arn
    return arn

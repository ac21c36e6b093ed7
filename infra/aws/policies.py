"""What the three roles are allowed and who may take them, as IAM's documents. No Pulumi: `limits.py` measures them beforehand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from tradewind.infra import layout
from tradewind.providers.aws import actions

if TYPE_CHECKING:
    from tradewind.infra.arguments import AwsFoundationArgs

# "IAM and AWS STS quotas": characters of a managed policy and of a trust policy, and managed policies of a role.
LARGEST, LARGEST_TRUST, MOST = 6144, 2048, 10
TOKENS = "token.actions.githubusercontent.com"
THINGS = 30  # in one statement, so that one always fits into a policy
LONGEST_VALUES = ("aws-us-gov", "0" * 12, "b" * 63, "k" * 120, "r" * 160)  # partition, account, bucket, key, role
Made = Literal["planner", "deployer", "runtime"]
People = Literal["planner", "deployer"]
MADE: tuple[Made, ...] = ("planner", "deployer", "runtime")
PEOPLE: tuple[People, ...] = ("planner", "deployer")


def statements(args: AwsFoundationArgs, who: Made, values: Sequence[Any]) -> list[dict[str, Any]]:
    """Of all projects: what is allowed on the same kinds of things is one statement, with the things of each project."""
    common: dict[str, Any] = dict(zip(("partition", "account", "bucket", "key", "role"), values, strict=True))
    common |= {"region": args.region, "secrets": args.secrets}
    places = [actions.Place(name=name, **common) for name in args.projects or ("",)]
    each = [actions.policy(actions.IDENTITIES[who], place, _when(args))["Statement"] for place in places]
    allowed = [part for same in zip(*each, strict=True) for part in _merged(same)]
    return [*allowed, *spared(allowed, f"arn:{common['partition']}:s3:::{common['bucket']}/{layout.published(args)}")]


def spared(allowed: Sequence[Mapping[str, Any]], published: str) -> list[dict[str, Any]]:
    """What says where everything stands is written by `up` alone: not by a container, nor by whoever deploys."""
    writing = sorted({it for part in allowed for it in part["Action"]} & {"s3:PutObject", "s3:DeleteObject"})
    return [{"Effect": "Deny", "Action": writing, "Resource": published}] if writing else []


def parts(args: AwsFoundationArgs, who: Made) -> list[list[int]]:
    """Which statements go into which policy, in order, each within IAM's limit.

    How many there are must not hang on what is known only later, so they are dealt out with the longest values there can be.
    """
    dealt: list[list[int]] = []
    longest = statements(args, who, LONGEST_VALUES)
    for at in range(len(longest)):
        if dealt and len(document([longest[it] for it in (*dealt[-1], at)])) <= LARGEST:
            dealt[-1].append(at)
        else:
            dealt.append([at])
    return dealt


def document(said: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(said)}, separators=(",", ":"))


def service_trust(account: str) -> str:
    """Only SageMaker, and only for this account."""
    one = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    return document([one])


def people_trust(args: AwsFoundationArgs, who: People, partition: str, account: str, oidc: str) -> str:
    """The account's root is whoever the account itself allows sts:AssumeRole on the role."""
    trusted = list(getattr(args.trusted, who)) or [f"arn:{partition}:iam::{account}:root"]
    said: list[dict[str, Any]] = [{"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}]
    subjects = [f"repo:{args.github.repository}:{end}" for end in getattr(args.github, who)] if args.github else []
    if oidc and subjects:
        same = {f"{TOKENS}:aud": "sts.amazonaws.com"}
        condition: dict[str, dict[str, Any]]
        if any(wild(it) for it in subjects):
            condition = {"StringEquals": same, "StringLike": {f"{TOKENS}:sub": subjects}}
        else:
            condition = {"StringEquals": {**same, f"{TOKENS}:sub": subjects}}
        said.append(
            {
                "Effect": "Allow",
                "Principal": {"Federated": oidc},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": condition,
            }
        )
    return document(said)


def wild(text: str) -> bool:
    """IAM's StringLike would take it for a pattern."""
    return "*" in text or "?" in text


def _when(args: AwsFoundationArgs) -> set[actions.When]:
    when: set[actions.When] = {"", "autoscaling", "secrets"}
    when |= {"kms"} if args.existing.kms_key or args.key == "own" else set()
    when |= {"vpc"} if args.existing.network or args.network else set()
    return when


def _merged(same: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    said = [it["Resource"] for it in same]
    things = list(dict.fromkeys(arn for it in said for arn in ([it] if isinstance(it, str) else it)))
    return [{**same[0], "Resource": things[at : at + THINGS]} for at in range(0, len(things), THINGS)]

"""Three roles, allowed what the provider's table of actions says and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws

from tradewind.infra.aws import policies
from tradewind.infra.aws.ground import Ground, cut
from tradewind.infra.aws.policies import Made, People

ARN = pulumi.Output[str]
DEPLOYER_SESSION = 6 * 3600
"""Seconds: as long as a job of GitHub may run; IAM's own default is an hour, in which a training does not end."""


def identities(ground: Ground, bucket: ARN, key: ARN | None) -> Mapping[Made, ARN]:
    """ARN of each."""
    runtime = _role(ground, "runtime", ground.account.apply(policies.service_trust), bucket, key, None)
    oidc = _github(ground)
    found: dict[Made, ARN] = {"runtime": runtime}
    for who in policies.PEOPLE:

        def trust(it: Sequence[Any], who: People = who) -> str:
            return policies.people_trust(ground.args, who, *it)

        told = pulumi.Output.all(ground.partition, ground.account, oidc).apply(trust)
        found[who] = _role(ground, who, told, bucket, key, runtime)
    return found


def _role(
    ground: Ground, who: Made, trust: pulumi.Output[str], bucket: ARN, key: ARN | None, runtime: ARN | None
) -> ARN:
    if given := getattr(ground.args.existing, who):
        return pulumi.Output.from_input(given)
    role = aws.iam.Role(
        ground.logical(who),
        name=cut(ground.title(ground.args.region, who), 64),
        description=f"tradewind {who} of {ground.title()}",
        assume_role_policy=trust,
        max_session_duration=DEPLOYER_SESSION if who == "deployer" else None,
        tags=ground.tags,
        opts=ground.opts(who),
    )
    known = pulumi.Output.all(ground.partition, ground.account, bucket, key or "*", runtime or "")
    dealt = policies.parts(ground.args, who)

    def allowed(it: Sequence[Any], part: int) -> str:
        whole = policies.statements(ground.args, who, it)
        return policies.document([whole[at] for at in dealt[part]])

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
    arn: ARN = role.arn
    return arn


def _github(ground: Ground) -> pulumi.Output[str]:
    """ARN of the account's identity provider for GitHub; empty where nobody asked."""
    if ground.args.github is None or ground.args.existing.github_oidc:
        return pulumi.Output.from_input(ground.args.existing.github_oidc or "")
    made = aws.iam.OpenIdConnectProvider(
        ground.logical("github"),
        url=f"https://{policies.TOKENS}",
        client_id_lists=["sts.amazonaws.com"],
        tags=ground.tags,
        opts=ground.opts("github"),
    )
    arn: ARN = made.arn
    return arn

"""Who talked to whom in the network, kept as long as other logs."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from tradewind.infra.aws import retention
from tradewind.infra.aws.ground import Ground, cut


def log(ground: Ground, vpc: Any, key: pulumi.Output[str] | None) -> None:
    group = aws.cloudwatch.LogGroup(
        ground.logical("flows-group"),
        name=f"/tradewind/{ground.title()}/flows",
        retention_in_days=retention.days(ground.args.log_days),
        kms_key_id=key,
        tags=ground.tags,
        opts=ground.opts("flows-group"),
    )
    role = aws.iam.Role(
        ground.logical("flows-role"),
        name=cut(ground.title(ground.args.region, "flows"), 64),
        description=f"Flow logs of {ground.title()}",
        assume_role_policy=ground.account.apply(trust),
        tags=ground.tags,
        opts=ground.opts("flows-role"),
    )
    allowed = aws.iam.RolePolicy(
        ground.logical("flows-policy"),
        role=role.name,
        policy=group.arn.apply(writing),
        opts=ground.opts("flows-policy"),
    )
    aws.ec2.FlowLog(
        ground.logical("flows"),
        vpc_id=vpc.id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        tags=ground.named("flows"),
        opts=ground.opts("flows", depends=[allowed]),
    )


def trust(account: str) -> str:
    one = {
        "Effect": "Allow",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [one]}, sort_keys=True)


def writing(group: str) -> str:
    """The provider gives the group's ARN without the `:*` that its streams are named by."""
    write = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    statements = [
        {"Effect": "Allow", "Action": write, "Resource": [group, f"{group}:*"]},
        {
            "Effect": "Allow",
            "Action": "logs:DescribeLogGroups",
            "Resource": "*",
        },  # it lists, so no one group can be named
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)

"""A KMS key of the foundation's own: turned every year, administered by the account."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

from tradewind.infra.aws.ground import Ground


def key(ground: Ground) -> pulumi.Output[str] | None:
    """ARN of the key that is given or made; None where the cloud's own is used."""
    if ground.args.existing.kms_key:
        return pulumi.Output.from_input(ground.args.existing.kms_key)
    if ground.args.key != "own":
        return None
    made = aws.kms.Key(
        ground.logical("key"),
        description=f"tradewind: what {ground.title()} keeps",
        enable_key_rotation=True,
        deletion_window_in_days=30,
        policy=pulumi.Output.all(ground.partition, ground.account).apply(
            lambda it: policy(it[0], it[1], ground.args.region)
        ),
        tags=ground.tags,
        opts=ground.opts("key", protect=ground.args.protect),
    )
    aws.kms.Alias(
        ground.logical("key-alias"),
        name=f"alias/{ground.title()}",
        target_key_id=made.key_id,
        opts=ground.opts("key-alias"),
    )
    arn: pulumi.Output[str] = made.arn
    return arn


def policy(partition: str, account: str, region: str) -> str:
    """The account's IAM decides who uses it (roles have kms rows of their own); logs and alarms are services' calls."""
    here = {"StringEquals": {"aws:SourceAccount": account}}
    use = ["kms:Decrypt", "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"  # of regional services only
    group = f"arn:{partition}:logs:{region}:{account}:log-group:*"
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Account",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                },
                {
                    "Sid": "Logs",
                    "Effect": "Allow",
                    "Principal": {"Service": f"logs.{region}.{suffix}"},
                    "Action": use,
                    "Resource": "*",
                    "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": group}},
                },
                {
                    "Sid": "Alerts",
                    "Effect": "Allow",
                    "Principal": {"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]},
                    "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                    "Resource": "*",
                    "Condition": here,
                },
            ],
        },
        sort_keys=True,
    )

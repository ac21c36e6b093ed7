"""Who is told: a topic, its mails, the budget, and standing alarms of endpoints."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

from tradewind.infra.aws.ground import Ground


def topic(ground: Ground, key: pulumi.Output[str] | None) -> pulumi.Output[str] | None:
    """ARN; None where nobody is to be told. Unencrypted without a key of one's own: CloudWatch cannot use `alias/aws/sns`."""
    if ground.args.existing.alerts:
        return pulumi.Output.from_input(ground.args.existing.alerts)
    if not (ground.args.mails or ground.args.watch or ground.args.budget):
        return None
    made = aws.sns.Topic(
        ground.logical("alerts"),
        name=ground.title("alerts"),
        kms_master_key_id=key,
        tags=ground.tags,
        opts=ground.opts("alerts"),
    )
    aws.sns.TopicPolicy(
        ground.logical("alerts-policy"),
        arn=made.arn,
        policy=pulumi.Output.all(made.arn, ground.account).apply(lambda it: publishers(*it)),
        opts=ground.opts("alerts-policy"),
    )
    for mail in ground.args.mails:
        aws.sns.TopicSubscription(
            ground.logical(f"mail-{mail}"),
            topic=made.arn,
            protocol="email",
            endpoint=mail,
            opts=ground.opts(f"mail-{mail}"),
        )
    arn: pulumi.Output[str] = made.arn
    return arn


def publishers(arn: str, account: str) -> str:
    one = {
        "Effect": "Allow",
        "Principal": {"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]},
        "Action": "sns:Publish",
        "Resource": arn,
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [one]}, sort_keys=True)


def budget(ground: Ground, topic: pulumi.Output[str] | None) -> None:
    """Of SageMaker in the whole account: a tag counts only once the account's owner has activated it for costs."""
    asked = ground.args.budget
    if asked is None or topic is None:
        return
    kinds = [("ACTUAL", it) for it in asked.percent] + ([("FORECASTED", 100)] if asked.forecast else [])
    aws.budgets.Budget(
        ground.logical("budget"),
        name=ground.title("budget"),
        budget_type="COST",
        limit_amount=str(asked.month),
        limit_unit=asked.currency,
        time_unit="MONTHLY",
        cost_filters=[{"name": "Service", "values": ["Amazon SageMaker"]}],
        notifications=[
            {
                "comparison_operator": "GREATER_THAN",
                "notification_type": kind,
                "threshold": percent,
                "threshold_type": "PERCENTAGE",
                "subscriber_sns_topic_arns": [topic],
            }
            for kind, percent in kinds
        ],
        tags=ground.tags,
        opts=ground.opts("budget"),
    )

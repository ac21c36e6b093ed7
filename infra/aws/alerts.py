"""Who is told: a topic and its mails, and the month's budget."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from tradewind.infra.aws.ground import Ground, cut

LONGEST_BUDGET = 100  # characters of a budget's name (botocore, budgets: BudgetName)


@dataclass(frozen=True)
class Told:
    """The topic's ARN, and what must stand before it takes a message."""

    topic: pulumi.Output[str] | None = None
    ready: tuple[Any, ...] = ()


def topic(ground: Ground, key: pulumi.Output[str] | None) -> Told:
    """Without one where nobody is to be told. Unencrypted without a key of one's own: `alias/aws/sns` lets no service in."""
    if ground.args.existing.alerts:
        return Told(pulumi.Output.from_input(ground.args.existing.alerts))
    if not (ground.args.mails or ground.args.watch or ground.args.budget):
        return Told()
    if ground.args.existing.kms_key:
        said = "existing.kms_key: no alarm arrives unless its policy lets cloudwatch.amazonaws.com and"
        pulumi.log.warn(f"{said} budgets.amazonaws.com use it (kms:Decrypt, kms:GenerateDataKey*)", ground.parent)
    made = aws.sns.Topic(
        ground.logical("alerts"),
        name=ground.title("alerts"),
        kms_master_key_id=key,
        tags=ground.tags,
        opts=ground.opts("alerts"),
    )
    allowed = aws.sns.TopicPolicy(
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
    return Told(made.arn, (allowed,))


def publishers(arn: str, account: str) -> str:
    one = {
        "Effect": "Allow",
        "Principal": {"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]},
        "Action": "sns:Publish",
        "Resource": arn,
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [one]}, sort_keys=True)


def budget(ground: Ground, told: Told) -> None:
    """Of SageMaker in the region, whoever runs it: a tag counts only once the account's owner has activated it for costs."""
    asked = ground.args.budget
    if asked is None or told.topic is None:
        return
    kinds = [("ACTUAL", it) for it in asked.percent] + ([("FORECASTED", 100)] if asked.forecast else [])
    aws.budgets.Budget(
        ground.logical("budget"),
        # A name is the account's, not the region's: the same stack in another region has a budget of its own.
        name=cut(ground.title("budget", ground.args.region), LONGEST_BUDGET),
        budget_type="COST",
        limit_amount=str(asked.month),
        limit_unit=asked.currency,
        time_unit="MONTHLY",
        cost_filters=[
            {"name": "Service", "values": ["Amazon SageMaker"]},
            {"name": "Region", "values": [ground.args.region]},
        ],
        notifications=[
            {
                "comparison_operator": "GREATER_THAN",
                "notification_type": kind,
                "threshold": percent,
                "threshold_type": "PERCENTAGE",
                "subscriber_sns_topic_arns": [told.topic],
            }
            for kind, percent in kinds
        ],
        tags=ground.tags,
        opts=ground.opts("budget", depends=told.ready),  # Budgets tries the topic when it is made
    )

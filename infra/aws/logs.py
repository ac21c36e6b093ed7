"""Groups of logs that SageMaker names, kept for `log_days`, where `log_groups` asks for them.

SageMaker writes to a group that is there, or makes one that keeps everything for ever. The group of jobs is one for the whole
account and region, and whoever ran a job or an endpoint before has it: making it again fails (ResourceAlreadyExistsException).
So none is made unasked; one that is there is taken in by `deploy infra import` first; and none goes with the stack, since other
stacks' logs are in it. `deploy down` deletes an endpoint's group, which the next `deploy infra up --refresh` makes again.
"""

from __future__ import annotations

from collections.abc import Iterator

import pulumi
import pulumi_aws as aws

from tradewind.infra.arguments import AwsFoundationArgs
from tradewind.infra.aws import retention
from tradewind.infra.aws.ground import Ground
from tradewind.providers.aws import endpoint_names

JOBS = "/aws/sagemaker/TrainingJobs"


def groups(ground: Ground, key: pulumi.Output[str] | None) -> None:
    for short, name in named(ground.args):
        aws.cloudwatch.LogGroup(
            ground.logical(short),
            name=name,
            retention_in_days=retention.days(ground.args.log_days),
            kms_key_id=key,
            skip_destroy=True,
            tags=ground.tags,
            opts=ground.opts(short),
        )


def named(args: AwsFoundationArgs) -> Iterator[tuple[str, str]]:
    """Short and whole names."""
    if "jobs" in args.log_groups:
        yield "logs-jobs", JOBS
    if "endpoints" in args.log_groups:
        for watched in args.watch:
            yield f"logs-{watched.endpoint}", endpoint_names.log_group(watched.endpoint)

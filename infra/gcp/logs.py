"""Vertex AI's logs for as long as was asked, where that is not what Google's own bucket keeps them for.

`_Default` keeps all logs of a project for 30 days ("Cloud Logging: quotas and limits", retention). It is left as it is, since it
is not ours alone, and a second copy would be paid for: so nothing is made for 30 days. For longer there is a copy; for less,
our bucket has the logs and `_Default` is told to leave them out.
"""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_gcp as gcp

from tradewind.infra.gcp import identities, keys
from tradewind.infra.gcp.ground import Ground
from tradewind.infra.gcp.identities import Account, Who
from tradewind.infra.gcp.keys import Key

DEFAULT = 30  # days
# "Monitored resource types": a custom job's logs are of ml_job, an endpoint's of aiplatform.googleapis.com/Endpoint.
FILTER = 'resource.type="ml_job" OR resource.type="aiplatform.googleapis.com/Endpoint"'
READ = "roles/logging.viewAccessor"  # what reads any bucket but `_Default`; on one view by a condition
READERS: tuple[Who, ...] = ("planner", "deployer")


def make(ground: Ground, accounts: dict[Who, Account], key: Key | None) -> None:
    """Log buckets take no labels, and a deleted one keeps its name for a week."""
    args = ground.args
    if args.log_days == DEFAULT:
        return
    granted = _granted(ground, key) if key else ()
    bucket = gcp.logging.ProjectBucketConfig(
        ground.logical("logs"),
        project=args.project,
        location=args.region,
        bucket_id=identities.fresh(accounts, ground.title(), 100),
        retention_days=args.log_days,
        cmek_settings={"kms_key_name": key.id} if key else None,
        # "After a log bucket is created, you can't reconfigure the log bucket to change or remove CMEK" ("Configure CMEK").
        opts=ground.opts("logs", kept=["bucket_id", "cmek_settings"], depends=granted),
    )
    sink = gcp.logging.ProjectSink(
        ground.logical("logs-sink"),
        project=args.project,
        name=ground.title(),
        destination=pulumi.Output.concat("logging.googleapis.com/", bucket.id),
        filter=FILTER,
        unique_writer_identity=True,  # within one project a sink to a log bucket writes without a grant
        opts=ground.opts("logs-sink"),
    )
    for who in READERS:
        if getattr(args.existing, who) is None:
            _read(ground, who, accounts[who], bucket)
    if args.log_days < DEFAULT:
        gcp.logging.ProjectExclusion(
            ground.logical("logs-once"),
            project=args.project,
            name=ground.title(),
            description="kept in tradewind's own log bucket, for less long",
            filter=FILTER,
            opts=ground.opts("logs-once", depends=[sink]),  # before it, they would be nowhere
        )


def _granted(ground: Ground, key: Key) -> tuple[Any, ...]:
    """Cloud Logging uses a key by an account that it names itself ("Configure CMEK for log buckets")."""
    found = gcp.logging.get_project_cmek_settings_output(project=ground.args.project, opts=ground.asked())
    return (keys.grant(ground, key.id, "logging", found.service_account_id.apply(lambda it: f"serviceAccount:{it}")),)


def _read(ground: Ground, who: Who, account: Account, bucket: gcp.logging.ProjectBucketConfig) -> None:
    view = bucket.id.apply(lambda name: f'resource.name == "{name}/views/_AllLogs"')
    gcp.projects.IAMMember(
        ground.logical(f"{who}-logs"),
        project=ground.args.project,
        role=READ,
        member=identities.member(account.mail),
        condition={"title": "logs of the workload", "expression": view},
        opts=ground.opts(f"{who}-logs"),
    )

"""Vertex AI's logs in a bucket of their own, for as long as was asked. `_Default` keeps its 30 days beside it."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from tradewind.infra.gcp.ground import Ground

# "Monitored resource types": a custom job's logs are of ml_job, an endpoint's of aiplatform.googleapis.com/Endpoint.
FILTER = 'resource.type="ml_job" OR resource.type="aiplatform.googleapis.com/Endpoint"'


def make(ground: Ground) -> None:
    """Log buckets take no labels."""
    bucket = gcp.logging.ProjectBucketConfig(
        ground.logical("logs"),
        project=ground.args.project,
        location=ground.args.region,
        bucket_id=ground.title(),
        retention_days=ground.args.log_days,
        opts=ground.opts("logs"),
    )
    gcp.logging.ProjectSink(
        ground.logical("logs-sink"),
        project=ground.args.project,
        name=ground.title(),
        destination=pulumi.Output.concat("logging.googleapis.com/", bucket.id),
        filter=FILTER,
        unique_writer_identity=True,  # within one project a sink to a log bucket writes without a grant
        opts=ground.opts("logs-sink"),
    )

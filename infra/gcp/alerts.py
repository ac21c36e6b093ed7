"""Who is told, and standing alarms of endpoints.

Metrics and labels: Google's list of metrics (cloud.google.com/monitoring/api/metrics_gcp_a_b, aiplatform).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pulumi_gcp as gcp

from tradewind.infra.arguments import Watched
from tradewind.infra.gcp.ground import Ground

METRIC = "aiplatform.googleapis.com/prediction/online/"
SILENT = timedelta(hours=23, minutes=30)  # the longest that a condition on absence can wait


def channels(ground: Ground) -> tuple[Any, ...]:
    made = tuple(
        gcp.monitoring.NotificationChannel(
            ground.logical(f"mail-{number}"),
            project=ground.args.project,
            type="email",
            display_name=f"{ground.title()}: {mail}",
            labels={"email_address": mail},
            user_labels=ground.labels,
            opts=ground.opts(f"mail-{number}"),
        ).name
        for number, mail in enumerate(ground.args.mails)
    )
    said = ground.args.existing.alerts
    return (said, *made) if said else made


def watch(ground: Ground, told: tuple[Any, ...]) -> None:
    for it in ground.args.watch:
        for kind, condition in conditions(it).items():
            short = f"alarm-{it.endpoint}-{kind}"
            gcp.monitoring.AlertPolicy(
                ground.logical(short),
                project=ground.args.project,
                display_name=f"{ground.title()}: {it.endpoint} {kind}",
                combiner="OR",
                conditions=[{"display_name": kind} | condition],
                notification_channels=list(told),
                user_labels=ground.labels,
                opts=ground.opts(short),
            )


def conditions(it: Watched) -> dict[str, dict[str, Any]]:
    """By kind of alarm. ValueError for an idle time that Cloud Monitoring cannot wait for."""
    found: dict[str, dict[str, Any]] = {}
    if it.error_rate is not None:
        failed = f'{_of(it, "response_count")} AND metric.labels.response_code="5xx"'
        share = _above(failed, it.error_rate / 100, "ALIGN_DELTA", "REDUCE_SUM", over=300)
        share |= {"denominator_filter": _of(it, "response_count"), "denominator_aggregations": share["aggregations"]}
        found["errors"] = {"condition_threshold": share}
    if it.p95 is not None:
        milliseconds = it.p95 / timedelta(milliseconds=1)
        slow = _above(_of(it, "prediction_latencies"), milliseconds, "ALIGN_PERCENTILE_95", "REDUCE_MAX", over=300)
        found["p95"] = {"condition_threshold": slow}
    if it.max_replicas is not None:
        full = _above(_of(it, "replicas"), it.max_replicas - 0.5, "ALIGN_MIN", "REDUCE_SUM", over=60)
        found["replicas"] = {"condition_threshold": full | {"duration": "1800s"}}
    if it.idle is not None:
        found["idle"] = {"condition_absent": _absent(it, it.idle)}
    return found


def _of(it: Watched, metric: str) -> str:
    kind = 'resource.type="aiplatform.googleapis.com/Endpoint"'
    return f'metric.type="{METRIC}{metric}" AND {kind} AND resource.labels.endpoint_id="{it.endpoint}"'


def _above(what: str, limit: float, aligner: str, reducer: str, *, over: int) -> dict[str, Any]:
    return {
        "filter": what,
        "comparison": "COMPARISON_GT",
        "threshold_value": limit,
        "duration": "0s",
        "aggregations": [
            {"alignment_period": f"{over}s", "per_series_aligner": aligner, "cross_series_reducer": reducer}
        ],
    }


def _absent(it: Watched, idle: timedelta) -> dict[str, Any]:
    if idle > timedelta(days=1):
        raise ValueError(f"watch: {it.endpoint}: idle: Cloud Monitoring waits for a day at most")
    minutes = max(3, int(min(idle, SILENT) / timedelta(minutes=1)))  # whole minutes, and three at least
    return {
        "filter": _of(it, "response_count"),
        "duration": f"{minutes * 60}s",
        "aggregations": [
            {"alignment_period": "60s", "per_series_aligner": "ALIGN_DELTA", "cross_series_reducer": "REDUCE_SUM"}
        ],
    }

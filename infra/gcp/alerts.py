"""Who is told, and standing alarms of endpoints.

Metrics and labels: Google's list of metrics (cloud.google.com/monitoring/api/metrics_gcp_a_b, aiplatform). In PromQL: it looks
back for two years ("PromQL-based alerting policies"), where a condition on absence ends at 23.5 hours and waits for a first
request; and it can be made before an endpoint has any metrics. Names are by "Mapping Cloud Monitoring metrics to PromQL".
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pulumi_gcp as gcp

from tradewind.infra.arguments import Watched
from tradewind.infra.gcp.ground import Ground

METRIC = "aiplatform_googleapis_com:prediction_online_"
SECOND = timedelta(seconds=1)
# What the message says to whoever is woken by it.
ADVICE = {
    "errors": "Too many of its answers are 5xx. `deploy endpoint logs` shows why, `deploy endpoint rollback` goes back.",
    "p95": "Its slowest requests are too slow. `deploy endpoint status` shows versions and replicas.",
    "replicas": "It has stood at its largest size for half an hour: requests may have to wait. Raise its most in deploy.yaml.",
    "idle": "Nobody has asked it for a while, and it bills all the same. `deploy down` removes it.",
}


def channels(ground: Ground) -> tuple[Any, ...]:
    made = tuple(
        gcp.monitoring.NotificationChannel(
            ground.logical(f"mail-{mail}"),
            project=ground.args.project,
            type="email",
            display_name=f"{ground.title()}: {mail}",
            labels={"email_address": mail},
            user_labels=ground.labels,
            opts=ground.opts(f"mail-{mail}"),
        ).name
        for mail in dict.fromkeys(ground.args.mails)
    )
    said = ground.args.existing.alerts
    return (said, *made) if said else made


def watch(ground: Ground, told: tuple[Any, ...]) -> None:
    for it in ground.args.watch:
        for kind, condition in conditions(it, ground.args.region).items():
            short = f"alarm-{it.endpoint}-{kind}"
            gcp.monitoring.AlertPolicy(
                ground.logical(short),
                project=ground.args.project,
                display_name=f"{ground.title()}: {it.endpoint} {kind}",
                combiner="OR",
                conditions=[{"display_name": kind, "condition_prometheus_query_language": condition}],
                documentation={"content": ADVICE[kind], "mime_type": "text/markdown"},
                notification_channels=list(told),
                user_labels=ground.labels,
                opts=ground.opts(short),
            )


def conditions(it: Watched, region: str) -> dict[str, dict[str, Any]]:
    """By kind of alarm. Of an endpoint's deployed models together; latencies are in milliseconds."""
    found: dict[str, dict[str, Any]] = {}
    requests = _of(it, region, "response_count")
    replicas = _of(it, region, "replicas")
    if it.error_rate is not None:
        failed = _of(it, region, "response_count", response_code="5xx")
        found["errors"] = _when(f"{_lately(failed)} / {_lately(requests)} > {it.error_rate / 100:.6g}")
    if it.p95 is not None:
        # Without "total" a model's own time and the overhead would be counted as requests, too.
        spread = _of(it, region, "prediction_latencies_bucket", latency_type="total")
        limit = it.p95 / timedelta(milliseconds=1)
        found["p95"] = _when(f"histogram_quantile(0.95, sum by (le) (increase({spread}[5m]))) > {limit:.6g}")
    if it.max_replicas is not None:
        found["replicas"] = _when(f"sum({replicas}) >= {it.max_replicas}", lasting=1800)
    if it.idle is not None:
        often = 300 if it.idle <= timedelta(days=1) else 3600  # each look at it is billed by what it reads
        found["idle"] = _when(idle(requests, replicas, int(it.idle / SECOND)), every=often)
    return found


def idle(requests: str, replicas: str, seconds: int) -> str:
    """It stands now, stood that long ago, and nobody asked since: so one that is new, or gone, is not idle."""
    now, then = f"sum(avg_over_time({replicas}[10m]))", f"sum(avg_over_time({replicas}[10m] offset {seconds}s))"
    return f"({now} > 0 and {then} > 0) unless sum(increase({requests}[{seconds}s])) > 0"


def _of(it: Watched, region: str, metric: str, **labels: str) -> str:
    said = {"monitored_resource": "aiplatform.googleapis.com/Endpoint", "endpoint_id": it.endpoint, "location": region}
    selector = ",".join(f'{name}="{value}"' for name, value in (said | labels).items())
    return f"{METRIC}{metric}{{{selector}}}"


def _lately(counter: str) -> str:
    return f"sum(increase({counter}[5m]))"


def _when(query: str, *, lasting: int = 0, every: int = 60) -> dict[str, Any]:
    """`lasting` and `every` in seconds. A metric that is not there yet is no fault: the endpoint may come later."""
    return {
        "query": query,
        "duration": f"{lasting}s",
        "evaluation_interval": f"{every}s",
        "disable_metric_validation": True,
    }

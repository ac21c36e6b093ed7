"""Standing alarms of watched endpoints: values of CloudWatch's alarms, and their resources.

Metrics: "Amazon SageMaker AI metrics in Amazon CloudWatch" (developer guide). All are by endpoint and variant, and variants are
the engine's two slots. A name never begins with `tradewind/`: what does is a rollout's alarm, which goes with its version.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pulumi
import pulumi_aws as aws

from tradewind.infra.arguments import Watched
from tradewind.infra.aws.ground import Ground
from tradewind.providers.aws.wishes import SLOTS

INVOCATIONS = "AWS/SageMaker"
MACHINES = "/aws/sagemaker/Endpoints"
WINDOW, HOUR = 300, 3600  # seconds
FULL = 1800  # seconds at the largest size


def watch(ground: Ground, topic: pulumi.Output[str] | None) -> None:
    for watched in ground.args.watch:
        for kind, alarm in alarms(watched).items():
            short = f"alarm-{watched.endpoint}-{kind}"
            aws.cloudwatch.MetricAlarm(
                ground.logical(short),
                name=f"{ground.title()}/{watched.endpoint}/{kind}",
                alarm_actions=[topic] if topic is not None else [],
                tags=ground.tags,
                opts=ground.opts(short),
                **alarm,
            )


def alarms(watched: Watched) -> dict[str, dict[str, Any]]:
    """By kind. One that looks at a slot alone is there once a slot, since percentiles and sizes of two do not add up."""
    found: dict[str, dict[str, Any]] = {}
    if watched.error_rate is not None:
        found["errors"] = _errors(watched.endpoint, watched.error_rate)
    for slot in SLOTS:
        if watched.p95 is not None:
            found[f"p95-{slot}"] = _slow(watched.endpoint, slot, watched.p95)
        if watched.max_replicas is not None:
            found[f"full-{slot}"] = _full(watched.endpoint, slot, watched.max_replicas)
    if watched.idle is not None:
        found["idle"] = _idle(watched.endpoint, watched.idle)
    return found


def spans(idle: timedelta) -> tuple[int, int]:
    """Period in seconds, and how many: of periods below an hour CloudWatch looks back a day at most, else seven days."""
    period = HOUR if idle >= timedelta(hours=1) else WINDOW
    return period, math.ceil(idle.total_seconds() / period)


def _errors(endpoint: str, percent: float) -> dict[str, Any]:
    requests, errors = _both("requests"), _both("errors")
    return _alarm(
        f"more than {percent:g} % of answers were 5xx",
        above=percent,
        queries=[
            *_each(endpoint, "requests", "Invocations", "Sum", WINDOW),
            *_each(endpoint, "errors", "Invocation5XXErrors", "Sum", WINDOW),
            _result("rate", f"IF({requests} > 0, 100 * {errors} / {requests}, 0)"),
        ],
    )


def _slow(endpoint: str, slot: str, limit: timedelta) -> dict[str, Any]:
    return _alarm(
        f"one in 20 answers took longer than {limit.total_seconds():g} s",
        above=limit.total_seconds() * 1e6,  # ModelLatency is in microseconds
        namespace=INVOCATIONS,
        metric_name="ModelLatency",
        dimensions={"EndpointName": endpoint, "VariantName": slot},
        extended_statistic="p95",
        period=WINDOW,
    )


def _full(endpoint: str, slot: str, size: int) -> dict[str, Any]:
    """No metric is the size, but each request sends 1/size as InvocationsPerInstance; without requests there is no size."""
    return _alarm(
        f"{size} machines or more for {FULL // 60} minutes",
        above=size - 0.5,  # sums of 1/3 are not quite whole
        periods=FULL // WINDOW,
        queries=[
            _query("requests", endpoint, slot, "Invocations", "Sum", WINDOW),
            _query("shares", endpoint, slot, "InvocationsPerInstance", "Sum", WINDOW),
            _result("size", "requests / shares"),
        ],
    )


def _idle(endpoint: str, idle: timedelta) -> dict[str, Any]:
    """An idle endpoint sends no zeros as Invocations, nor does one that is gone; but only what bills has machines, which do."""
    period, periods = spans(idle)
    return _alarm(
        f"it stands and bills, and no request came for {periods * period // 60} minutes",
        below=1,
        periods=periods,
        queries=[
            *_each(endpoint, "requests", "Invocations", "Sum", period),
            *_each(endpoint, "machines", "CPUUtilization", "SampleCount", period, MACHINES),
            _result("used", f"IF({_both('machines')} > 0, {_both('requests')}, 1)"),
        ],
    )


def _alarm(
    said: str,
    *,
    above: float | None = None,
    below: float | None = None,
    periods: int = 1,
    queries: list[dict[str, Any]] | None = None,
    **metric: Any,
) -> dict[str, Any]:
    """What is missing is no evidence: no request, or no endpoint."""
    return {
        "alarm_description": f"tradewind: {said}",
        "comparison_operator": "GreaterThanThreshold" if above is not None else "LessThanThreshold",
        "threshold": above if above is not None else below,
        "evaluation_periods": periods,
        "datapoints_to_alarm": periods,
        "treat_missing_data": "notBreaching",
        **({"metric_queries": queries} if queries else metric),
    }


def _both(measure: str) -> str:
    """The sum over the slots: one that is not there, or has no requests, sends nothing, and missing points make a sum missing."""
    return "(" + " + ".join(f"FILL({measure}_{slot}, 0)" for slot in SLOTS) + ")"


def _each(
    endpoint: str, measure: str, metric: str, stat: str, period: int, namespace: str = INVOCATIONS
) -> list[dict[str, Any]]:
    return [_query(f"{measure}_{slot}", endpoint, slot, metric, stat, period, namespace) for slot in SLOTS]


def _query(
    identity: str, endpoint: str, slot: str, metric: str, stat: str, period: int, namespace: str = INVOCATIONS
) -> dict[str, Any]:
    said = {
        "namespace": namespace,
        "metric_name": metric,
        "dimensions": {"EndpointName": endpoint, "VariantName": slot},
        "stat": stat,
        "period": period,
    }
    return {"id": identity, "metric": said, "return_data": False}


def _result(identity: str, expression: str) -> dict[str, Any]:
    return {"id": identity, "label": identity, "expression": expression, "return_data": True}

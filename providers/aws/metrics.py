"""What the versions of an endpoint did, from CloudWatch: one GetMetricData call for all of them."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tradewind.providers.aws import names
from tradewind.providers.aws.alarms import METRICS
from tradewind.providers.aws.errors import classified, transient
from tradewind.providers.aws.hosting import CLOUDWATCH, Hosting
from tradewind.providers.aws.session import Session
from tradewind.providers.aws.sight import EndpointSight
from tradewind.values import Metrics

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
SHORT = (1, 5, 10, 20, 30)  # seconds of a Period below a minute
LONGEST = timedelta(days=1)  # Period, at most
MEASURES = {
    "requests": ("Invocations", "Sum"),
    "errors": ("Invocation5XXErrors", "Sum"),
    "p95": ("ModelLatency", "p95"),
}


class Measuring:
    def __init__(self, session: Session, hosting: Hosting) -> None:
        self._session = session
        self._hosting = hosting

    def metrics(self, name: str, window: timedelta) -> Mapping[str, Metrics]:
        """By slot. `until` is so long ago that all has arrived by now; what has arrived of later minutes is counted, too."""
        seen = self._hosting.endpoint(name)
        if seen is None or not seen.variants:
            return {}
        now = datetime.now(UTC)
        lag = names.traits(os.environ).metrics_lag
        until = now - lag
        start = _next(
            until - window, MINUTE if lag >= MINUTE else SECOND
        )  # one that began before the window is left out
        if start >= now:
            return {}
        found = self._values(seen, start, now)
        return {one.slot: _metrics(found, one.slot, until) for one in seen.variants}

    def _values(self, seen: EndpointSight, start: datetime, end: datetime) -> dict[str, list[float]]:
        """By id of the query: one value for the whole time, or several where it is longer than a day."""
        period = min(_period(end - start), LONGEST)
        queries = [
            _query(f"{measure}_{number}_{kind}", metric, stat, dimensions, period)
            for number, one in enumerate(seen.variants)
            for kind, dimensions in _dimensions(seen, one.slot).items()
            for measure, (metric, stat) in MEASURES.items()
        ]
        during = f"measure endpoint {seen.name}"
        numbers = {str(number): one.slot for number, one in enumerate(seen.variants)}
        values: dict[str, list[float]] = {}
        with classified(during):
            pages = self._session.client(CLOUDWATCH).get_paginator("get_metric_data")
            for page in pages.paginate(MetricDataQueries=queries, StartTime=start, EndTime=end):
                for result in page.get("MetricDataResults") or ():
                    measure, number, kind = result["Id"].split("_")
                    values.setdefault(f"{measure}_{numbers[number]}_{kind}", []).extend(result.get("Values") or ())
        if not values:
            raise transient("CloudWatch's answer is empty", during)
        return values


def _metrics(found: Mapping[str, list[float]], slot: str, until: datetime) -> Metrics:
    """Of the configuration that serves, where SageMaker says so: the variant alone may have had other versions, too."""
    kind = "config" if any(found.get(f"{measure}_{slot}_config") for measure in MEASURES) else "variant"
    requests, errors, p95 = (found.get(f"{measure}_{slot}_{kind}") or [] for measure in MEASURES)
    latency = timedelta(microseconds=max(p95)) if p95 and sum(requests) else None
    return Metrics(round(sum(requests)), round(sum(errors)), latency, until)


def _dimensions(seen: EndpointSight, slot: str) -> dict[str, list[dict[str, str]]]:
    variant = [{"Name": "EndpointName", "Value": seen.name}, {"Name": "VariantName", "Value": slot}]
    return {"config": [*variant, {"Name": "EndpointConfigName", "Value": seen.config}], "variant": variant}


def _query(
    identity: str, metric: str, stat: str, dimensions: list[dict[str, str]], period: timedelta
) -> dict[str, Any]:
    said = {"Namespace": METRICS, "MetricName": metric, "Dimensions": dimensions}
    seconds = int(period.total_seconds())
    return {"Id": identity, "MetricStat": {"Metric": said, "Period": seconds, "Stat": stat}, "ReturnData": True}


def _next(time: datetime, grain: timedelta) -> datetime:
    """The first whole minute or second that is not before `time`."""
    whole = time.replace(microsecond=0) if grain < MINUTE else time.replace(second=0, microsecond=0)
    return whole if whole == time else whole + grain


def _period(span: timedelta) -> timedelta:
    """The shortest that holds it: CloudWatch takes few below a minute (only an emulated account has such short spans)."""
    short = (SECOND * seconds for seconds in SHORT if SECOND * seconds >= span)
    return next(short, math.ceil(span / MINUTE) * MINUTE)

"""How much of a quota is in use, as far as the service tells: by the metric that the quota itself names.

Counting by hand would take a call for each job and endpoint of the account (lists do not say machine types), at rates that a
plan must not use up; and warm pools, notebooks' jobs and others' endpoints of a moment ago would still be missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws.errors import classified
from tradewind.providers.aws.preflight.looking import Look

WINDOW = timedelta(minutes=15)  # such metrics come every minute to five minutes
PERIOD = 60  # seconds


@dataclass(frozen=True)
class UsageMetric:
    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str


def metric(quota: Mapping[str, Any]) -> UsageMetric | None:
    """Of a quota as Service Quotas tells it; many have none."""
    said = quota.get("UsageMetric") or {}
    if not said.get("MetricNamespace") or not said.get("MetricName"):
        return None
    statistic = said.get("MetricStatisticRecommendation") or "Maximum"
    return UsageMetric(said["MetricNamespace"], said["MetricName"], said.get("MetricDimensions") or {}, statistic)


def used(look: Look, asked: UsageMetric | None) -> float | None:
    """The newest value of the last minutes; None where there is none, or it may not be seen. One call."""
    if asked is None:
        return None
    dimensions = [{"Name": name, "Value": value} for name, value in sorted(asked.dimensions.items())]
    named = {"Namespace": asked.namespace, "MetricName": asked.name, "Dimensions": dimensions}
    query = {"Id": "used", "MetricStat": {"Metric": named, "Period": PERIOD, "Stat": asked.statistic}}
    now = datetime.now(UTC)
    try:
        with classified("see how much of a quota is in use"):
            answer = look.client("cloudwatch").get_metric_data(
                MetricDataQueries=[query], StartTime=now - WINDOW, EndTime=now, ScanBy="TimestampDescending"
            )
    except ProviderError:  # then it cannot be told, and the limit still can
        return None
    results = answer.get("MetricDataResults") or ()
    return next((float(value) for result in results for value in result.get("Values") or ()), None)

"""Figures from CloudWatch: which are asked for, of whom, over what time, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tradewind.errors import ProviderError
from tradewind.providers.aws.info import INFO
from tradewind.providers.aws.metrics import Measuring
from tradewind.providers.aws.names import REHEARSED
from tradewind.providers.aws.sight import EndpointSight, VariantSight

from .requests import faults

WINDOW = timedelta(minutes=5)
LAG = timedelta(minutes=2)
SEEN = EndpointSight(
    "churn", "arn", "churn-1a2b", "InService", datetime(2026, 11, 24, tzinfo=UTC),
    variants=(VariantSight("a", 90, 1, 90, 1), VariantSight("b", 10, 1, 10, 1)),
)  # fmt: skip


class Watched:
    """CloudWatch, with the values that a test gives by metric, slot and dimension; and hosting that sees the endpoint."""

    def __init__(
        self, seen: EndpointSight | None = SEEN, values: dict[tuple[str, str, str], list[float]] | None = None
    ) -> None:
        self.seen = seen
        self.values = values or {}
        self.asked: list[dict[str, Any]] = []
        self.whole = True

    def endpoint(self, name: str) -> EndpointSight | None:
        return self.seen

    def client(self, service: str) -> Watched:
        assert service == "cloudwatch"
        return self

    def get_paginator(self, operation: str) -> Watched:
        assert operation == "get_metric_data"
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        assert faults("GetMetricData", request, "cloudwatch") == []
        self.asked.append(request)
        if not self.whole:
            yield {}
            return
        results = [{"Id": query["Id"], "Values": self._of(query)} for query in request["MetricDataQueries"]]
        yield {"MetricDataResults": results[:4]}
        yield {"MetricDataResults": results[4:]}

    def _of(self, query: dict[str, Any]) -> list[float]:
        metric = query["MetricStat"]["Metric"]
        said = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
        kind = "config" if "EndpointConfigName" in said else "variant"
        return self.values.get((metric["MetricName"], said["VariantName"], kind), [])


def measure(watched: Watched, window: timedelta = WINDOW) -> dict[str, Any]:
    return dict(Measuring(watched, watched).metrics("churn", window))  # type: ignore[arg-type]  # both their faces


def test_of_the_configuration_that_serves() -> None:
    watched = Watched(values={
        ("Invocations", "a", "config"): [100.0, 20.0], ("Invocation5XXErrors", "a", "config"): [3.0],
        ("ModelLatency", "a", "config"): [250_000.0, 300_000.0], ("Invocations", "a", "variant"): [900.0],
        ("Invocations", "b", "variant"): [7.0], ("ModelLatency", "b", "variant"): [1500.0],
    })  # fmt: skip
    found = measure(watched)
    assert (found["a"].requests, found["a"].errors, found["a"].p95) == (120, 3, timedelta(milliseconds=300))
    assert (found["b"].requests, found["b"].errors, found["b"].p95) == (7, 0, timedelta(microseconds=1500))
    assert len(watched.asked) == 1, "one call for all"


def test_no_request_is_no_evidence() -> None:
    found = measure(Watched())["a"]
    assert (found.requests, found.errors, found.p95) == (0, 0, None)
    assert datetime.now(UTC) - found.until - LAG < timedelta(seconds=5)


def test_the_time_that_is_asked_for() -> None:
    """Whole minutes, none that began before the window; and all that has arrived since."""
    watched = Watched()
    until = measure(watched)["a"].until
    (asked,) = watched.asked
    assert asked["StartTime"].second == asked["StartTime"].microsecond == 0
    assert timedelta(0) <= asked["StartTime"] - (until - WINDOW) < timedelta(minutes=1)
    period = timedelta(seconds=asked["MetricDataQueries"][0]["MetricStat"]["Period"])
    assert period % timedelta(minutes=1) == timedelta(0)
    assert asked["StartTime"] + period >= asked["EndTime"], (
        "one value for the whole time: percentiles cannot be added up"
    )
    measure(watched, timedelta(days=20))
    assert watched.asked[1]["MetricDataQueries"][0]["MetricStat"]["Period"] == 86_400


def test_an_emulated_accounts_figures_are_there_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a rehearsal does not wait CloudWatch's two minutes at each step; a few seconds are measured, not a minute."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv(REHEARSED, "2 http://127.0.0.1:1")
    assert INFO.traits.metrics_lag == timedelta(seconds=2)
    watched = Watched()
    window = timedelta(seconds=5)
    until = measure(watched, window)["a"].until
    (asked,) = watched.asked
    assert timedelta(0) <= asked["StartTime"] - (until - window) < timedelta(seconds=1)
    assert asked["MetricDataQueries"][0]["MetricStat"]["Period"] == 10
    assert datetime.now(UTC) - until < timedelta(seconds=5)


@pytest.mark.parametrize("address", [None, "http://127.0.0.1:2"])
def test_what_is_said_of_another_account_shortens_nothing(monkeypatch: pytest.MonkeyPatch, address: str | None) -> None:
    """Judged too early a bad version would pass for want of requests."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    if address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    monkeypatch.setenv(REHEARSED, "2 http://127.0.0.1:1")
    assert INFO.traits.metrics_lag == LAG


def test_nobody_to_measure() -> None:
    assert measure(Watched(None)) == {}


def test_an_answer_cut_short_is_no_zero() -> None:
    watched = Watched()
    watched.whole = False
    with pytest.raises(ProviderError) as caught:
        measure(watched)
    assert caught.value.kind == "transient"

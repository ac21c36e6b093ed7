"""What endpoints report, read by plain boto3 as from CloudWatch."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import RpcV2CBORParser
from botocore.serialize import RpcV2CBORSerializer

from tests.sandbox.assembly import Assembly, assembled
from tests.sandbox.emulator import until
from tradewind.sandbox.aws import validation
from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.aws.knobs import Knobs, Pace
from tradewind.sandbox.aws.monitoring.monitor import Invocation, Machine, Monitor
from tradewind.sandbox.aws.monitoring.series import Grid, Heap, Metric, Series

REGION = "us-east-1"
BOTH = [{"Name": "EndpointName", "Value": "e"}, {"Name": "VariantName", "Value": "a"}]
NEW = [*BOTH, {"Name": "EndpointConfigName", "Value": "new"}]


class Watched:
    """A monitor that answers on the wire."""

    def __init__(self, assembly: Assembly, folder: Path | None = None, *, speed: float = 600) -> None:
        self.assembly = assembly
        self.monitor = Monitor(Account(assembly.url), Knobs(Pace(speed)), folder)
        assembly.doors = [self.monitor.door]
        self.cloudwatch = assembly.client("cloudwatch")

    def invoke(self, status: int = 200, latency: float = 0.1, config: str = "old", instance: str = "i-1") -> None:
        now = time.time()
        self.monitor.record(Invocation(REGION, "e", "a", config, instance, status, latency, 0.002, now))

    def points(self, name: str, dimensions: list[dict[str, str]], *stats: str, **more: Any) -> list[dict[str, Any]]:
        plain = [stat for stat in stats if not stat.startswith("p")]
        extended = [stat for stat in stats if stat.startswith("p")]
        said = {**({"Statistics": plain} if plain else {}), **({"ExtendedStatistics": extended} if extended else {})}
        return list(
            self.cloudwatch.get_metric_statistics(
                **{"Namespace": "AWS/SageMaker", "Period": 3600, **span(), **said, **more},
                MetricName=name,
                Dimensions=dimensions,
            )["Datapoints"]
        )


def span() -> dict[str, datetime]:
    now = datetime.now(UTC)
    return {"StartTime": now - timedelta(minutes=30), "EndTime": now + timedelta(minutes=1)}


@pytest.fixture
def watched() -> Iterator[Watched]:
    with assembled() as assembly:
        yield Watched(assembly)


def test_each_request_is_counted_under_both_sets_of_dimensions(watched: Watched) -> None:
    for status in (200, 200, 404, 500):
        watched.invoke(status, config="old")
    watched.invoke(503, config="new")
    (all_,), (new,) = (watched.points("Invocations", dimensions, "Sum") for dimensions in (BOTH, NEW))
    assert (all_["Sum"], new["Sum"]) == (5, 1)
    (errors,) = watched.points("Invocation5XXErrors", BOTH, "Average", "Sum", "SampleCount")
    assert (errors["Average"], errors["Sum"], errors["SampleCount"]) == (0.4, 2, 5)
    (client,) = watched.points("Invocation4XXErrors", BOTH, "Average")
    assert client["Average"] == 0.2
    assert watched.points("Invocation4XXErrors", NEW, "Maximum")[0]["Maximum"] == 0


def test_latencies_are_microseconds_and_their_percentiles_are_right(watched: Watched) -> None:
    for milliseconds in range(1, 101):
        watched.invoke(latency=milliseconds / 1000)
    (point,) = watched.points("ModelLatency", BOTH, "Average", "Minimum", "Maximum", "p50", "p95", "p99.9")
    assert (point["Minimum"], point["Maximum"], point["Unit"]) == (1000, 100_000, "Microseconds")
    assert point["ExtendedStatistics"]["p50"] == pytest.approx(50_500)
    assert point["ExtendedStatistics"]["p95"] == pytest.approx(95_050)
    assert 99_800 < point["ExtendedStatistics"]["p99.9"] <= 100_000
    stat = {"Metric": {"Namespace": "AWS/SageMaker", "MetricName": "ModelLatency", "Dimensions": BOTH}, "Period": 60}
    queries = [
        {"Id": "p95", "MetricStat": {**stat, "Stat": "p95"}, "Label": "slow"},
        {"Id": "ms", "Expression": "p95 / 1000"},
    ]
    results = watched.cloudwatch.get_metric_data(MetricDataQueries=queries, **span())["MetricDataResults"]
    assert [(one["Label"], one["StatusCode"]) for one in results] == [("slow", "Complete"), ("ms", "Complete")]
    assert results[1]["Values"] == [value / 1000 for value in results[0]["Values"]]
    assert watched.points("OverheadLatency", BOTH, "Average")[0]["Average"] == pytest.approx(2000)


def test_invocations_per_instance_know_how_many_instances_there_are(watched: Watched) -> None:
    def machines() -> list[Machine]:
        return [Machine(REGION, "e", "a", "old", f"i-{n}", (os.getpid(),), Path.cwd()) for n in range(4)]

    watched.monitor.watch(machines)
    for _ in range(8):
        watched.invoke()
    (point,) = watched.points("InvocationsPerInstance", BOTH, "Sum")
    assert point["Sum"] == 2


def test_without_word_of_instances_those_that_answer_count(watched: Watched) -> None:
    for number in range(6):
        watched.invoke(instance=f"i-{number % 3}")
    assert watched.points("InvocationsPerInstance", BOTH, "Sum")[0]["Sum"] == pytest.approx(2)


def test_instances_report_their_load(watched: Watched) -> None:
    watched.monitor.watch(lambda: [Machine(REGION, "e", "a", "old", "i-0", (os.getpid(),), Path.cwd())])
    watched.monitor.start()
    more = {"Namespace": "/aws/sagemaker/Endpoints"}
    try:
        for name in ("MemoryUtilization", "DiskUtilization"):
            (point,) = until(lambda name=name: watched.points(name, BOTH, "Average", **more))
            assert 0 < point["Average"] < 100
            assert point["Unit"] == "Percent"
        assert until(lambda: watched.points("CPUUtilization", BOTH, "Maximum", **more))
    finally:
        watched.monitor.stop()


def test_requests_at_the_same_time(watched: Watched) -> None:
    for _ in range(3):
        watched.monitor.entered(REGION, "e", "a")
    watched.monitor.left(REGION, "e", "a")
    watched.monitor.start()
    try:
        (point,) = until(lambda: watched.points("ConcurrentRequestsPerModel", BOTH, "Maximum", "Minimum"))
        assert point["Maximum"] == 3
    finally:
        watched.monitor.stop()


def test_what_was_measured_outlives_a_restart(tmp_path: Path) -> None:
    with assembled() as assembly:
        first = Watched(assembly, tmp_path)
        for latency in (0.1, 0.2, 0.3):
            first.invoke(latency=latency)
        first.cloudwatch.put_metric_data(
            Namespace="App", MetricData=[{"MetricName": "own", "Value": 7, "Unit": "Count"}]
        )
        first.monitor.flush()
        with (tmp_path / "metrics.jsonl").open("a", encoding="utf-8") as journal:
            journal.write('["us-east-1","App","own",[],17')  # a kill in the middle of a line
        second = Watched(assembly, tmp_path)
        (point,) = second.points("ModelLatency", BOTH, "Sum", "p50")
        assert (point["Sum"], point["ExtendedStatistics"]["p50"]) == (600_000, 200_000)
        assert second.points("own", [], "Sum", Namespace="App")[0]["Unit"] == "Count"
        second.monitor.stop()
        third = Watched(assembly, tmp_path)
        assert third.points("ModelLatency", BOTH, "SampleCount")[0]["SampleCount"] == 3


def test_own_metrics_in_every_form(watched: Watched) -> None:
    data = [
        {"MetricName": "m", "Value": 1.0},
        {"MetricName": "m", "Values": [2.0, 3.0], "Counts": [2.0, 1.0]},
        {"MetricName": "m", "StatisticValues": {"SampleCount": 2, "Sum": 10, "Minimum": 4, "Maximum": 6}},
    ]
    watched.cloudwatch.put_metric_data(Namespace="App", MetricData=data)
    (point,) = watched.points("m", [], "Sum", "SampleCount", "Minimum", "Maximum", "p50", Namespace="App")
    assert {name: point[name] for name in ("Sum", "SampleCount", "Minimum", "Maximum")} == {
        "Sum": 18,
        "SampleCount": 6,
        "Minimum": 1,
        "Maximum": 6,
    }
    assert "ExtendedStatistics" not in point  # of sums alone no percentile is known
    large = [{"MetricName": "large", "Values": [float(n) for n in range(150)], "Dimensions": BOTH}] * 20
    watched.cloudwatch.put_metric_data(Namespace="App", MetricData=large)  # botocore packs it
    assert watched.points("large", BOTH, "SampleCount", Namespace="App")[0]["SampleCount"] == 3000


def test_lists_of_metrics(watched: Watched) -> None:
    watched.invoke(config="new")
    watched.cloudwatch.put_metric_data(Namespace="App", MetricData=[{"MetricName": "own", "Value": 1}])
    pages = watched.cloudwatch.get_paginator("list_metrics").paginate(
        Namespace="AWS/SageMaker", Dimensions=[{"Name": "EndpointConfigName"}]
    )
    found = {metric["MetricName"] for page in pages for metric in page["Metrics"]}
    assert found == {"Invocations", "InvocationsPerInstance", "Invocation4XXErrors", "Invocation5XXErrors",
                     "InvocationModelErrors", "ModelLatency", "OverheadLatency"}  # fmt: skip
    (own,) = watched.cloudwatch.list_metrics(MetricName="own", RecentlyActive="PT3H")["Metrics"]
    assert own == {"Namespace": "App", "MetricName": "own", "Dimensions": []}


def test_metric_data_in_pages_and_both_orders(watched: Watched) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    data = [{"MetricName": "m", "Value": n, "Timestamp": now - timedelta(minutes=n)} for n in range(5)]
    watched.cloudwatch.put_metric_data(Namespace="App", MetricData=data)
    stat = {"Metric": {"Namespace": "App", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
    said = {"MetricDataQueries": [{"Id": "m", "MetricStat": stat}], **span(), "MaxDatapoints": 2}
    values: list[float] = []
    for page in watched.cloudwatch.get_paginator("get_metric_data").paginate(**said):
        values += [value for one in page["MetricDataResults"] for value in one["Values"]]
    assert values == [0, 1, 2, 3, 4]
    del said["MaxDatapoints"]
    found = watched.cloudwatch.get_metric_data(**said, ScanBy="TimestampAscending")["MetricDataResults"][0]
    assert found["Values"] == [4, 3, 2, 1, 0]
    assert found["Timestamps"][-1] == now


def put(namespace: str = "A", **more: Any) -> tuple[str, dict[str, Any]]:
    return "put_metric_data", {"Namespace": namespace, "MetricData": [{"MetricName": "m", "Value": 1, **more}]}


def read(**more: Any) -> tuple[str, dict[str, Any]]:
    return "get_metric_statistics", {"Namespace": "A", "MetricName": "m", "Period": 60, **span(), **more}


def compute(expression: str) -> tuple[str, dict[str, Any]]:
    return "get_metric_data", {"MetricDataQueries": [{"Id": "e", "Expression": expression}], **span()}


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (put("AWS/SageMaker"), "InvalidParameterValue"),
        (put(":x"), "ValidationError"),
        (put(Values=[1]), "InvalidParameterCombination"),
        (put(Unit="Furlong"), "ValidationError"),
        (put(Timestamp=0), "InvalidParameterValue"),
        (read(), "InvalidParameterCombination"),
        (read(Period=61, Statistics=["Sum"]), "ValidationError"),
        (read(Period=1, Statistics=["Sum"]), "InvalidParameterCombination"),
        (read(ExtendedStatistics=["tm90"]), "ValidationError"),
        (compute("m + 1"), "ValidationError"),
        (compute("SEARCH('x', 'Sum')"), "ValidationError"),
        (("list_metrics", {"NextToken": "nonsense"}), "InvalidParameterValue"),
    ],
)
def test_what_cloudwatch_refuses(watched: Watched, call: tuple[str, dict[str, Any]], code: str) -> None:
    operation, said = call
    with pytest.raises(ClientError) as refused:
        getattr(watched.cloudwatch, operation)(**said)
    assert refused.value.response["Error"]["Code"] == code, refused.value
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_the_other_protocols_of_cloudwatch(watched: Watched) -> None:
    """Query with XML, as older clients speak it, and RPC v2 with CBOR, as the newest do."""
    watched.invoke()
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential=x/20260101/{REGION}/monitoring/aws4_request"}
    form = {**signed, "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    asked = b"Action=ListMetrics&Version=2010-08-01&MetricName=Invocations"
    with urlopen(Request(watched.assembly.url, data=asked, headers=form), timeout=10) as answer:
        text = answer.read().decode()
    assert "<ListMetricsResult>" in text
    assert "<MetricName>Invocations</MetricName>" in text
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(watched.assembly.url, data=asked + b"&NextToken=%3Cx%3E", headers=form), timeout=10)
    assert b"<Code>InvalidParameterValue</Code>" in refused.value.read()
    model = validation.model("cloudwatch").operation_model("ListMetrics")
    built = RpcV2CBORSerializer().serialize_to_request({"MetricName": "ModelLatency"}, model)
    headers = {**signed, **dict(built["headers"])}
    url = f"{watched.assembly.url}/service/GraniteServiceVersion20100801/operation/ListMetrics"
    with urlopen(Request(url, data=built["body"], headers=headers), timeout=10) as answer:
        raw = {"status_code": 200, "headers": dict(answer.headers), "body": answer.read()}
    parsed = RpcV2CBORParser().parse(raw, model.output_shape)
    assert {metric["MetricName"] for metric in parsed["Metrics"]} == {"ModelLatency"}
    json.dumps(parsed, default=str)


def test_old_metrics_grow_coarse_and_keep_their_sums() -> None:
    series, metric, now = Series(), Metric(REGION, "A", "m"), 1_000_000_000.0
    for second in range(0, 86_400, 7):
        heap = Heap()
        heap.add(float(second % 100))
        series.add(metric, now - second, heap)
    before = series.over(metric, Grid(now - 90_000, 200_000, now + 60))
    series.condense(now)
    (after,) = series.over(metric, Grid(now - 90_000, 200_000, now + 60)).values()
    (first,) = before.values()
    assert (after.count, after.total) == (first.count, first.total)
    assert sum(1 for _ in series.entries()) < 3_000
    series.condense(now + 16 * 86_400)
    assert series.metrics() == []


def test_many_different_values_are_kept_to_three_digits() -> None:
    heap, more = Heap(), Heap()
    for number in range(5_000):
        more.add(1000 + number / 10)
    heap.merge(more)
    assert len(heap.values) < 1_000
    assert heap.count == 5_000
    assert heap.percentile(95) == pytest.approx(1000 + 475, rel=0.005)

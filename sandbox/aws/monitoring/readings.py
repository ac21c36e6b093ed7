"""CloudWatch's operations on metrics: what was measured, put and read."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.faults import ServiceError
from tradewind.sandbox.aws.monitoring import queries, rules, statistics
from tradewind.sandbox.aws.monitoring.expressions import NotEmulated
from tradewind.sandbox.aws.monitoring.queries import Problem, Queries
from tradewind.sandbox.aws.monitoring.series import GRAIN, Grid, Heap, Metric, Series, started
from tradewind.sandbox.aws.pages import page

Said = Mapping[str, Any]
Entry = tuple[Metric, float, Heap]
MOST, MOST_DATA, LIST_PAGE = (
    1_440,
    100_800,
    500,
)  # data points of GetMetricStatistics and GetMetricData; metrics of a page
ACTIVE = 3 * 3_600.0  # seconds of RecentlyActive PT3H
OLDEST, NEWEST = 14 * 86_400.0, 2 * 3_600.0  # seconds that a data point may lie behind and before now
RESERVED = "AWS/"
STRANGE = ServiceError("InvalidParameterValue", "Request parameter NextToken is invalid")


class Readings:
    """`fresh` makes what has just happened readable; `put` keeps data points."""

    def __init__(self, series: Series, fresh: Callable[[], None], put: Callable[[Iterable[Entry]], None]) -> None:
        self._series = series
        self._fresh = fresh
        self._put = put
        self.table = {
            "PutMetricData": self._take,
            "GetMetricData": self._data,
            "GetMetricStatistics": self._statistics,
            "ListMetrics": self._list,
        }

    def _take(self, said: Said, region: str) -> Said:
        if said["Namespace"].startswith(RESERVED):
            raise _value(f"The value {said['Namespace']} for parameter Namespace is invalid.")
        if said.get("EntityMetricData") or not said.get("MetricData"):
            raise rules.missing("EntityMetricData") if said.get("EntityMetricData") else _required("MetricData")
        now = time.time()
        entries = [
            _taken(said["Namespace"], one, number, region, now) for number, one in enumerate(said["MetricData"], 1)
        ]
        self._put(entries)
        return {}

    def _data(self, said: Said, region: str) -> Said:
        self._fresh()
        if said["StartTime"] >= said["EndTime"]:
            raise rules.refused("The parameter StartTime must be less than the parameter EndTime.")
        try:
            known = Queries(said["MetricDataQueries"])
            for one in known.queries:
                _check_grid(_grid(said, known.period(one)), MOST_DATA)
            found = known.series(self._series, region, lambda period: _grid(said, period))
        except Problem as error:
            raise rules.refused(str(error)) from error
        except NotEmulated as error:
            raise rules.missing(str(error)) from error
        backwards = said.get("ScanBy") != "TimestampAscending"
        points = [
            (name, moment, found[name][moment])
            for name in known.returned()
            for moment in sorted(found[name], reverse=backwards)
        ]
        shown, token = page(points, said, size=MOST_DATA, most="MaxDatapoints", refused=STRANGE)
        first = not said.get("NextToken")
        results = []
        for name in known.returned():
            here = [(moment, value) for one, moment, value in shown if one == name]
            if first or here:
                results.append(
                    {
                        "Id": name,
                        "Label": _label(known.queries[name]),
                        "Timestamps": [moment for moment, _ in here],
                        "Values": [value for _, value in here],
                        "StatusCode": "PartialData" if token and shown and name == shown[-1][0] else "Complete",
                    }
                )
        return {"MetricDataResults": results, **token, "Messages": []}

    def _statistics(self, said: Said, region: str) -> Said:
        self._fresh()
        names = [*(said.get("Statistics") or ()), *(said.get("ExtendedStatistics") or ())]
        if not names:
            raise ServiceError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
        for name in names:
            if not statistics.known(name):
                raise rules.missing(f"the statistic {name}")
        if said["StartTime"] >= said["EndTime"]:
            raise _value("The parameter StartTime must be less than the parameter EndTime.")
        grid = _grid(said, said["Period"])
        _check_grid(grid, MOST)
        found = self._series.over(queries.metric(region, said), grid, said.get("Unit"))
        return {
            "Label": said["MetricName"],
            "Datapoints": [_datapoint(moment, heap, names) for moment, heap in found.items()],
        }

    def _list(self, said: Said, region: str) -> Said:
        self._fresh()
        found = [one for one in self._series.metrics() if one.region == region and self._listed(one, said)]
        found.sort(key=lambda one: (one.namespace, one.name, one.dimensions))
        shown, token = page(found, said, size=LIST_PAGE, refused=STRANGE)
        metrics = [
            {
                "Namespace": one.namespace,
                "MetricName": one.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in one.dimensions],
            }
            for one in shown
        ]
        owners = {"OwningAccounts": [ACCOUNT] * len(metrics)} if said.get("IncludeLinkedAccounts") else {}
        return {"Metrics": metrics, **token, **owners}

    def _listed(self, one: Metric, said: Said) -> bool:
        own = dict(one.dimensions)
        wanted = all(
            filter_["Name"] in own and filter_.get("Value") in (None, own[filter_["Name"]])
            for filter_ in said.get("Dimensions") or ()
        )
        recent = not said.get("RecentlyActive") or (self._series.newest(one) or 0.0) > time.time() - ACTIVE
        return (
            said.get("Namespace") in (None, one.namespace)
            and said.get("MetricName") in (None, one.name)
            and wanted
            and recent
        )


def _grid(said: Said, period: int) -> Grid:
    """From the start, rounded down: to a minute, or to a period that is shorter."""
    if period not in (1, 5, 10, 20, 30) and period % 60:
        raise rules.refused(f"Invalid period {period}: it must be 1, 5, 10, 20, 30 or a multiple of 60.")
    step = min(period, 60)
    return Grid(math.floor(said["StartTime"] / step) * step, period, said["EndTime"])


def _check_grid(grid: Grid, most: int) -> None:
    count = math.ceil((grid.end - grid.start) / grid.period)
    if count > most:
        raise ServiceError(
            "InvalidParameterCombination",
            f"You have requested up to {count:,} datapoints, which exceeds the limit of {most:,}. You may reduce the "
            "datapoints requested by increasing Period, or decreasing the time range.",
        )


def _datapoint(moment: float, heap: Heap, names: list[str]) -> dict[str, Any]:
    values = {name: value for name in names if (value := statistics.value(heap, name)) is not None}
    plain = {name: value for name, value in values.items() if name in statistics.PLAIN}
    extended = {name: value for name, value in values.items() if name not in statistics.PLAIN}
    more = {"ExtendedStatistics": extended} if extended else {}
    return {"Timestamp": moment, **plain, **more, "Unit": heap.unit}


def _label(query: Said) -> str:
    stat = query.get("MetricStat")
    return str(query.get("Label") or (stat["Metric"]["MetricName"] if stat else query["Id"]))


def _taken(namespace: str, said: Said, number: int, region: str, now: float) -> Entry:
    """One of the data points of a PutMetricData, as the grain that it lies in."""
    moment = said.get("Timestamp", now)
    if not now - OLDEST <= moment <= now + NEWEST:
        raise _value(f"The parameter MetricData.member.{number}.Timestamp must be within the last two weeks.")
    given = [name for name in ("Value", "Values", "StatisticValues") if said.get(name) not in (None, [])]
    if len(given) != 1:
        raise ServiceError(
            "InvalidParameterCombination",
            f"Exactly one of Value, Values and StatisticValues must be given for MetricData.member.{number}.",
        )
    heap = Heap(unit=said.get("Unit") or "None")
    if "StatisticValues" in given:
        stats = said["StatisticValues"]
        heap.merge(Heap(stats["SampleCount"], stats["Sum"], stats["Minimum"], stats["Maximum"], unit=heap.unit))
    else:
        values = said["Values"] if "Values" in given else [said["Value"]]
        counts = said.get("Counts") or [1.0] * len(values)
        if len(counts) != len(values):
            raise _value(f"The parameters MetricData.member.{number}.Values and Counts must be of the same size.")
        for value, count in zip(values, counts, strict=True):
            if not math.isfinite(value):
                raise _value(f"The value {value} for parameter MetricData.member.{number}.Value is invalid.")
            heap.add(float(value), count)
    one = queries.metric(region, {**said, "Namespace": namespace})
    return one, started(moment, GRAIN), heap


def _value(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", message)


def _required(name: str) -> ServiceError:
    return ServiceError("MissingParameter", f"The parameter {name} is required.")

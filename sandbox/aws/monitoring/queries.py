"""The Metrics of an alarm and the MetricDataQueries of GetMetricData: series by Id, over the same periods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tradewind.sandbox.aws.monitoring import statistics
from tradewind.sandbox.aws.monitoring.expressions import Expression, NotEmulated, parsed
from tradewind.sandbox.aws.monitoring.series import Grid, Heap, Metric, Series

Query = Mapping[str, Any]
Found = Mapping[float, float]  # by the beginning of the period


class Problem(Exception):
    """The queries do not fit together; in the service's words as far as they are known."""


def metric(region: str, said: Mapping[str, Any]) -> Metric:
    """Of a request's Namespace, MetricName and Dimensions."""
    dimensions = [(one["Name"], one["Value"]) for one in said.get("Dimensions") or ()]
    return Metric.of(region, said["Namespace"], said["MetricName"], dimensions)


def values(found: Mapping[float, Heap], statistic: str) -> Found:
    every = ((start, statistics.value(heap, statistic)) for start, heap in found.items())
    return {start: value for start, value in every if value is not None}


class Queries:
    """Raises Problem where they do not fit together, NotEmulated for what is not there."""

    def __init__(self, queries: Sequence[Query]) -> None:
        self.queries = {query["Id"]: query for query in queries}
        if len(self.queries) != len(queries):
            raise Problem("The IDs of MetricDataQueries must be unique.")
        self._expressions: dict[str, Expression] = {}
        for name, query in self.queries.items():
            if bool(query.get("Expression")) == bool(query.get("MetricStat")):
                raise Problem(f"Exactly one of Expression and MetricStat must be given for '{name}'.")
            if query.get("AccountId"):
                raise NotEmulated("metrics of another account")
            if query.get("Expression"):
                self._expressions[name] = parsed(query["Expression"])
            elif not statistics.known(query["MetricStat"]["Stat"]):
                raise NotEmulated(f"the statistic {query['MetricStat']['Stat']}")
        for name in self._expressions:
            self._check(name, ())

    def returned(self) -> list[str]:
        """The Ids of which an answer is wanted."""
        return [name for name, query in self.queries.items() if query.get("ReturnData", True)]

    def periods(self) -> set[int]:
        """Of the metrics, in seconds."""
        stats = [query["MetricStat"] for query in self.queries.values() if query.get("MetricStat")]
        return {stat["Period"] for stat in stats}

    def is_expression(self, name: str) -> bool:
        return name in self._expressions

    def series(self, source: Series, region: str, grid: Callable[[int], Grid]) -> dict[str, Found]:
        """Of every Id, by the beginning of each period in which it has a value; `grid` is that of a period in seconds."""
        found: dict[str, Found] = {}
        for name, query in self.queries.items():
            if stat := query.get("MetricStat"):
                held = source.over(metric(region, stat["Metric"]), grid(stat["Period"]), stat.get("Unit"))
                found[name] = values(held, stat["Stat"])
        for name in self._expressions:
            self._compute(name, found, grid)
        return found

    def _compute(self, name: str, found: dict[str, Found], grid: Callable[[int], Grid]) -> None:
        expression = self._expressions[name]
        for needed in expression.names:
            if needed not in found:
                self._compute(needed, found, grid)
        found[name] = expression.series(found, grid(self.period(name)).times)

    def period(self, name: str) -> int:
        """Of a query, in seconds: its own, or that of the metrics that it is made of. Raises NotEmulated for several."""
        query = self.queries[name]
        if stat := query.get("MetricStat"):
            return int(stat["Period"])
        periods = {self.period(needed) for needed in self._expressions[name].names}
        if len(periods) > 1:
            raise NotEmulated("an expression over metrics with different periods")
        return periods.pop() if periods else int(query.get("Period") or 60)

    def _check(self, name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise Problem(f"The expression '{name}' depends on itself.")
        for needed in self._expressions[name].names:
            if needed not in self.queries:
                raise Problem(f"The expression '{name}' names an unknown ID: {needed}.")
            if needed in self._expressions:
                self._check(needed, (*above, name))

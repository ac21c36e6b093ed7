"""What CloudWatch checks of an alarm beyond its model, and what this emulator has no machinery for. Source: PutMetricAlarm."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tradewind.sandbox.aws.faults import ServiceError
from tradewind.sandbox.aws.monitoring import composite, judgement, statistics
from tradewind.sandbox.aws.monitoring.expressions import NotEmulated
from tradewind.sandbox.aws.monitoring.queries import Problem, Queries

Said = Mapping[str, Any]
INVALID = "ValidationError"  # not in CloudWatch's model, and yet what it answers
SINGLE = ("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
MISSING = ("breaching", "notBreaching", "ignore", "missing")
FINE = (10, 20, 30)
DAY, WEEK, HOUR = 86_400, 7 * 86_400, 3_600
ACTION = re.compile(r"arn:[a-z-]+:[a-z-]+:[a-z0-9-]*:\d*:.+")


def check(said: Said) -> None:
    """Of a PutMetricAlarm. Raises ServiceError."""
    if said.get("EvaluationCriteria") or said.get("EvaluationInterval"):
        raise missing("alarms on PromQL queries")
    for name in ("ComparisonOperator", "EvaluationPeriods"):
        if said.get(name) is None:
            raise refused(f"The parameter {name} is required.")
    if said["ComparisonOperator"] not in judgement.COMPARISONS or said.get("ThresholdMetricId"):
        raise missing("anomaly detection")
    if said.get("Threshold") is None:
        raise refused("The parameter Threshold is required for this comparison operator.")
    if said.get("Metrics") and said.get("MetricName"):
        raise _together("Metrics", "MetricName")
    periods = _math(said) if said.get("Metrics") else _single(said)
    _counts(said, periods)
    if (treated := said.get("TreatMissingData")) and treated not in MISSING:
        raise refused(f"Option {treated} is not supported. Supported options for parameter TreatMissingData are "
                      f"{', '.join(MISSING)}.")  # fmt: skip
    low = said.get("EvaluateLowSampleCountPercentile")
    if low and low not in ("evaluate", "ignore"):
        raise refused(
            f"Option {low} is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are "
            "evaluate and ignore."
        )
    if low and not said.get("ExtendedStatistic"):
        raise refused("EvaluateLowSampleCountPercentile can only be given for an alarm on a percentile.")
    actions(said)


def check_composite(said: Said) -> composite.Rule:
    """Of a PutCompositeAlarm. Raises ServiceError."""
    if said.get("ActionsSuppressor"):
        raise missing("ActionsSuppressor")
    actions(said)
    try:
        return composite.parsed(said["AlarmRule"])
    except composite.Unclear as error:
        raise refused(f"AlarmRule: {error}") from error


def actions(said: Said) -> None:
    for kind in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        for action in said.get(kind) or ():
            if not ACTION.fullmatch(action):
                raise refused(f"Invalid arn syntax: {action}")


def _single(said: Said) -> int:
    for name in ("MetricName", "Namespace", "Period"):
        if said.get(name) is None:
            raise refused(f"The parameter {name} is required for an alarm on one metric.")
    if bool(said.get("Statistic")) == bool(said.get("ExtendedStatistic")):
        raise refused("Exactly one of Statistic and ExtendedStatistic must be given.")
    extended = said.get("ExtendedStatistic")
    if extended and not statistics.known(extended):
        raise ServiceError(
            "InvalidParameterValue", f"The value {extended} for parameter ExtendedStatistic is not supported."
        )
    return int(said["Period"])


def _math(said: Said) -> int:
    for name in SINGLE:
        if said.get(name):
            raise _together("Metrics", name)
    try:
        queries = Queries(said["Metrics"])
    except Problem as error:
        raise refused(str(error)) from error
    except NotEmulated as error:
        raise missing(str(error)) from error
    if len(queries.returned()) != 1:
        raise refused("Exactly one element of the metrics list should return data.")
    if not queries.periods():
        raise refused("Invalid metrics list: there is no metric in it.")
    if len(queries.periods()) > 1:
        raise missing("an alarm on metrics with different periods")
    return queries.periods().pop()


def _counts(said: Said, period: int) -> None:
    if period not in FINE and period % 60:
        raise refused(f"Invalid period {period}: it must be 10, 20, 30 or a multiple of 60.")
    periods, needed = said["EvaluationPeriods"], said.get("DatapointsToAlarm")
    if needed is not None and needed > periods:
        raise refused("Number of datapoints to alarm cannot be greater than the number of evaluation periods.")
    if periods * period > (DAY if period < HOUR else WEEK):
        raise refused("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).")


def refused(message: str) -> ServiceError:
    return ServiceError(INVALID, message)


def missing(what: str) -> ServiceError:
    return refused(f"This sandbox does not emulate {what}.")


def _together(one: str, other: str) -> ServiceError:
    return ServiceError("InvalidParameterCombination", f"{one} and {other} cannot be given together.")

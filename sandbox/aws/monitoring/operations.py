"""CloudWatch's operations on alarms."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.faults import ServiceError
from tradewind.sandbox.aws.monitoring import composite, queries, rules
from tradewind.sandbox.aws.monitoring.alarms import Alarm, Alarms
from tradewind.sandbox.aws.monitoring.evaluator import Moved
from tradewind.sandbox.aws.pages import page

Said = Mapping[str, Any]
PAGE = 50
STRANGE = ServiceError("InvalidNextToken", "The next token specified is invalid.")
METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"


class Operations:
    """`table` has them by name; None of them is an answer that moto shall give."""

    def __init__(self, alarms: Alarms, moved: Moved) -> None:
        self._alarms = alarms
        self._moved = moved
        self.table = {
            "PutMetricAlarm": self._put,
            "PutCompositeAlarm": self._compose,
            "DescribeAlarms": self._describe,
            "DescribeAlarmsForMetric": self._for_metric,
            "DescribeAlarmHistory": self._history,
            "DeleteAlarms": self._delete,
            "SetAlarmState": self._set,
            "EnableAlarmActions": lambda said, region: self._enable(said, region, on=True),
            "DisableAlarmActions": lambda said, region: self._enable(said, region, on=False),
            "ListTagsForResource": self._tags,
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }

    def _put(self, said: Said, region: str) -> Said:
        rules.check(said)
        self._keep(METRIC, said, region)
        return {}

    def _compose(self, said: Said, region: str) -> Said:
        rule = rules.check_composite(said)
        for name in rule.alarms:
            other = self._alarms.get(region, name)
            if other is None:
                raise rules.refused(
                    f"Could not save the composite alarm as alarms [{name}] in the alarm rule do not exist"
                )
            if said["AlarmName"] in self._below(other):
                raise rules.refused("The alarm rule would make the composite alarm depend on itself.")
        self._keep(COMPOSITE, said, region)
        return {}

    def _below(self, alarm: Alarm) -> set[str]:
        """The alarm and all that its rule depends on."""
        found = {alarm.name}
        if alarm.composite:
            for name in composite.parsed(alarm.request["AlarmRule"]).alarms:
                if (other := self._alarms.get(alarm.region, name)) is not None:
                    found |= self._below(other)
        return found

    def _keep(self, kind: str, said: Said, region: str) -> None:
        """A new alarm, or another configuration of one: that keeps its state, and its tags."""
        now, name = time.time(), said["AlarmName"]
        request = {key: value for key, value in said.items() if key != "Tags"}

        def made(there: Alarm | None) -> Alarm:
            if there is not None and there.kind != kind:
                raise rules.refused(f"The alarm name {name} is taken by an alarm of another type.")
            summary = f'Alarm "{name}" {"created" if there is None else "updated"}'
            told = json.dumps({"type": "Create" if there is None else "Update", "version": "1.0"})
            if there is not None:
                return replace(there, request=request, configured=now).noted(now, "ConfigurationUpdate", summary, told)
            tags = {tag["Key"]: tag["Value"] for tag in said.get("Tags") or ()}
            new = Alarm(region, name, kind, request, now, tags, updated=now, transitioned=now)
            return new.noted(now, "ConfigurationUpdate", summary, told)

        self._alarms.put(region, name, made)

    def _describe(self, said: Said, region: str) -> Said:
        for name in ("ChildrenOfAlarmName", "ParentsOfAlarmName"):
            if said.get(name):
                raise rules.missing(name)
        if said.get("AlarmNames") and said.get("AlarmNamePrefix"):
            raise ServiceError("InvalidParameterCombination", "AlarmNamePrefix and AlarmNames are mutually exclusive.")
        kinds = said.get("AlarmTypes") or [METRIC]  # composite alarms are shown where they are asked for
        found = [alarm for alarm in self._alarms.all(region) if alarm.kind in kinds and _wanted(alarm, said)]
        shown, token = page(found, said, size=PAGE, most="MaxRecords", refused=STRANGE)
        metric = [alarm.described() for alarm in shown if not alarm.composite]
        rest = [_without_dimensions(alarm) for alarm in shown if alarm.composite]
        return {"MetricAlarms": metric, "CompositeAlarms": rest, **token}

    def _for_metric(self, said: Said, region: str) -> Said:
        asked = queries.metric(region, said)
        same = ("Statistic", "ExtendedStatistic", "Period", "Unit")
        found = [
            alarm.described()
            for alarm in self._alarms.all(region)
            if alarm.request.get("MetricName")
            and queries.metric(region, alarm.request) == asked
            and all(said.get(name) in (None, alarm.request.get(name)) for name in same)
        ]
        return {"MetricAlarms": found}

    def _history(self, said: Said, region: str) -> Said:
        kinds = said.get("AlarmTypes") or [METRIC]
        start, end = said.get("StartDate") or 0.0, said.get("EndDate") or time.time() + 1
        items = [
            {"AlarmName": alarm.name, "AlarmType": alarm.kind, **entry}
            for alarm in self._alarms.all(region)
            if alarm.kind in kinds and said.get("AlarmName") in (None, alarm.name)
            for entry in alarm.history
            if said.get("HistoryItemType") in (None, entry["HistoryItemType"]) and start <= entry["Timestamp"] <= end
        ]
        items.sort(key=lambda item: item["Timestamp"], reverse=said.get("ScanBy") != "TimestampAscending")
        shown, token = page(items, said, size=100, most="MaxRecords", refused=STRANGE)
        return {"AlarmHistoryItems": list(shown), **token}

    def _delete(self, said: Said, region: str) -> Said:
        """Of names that are not there nothing is said, as at CloudWatch."""
        names = said["AlarmNames"]
        for alarm in self._alarms.all(region):
            if alarm.composite and alarm.name not in names:
                needed = set(composite.parsed(alarm.request["AlarmRule"]).alarms) & set(names)
                if needed:
                    raise rules.refused(
                        f"Cannot delete {sorted(needed)[0]} as it is used by the composite alarm {alarm.name}."
                    )
        for name in names:
            self._alarms.remove(region, name)
        return {}

    def _set(self, said: Said, region: str) -> Said:
        data = said.get("StateReasonData") or ""
        if data:
            try:
                json.loads(data)
            except ValueError as error:
                raise ServiceError("InvalidFormat", "StateReasonData is no JSON.") from error
        before: list[Alarm] = []

        def moved(alarm: Alarm) -> Alarm:
            before.append(alarm)
            now = time.time()
            return replace(alarm.moved(said["StateValue"], now, said["StateReason"], data), set_by_hand=now)

        after = self._alarms.change(region, said["AlarmName"], moved)
        if after is None:
            raise ServiceError("ResourceNotFound", f"Alarm {said['AlarmName']} does not exist.", status=404)
        if before[0].state != after.state:
            self._moved(before[0], after)
        return {}

    def _enable(self, said: Said, region: str, *, on: bool) -> Said:
        for name in said["AlarmNames"]:
            self._alarms.change(
                region, name, lambda alarm: replace(alarm, request={**alarm.request, "ActionsEnabled": on})
            )
        return {}

    def _tags(self, said: Said, region: str) -> Said | None:
        if (name := _named(said["ResourceARN"], region)) is None:
            return None
        return {"Tags": [{"Key": key, "Value": value} for key, value in self._tagging(region, name, dict).items()]}

    def _tag(self, said: Said, region: str) -> Said | None:
        if (name := _named(said["ResourceARN"], region)) is None:
            return None
        more = {tag["Key"]: tag["Value"] for tag in said["Tags"]}
        self._tagging(region, name, lambda tags: {**tags, **more})
        return {}

    def _untag(self, said: Said, region: str) -> Said | None:
        if (name := _named(said["ResourceARN"], region)) is None:
            return None
        gone: Sequence[str] = said["TagKeys"]
        self._tagging(region, name, lambda tags: {key: value for key, value in tags.items() if key not in gone})
        return {}

    def _tagging(self, region: str, name: str, how: Any) -> Mapping[str, str]:
        kept = self._alarms.change(region, name, lambda alarm: replace(alarm, tags=how(alarm.tags)))
        if kept is None:
            raise ServiceError("ResourceNotFoundException", f"Unknown resource {name}", status=404)
        return kept.tags


def _wanted(alarm: Alarm, said: Said) -> bool:
    actions = [*(alarm.request.get("AlarmActions") or ()), *(alarm.request.get("OKActions") or ())]
    return (
        (not said.get("AlarmNames") or alarm.name in said["AlarmNames"])
        and alarm.name.startswith(said.get("AlarmNamePrefix") or "")
        and said.get("StateValue") in (None, alarm.state)
        and (not said.get("ActionPrefix") or any(action.startswith(said["ActionPrefix"]) for action in actions))
    )


def _without_dimensions(alarm: Alarm) -> dict[str, Any]:
    return {key: value for key, value in alarm.described().items() if key != "Dimensions"}


def _named(arn: str, region: str) -> str | None:
    """The alarm's name; None for another resource of CloudWatch's."""
    start = f"arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:"
    return arn.removeprefix(start) if arn.startswith(start) else None

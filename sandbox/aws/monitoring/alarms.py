"""Alarms as they are kept: the request as it came, the state, and what happened to it. Times are epoch seconds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.shelf import Shelf

NEW, REASON = "INSUFFICIENT_DATA", "Unchecked: Initial alarm creation"
HISTORY = 100  # items of one alarm


@dataclass(frozen=True)
class Alarm:
    """`kind` is MetricAlarm or CompositeAlarm; `request` is the call that made it, without its tags."""

    region: str
    name: str
    kind: str
    request: Mapping[str, Any]
    configured: float
    tags: Mapping[str, str] = field(default_factory=dict)
    state: str = NEW
    reason: str = REASON
    data: str = ""
    updated: float = 0.0
    transitioned: float = 0.0
    set_by_hand: float = 0.0
    history: tuple[Mapping[str, Any], ...] = ()

    @property
    def arn(self) -> str:
        return f"arn:aws:cloudwatch:{self.region}:{ACCOUNT}:alarm:{self.name}"

    def record(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def composite(self) -> bool:
        return self.kind == "CompositeAlarm"

    def noted(self, moment: float, kind: str, summary: str, data: str) -> Alarm:
        entry = {"Timestamp": moment, "HistoryItemType": kind, "HistorySummary": summary, "HistoryData": data}
        return replace(self, history=(*self.history, entry)[-HISTORY:])

    def moved(self, state: str, moment: float, reason: str, data: str) -> Alarm:
        """In a state that was found or set; the same state again changes only why."""
        then = replace(self, state=state, reason=reason, data=data, updated=moment)
        if state == self.state:
            return then
        return replace(then, transitioned=moment).noted(
            moment, "StateUpdate", f"Alarm updated from {self.state} to {state}", _change(self, then)
        )

    def described(self) -> dict[str, Any]:
        """As DescribeAlarms answers."""
        said = {"ActionsEnabled": True, "AlarmActions": [], "OKActions": [], "InsufficientDataActions": []}
        state = {
            "StateValue": self.state,
            "StateReason": self.reason,
            "StateUpdatedTimestamp": self.updated,
            "StateTransitionedTimestamp": self.transitioned,
            **({"StateReasonData": self.data} if self.data else {}),
        }
        own = {"AlarmName": self.name, "AlarmArn": self.arn, "AlarmConfigurationUpdatedTimestamp": self.configured}
        return {**said, "Dimensions": [], **self.request, **state, **own}


Alarms = Shelf[Alarm]  # of all regions


def shelf(folder: Path | None) -> Alarms:
    return Shelf(folder, _recalled)


def _change(before: Alarm, after: Alarm) -> str:
    old, new = ({"stateValue": one.state, "stateReason": one.reason} for one in (before, after))
    return json.dumps({"version": "1.0", "oldState": old, "newState": new})


def _recalled(said: Mapping[str, Any]) -> Alarm:
    return Alarm(**{**said, "history": tuple(said["history"])})

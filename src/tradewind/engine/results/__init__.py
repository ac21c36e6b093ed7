"""The documents that commands answer with: frozen models whose JSON is the machine's contract.

Every document carries `schema` ("tradewind/<noun>/1"). Durations are seconds, times are ISO 8601 in UTC, money is a `Price`.
Fields are only ever added within one schema version. A command imports only the documents that it prints.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewind.engine.results.base import Amount, CostLine, Document, MachineDoc, Part, Price, ReplicasDoc
    from tradewind.engine.results.costs import (
        Comparison,
        CostEstimate,
        PartPrice,
        PriceAge,
        PriceList,
        PriceRow,
        TargetDoc,
    )
    from tradewind.engine.results.endpoints import (
        Connect,
        EndpointList,
        EndpointState,
        EndpointStatus,
        GuardReport,
        InvokeResult,
        RollbackResult,
        Underway,
        VersionDoc,
    )
    from tradewind.engine.results.jobs import DownloadResult, JobDoc, JobList, LogDoc, Logs, StopResult, TrainResult
    from tradewind.engine.results.plans import (
        Action,
        ActionKind,
        AskedDoc,
        Change,
        CheckDoc,
        Cost,
        LossDoc,
        Plan,
        Plans,
        Refusal,
        RolloutDoc,
        Unplanned,
    )
    from tradewind.engine.results.project import (
        DownResult,
        History,
        HistoryEntry,
        HoldDoc,
        LockOwner,
        LockResult,
        Spending,
        SpendingRow,
        StatusResult,
        Thing,
        UnlockResult,
        UpResult,
    )
    from tradewind.engine.results.streams import ErrorDoc, EventDoc, ProblemDoc

_ROOMS = {
    "base": ("Amount", "CostLine", "Document", "MachineDoc", "Part", "Price", "ReplicasDoc"),
    "plans": (
        "Action",
        "ActionKind",
        "AskedDoc",
        "Change",
        "CheckDoc",
        "Cost",
        "LossDoc",
        "Plan",
        "Plans",
        "Refusal",
        "RolloutDoc",
        "Unplanned",
    ),
    "costs": ("Comparison", "CostEstimate", "PartPrice", "PriceAge", "PriceList", "PriceRow", "TargetDoc"),
    "jobs": ("DownloadResult", "JobDoc", "JobList", "LogDoc", "Logs", "StopResult", "TrainResult"),
    "endpoints": (
        "Connect",
        "EndpointList",
        "EndpointState",
        "EndpointStatus",
        "GuardReport",
        "InvokeResult",
        "RollbackResult",
        "Underway",
        "VersionDoc",
    ),
    "project": (
        "DownResult",
        "History",
        "HistoryEntry",
        "HoldDoc",
        "LockOwner",
        "LockResult",
        "Spending",
        "SpendingRow",
        "StatusResult",
        "Thing",
        "UnlockResult",
        "UpResult",
    ),
    "streams": ("ErrorDoc", "EventDoc", "ProblemDoc"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "Action",
    "ActionKind",
    "Amount",
    "AskedDoc",
    "Change",
    "CheckDoc",
    "Comparison",
    "Connect",
    "Cost",
    "CostEstimate",
    "CostLine",
    "Document",
    "DownResult",
    "DownloadResult",
    "EndpointList",
    "EndpointState",
    "EndpointStatus",
    "ErrorDoc",
    "EventDoc",
    "GuardReport",
    "History",
    "HistoryEntry",
    "HoldDoc",
    "InvokeResult",
    "JobDoc",
    "JobList",
    "LockOwner",
    "LockResult",
    "LogDoc",
    "Logs",
    "LossDoc",
    "MachineDoc",
    "Part",
    "PartPrice",
    "Plan",
    "Plans",
    "Price",
    "PriceAge",
    "PriceList",
    "PriceRow",
    "ProblemDoc",
    "Refusal",
    "ReplicasDoc",
    "RollbackResult",
    "RolloutDoc",
    "Spending",
    "SpendingRow",
    "StatusResult",
    "StopResult",
    "TargetDoc",
    "Thing",
    "TrainResult",
    "Underway",
    "UnlockResult",
    "Unplanned",
    "UpResult",
    "VersionDoc",
]


def __getattr__(name: str) -> object:
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{room}"), name)

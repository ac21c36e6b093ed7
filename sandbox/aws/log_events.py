"""FilterLogEvents of CloudWatch Logs over the streams that moto holds, which heeds neither a prefix of streams nor their order.

Source: the operation's page in the API reference: streams by names or by a prefix, not both; always interleaved; sorted by
time, then by ingestion, then by event; `searchedLogStreams` is empty.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto import backends

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.faults import ServiceError
from tradewind.sandbox.aws.wire import Wire

PAGE = 10_000  # events
Said = Mapping[str, Any]
Event = dict[str, Any]
Key = tuple[int, int, str]


class LogEvents:
    """`door` answers FilterLogEvents; the other calls of the service are moto's."""

    def __init__(self) -> None:
        self.door = Wire("logs", {"FilterLogEvents": _filtered}, invalid="InvalidParameterException")


def _filtered(said: Said, region: str) -> Said:
    if said.get("logStreamNames") and said.get("logStreamNamePrefix"):
        raise _wrong("Only one of logStreamNames and logStreamNamePrefix may be specified.")
    events = sorted(_matching(_group(said, region), said), key=_key)
    start, forwards = None, said.get("startFromHead") is not False
    if token := said.get("nextToken"):
        start, forwards = _opened(token)
    if not forwards:
        events.reverse()
    if start is not None:
        events = [one for one in events if (_key(one) > start if forwards else _key(one) < start)]
    size = said.get("limit") or PAGE
    more = {"nextToken": _closed(_key(events[size - 1]), forwards)} if len(events) > size else {}
    return {"events": events[:size], "searchedLogStreams": [], **more}


def _group(said: Said, region: str) -> Any:
    name, identifier = said.get("logGroupName"), said.get("logGroupIdentifier")
    if (name is None) == (identifier is None):
        raise _wrong("Exactly one of logGroupName and logGroupIdentifier must be specified.")
    name = str(name or identifier)
    name = name.partition(":log-group:")[2] if name.startswith("arn:") else name
    group = backends.get_backend("logs")[ACCOUNT][region].groups.get(name)
    if group is None:
        raise ServiceError("ResourceNotFoundException", "The specified log group does not exist.")
    return group


def _matching(group: Any, said: Said) -> Iterator[Event]:
    names, prefix = said.get("logStreamNames"), said.get("logStreamNamePrefix") or ""
    for name, stream in list(group.streams.items()):
        if name.startswith(prefix) and (not names or name in names):
            for one in stream.filter_log_events(0, 0, said.get("filterPattern") or ""):
                if said.get("startTime", 0) <= one["timestamp"] <= said.get("endTime", one["timestamp"]):
                    yield one


def _key(event: Event) -> Key:
    return event["timestamp"], event["ingestionTime"], event["eventId"]


def _closed(key: Key, forwards: bool) -> str:
    return base64.urlsafe_b64encode(json.dumps([*key, forwards]).encode()).decode()


def _opened(token: str) -> tuple[Key, bool]:
    try:
        at, ingested, event, forwards = json.loads(base64.urlsafe_b64decode(token))
        if not isinstance(event, str) or not all(isinstance(one, int) for one in (at, ingested, forwards)):
            raise ValueError(token)
    except (ValueError, TypeError, binascii.Error) as error:
        raise _wrong("The specified nextToken is invalid.") from error
    return (at, ingested, event), bool(forwards)


def _wrong(message: str) -> ServiceError:
    return ServiceError("InvalidParameterException", message)

"""FilterLogEvents as CloudWatch Logs documents it: streams by name or prefix, always interleaved, sorted by time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.emulator import Emulator

START = (int(time.time()) - 3600) * 1000  # milliseconds
LINES = {  # the stream's events, in milliseconds; the streams are made in this order
    "late-1/algo-1-1": {5_000: "e greets", 6_000: "f"},
    "early-1/algo-1-1": {1_000: "a greets", 4_000: "d"},
    "early-1/algo-2-1": {2_000: "b", 3_000: "c greets"},
}


@dataclass(frozen=True)
class Group:
    client: Any
    name: str

    def write(self, stream: str, events: dict[int, str]) -> None:
        self.client.create_log_stream(logGroupName=self.name, logStreamName=stream)
        said = [{"timestamp": at(moment), "message": text} for moment, text in events.items()]
        self.client.put_log_events(logGroupName=self.name, logStreamName=stream, logEvents=said)

    def found(self, **said: Any) -> list[str]:
        page = self.client.filter_log_events(logGroupName=self.name, **said)
        assert page["searchedLogStreams"] == []
        return [event["message"] for event in page["events"]]


@pytest.fixture
def group(emulator: Emulator, request: pytest.FixtureRequest) -> Group:
    one = Group(emulator.client("logs"), f"/own/{abs(hash(request.node.nodeid))}")
    one.client.create_log_group(logGroupName=one.name)
    for stream, events in LINES.items():
        one.write(stream, events)
    return one


def at(moment: int) -> int:
    """In the last hours: older events are rejected."""
    return START + moment


def test_streams_by_prefix_or_by_name_and_all_by_time(group: Group) -> None:
    assert group.found() == ["a greets", "b", "c greets", "d", "e greets", "f"]
    assert group.found(logStreamNamePrefix="early-1/") == ["a greets", "b", "c greets", "d"]
    assert group.found(logStreamNamePrefix="early-1/", filterPattern="greets") == ["a greets", "c greets"]
    assert group.found(logStreamNames=["late-1/algo-1-1", "early-1/algo-2-1"]) == ["b", "c greets", "e greets", "f"]
    assert group.found(logStreamNamePrefix="nobody") == []
    assert group.found(startTime=at(2_000), endTime=at(4_000)) == ["b", "c greets", "d"]
    assert group.found(startFromHead=False, limit=2) == ["f", "e greets"]


@pytest.mark.parametrize("head", [True, False])
def test_pages_go_on_where_they_were_whatever_is_written_meanwhile(group: Group, head: bool) -> None:
    pages = group.client.get_paginator("filter_log_events").paginate(
        logGroupName=group.name, startFromHead=head, PaginationConfig={"PageSize": 4}
    )
    read: list[str] = []
    for number, page in enumerate(pages):
        read += [event["message"][0] for event in page["events"]]
        if number == 0:
            group.write("meanwhile/algo-1-1", {500 if head else 9_000: "z"})  # before all that has been read
    assert read == list("abcdef" if head else "fedcba")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"logStreamNames": ["x"], "logStreamNamePrefix": "y"}, "InvalidParameterException"),
        ({"nextToken": "nonsense"}, "InvalidParameterException"),
        ({"limit": 10_001}, "InvalidParameterException"),
        ({"logGroupIdentifier": "both"}, "InvalidParameterException"),
        ({"logGroupName": None}, "InvalidParameterException"),
        ({"logGroupName": "/nobody"}, "ResourceNotFoundException"),
    ],
    ids=["names and prefix", "token", "limit", "two groups", "no group", "unknown group"],
)
def test_what_is_refused(group: Group, said: dict[str, Any], code: str) -> None:
    asked = {name: value for name, value in {"logGroupName": group.name, **said}.items() if value is not None}
    with pytest.raises(ClientError) as refused:
        group.client.filter_log_events(**asked)
    assert refused.value.response["Error"]["Code"] == code


def test_a_group_by_its_arn(group: Group) -> None:
    [found] = group.client.describe_log_groups(logGroupNamePrefix=group.name)["logGroups"]
    [event] = group.client.filter_log_events(logGroupIdentifier=found["logGroupArn"], limit=1)["events"]
    assert event["message"] == "a greets"

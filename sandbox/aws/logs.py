"""A container's lines into the emulated CloudWatch Logs, in the group and streams that the service uses; metrics out of them."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

GROUP = "/aws/sagemaker/TrainingJobs"
MOST, LARGEST, OVERHEAD = 10_000, 1_048_576, 26  # events and bytes of a call, bytes of an event beside its text
LONGEST = 200_000  # characters of an event


class Metrics:
    """The last value of each of the job's MetricDefinitions in its lines."""

    def __init__(self, definitions: Sequence[Mapping[str, str]]) -> None:
        self._patterns = []
        for one in definitions:
            with contextlib.suppress(
                re.error
            ):  # the service takes Java's expressions: one that is not Python's matches nothing
                self._patterns.append((one["Name"], re.compile(one["Regex"])))
        self.found: dict[str, dict[str, float]] = {}

    def read(self, line: str) -> None:
        for name, pattern in self._patterns:
            match = pattern.search(line)
            if match and match.groups():
                with contextlib.suppress(TypeError, ValueError):
                    self.found[name] = {"Value": float(match.group(1)), "Timestamp": time.time()}


class Stream:
    """One instance's log. `say` from any thread; `flush` sends what has come since the last time."""

    def __init__(self, client: Any, name: str, metrics: Metrics | None = None, *, group: str = GROUP) -> None:
        self._client = client
        self._name = name
        self._metrics = metrics
        self._group = group
        self._lock = threading.Lock()
        self._sending = threading.Lock()  # lines keep their order
        self._waiting: list[dict[str, Any]] = []
        self._open = False

    def say(self, line: str) -> None:
        """A line that is too long for one event is several."""
        now = int(time.time() * 1000)
        with self._lock:
            if self._metrics is not None:
                self._metrics.read(line)
            for start in range(0, max(len(line), 1), LONGEST):
                self._waiting.append({"timestamp": now, "message": line[start : start + LONGEST] or " "})

    def flush(self) -> None:
        """Raises what the client raises; nothing is lost by that: it waits for the next time."""
        with self._sending:
            with self._lock:
                waiting, self._waiting = self._waiting, []
            try:
                if waiting:
                    self._send(waiting)
            finally:
                with self._lock:
                    self._waiting = [*waiting, *self._waiting]

    def _send(self, waiting: list[dict[str, Any]]) -> None:
        """Takes out of `waiting` what has been sent."""
        if not self._open:
            for create, said in (
                (self._client.create_log_group, {"logGroupName": self._group}),
                (self._client.create_log_stream, {"logGroupName": self._group, "logStreamName": self._name}),
            ):
                _there(create, said)
            self._open = True
        while waiting:
            count = _fitting(waiting)
            self._client.put_log_events(logGroupName=self._group, logStreamName=self._name, logEvents=waiting[:count])
            del waiting[:count]


def _fitting(events: Sequence[Mapping[str, Any]]) -> int:
    """How many of the events one call may have, at least one."""
    size = 0
    for number, event in enumerate(events[:MOST]):
        size += len(event["message"].encode()) + OVERHEAD
        if size > LARGEST:
            return max(number, 1)
    return min(len(events), MOST)


def _there(create: Any, said: Mapping[str, str]) -> None:
    try:
        create(**said)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise

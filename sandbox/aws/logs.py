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
MOST = 1_000  # lines of one call
LONGEST = 200_000  # characters of one line


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
        self._waiting: list[dict[str, Any]] = []
        self._open = False

    def say(self, line: str) -> None:
        with self._lock:
            if self._metrics is not None:
                self._metrics.read(line)
            self._waiting.append({"timestamp": int(time.time() * 1000), "message": line[:LONGEST] or " "})

    def flush(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        if waiting and not self._open:
            for create, said in (
                (self._client.create_log_group, {"logGroupName": self._group}),
                (self._client.create_log_stream, {"logGroupName": self._group, "logStreamName": self._name}),
            ):
                _there(create, said)
            self._open = True
        for start in range(0, len(waiting), MOST):
            self._client.put_log_events(
                logGroupName=self._group, logStreamName=self._name, logEvents=waiting[start : start + MOST]
            )


def _there(create: Any, said: Mapping[str, str]) -> None:
    try:
        create(**said)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise

"""Training runs, their jobs and their logs."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from tradewind.engine.results.base import Document, MachineDoc, Part, Price


class JobDoc(Part):
    """One attempt of a training run. `state`: queued starting running stopping succeeded failed stopped, or missing.

    `refused`: of one that never started, the kind of its target's refusal (quota, permission, ...); `hint`: what can be done.
    """

    name: str
    run: str = ""
    attempt: int = 1
    state: str
    word: str = ""
    reason: str = ""
    model: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    billed_seconds: float | None = None
    owner: str = ""
    refused: str = ""
    hint: str = ""


class TrainResult(Document):
    """`reused`: the same digest had succeeded before, so nothing ran. Left by --detach, the job's state says how it stood."""

    schema_: Literal["tradewind/train/1"] = Field(default="tradewind/train/1", alias="schema")
    project: str
    environment: str
    provider: str
    region: str = ""
    run: str
    reused: bool = False
    job: JobDoc
    model: str | None = None
    metrics: dict[str, float] = Field(default_factory=dict)
    """The last value of each `tw.metric` line."""
    attempts: int = 1
    machine: MachineDoc | None = None
    rate: Price = Field(default_factory=Price)
    next: tuple[str, ...] = ()


class JobList(Document):
    schema_: Literal["tradewind/jobs/1"] = Field(default="tradewind/jobs/1", alias="schema")
    project: str
    environment: str
    provider: str
    jobs: tuple[JobDoc, ...] = ()


class StopResult(Document):
    schema_: Literal["tradewind/stop/1"] = Field(default="tradewind/stop/1", alias="schema")
    jobs: tuple[JobDoc, ...] = ()
    """Each as it was seen after the stop was asked for."""


class DownloadResult(Document):
    schema_: Literal["tradewind/download/1"] = Field(default="tradewind/download/1", alias="schema")
    run: str
    model: str
    path: str
    bytes: int
    files: int


class LogDoc(Document):
    """One line: the NDJSON of `logs --follow`."""

    schema_: Literal["tradewind/log/1"] = Field(default="tradewind/log/1", alias="schema")
    text: str
    source: str = ""
    time: datetime | None = None


class Logs(Document):
    """`cursor` continues in another process; `end` means nothing will follow."""

    schema_: Literal["tradewind/logs/1"] = Field(default="tradewind/logs/1", alias="schema")
    name: str
    lines: tuple[LogDoc, ...] = ()
    cursor: str = ""
    end: bool = False

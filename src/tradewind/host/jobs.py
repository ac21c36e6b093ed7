"""Jobs as processes, seen from outside: start, look, stop, delete. Each job is a folder; its supervisor is a process of its own.

The folder appears in one step, so one name has one owner among any number of racers. What the supervisor is doing is read
from files that it replaces whole; whether it still lives is asked of the kernel.
"""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from tradewind.host import daemon, identity
from tradewind.host.errors import HostError, told
from tradewind.host.files import make_folder, read_json, remove_folder, write_whole
from tradewind.host.limits import UNLIMITED, Limits
from tradewind.host.prepare import Preparation
from tradewind.host.processes import kill_marked, signal_process

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
SPEC, STATE, EXIT, STOP, SUPERVISOR, LOCK, LOGS = (
    "job.json",
    "state.json",
    "exit.json",
    "stop",
    "supervisor.json",
    "start.lock",
    "logs",
)
START_PATIENCE = 30.0  # seconds for the supervisor's hand-shake
ENDING = {"state", "word", "reason", "failure", "started", "ended"}
State = Literal["starting", "running", "stopping", "succeeded", "failed", "stopped"]


@dataclass(frozen=True)
class Job:
    """`argv`, `cwd` and `places` may hold {python}, {job}, {code}; `env` is taken literally. No secret's value is in here.

    `results`: folder of the job -> address that it is moved to on success; `keep_always`: whatever the end was.
    """

    name: str
    digest: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    places: Mapping[str, str]
    preparation: Preparation
    cache: str
    results: Mapping[str, str]
    max_runtime: float  # seconds
    keep_always: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)  # environment variable -> path or file:// address
    cwd: str = "{code}"
    folders: tuple[str, ...] = ()  # made inside the job's folder before it starts
    failure_file: str = ""
    grace: float = 30.0  # seconds between SIGTERM and SIGKILL
    limits: Limits = UNLIMITED
    tags: Mapping[str, str] = field(default_factory=dict)
    note: str = ""  # of whoever started it, given back as it is


@dataclass(frozen=True)
class JobSight:
    """What can be seen of a job. Times are seconds since 1970 (UTC)."""

    state: State
    word: str
    digest: str
    reason: str = ""
    failure: Literal["", "timeout", "preempted"] = ""
    started: float | None = None
    ended: float | None = None


def dump(job: Job) -> str:
    return json.dumps(asdict(job), ensure_ascii=False, indent=1)


def load(text: str) -> Job:
    raw: dict[str, Any] = json.loads(text)
    raw["argv"] = tuple(raw["argv"])
    raw["folders"] = tuple(raw["folders"])
    raw["limits"] = Limits(**raw["limits"])
    raw["preparation"] = Preparation(**raw["preparation"])
    return Job(**raw)


def checked(name: str) -> str:
    if NAME.fullmatch(name) is None:
        raise HostError(
            "invalid", f"{name!r} cannot be a name here", code="TW613", hint="letters, digits, '.', '_', '-'"
        )
    return name


class Jobs:
    """The jobs below one folder. Safe from many threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ensure(self, job: Job, secrets: Mapping[str, str]) -> JobSight:
        """Start it unless it is there; take over where a starter died half-way. The values travel in memory only."""
        folder = self._folder / checked(job.name)
        with told():
            self._folder.mkdir(parents=True, exist_ok=True)
            if not (folder / SPEC).exists():
                make_folder(folder, {SPEC: dump(job)})
            there = (read_json(folder / SPEC) or {}).get("digest")
            if there != job.digest:
                raise HostError(
                    "conflict",
                    f"{job.name} exists with another content ({there})",
                    code="TW604",
                    hint="use another name",
                )
            if not _begun(folder):
                self._start(folder, secrets)
        return _look(folder)

    def look(self, name: str) -> JobSight | None:
        """None: there is no such job, or nobody has started it yet: `ensure` does."""
        folder = self._folder / checked(name)
        with told():
            return _look(folder) if _begun(folder) or (folder / STOP).exists() else None

    def stop(self, name: str) -> None:
        """Ask it to end: SIGTERM, grace, SIGKILL. Returns at once; finished or unknown: nothing happens."""
        folder = self._folder / checked(name)
        with told():
            if not (folder / SPEC).exists() or (folder / EXIT).exists():
                return
            write_whole(folder / STOP, "")
            supervisor = identity.of_record(read_json(folder / SUPERVISOR))
            if supervisor is not None and not signal_process(supervisor, signal.SIGTERM):
                kill_marked(str(folder))  # it was killed: what left the job's group may still be there

    def delete(self, name: str) -> None:
        """Kill what runs, then forget the job. What it wrote elsewhere stays."""
        folder = self._folder / checked(name)
        with told():
            if not folder.exists():
                return
            supervisor = identity.of_record(read_json(folder / SUPERVISOR))
            if supervisor is not None:
                signal_process(supervisor, signal.SIGKILL)
            kill_marked(str(folder))
            remove_folder(folder)

    def need(self, name: str) -> JobSight:
        sight = self.look(name)
        if sight is None:
            raise HostError("missing", f"no job {name} in {self._folder}", code="TW610", hint="deploy train list")
        return sight

    def log_folder(self, name: str) -> Path:
        return self._folder / checked(name) / LOGS

    def note(self, name: str) -> str:
        return str((read_json(self._folder / checked(name) / SPEC) or {}).get("note", ""))

    def tagged(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """(name, tags) of every job."""
        try:
            names = sorted(entry.name for entry in os.scandir(self._folder) if not entry.name.startswith("."))
        except FileNotFoundError:
            return
        for name in names:
            record = read_json(self._folder / name / SPEC)
            if record is not None:
                yield name, record.get("tags", {})

    def _start(self, folder: Path, secrets: Mapping[str, str]) -> None:
        try:
            with FileLock(folder / LOCK, timeout=START_PATIENCE):
                if _begun(folder) or not folder.exists():
                    return
                if (folder / STOP).exists():  # stopped before it began
                    return
                daemon.start("tradewind.host.supervisor", folder, {"secrets": dict(secrets)})
        except Timeout as error:
            raise HostError("transient", f"{folder.name} is being started by another process", code="TW606") from error


def _begun(folder: Path) -> bool:
    return (folder / SUPERVISOR).exists() or (folder / EXIT).exists()


def _look(folder: Path) -> JobSight:
    # Read the end last but judge it first: a job that ends between two reads is then never called lost.
    supervisor = identity.of_record(read_json(folder / SUPERVISOR))
    living = identity.alive(supervisor)
    state = read_json(folder / STATE) or {}
    digest = str((read_json(folder / SPEC) or {}).get("digest", ""))
    end = read_json(folder / EXIT) or {}
    started = state.get("started")
    if end.keys() >= ENDING:  # else it is spoilt, and says nothing
        return JobSight(end["state"], end["word"], digest, end["reason"], end["failure"], end["started"], end["ended"])
    stopping = (folder / STOP).exists()
    if supervisor is None and not (folder / SUPERVISOR).exists():
        if stopping:
            return JobSight("stopped", "Stopped", digest, "stopped before it started")
        return JobSight("starting", "Claimed", digest, "its starter has not come back yet; `ensure` starts it")
    if not living:
        if supervisor is not None and supervisor.boot != identity.boot():
            reason = "this machine was restarted while the job ran"
            return JobSight("stopped", "Rebooted", digest, reason, "preempted", started, None)
        reason = "its supervisor was killed, and the job with it"
        return JobSight("stopped" if stopping else "failed", "Lost", digest, reason, "", started, None)
    if stopping:
        return JobSight("stopping", "Stopping", digest, started=started)
    now: State = "running" if state.get("phase") == "running" else "starting"
    return JobSight(now, str(state.get("word", "Starting")), digest, started=started)

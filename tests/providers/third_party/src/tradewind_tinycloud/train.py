"""Jobs. The cloud is the only memory: nothing is kept in the object between calls."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tradewind.errors import ProviderError
from tradewind.values import JobState, JobStatus, LogLine, LogPage, Run
from tradewind_tinycloud.errors import classified, refuse
from tradewind_tinycloud.info import NAMES
from tradewind_tinycloud.sdk import TinyCloud

STATES: Mapping[str, JobState] = {
    "PENDING": "queued",
    "RUNNING": "running",
    "DONE": "succeeded",
    "FAILED": "failed",
    "OVERRAN": "failed",
    "STOPPED": "stopped",
}


def all_jobs(cloud: TinyCloud) -> Iterator[dict[str, Any]]:
    """Page after page; whoever reads only the first loses jobs without a word."""
    page: int | None = 0
    while page is not None:
        jobs, page = cloud.list_jobs(page)
        yield from jobs


class TinyTrainer:
    def __init__(self, cloud: TinyCloud) -> None:
        self._cloud = cloud

    def ensure(self, run: Run) -> JobStatus:
        during = f"submit job {run.name}"
        if not re.fullmatch(NAMES, run.name):
            raise refuse(f"{run.name!r} is no name for a job", during)
        try:
            with classified(during):
                self._cloud.create_job(run.name, _body(run))
        except ProviderError as error:
            # Already there is what we want to hear: an earlier call of ours, whose answer we may never have seen.
            if error.kind != "conflict":
                raise
        with classified(during):
            job = self._cloud.get_job(run.name)
        if job["digest"] != run.digest:
            raise refuse("a job of that name computes something else", during, "conflict")
        return _status(job)

    def status(self, names: Collection[str]) -> Mapping[str, JobStatus]:
        wanted = set(names)
        with classified("read the state of jobs"):
            return {job["name"]: _status(job) for job in all_jobs(self._cloud) if job["name"] in wanted}

    def stop(self, name: str) -> None:
        try:
            with classified(f"stop job {name}"):
                self._cloud.stop_job(name)
        except ProviderError as error:
            # "invalid": the service's word for a job that has ended. Too late is no error.
            if error.kind not in ("missing", "invalid"):
                raise

    def delete(self, name: str) -> None:
        try:
            with classified(f"delete job {name}"):
                self._cloud.delete_job(name)
        except ProviderError as error:
            if error.kind != "missing":
                raise

    def logs(self, name: str, cursor: str | None) -> LogPage:
        start = int(cursor or 0)
        with classified(f"read the log of job {name}"):
            ended = self._cloud.get_job(name)["ended"] is not None  # looked at first: lines read after it are the last
            lines = self._cloud.read_job_log(name, start)
        return LogPage(tuple(LogLine(text, name) for text in lines), str(start + len(lines)), ended)


def _body(run: Run) -> dict[str, Any]:
    return {
        "digest": run.digest,
        "image": run.container.image,
        "command": list(run.command),
        "labels": dict(run.tags),
        "limit": run.max_runtime.total_seconds(),
        "output": run.output,
        # A real cloud would run the command. This one is told in the environment how long it takes and how it ends.
        "seconds": float(run.container.env.get("TINY_SECONDS", "0")),
        "fault": run.container.env.get("TINY_FAULT", ""),
        "prints": run.container.env.get("TINY_PRINTS", "").splitlines(),
    }


def _status(job: dict[str, Any]) -> JobStatus:
    phase, began, ended = job["phase"], job["began"], job["ended"]
    reasons = {"FAILED": job["fault"], "OVERRAN": f"ran past {job['limit']} s", "STOPPED": "stopped on request"}
    return JobStatus(
        STATES[phase],
        phase,
        reasons.get(phase, ""),
        model=f"{job['output']}/model" if phase == "DONE" else None,
        started=_time(began),
        ended=_time(ended),
        billed=timedelta(seconds=ended - began) if ended is not None else None,
        failure="timeout" if phase == "OVERRAN" else "",
        digest=job["digest"],
    )


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

"""Jobs: a `Run` becomes a process under a supervisor; what is seen of it becomes a `JobStatus`."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

from tradewind.host.jobs import Job, Jobs, JobSight
from tradewind.host.log_reader import read_page
from tradewind.host.unpack import path_of
from tradewind.providers.local import secrets
from tradewind.providers.local.containers import limits, preparation, variable
from tradewind.providers.local.errors import during
from tradewind.providers.local.names import check_name
from tradewind.providers.local.paths import Paths
from tradewind.values import JobStatus, LogPage, Run

BOOTSTRAP = ("{python}", "-m", "tradewind.training_jobs.bootstrap")
GRACE = 30  # seconds to save after SIGTERM
FAILURE = "failure.json"


class LocalTrainer:
    def __init__(self, paths: Paths) -> None:
        self._jobs = Jobs(paths.jobs)
        self._cache = paths.cache

    def ensure(self, run: Run) -> JobStatus:
        with during(f"starting job {run.name}"):
            check_name("job", run.name)
            there = self._jobs.look(run.name)
            # An existing job has its secrets already: a shell without them may still look at it.
            given = secrets.known(run.container.secrets) if there else secrets.all_of(run.container.secrets)
            return _status(self._jobs.ensure(_job(run, self._cache), given), run.output)

    def status(self, names: Collection[str]) -> Mapping[str, JobStatus]:
        with during("looking at jobs"):
            seen = {name: self._jobs.look(name) for name in names}
            return {name: _status(sight, self._jobs.note(name)) for name, sight in seen.items() if sight is not None}

    def stop(self, name: str) -> None:
        with during(f"stopping job {name}"):
            self._jobs.stop(name)

    def delete(self, name: str) -> None:
        with during(f"deleting job {name}"):
            self._jobs.delete(name)

    def logs(self, name: str, cursor: str | None) -> LogPage:
        with during(f"reading the log of job {name}"):
            sight = self._jobs.need(name)  # before the lines: a job that ends in between is read once more
            lines, following, read = read_page(self._jobs.log_folder(name), cursor)
            return LogPage(lines, following, read and sight.state in ("succeeded", "failed", "stopped"))


def _job(run: Run, cache: Path) -> Job:
    checkpoint = None if run.checkpoint is None else path_of(run.checkpoint)
    if checkpoint is not None:
        checkpoint.mkdir(parents=True, exist_ok=True)
    return Job(
        name=run.name,
        digest=run.digest,
        argv=BOOTSTRAP,
        env={**run.container.env, **_words(run), **_kept(checkpoint), **secrets.told(run.container.secrets)},
        places={
            "TW_WORK": "{job}/work",
            "TW_CODE": "{code}",
            "TW_MODEL_DIR": "{job}/work/model",
            "TW_OUTPUT_DIR": "{job}/work/output",
            "TW_FAILURE_FILE": "{job}/" + FAILURE,
        },
        inputs={variable("TW_INPUT_", name): artifact.uri for name, artifact in run.inputs.items()},
        cwd="{job}/work",  # not the user's code: a file there must not stand for a module of Python to the bootstrap
        folders=("work/model", "work/output"),
        preparation=preparation(run.container),
        cache=str(cache),
        results={"work/model": _below(run.output, "model")},
        keep_always={"work/output": _below(run.output, "output")},
        failure_file=FAILURE,
        max_runtime=run.max_runtime.total_seconds(),
        grace=GRACE,
        limits=limits(run.container),
        tags=run.tags,
        note=run.output,
    )


def _words(run: Run) -> dict[str, str]:
    """The bootstrap's own dialect. One machine, so one node of rank 0."""
    return {
        "TW_COMMAND": json.dumps(run.command),
        "TW_PARAMETERS_JSON": json.dumps(dict(run.parameters)),
        "TW_RANK": "0",
        "TW_NODES": "1",
        "TW_LAUNCHER": run.launcher,
        "TW_GRACE": str(GRACE - 5),
    }


def _kept(checkpoint: Path | None) -> dict[str, str]:
    """The folder that every attempt with this address goes on from."""
    return {} if checkpoint is None else {"TW_CHECKPOINT_DIR": str(checkpoint)}


def _below(uri: str, name: str) -> str:
    return f"{uri.rstrip('/')}/{name}"


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _status(sight: JobSight, output: str) -> JobStatus:
    return JobStatus(
        state=sight.state,
        word=sight.word,
        reason=sight.reason,
        model=_below(output, "model") if sight.state == "succeeded" else None,
        started=_time(sight.started),
        ended=_time(sight.ended),
        failure=sight.failure,
        digest=sight.digest,
    )

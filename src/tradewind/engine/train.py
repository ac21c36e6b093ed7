"""Training runs: start, look, read, stop, fetch. A `name` is a job's name, or a run's digest (or its beginning)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tradewind.engine.open import Agreed, Work
from tradewind.engine.results import DownloadResult, JobList, LogDoc, Logs, StopResult, TrainResult
from tradewind.engine.session import Session
from tradewind.storage.base import Progress


def run(work: Work, session: Session, agreed: Agreed | None = None) -> TrainResult:
    """Train only, unless the same digest has succeeded before. Waits; Ctrl-C detaches and the job goes on.

    Raises RefusedError, BudgetError, FailedError (with the last log lines), TimedOutError, InterruptedByUser, ProviderError.
    """
    raise NotImplementedError


def status(session: Session, name: str | None = None) -> JobList:
    """The named job, or the newest attempt of every run, newest first. ProviderError kind `missing` for an unknown name."""
    raise NotImplementedError


def list_jobs(session: Session) -> JobList:
    """Every attempt of every run, newest first."""
    raise NotImplementedError


def logs(session: Session, name: str | None = None, cursor: str | None = None) -> Logs:
    """One page; unnamed means the newest job."""
    raise NotImplementedError


def follow(session: Session, name: str | None = None, cursor: str | None = None) -> Iterator[LogDoc]:
    """Lines as they come, until the job is over or the session is asked to stop."""
    raise NotImplementedError


def stop(session: Session, name: str | None = None) -> StopResult:
    """Ask the named job, or all that still run, to stop. Finished ones: no error."""
    raise NotImplementedError


def download(session: Session, to: Path, name: str | None = None, progress: Progress | None = None) -> DownloadResult:
    """The model folder of the named (or newest successful) run, into the folder `to`, which must be absent or empty."""
    raise NotImplementedError

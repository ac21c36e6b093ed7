"""Claims: `runs/<digest>/<attempt>.json`, made by put-if-absent before a job is submitted, so that many runs are one.

Beside a claim lies what came of it (`<attempt>.end.json`), and who took it over when its owner died (`<attempt>.by-<n>.json`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tradewind.engine.session import Session

ADOPT_AFTER = timedelta(seconds=60)
Outcome = Literal["", "succeeded", "failed", "stopped"]


@dataclass(frozen=True)
class Attempt:
    """One attempt at computing `digest`. `outcome` "" means that it has not ended, as far as the store knows."""

    digest: str
    number: int  # from 1
    name: str  # of the job: names.job_name
    owner: str
    host: str
    pid: int
    since: datetime  # by the store's clock
    mine: bool = False  # this call may submit it
    outcome: Outcome = ""
    model: str | None = None
    reason: str = ""
    ended: datetime | None = None


def claim(session: Session, digest: str, *, again: bool = True) -> Attempt:
    """The attempt to work on: a succeeded one, else the one still open (not `mine`: attach to it), else a new one (`mine`).

    After an attempt that failed or was stopped the next number is claimed; with `again=False` that attempt is returned instead.
    Raises StorageError.
    """
    raise NotImplementedError


def may_submit(session: Session, attempt: Attempt, *, after: timedelta = ADOPT_AFTER) -> bool:
    """Whether this process may call `Trainer.ensure` for a job that is not there.

    True for the claimer; for all where submitting is atomic; else for one that takes over from an owner that is dead on this
    machine, or that has claimed `after` ago without submitting. Ask again after a while when False.
    """
    raise NotImplementedError


def finish(
    session: Session, attempt: Attempt, outcome: Outcome, *, model: str | None = None, reason: str = ""
) -> Attempt:
    """Write down what came of it, once; returns what the store holds, which may be an earlier word than this one."""
    raise NotImplementedError


def attempts(session: Session, digest: str) -> tuple[Attempt, ...]:
    """All attempts at one digest, in order. Damaged objects still count as attempts, with an unknown owner."""
    raise NotImplementedError


def every(session: Session) -> tuple[Attempt, ...]:
    """All attempts of all runs, by time of their claim, oldest first."""
    raise NotImplementedError

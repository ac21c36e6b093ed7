"""Training runs: start, look, read, stop, fetch. A `name` is a job's name, or a run's digest (or its beginning)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from tradewind.engine import claims, documents, nexts, plan, poll, pricing, refuse, runs, survey
from tradewind.engine.claims import Attempt
from tradewind.engine.commit import commit_of
from tradewind.engine.ledger import Note
from tradewind.engine.open import Agreed, Work
from tradewind.engine.resolve import TrainPart
from tradewind.engine.results import DownloadResult, JobDoc, JobList, LogDoc, Logs, StopResult, TrainResult
from tradewind.engine.session import Session
from tradewind.errors import ProviderError, RefusedError
from tradewind.storage.base import Progress, Store
from tradewind.storage.opening import open_store
from tradewind.values import JOB_DONE, JobStatus, LogLine

FOLLOW = poll.Pace(timedelta(seconds=0.2), timedelta(seconds=2))


def run(work: Work, session: Session, agreed: Agreed | None = None, *, detach: bool = False) -> TrainResult:
    """Train only, unless the same digest has succeeded before. Waits; Ctrl-C detaches and the job goes on.

    `detach` leaves as soon as the target has the job; the same call without it waits for that job.

    Raises RefusedError, BudgetError, FailedError (with the last log lines), TimedOutError, InterruptedByUser, ProviderError.
    """
    if work.spec.train is None:
        raise RefusedError(
            "deploy.yaml has no `train:` block", code="TW057", hint="add one; `deploy init` writes an example"
        )
    alone = replace(work, spec=work.spec.model_copy(update={"serve": None}))
    prepared = plan.prepare(alone, session, agreed or Agreed(), train_only=True)
    refuse.unless_clear(prepared.plan)
    part = prepared.resolved.train
    assert part is not None  # the spec has `train:`
    known = prepared.world.computed
    if known is None:
        survey.remember(session, part.digest, part.facts)
    price = prepared.plan.cost.train.text if prepared.plan.cost.train else ""
    act, note = runs.submit if detach else runs.compute, Note(commit=commit_of(work.root), price=price)
    computed = runs.reused(known) if known else act(session, prepared.resolved, part, note)
    prepared.pins.write(prepared.resolved)
    return result_of(work, session, part, computed)


def result_of(work: Work, session: Session, part: TrainPart, computed: runs.Computed | runs.Accepted) -> TrainResult:
    attempt, machine = computed.attempt, part.run.container.machine
    rate = pricing.of_session(session).run_rate(part.run)
    made = TrainResult(
        project=session.identity.project,
        environment=session.identity.environment,
        provider=session.identity.provider,
        region=session.identity.region,
        run=attempt.digest,
        job=_job(attempt, computed.status),
        attempts=attempt.number,
        machine=documents.machine(machine),
        rate=documents.price(rate),
        next=nexts.after_detach(work, attempt.name),
    )
    if isinstance(computed, runs.Accepted):
        return made
    came = {"reused": computed.reused, "model": computed.model.uri, "metrics": computed.metrics}
    return made.model_copy(update={**came, "next": nexts.after_train(work)})


def status(session: Session, name: str | None = None) -> JobList:
    """The named job, or the newest attempt of every run, newest first. ProviderError kind `missing` for an unknown name."""
    found = [runs.find(session, name)] if name is not None else runs.newest(claims.every(session))
    return _listed(session, found)


def list_jobs(session: Session) -> JobList:
    """Every attempt of every run, newest first."""
    return _listed(session, tuple(reversed(claims.every(session))))


def logs(session: Session, name: str | None = None, cursor: str | None = None) -> Logs:
    """One page; unnamed means the newest job."""
    attempt = _started(session, name)
    page = poll.retry(session, lambda: session.provider.trainer().logs(attempt.name, cursor))
    lines = tuple(line_of(line) for line in page.lines)
    return Logs(name=attempt.name, lines=lines, cursor=page.cursor, end=page.end)


def follow(session: Session, name: str | None = None, cursor: str | None = None) -> Iterator[LogDoc]:
    """Lines as they come, until the job is over or the session is asked to stop."""
    attempt, trainer, looks = _started(session, name), session.provider.trainer(), 0
    lag, over_since = session.info.traits.log_lag, None  # so long a line of a job that is over may still be on its way
    while not session.stop.asked:
        over = _over(session, attempt)
        try:
            page = poll.retry(session, partial(trainer.logs, attempt.name, cursor))
        except ProviderError as error:
            if error.kind != "missing" or over:
                raise
        else:
            yield from (line_of(line) for line in page.lines)
            over_since = over_since or (session.clock.now() if over else None)
            if page.end or (over_since and not page.lines and session.clock.now() - over_since >= lag):
                return
            looks = 0 if page.lines else looks
            cursor = page.cursor
        session.clock.sleep(FOLLOW.after(looks), session.stop)
        looks += 1


def stop(session: Session, name: str | None = None) -> StopResult:
    """Ask the named job, or all that still run, to stop. Finished ones: no error."""
    trainer = session.provider.trainer()
    asked = [runs.find(session, name)] if name is not None else _running(session)
    for attempt in asked:
        poll.retry(session, partial(trainer.stop, attempt.name))
    return StopResult(jobs=_listed(session, asked).jobs)


def download(session: Session, to: Path, name: str | None = None, progress: Progress | None = None) -> DownloadResult:
    """The model folder of the named (or newest successful) run, into the folder `to`, which must be absent or empty."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise RefusedError(f"{to} is not an empty folder", code="TW058", hint="name a new folder")
    attempt = runs.find(session, name, only_succeeded=True)
    uri = runs.model_of(attempt).uri
    store, folder = _store_of(session, uri)
    sent = poll.retry(session, lambda: store.download(folder, to, progress))
    files = sum(1 for path in to.rglob("*") if path.is_file())
    return DownloadResult(run=attempt.digest, model=uri, path=str(to), bytes=sent, files=files)


def _store_of(session: Session, uri: str) -> tuple[Store, str]:
    """Where a model lies: in the session's own store, else in one beside its folder, at the same addresses."""
    own = f"{session.store.uri}/"
    if uri.startswith(own):
        return session.store, uri.removeprefix(own)
    parent, _, folder = uri.rstrip("/").rpartition("/")
    return open_store(parent, session.settings, anybodys=True), folder


def line_of(line: LogLine) -> LogDoc:
    return LogDoc(text=line.text, source=line.source, time=line.time)


def _listed(session: Session, attempts: Sequence[Attempt]) -> JobList:
    """What is over was told by the target once, and written down; only the rest is asked about."""
    seen = {attempt.name: attempt.how for attempt in attempts if attempt.how is not None}
    seen |= _statuses(session, [attempt for attempt in attempts if attempt.how is None])
    return JobList(
        project=session.identity.project,
        environment=session.identity.environment,
        provider=session.identity.provider,
        jobs=tuple(_job(attempt, seen.get(attempt.name)) for attempt in attempts),
    )


def _statuses(session: Session, attempts: Sequence[Attempt]) -> dict[str, JobStatus]:
    if not attempts:
        return {}
    asked = [attempt.name for attempt in attempts]
    return dict(poll.retry(session, lambda: session.provider.trainer().status(asked)))


def _job(attempt: Attempt, seen: JobStatus | None) -> JobDoc:
    """As the target shows it, or showed it at the end; where it shows nothing any more, as we wrote it down."""
    if seen is None and attempt.outcome:
        seen = JobStatus(
            attempt.outcome,
            attempt.outcome,
            attempt.reason,
            attempt.model,
            attempt.since,
            attempt.ended,
            digest=attempt.digest,
        )
    made = documents.job(attempt.name, seen, run=attempt.digest, attempt=attempt.number, owner=attempt.owner)
    if attempt.refused is None:
        return made
    error = runs.never_started(attempt, attempt.refused)
    return made.model_copy(update={"refused": attempt.refused.kind, "word": "", "hint": error.hint, "started": None})


def _running(session: Session) -> list[Attempt]:
    open_ones = [attempt for attempt in claims.every(session) if attempt.outcome == ""]
    seen = _statuses(session, open_ones)
    return [a for a in open_ones if a.name in seen and seen[a.name].state not in JOB_DONE]


def _started(session: Session, name: str | None) -> Attempt:
    """Raises ProviderError, of the refusal's kind, for a job that its target never took."""
    attempt = runs.find(session, name)
    if attempt.refused is not None:
        raise runs.never_started(attempt, attempt.refused)
    return attempt


def _over(session: Session, attempt: Attempt) -> bool:
    """True once nothing more will be written to the log."""
    seen = _statuses(session, [attempt]).get(attempt.name)
    if seen is not None:
        return seen.state in JOB_DONE
    return any(a.outcome for a in claims.attempts(session, attempt.digest) if a.number == attempt.number)

"""One training run from its claim to its end: submit or attach, wait, read its log, try again where that can help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from tradewind.engine import bundle, claims, content, digests, ledger, packs, poll, seen
from tradewind.engine.claims import Attempt
from tradewind.engine.resolve import Resolved, TrainPart
from tradewind.engine.session import Session
from tradewind.errors import FailedError, InterruptedByUser, ProviderError, StorageError, TimedOutError
from tradewind.training_jobs.metrics import parse
from tradewind.values import JOB_DONE, Artifact, Event, JobStatus, Run

RETRIES = 3  # more attempts after one that was preempted, or for which there was no capacity
SLACK = timedelta(minutes=2)  # past max_runtime, before we stop a job whose target does not
LAST_LINES = 20
NEVER_SUBMITTED = ("credentials", "permission", "quota", "capacity", "invalid", "conflict")


@dataclass(frozen=True)
class Computed:
    """A run that has succeeded."""

    attempt: Attempt
    model: Artifact
    status: JobStatus | None = None
    reused: bool = False
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Accepted:
    """A run that the target has taken on and that nobody here waits for."""

    attempt: Attempt
    status: JobStatus


def compute(session: Session, resolved: Resolved, part: TrainPart, note: ledger.Note) -> Computed:
    """The model of this run: from an attempt that has succeeded, one that is under way, or a new one.

    Raises FailedError TW410 TW411 TW412, TimedOutError TW541, InterruptedByUser TW542 (the job goes on), ProviderError.
    """
    done = _through(session, resolved, part, note, lambda status: status.state in JOB_DONE)
    assert isinstance(done, Computed)  # it was waited for
    return done


def submit(session: Session, resolved: Resolved, part: TrainPart, note: ledger.Note) -> Computed | Accepted:
    """As `compute`, but not waited for: Accepted once the target has the job, unless it is over by then."""
    return _through(session, resolved, part, note, lambda _: True)


def _through(
    session: Session, resolved: Resolved, part: TrainPart, note: ledger.Note, enough: Callable[[JobStatus], bool]
) -> Computed | Accepted:
    """Attempt after attempt, each watched until its status is `enough`."""
    note = replace(note, seen=seen.of_run(resolved, part))
    attempt = claims.claim(session, part.digest, seen=note.seen)
    for tried in range(RETRIES + 1):
        if attempt.outcome == "succeeded":
            return reused(attempt)
        watch = _Watch(session, resolved, part, attempt)
        try:
            status = watch.wait(enough)
        except ProviderError as error:
            if watch.refused is error:
                _write_refusal(session, attempt, error, note)
            if error.kind != "capacity" or tried == RETRIES:
                raise
            _say(session, attempt.name, f"no capacity: {error.said or error.message}")
        else:
            if status.state not in JOB_DONE:
                return Accepted(attempt, status)
            ended = _end(session, watch, attempt, status, note, last=tried == RETRIES)
            if ended is not None:
                return ended
        poll.pause(session, timedelta(seconds=30) * 2**tried)
        attempt = _next(session, attempt, note)
    raise AssertionError("the last try either returns or raises")


def model_of(attempt: Attempt) -> Artifact:
    """A trained model is known by the run that makes it. It is a folder, unless the target has packed it."""
    uri = attempt.model or ""
    return Artifact(uri, attempt.digest, single=uri.endswith(".tar.gz"))


def find(session: Session, name: str | None, *, only_succeeded: bool = False) -> Attempt:
    """The newest attempt with this job's name or this run's digest (or its beginning); unnamed, the newest of all.

    Raises ProviderError `missing` TW413.
    """
    every = [a for a in claims.every(session) if not only_succeeded or a.outcome == "succeeded"]
    found = [a for a in every if name is None or _matches(a, name)]
    if found:
        return found[-1]
    what = "has no run" if name is None else f"has no run or job {name}"
    where = f"{session.identity.project} / {session.identity.environment}"
    said = f"{where} {what}{' that succeeded' if only_succeeded else ''}"
    raise ProviderError("missing", said, during="look for a run", code="TW413", hint="deploy train list")


def find_model(session: Session, name: str) -> Artifact | None:
    """The model of an earlier run, for a spec that names it; None where no such run has succeeded."""
    try:
        return model_of(find(session, name, only_succeeded=True))
    except ProviderError as error:
        if error.kind == "missing":
            return None
        raise


def bring(session: Session, resolved: Resolved, part: TrainPart) -> None:
    """Upload what the job needs: each thing once, by its content."""
    for made, prefix in ((part.bundle, "bundles"), (resolved.runtime, "runtime")):
        poll.retry(session, partial(bundle.upload, session.store, made, prefix))
    for item in part.inputs:
        if item.local is not None:
            _say(session, item.path, f"uploading {item.path}, if it is not there", kind="upload")
        poll.retry(session, partial(content.upload, session.store, item))


class _Watch:
    """Looks at one attempt until it is over: its state, its log, its metrics."""

    def __init__(self, session: Session, resolved: Resolved, part: TrainPart, attempt: Attempt) -> None:
        self.session = session
        self.resolved = resolved
        self.part = part
        self.attempt = attempt
        self.run = _run_of(session, part, attempt)
        self.trainer = session.provider.trainer()
        self.metrics: dict[str, float] = {}
        self.lines: list[str] = []
        self._cursor: str | None = None
        self._state = ""
        self._brought = False
        self._seen_running: datetime | None = None
        self._ran = timedelta(0)
        self.overdue = False
        self._deaf = False
        self.refused: ProviderError | None = None  # what the target answered instead of taking the job

    def wait(self, enough: Callable[[JobStatus], bool]) -> JobStatus:
        name = self.attempt.name
        try:
            status = poll.until(self.session, self.look, lambda s: s is not None and enough(s), what=name)
        except InterruptedByUser as error:
            raise InterruptedByUser(
                f"stopped waiting for {name}; the job goes on",
                code="TW542",
                hint=f"the same command waits again; `deploy train logs {name} --follow` reads, `deploy train stop` ends it",
            ) from error
        assert status is not None  # what `until` was asked for
        if status.state not in JOB_DONE:
            return status
        if not self.read():  # the last lines, where a model's metrics stand, may still be on their way
            self.session.clock.sleep(self.session.info.traits.log_lag, self.session.stop)
            self.read()
        return status

    def look(self) -> JobStatus | None:
        name = self.attempt.name
        status = self.trainer.status([name]).get(name)
        if status is None:
            status = self._submit()
        if status is None:
            return self._ended_elsewhere()
        if status.state != self._state:
            self._state = status.state
            first, *_ = status.reason.splitlines() or [""]  # the whole, which may hold a traceback, is in the data
            said = f"{name}: {status.state}" + (f" ({first})" if first else "")
            why = {"reason": status.reason} if status.reason else {}
            _say(self.session, name, said, kind="train.state", state=status.state, **why)
        if status.state not in ("queued", "starting"):
            self.read()
        self._overdue(status)
        return status

    def read(self) -> bool:
        """Pass on what is new in the log; whether that was all. One that is not there yet, or not to be read, is no reason to
        leave a job."""
        while True:
            try:
                page = self.trainer.logs(self.attempt.name, self._cursor)
            except ProviderError as error:
                if error.kind not in ("missing", "throttled", "transient") and not self._deaf:
                    self._deaf = True
                    _say(self.session, self.attempt.name, f"its log cannot be read: {error.message}")
                return False
            for line in page.lines:
                self.lines.append(line.text)
                _say(self.session, self.attempt.name, line.text, kind="train.log", source=line.source)
                for metric in parse(line.text):
                    self.metrics[metric.name] = metric.value
            self._cursor = page.cursor
            if page.end or not page.lines:
                return page.end

    def _submit(self) -> JobStatus | None:
        if not (self.attempt.mine or claims.may_submit(self.session, self.attempt)):
            return None
        if not self._brought:
            bring(self.session, self.resolved, self.part)
            self._brought = True
        try:
            return self.trainer.ensure(self.run)
        except ProviderError as error:
            # Only here: keys that expire while a job is looked at say nothing about the job, which goes on.
            if error.kind in NEVER_SUBMITTED:
                self.refused = error
            raise

    def _ended_elsewhere(self) -> JobStatus | None:
        """Whoever claimed it may have found that it cannot be submitted, or its record may be gone by now."""
        held = next(
            (a for a in claims.attempts(self.session, self.part.digest) if a.number == self.attempt.number), None
        )
        if held is None or held.outcome == "":
            return None
        if held.refused is not None:
            raise never_started(held, held.refused)
        return JobStatus(held.outcome, held.outcome, held.reason, held.model, ended=held.ended)

    def _overdue(self, status: JobStatus) -> None:
        """A target that does not keep max_runtime is told to stop. By our own clock alone: the target's may be an hour off.

        A spot job that waits for its next machine does not run.
        """
        if status.state != "running":
            self._seen_running = None
            return
        now = self.session.clock.now()
        self._ran += now - (self._seen_running or now)
        self._seen_running = now
        if self._ran > self.run.max_runtime + SLACK:
            self.trainer.stop(self.attempt.name)
            self.overdue = True


def _end(
    session: Session, watch: _Watch, attempt: Attempt, status: JobStatus, note: ledger.Note, *, last: bool
) -> Computed | None:
    """What came of it: the model, an error, or None where another attempt may help."""
    name, reason = attempt.name, status.reason or status.word
    if status.state == "succeeded":
        model = status.model or f"{watch.run.output}/model"
        done = _finish(session, attempt, "succeeded", model, "", note, status)
        return Computed(done, model_of(done), status, metrics=watch.metrics)
    took = status.ended - status.started if status.ended and status.started else timedelta(0)
    overdue = watch.overdue or (took > watch.run.max_runtime and not watch.run.spot)  # spot: waiting is part of it
    outcome: claims.Outcome = "stopped" if status.state == "stopped" else "failed"
    _finish(session, attempt, outcome, None, reason, note, status)
    log = watch.lines[-LAST_LINES:]
    if status.failure == "timeout" or (status.state == "stopped" and overdue):
        said = f"{name} ran past train.max_runtime ({watch.run.max_runtime})"
        raise TimedOutError(said, code="TW541", hint="raise train.max_runtime, or make the job shorter", said=reason)
    if status.failure == "preempted":
        if last:
            raise FailedError(f"{name} was preempted once too often", code="TW412", said=reason, log=log)
        _say(session, name, f"{name} was preempted; another attempt follows")
        return None
    if status.failure == "capacity":
        if last:
            hint = "try later, or name another machine or region"
            raise ProviderError("capacity", reason, during=f"run job {name}", code="TW202", hint=hint)
        _say(session, name, f"no capacity: {reason}")
        return None
    if status.state == "stopped":
        raise FailedError(f"{name} was stopped", code="TW411", said=reason, hint="run the same command again", log=log)
    raise FailedError(f"{name} failed: {reason}", code="TW410", said=reason, hint=f"deploy train logs {name}", log=log)


def _next(session: Session, attempt: Attempt, note: ledger.Note) -> Attempt:
    """Another attempt: the one that somebody else has begun meanwhile, else a new one."""
    newest = claims.claim(session, attempt.digest, again=False)
    return newest if newest.number > attempt.number else claims.claim(session, attempt.digest, seen=note.seen)


def _run_of(session: Session, part: TrainPart, attempt: Attempt) -> Run:
    output = f"{part.run.output}/{attempt.number}"
    return replace(part.run, name=attempt.name, output=output, tags=session.identity.tags)


def _finish(
    session: Session,
    attempt: Attempt,
    outcome: claims.Outcome,
    model: str | None,
    reason: str,
    note: ledger.Note,
    how: JobStatus | None = None,
    refused: claims.Refused | None = None,
) -> Attempt:
    """Write down what came of it: the ledger first, which keeps one word of all who watched, so that whoever is killed
    before the end is written is followed by somebody who tells both."""
    record = ledger.Entry(
        "trained",
        attempt.name,
        digest=attempt.digest,
        outcome="" if outcome == "succeeded" else "failed",
        reason=reason,
        tags=session.identity.tags,
        note=replace(note, run=attempt.digest, model=model or ""),
        token=f"trained {digests.hexed(attempt.digest)} {attempt.number}",
    )
    book = ledger.of(session)
    book.append(record)
    done = poll.retry(
        session,
        lambda: claims.finish(session, attempt, outcome, model=model, reason=reason, how=how, refused=refused),
        heed_stop=False,
    )
    if book.known("trained") % packs.ENOUGH == 0:
        claims.pack(session)
    return done


def _write_refusal(session: Session, attempt: Attempt, error: ProviderError, note: ledger.Note) -> None:
    """What the target refused is the error, also where the store refuses the same keys."""
    refused = claims.Refused(error.kind, error.code, error.hint)  # type: ignore[arg-type]  # a provider's kind
    try:
        _finish(session, attempt, "failed", None, error.said or error.message, note, refused=refused)
    except StorageError as failed:
        _say(session, attempt.name, f"that it was refused could not be written down: {failed.message}")


def never_started(attempt: Attempt, refused: claims.Refused) -> ProviderError:
    """For whoever asks about a job that its target did not take."""
    return ProviderError(
        refused.kind,
        attempt.reason,
        during=f"job {attempt.name} never started, it was refused ({refused.kind})",
        code=refused.code,
        hint=f"{refused.hint or f'`deploy explain {refused.code}` says what can be done'}; then `deploy train run`",
    )


def reused(attempt: Attempt) -> Computed:
    """What an attempt that has succeeded once made."""
    return Computed(attempt, model_of(attempt), reused=True)


def _matches(attempt: Attempt, name: str) -> bool:
    digest = name.removeprefix("sha256:")
    return attempt.name == name or (len(digest) >= 6 and digests.hexed(attempt.digest).startswith(digest))


def _say(session: Session, subject: str, text: str, *, kind: str = "train.note", **data: str) -> None:
    session.report(Event(session.clock.now(), kind, subject, text, data))


def newest(attempts: Sequence[Attempt]) -> tuple[Attempt, ...]:
    """The last attempt of each run, newest first."""
    last = {attempt.digest: attempt for attempt in attempts}
    return tuple(sorted(last.values(), key=lambda a: (a.since, a.name), reverse=True))

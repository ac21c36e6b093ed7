"""`down`: take away what the environment owns. Repeatable; one that was cut off goes on where it was."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from tradewind.engine import claims, decide, lease, ledger, names, pins, poll, refuse, rollout
from tradewind.engine.lease import Lease
from tradewind.engine.open import LOCK_TIMEOUT, Agreed, Work
from tradewind.engine.patient import Patient
from tradewind.engine.recall import recall
from tradewind.engine.results import DownResult, Thing
from tradewind.engine.session import Session
from tradewind.errors import FailedError
from tradewind.values import JOB_DONE, Event

GONE_WITHIN = timedelta(minutes=5)
A_JOB = timedelta(seconds=2)  # so much more for each job to be removed
SHOWN_WITHIN = timedelta(minutes=1)
LOCK_KEYS = "lock/"


def down(
    session: Session,
    agreed: Agreed | None = None,
    *,
    protect: bool = False,
    purge: bool = False,
    lock_timeout: timedelta = LOCK_TIMEOUT,
    work: Work | None = None,
) -> DownResult:
    """Remove jobs still running, the endpoint, its versions and logs; with `purge` also models, data and ledger.

    `work`, where there is one, has its deploy.lock forget that this provider serves.
    `protect` (the spec's) refuses unless `agreed.unprotect` names the project, the environment or the endpoint.
    Repeatable; a half-done one continues. Raises RefusedError, LockedError, ProviderError, StorageError, InterruptedByUser.
    """
    endpoint = names.endpoint_name(session.identity, session.info.traits)
    if protect and (refusals := decide.protected(session.identity, endpoint, agreed or Agreed())):
        raise refuse.refused(refusals)
    if (reading := ledger.of(session).read()).newer:
        raise ledger.newer()
    things, removed = _owned(session, endpoint), []
    memory = recall(reading, endpoint)
    begun = memory.pending or memory.stands or memory.failed  # even where nothing of it is shown (yet)
    if things or begun or purge:
        with lease.hold(session, lock_timeout, command="down") as held:
            removed += _remove(session, things, held)
            if begun:
                rollout.take_down(session, endpoint, held)
            removed += _purge(session, held) if purge else []
    if purge:
        _purge_lock(session)
    if work is not None:
        pins.forget(work)
    left = _left(session, endpoint)
    identity = session.identity
    if left:
        named = ", ".join(f"{thing.kind} {thing.name}" for thing in left)
        raise FailedError(
            f"still there after taking everything down: {named}", code="TW544", hint="run `deploy down` again"
        )
    return DownResult(
        project=identity.project,
        environment=identity.environment,
        provider=identity.provider,
        changed=bool(removed),
        removed=tuple(removed),
        kept=() if purge else _kept(session),
        left=(),
    )


def _owned(session: Session, endpoint: str) -> tuple[Thing, ...]:
    """What the target shows as ours, and what we know by name even where it shows no tags."""
    listed = poll.retry(session, lambda: session.provider.owned(session.identity.scope))
    things = [Thing(kind=kind, name=name) for kind, name in listed]
    known = [attempt.name for attempt in claims.every(session)]
    there = poll.retry(session, lambda: session.provider.trainer().status(known)) if known else {}
    things += [Thing(kind="job", name=name) for name in known if name in there]
    if poll.retry(session, lambda: session.provider.server().observe(endpoint)) is not None:
        things.append(Thing(kind="endpoint", name=endpoint))
    return tuple(dict.fromkeys(things))


def _left(session: Session, endpoint: str) -> tuple[Thing, ...]:
    """What still stands; asked for a while, since a target may go on showing what is gone."""
    deadline = session.clock.now() + SHOWN_WITHIN
    while (left := _owned(session, endpoint)) and session.clock.now() < deadline:
        poll.pause(session, poll.PACE.most)
    return left


def _remove(session: Session, things: tuple[Thing, ...], held: Lease) -> list[Thing]:
    """Jobs that still run first: they cost most. Then endpoints with their versions, then the jobs' records and logs."""
    jobs = [thing.name for thing in things if thing.kind == "job"]
    _stop(session, jobs, held)
    for thing in things:
        if thing.kind == "endpoint":
            rollout.take_down(session, thing.name, held)
            _say(session, thing)
    if jobs:
        deadline = session.clock.now() + GONE_WITHIN + A_JOB * len(jobs)
        poll.until(
            session,
            lambda: _delete(session, jobs, held),
            lambda left: not left,
            what="removing jobs",
            deadline=deadline,
        )
        for name in jobs:
            _say(session, Thing(kind="job", name=name))
    return [thing for thing in things if thing.kind in ("job", "endpoint")]


def _delete(session: Session, jobs: list[str], held: Lease) -> list[str]:
    """A step for each job that is still there; those. One may take several: its log, then its record, a write at a time."""
    trainer = session.provider.trainer()
    left = list(trainer.status(jobs))
    for name in left:
        held.check()
        poll.retry(session, partial(trainer.delete, name))
    return left


def _stop(session: Session, jobs: list[str], held: Lease) -> None:
    if not jobs:
        return
    trainer = session.provider.trainer()
    seen = poll.retry(session, lambda: trainer.status(jobs))
    running = [name for name, status in seen.items() if status.state not in JOB_DONE]
    for name in running:
        held.check()
        poll.retry(session, partial(trainer.stop, name))
    if running:
        deadline = session.clock.now() + GONE_WITHIN
        poll.until(
            session,
            lambda: trainer.status(running),
            lambda now: all(status.state in JOB_DONE for status in now.values()),
            what="stopping jobs",
            deadline=deadline,
        )
    for attempt in claims.every(session):
        if attempt.outcome == "" and (attempt.name in running or attempt.name not in seen):
            claims.finish(session, attempt, "stopped", reason="taken down")


def _purge(session: Session, held: Lease) -> list[Thing]:
    """Everything in the store but the lock, which we hold."""
    keys = [entry.key for entry in Patient(session).list() if not entry.key.startswith(LOCK_KEYS)]
    for key in keys:
        held.check()
        poll.retry(session, partial(session.store.delete, key))
    return [Thing(kind="data", name=session.store.uri)] if keys else []


def _purge_lock(session: Session) -> None:
    """Last, once nobody holds it."""
    if lease.owner(session) is None:
        store = Patient(session)
        for entry in store.list(LOCK_KEYS):
            store.delete(entry.key)


def _kept(session: Session) -> tuple[Thing, ...]:
    models = [a.model for a in claims.every(session) if a.outcome == "succeeded" and a.model]
    ledger = [f"{session.store.uri}/ledger"] if any(Patient(session).list("ledger/")) else []
    return (*(Thing(kind="model", name=uri) for uri in models), *(Thing(kind="ledger", name=uri) for uri in ledger))


def _say(session: Session, thing: Thing) -> None:
    text = f"{thing.kind} {thing.name} is gone"
    session.report(Event(session.clock.now(), "down.removed", thing.name, text, {"what": thing.kind}))

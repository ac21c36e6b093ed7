"""The project as a whole in one environment: status, and freeing the lock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tradewind.engine import endpoints, history, holds, lease, ledger, names, train
from tradewind.engine.lease import Owner
from tradewind.engine.recall import recall
from tradewind.engine.results import LockOwner, StatusResult, UnlockResult
from tradewind.engine.session import Session


def status(session: Session) -> StatusResult:
    """Jobs, endpoint, versions, traffic, holds and who holds the lock."""
    with ThreadPoolExecutor(3, thread_name_prefix="tradewind-status") as beside:  # what needs nothing of each other
        asked = beside.submit(train.status, session)
        owned = beside.submit(lease.owner, session)
        held = beside.submit(holds.every, session)
        reading = ledger.of(session).read()
        endpoint = endpoints.status(session, reading=reading)
        jobs, owner, found = asked.result().jobs, owned.result(), held.result()
    notes = [f"{item.key} in the ledger cannot be read: {item.reason}" for item in reading.unreadable]
    name = names.endpoint_name(session.identity, session.info.traits)
    if recall(reading, name).pending is not None and (owner is None or owner.expired):
        notes.append("a rollout was begun and its owner is gone: `deploy up` goes on, `deploy endpoint guard` ends it")
    identity = session.identity
    return StatusResult(
        project=identity.project,
        environment=identity.environment,
        provider=identity.provider,
        region=identity.region,
        foundation=session.foundation.root,
        endpoint=endpoint if endpoint.state != "absent" else None,
        jobs=jobs,
        holds=tuple(history.hold_doc(hold) for hold in found),
        lock=_owner(owner),
        rate=endpoint.rate,
        notes=tuple(notes),
    )


def unlock(session: Session) -> UnlockResult:
    """Free the deployment lock, whoever holds it. Its owner notices at its next write and stops."""
    was = lease.unlock(session)
    return UnlockResult(
        project=session.identity.project,
        environment=session.identity.environment,
        changed=was is not None,
        was=_owner(was),
    )


def _owner(owner: Owner | None) -> LockOwner | None:
    if owner is None:
        return None
    who = (
        f"{owner.owner} (`deploy {owner.command}`, process {owner.pid} on {owner.host})"
        if owner.command
        else owner.owner
    )
    return LockOwner(owner=who, since=owner.since, until=owner.until, expired=owner.expired)

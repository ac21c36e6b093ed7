"""A rollout that goes on at this moment: what the ledger says was begun, what is seen of it, and who is at it."""

from __future__ import annotations

from tradewind.engine import lease
from tradewind.engine.recall import Memory
from tradewind.engine.results import Underway
from tradewind.engine.session import Session
from tradewind.engine.traffic import seat
from tradewind.providers.base import NativeRollout
from tradewind.values import Observed


def underway(session: Session, observed: Observed, memory: Memory) -> Underway | None:
    """None where nothing moves: also where a rollout was begun, its owner is gone and the target has come to rest."""
    pending = memory.pending
    if pending is None or pending.start.version is None or pending.start.style not in ("first", "update", "rollback"):
        return None
    owner = lease.owner(session)
    alive = owner is not None and not owner.expired
    if not alive and observed.phase != "moving" and len([share for share in observed.traffic.values() if share]) < 2:
        return None
    coming = seat(observed, pending.start.version.slot)
    there = coming is not None and coming.digest == pending.digest
    hidden = isinstance(
        session.provider.server(), NativeRollout
    )  # one that rolls out by itself shows the old version alone
    return Underway(
        style=pending.start.style,
        version=pending.digest,
        before=pending.start.before,
        share=observed.traffic.get(coming.slot, 0) if coming is not None and there else (None if hidden else 0),
        since=pending.start.time,
        by=f"{owner.owner} on {owner.host} (process {owner.pid})" if owner is not None and alive else "",
        going_back=pending.aborted is not None,
    )

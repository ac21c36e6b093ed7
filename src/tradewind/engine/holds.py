"""Holds: a version that failed its rollout is not tried again until somebody releases it. One object a digest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tradewind.engine import digests, ledger, processes
from tradewind.engine.ledger import Entry
from tradewind.engine.patient import Patient
from tradewind.engine.session import Session
from tradewind.errors import StorageError

PREFIX = "holds/"


@dataclass(frozen=True)
class Hold:
    digest: str
    reason: str
    since: datetime | None  # None where the object is damaged; it still holds
    by: str = ""


def hold(session: Session, digest: str, reason: str) -> Hold:
    """Put a hold on a version; one that is there already stays as it is."""
    store = Patient(session)
    made = Hold(digest, reason, store.now(), session.identity.owner or processes.user())
    said = {
        "schema": "tradewind/hold/1",
        "digest": digest,
        "reason": reason,
        "since": made.since.isoformat() if made.since else None,
        "by": made.by,
    }
    data = json.dumps(said, ensure_ascii=False).encode()
    if store.put_if_absent(_key(digest), data) is None:
        return held(session, digest) or made
    return made


def held(session: Session, digest: str) -> Hold | None:
    """The hold on this digest. A damaged object counts as a hold."""
    return _read(session, _key(digest), digest)


def release(session: Session, digest: str) -> Hold | None:
    """Take the hold away and write that into the ledger; returns what was there. No hold: no error, nothing written."""
    found = held(session, digest)
    if found is None:
        return None
    ledger.of(session).append(Entry("released", digest, digest=digest, reason=found.reason))
    Patient(session).delete(_key(digest))
    return found


def every(session: Session) -> tuple[Hold, ...]:
    """All holds in force, oldest first."""
    keys = [entry.key for entry in Patient(session).list(PREFIX)]
    found = (_read(session, key, f"sha256:{key.removeprefix(PREFIX).removesuffix('.json')}") for key in keys)
    holds = [one for one in found if one is not None]
    return tuple(sorted(holds, key=lambda one: (one.since.isoformat() if one.since else "", one.digest)))


def _key(digest: str) -> str:
    return f"{PREFIX}{digests.hexed(digest)}.json"


def _read(session: Session, key: str, digest: str) -> Hold | None:
    try:
        data = Patient(session).get(key)
    except StorageError as error:
        if error.kind == "missing":
            return None
        raise
    try:
        said: dict[str, Any] = json.loads(data)
        since = datetime.fromisoformat(said["since"])
        return Hold(str(said["digest"]), str(said["reason"]), since, str(said["by"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return Hold(digest, "unknown: the hold's object is damaged", None)

"""One look at all that a plan depends on: the endpoint, the ledger, holds, runs. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from tradewind.engine import claims, digests, holds, ledger, names, poll, runs
from tradewind.engine.decide import World, serving
from tradewind.engine.digests import Plain
from tradewind.engine.ledger import Entry
from tradewind.engine.resolve import Resolved
from tradewind.engine.session import Identity, Session
from tradewind.errors import StorageError
from tradewind.values import Traits, Version


def look(session: Session, resolved: Resolved, moved_from: str = "") -> World:
    """Raises ProviderError and StorageError where looking fails."""
    endpoint = names.endpoint_name(session.identity, session.info.traits)
    observed = poll.retry(session, lambda: session.provider.server().observe(endpoint))
    entries = ledger.of(session).history()
    run, part = resolved.train, resolved.serve
    done = runs.succeeded(session, run.digest) if run else None
    current = serving(observed)
    held = holds.held(session, part.digest) if part else None
    return World(
        endpoint=endpoint,
        observed=observed,
        applied=applied(entries, endpoint),
        held=held.reason or "it failed before" if held else "",
        model=runs.model_of(done) if done else None,
        attempt=_under_way(session, run.digest) if run and not done else "",
        unfinished=unfinished(entries, endpoint),
        run_facts=_facts(session, _last_run(entries)),
        version_facts=_facts(session, current.digest if current else ""),
        seen_until=entries[-1].number if entries else 0,
        moved_from=moved_from,
    )


def blind(identity: Identity, traits: Traits, why: str, moved_from: str = "") -> World:
    """The world of somebody who cannot look."""
    return World(endpoint=names.endpoint_name(identity, traits), why=why, moved_from=moved_from)


def remember(session: Session, digest: str, facts: Mapping[str, Plain]) -> None:
    """Keep what a digest is made of, so that a later plan can say what changed."""
    body = json.dumps({"schema": "tradewind/facts/1", "facts": dict(facts)}, sort_keys=True, ensure_ascii=False)
    key = _key(digest)
    if session.store.stat(key) is None:
        session.store.put_if_absent(key, body.encode())


def applied(entries: Sequence[Entry], endpoint: str) -> Version | None:
    """The version that was last made true, with its sizes and targets as they were asked for."""
    done = {entry.rollout: entry.outcome for entry in entries if entry.kind == "done" and entry.subject == endpoint}
    for entry in reversed(entries):
        if entry.subject != endpoint:
            continue
        if entry.kind == "took_down":
            return None
        if entry.version is None:
            continue
        if entry.kind == "adjusted" or (
            entry.kind == "start" and done.get(entry.rollout) in ("promoted", "rolled_back")
        ):
            undone = entry.kind == "start" and entry.style != "rollback" and done[entry.rollout] == "rolled_back"
            return entry.previous if undone else entry.version
    return None


def unfinished(entries: Sequence[Entry], endpoint: str) -> str:
    """What was begun here and has no end; "" where everything is settled."""
    start = open_start(entries, endpoint)
    return "" if start is None else f"a rollout of {digests.short(start.digest)} was begun and not ended; it goes on"


def open_start(entries: Sequence[Entry], endpoint: str) -> Entry | None:
    """The beginning of a rollout that has no end yet."""
    mine = [entry for entry in entries if entry.subject == endpoint]
    start = next((entry for entry in reversed(mine) if entry.kind == "start"), None)
    if start is None or any(entry.kind == "done" and entry.rollout == start.rollout for entry in mine):
        return None
    return start


def _last_run(entries: Sequence[Entry]) -> str:
    return next((e.digest for e in reversed(entries) if e.kind == "trained" and e.outcome != "failed"), "")


def _under_way(session: Session, digest: str) -> str:
    return next((a.name for a in reversed(claims.attempts(session, digest)) if a.outcome == ""), "")


def _facts(session: Session, digest: str) -> Mapping[str, Plain]:
    """Empty where they were not kept or cannot be read: the plan then says less, and is no less right."""
    if not digest:
        return {}
    try:
        found = json.loads(session.store.get(_key(digest)))["facts"]
    except StorageError as error:
        if error.kind == "missing":
            return {}
        raise
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _key(digest: str) -> str:
    return f"facts/{digests.hexed(digest)}.json"

"""One look at all that a plan depends on: the endpoint, the ledger, holds, runs. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from tradewind.engine import claims, digests, holds, ledger, names, poll
from tradewind.engine.claims import Attempt
from tradewind.engine.decide import World
from tradewind.engine.digests import Plain
from tradewind.engine.ledger import Entry, Reading
from tradewind.engine.patient import Patient
from tradewind.engine.recall import Memory, recall
from tradewind.engine.resolve import Resolved
from tradewind.engine.session import Identity, Session
from tradewind.engine.traffic import serving
from tradewind.errors import StorageError
from tradewind.providers.base import NativeRollout
from tradewind.values import Observed, Traits


def look(session: Session, resolved: Resolved, moved_from: str = "", *, jobs_only: bool = False) -> World:
    """Raises ProviderError and StorageError where looking fails, throttled and transient ones after the session's tries.

    `jobs_only` asks nothing about the endpoint, which then counts as absent.
    """
    endpoint = names.endpoint_name(session.identity, session.info.traits)
    server = None if jobs_only else session.provider.server()
    run, part = resolved.train, resolved.serve
    with ThreadPoolExecutor(1, thread_name_prefix="tradewind-look") as beside:  # the store, while the provider is asked
        read = beside.submit(_memory, session, run.digest if run else "")
        observed = poll.retry(session, lambda: server.observe(endpoint)) if server else None
        reading, attempts = read.result()
    entries, memory = reading.entries, recall(reading, endpoint)
    done = next((one for one in attempts if one.outcome == "succeeded"), None)
    current = serving(observed)
    # What no plan will ask about is not read: a no-op is looked at by few calls.
    settled = part is not None and _serves_alone(observed, part.digest) and memory.pending is None
    held = holds.held(session, part.digest) if part and not settled else None
    other = current.digest if current and part and current.digest != part.digest else ""
    return World(
        endpoint=endpoint,
        observed=observed,
        applied=memory.versions.get(current.digest) if current else None,
        tags=memory.tags,
        held=held.reason or "it failed before" if held else "",
        computed=done,
        attempt="" if done else next((one.name for one in reversed(attempts) if one.outcome == ""), ""),
        unfinished=pending(memory),
        run_facts=_facts(session, _last_run(entries)) if run and not done else {},
        version_facts=_facts(session, other),
        versions=memory.versions,
        learnt=_learnt(session, resolved, done),
        seen_until=entries[-1].number if entries else 0,
        newer=reading.newer,
        native=server if isinstance(server, NativeRollout) else None,
        moved_from=moved_from,
    )


def blind(identity: Identity, traits: Traits, why: str, moved_from: str = "") -> World:
    """The world of somebody who cannot look."""
    return World(endpoint=names.endpoint_name(identity, traits), why=why, moved_from=moved_from)


def remember(session: Session, digest: str, facts: Mapping[str, Plain]) -> None:
    """Keep what a digest is made of, so that a later plan can say what changed."""
    body = json.dumps({"schema": "tradewind/facts/1", "facts": dict(facts)}, sort_keys=True, ensure_ascii=False)
    key = _key(digest)
    poll.retry(session, lambda: session.store.stat(key) or session.store.put_if_absent(key, body.encode()))


def pending(memory: Memory) -> str:
    """What was begun here and has no end; "" where everything is settled."""
    move = memory.pending
    if move is None:
        return ""
    if move.start.style == "down":
        return "taking it down was begun and not ended"
    return f"a rollout of {digests.short(move.digest)} was begun and not ended"


def _memory(session: Session, run: str) -> tuple[Reading, Sequence[Attempt]]:
    """What the store remembers: the ledger, and the attempts at this run."""
    return ledger.of(session).read(), claims.attempts(session, run) if run else ()


MOST_LEARNT = 20  # of the newest runs: older ones say little of the next


def _learnt(session: Session, resolved: Resolved, done: Attempt | None) -> tuple[timedelta, ...]:
    """How long the newest runs took that succeeded; nothing where no run is to come, or the spec says it."""
    said = resolved.spec.train
    if resolved.train is None or done is not None or said is None or said.expected is not None or session.info.free:
        return ()
    ended = [one for one in claims.every(session) if one.outcome == "succeeded"]
    took = [length for one in ended if (length := _length(one)) is not None]
    return tuple(took[-MOST_LEARNT:])


def _length(attempt: Attempt) -> timedelta | None:
    """What was billed, else from its start to its end, as the target told it."""
    how = attempt.how
    if how is None:
        return None
    if how.billed is not None:
        return how.billed
    return how.ended - how.started if how.started and how.ended and how.ended > how.started else None


def _serves_alone(observed: Observed | None, digest: str) -> bool:
    current = serving(observed)
    return bool(observed and current and current.digest == digest and observed.traffic.get(current.slot) == 100)


def _last_run(entries: Sequence[Entry]) -> str:
    return next((e.digest for e in reversed(entries) if e.kind == "trained" and e.outcome != "failed"), "")


def _facts(session: Session, digest: str) -> Mapping[str, Plain]:
    """Empty where they were not kept or cannot be read: the plan then says less, and is no less right."""
    if not digest:
        return {}
    try:
        found = json.loads(Patient(session).get(_key(digest)))["facts"]
    except StorageError as error:
        if error.kind == "missing":
            return {}
        raise
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _key(digest: str) -> str:
    return f"facts/{digests.hexed(digest)}.json"

"""Rollouts: a new version comes in beside the old one, step by step, and goes again if it does worse.

Level-triggered: every call looks at what is there and at the last intent in the ledger, and goes on from that. So the same call
starts a rollout, resumes it after a kill, and says that nothing is to be done. Each call wants the environment's lease.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from tradewind.engine import course as courses
from tradewind.engine import holds, inplace, probe
from tradewind.engine.acts import Acts, acts
from tradewind.engine.digests import short
from tradewind.engine.lease import Lease
from tradewind.engine.ledger import Entry, Note
from tradewind.engine.recall import Memory, Move
from tradewind.engine.session import Session
from tradewind.engine.traffic import SEATS, other_seat, seat, serving
from tradewind.errors import RefusedError
from tradewind.values import Observed, Policy, Version


@dataclass(frozen=True)
class Outcome:
    """What a call did. Failures are exceptions, so `did` is always something good (for `roll_back`: rolled_back).

    `digest` serves now, in `slot`; `previous` is what served before ("" without one) and stays as long as `keep` says.
    """

    did: Literal["created", "promoted", "adjusted", "unchanged", "rolled_back", "removed", "absent"]
    digest: str = ""
    slot: str = ""
    previous: str = ""
    url: str | None = None
    traffic: Mapping[str, int] = field(default_factory=dict)
    held: str = ""  # roll_back: the digest that got a hold
    changed: bool = True


def roll_out(
    session: Session,
    endpoint: str,
    version: Version,
    policy: Policy,
    lease: Lease,
    *,
    tags: Mapping[str, str] | None = None,
    note: Note | None = None,
) -> Outcome:
    """Make `version` (its slot is chosen here) the one that serves, and wait until it is. Resumes what a killed call left.

    `policy.probe`, where given, must be a path that can be read from here. `tags` default to the identity's own.
    A version that differs in min, max or target alone is changed in place. Identical: nothing is done.

    Raises RolledBackError (the old version serves; a hold is on the new one), FailedError or TimedOutError (a first version
    failed and was taken away), RefusedError TW050 (the digest is on hold), InterruptedByUser (traffic is back), LockedError,
    ProviderError, StorageError, SpecError (no such probe file).
    """
    hands = acts(session, endpoint, lease, tags if tags is not None else session.identity.tags)
    lease.check()
    policy = probe.stored(session, policy)
    memory = hands.memory()
    if (pending := memory.pending) is not None:
        if pending.digest == version.digest and _goes_on(pending):
            course = courses.resume(hands, pending, version, policy)
            did: Literal["created", "promoted"] = "promoted" if course.old else "created"
            before = course.old.digest if course.old else ""
            return _outcome(did, courses.run(course, pending.share), previous=before)
        end_pending(hands, pending, version.digest)
        memory = hands.memory()
    observed = hands.fresh(memory)
    now = serving(observed)
    if observed is not None and now is not None and now.digest == version.digest:
        changed = inplace.adjust(hands, memory, observed, now, version, note)
        before = next(iter(memory.earlier(now.digest)), "")
        return _outcome("adjusted" if changed else "unchanged", changed or observed, previous=before)
    if (hold := holds.held(session, version.digest)) is not None:
        raise RefusedError(
            f"version {short(version.digest)} is on hold: {hold.reason}",
            code="TW050",
            hint="change what was wrong, or `deploy up --release-hold` to try this very version again",
        )
    return _come_in(hands, memory, observed, version, policy, note)


def take_down(session: Session, endpoint: str, lease: Lease) -> Outcome:
    """Remove the endpoint with all its versions and wait until it is gone. Not there: `absent`, and nothing is written."""
    hands = acts(session, endpoint, lease)
    memory, observed = hands.memory(), hands.observe()
    pending = memory.pending
    if observed is None and pending is None and not memory.stands and not memory.failed:
        return Outcome("absent", changed=False)
    now = serving(observed)
    if pending is not None and pending.start.style == "down":
        number = pending.start.number
    else:
        before = now.digest if now else ""
        number = hands.record(Entry("start", endpoint, style="down", before=before, tags=hands.tags)).number
    _finish_down(hands, number)
    return Outcome("removed", previous=now.digest if now else "")


def roll_back(session: Session, endpoint: str, lease: Lease) -> Outcome:
    """All traffic back to the version before, from the ledger alone; the version that is left gets a hold.

    A rollout under way is put back. The version before is re-created where it is gone. Raises RefusedError TW067 where there is
    no version to go back to, and what `roll_out` raises.
    """
    hands = acts(session, endpoint, lease)
    memory = hands.memory()
    pending = memory.pending
    if pending is not None and pending.start.style == "rollback" and not pending.aborted:
        course = courses.resume(hands, pending)
        return _rolled_back(course, courses.promote(course, recorded=True) if pending.promoted else courses.run(course))
    if pending is not None and pending.start.style == "update" and not pending.promoted:
        course = courses.resume(hands, pending)
        if pending.aborted is None:
            courses.abort(course, "rollback", "put back on request", hold=True)
        else:
            courses.put_back(course, pending.aborted)
        held = course.version.digest if holds.held(session, course.version.digest) else ""
        return _outcome("rolled_back", hands.observe(), previous=course.version.digest, held=held)
    if pending is not None and pending.start.style != "first":
        end_pending(hands, pending, "")
        memory = hands.memory()
    observed = hands.fresh(memory)
    course = _way_back(hands, memory, observed)
    return _rolled_back(course, courses.run(course))


def end_pending(hands: Acts, pending: Move, coming: str) -> None:
    """Bring to its end what a dead client left, before `coming` (a digest) may begin.

    Raises the error that the dead client would have raised, where `coming` is the very version that failed.
    """
    if pending.start.style == "down":
        _finish_down(hands, pending.start.number)
        return
    course = courses.resume(hands, pending)
    if pending.promoted:
        courses.promote(course, recorded=True)
    elif pending.aborted is not None:
        courses.put_back(course, pending.aborted)
        fault = courses.fault_of(course, pending.aborted)
        if fault is not None and pending.digest == coming:
            raise fault
    elif hands.native is not None and _took_over(hands.observe(), course.version):
        courses.promote(course)
    else:
        courses.abort(course, "superseded", f"{short(coming)} came instead" if coming else "taken back", hold=False)


def _goes_on(pending: Move) -> bool:
    """Whether the same version can be gone on with."""
    return pending.start.style in ("first", "update") and not pending.promoted and pending.aborted is None


def _took_over(observed: Observed | None, version: Version) -> bool:
    now = serving(observed)
    return observed is not None and observed.phase == "settled" and now is not None and now.digest == version.digest


def _come_in(
    hands: Acts, memory: Memory, observed: Observed | None, version: Version, policy: Policy, note: Note | None
) -> Outcome:
    now = serving(observed)
    if now is None:
        course = courses.begin(hands, "first", replace(version, slot=SEATS[0]), None, policy, 0, note)
        return _outcome("created", courses.run(course))
    old = memory.version(now, version)
    slot = now.slot if hands.native is not None else other_seat(now.slot)
    course = courses.begin(hands, "update", replace(version, slot=slot), old, policy, now.now, note)
    return _outcome("promoted", courses.run(course), previous=old.digest)


def _way_back(hands: Acts, memory: Memory, observed: Observed | None) -> courses.Course:
    now, policy = serving(observed), memory.policy
    known = (
        [memory.versions[digest] for digest in memory.earlier(now.digest) if digest in memory.versions] if now else []
    )
    back = next((one for one in known if holds.held(hands.session, one.digest) is None), None)
    if now is None or back is None or policy is None:
        why = "nothing serves" if now is None else "the ledger knows no earlier version that is not on hold"
        raise RefusedError(
            f"{hands.endpoint} has no version to go back to: {why}",
            code="TW067",
            hint="`deploy history` shows what was there; `deploy up` brings in another version",
        )
    slot = now.slot if hands.native is not None else other_seat(now.slot)
    standing = seat(observed, slot)
    if standing is not None and standing.digest == back.digest:
        hands.tell("rollout.back", f"{short(back.digest)} still stands: one change of traffic")
    return courses.begin(hands, "rollback", replace(back, slot=slot), memory.version(now, back), policy, now.now)


def _finish_down(hands: Acts, number: int) -> None:
    courses.remove(hands, heed_stop=True)
    hands.record(Entry("done", hands.endpoint, rollout=number, style="down", outcome="down"))
    hands.tell("rollout.done", f"{hands.endpoint} is gone", outcome="down")


def _rolled_back(course: courses.Course, observed: Observed) -> Outcome:
    left = course.old.digest if course.old else ""
    return _outcome("rolled_back", observed, previous=left, held=left)


def _outcome(
    did: Literal["created", "promoted", "adjusted", "unchanged", "rolled_back"],
    observed: Observed | None,
    *,
    previous: str = "",
    held: str = "",
) -> Outcome:
    now = serving(observed)
    if observed is None or now is None:
        return Outcome(did, previous=previous, held=held)
    traffic = dict(observed.traffic)
    return Outcome(did, now.digest, now.slot, previous, observed.url, traffic, held, changed=did != "unchanged")

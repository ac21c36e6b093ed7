"""`endpoint guard`, for cron or CI: ends what a dead owner left, as `on_orphan` says, and retires what `keep` kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from tradewind.engine import course as courses
from tradewind.engine import inplace, lease, rollout
from tradewind.engine.acts import Acts, acts
from tradewind.engine.digests import short
from tradewind.engine.lease import Lease
from tradewind.engine.recall import Memory, Move
from tradewind.engine.session import Session
from tradewind.engine.traffic import serving
from tradewind.errors import FailedError, LockedError, TimedOutError
from tradewind.values import Observed

FIRST_IS_LATE = "TW517"


@dataclass(frozen=True)
class GuardResult:
    """`did`: nothing · waited (a live owner holds the lock) · reverted · finished · retired (an old version past `keep`)."""

    endpoint: str
    did: Literal["nothing", "waited", "reverted", "finished", "retired"]
    reason: str = ""
    serves: str = ""  # digest with the most traffic; "" without any

    @property
    def changed(self) -> bool:
        return self.did not in ("nothing", "waited")


def guard(session: Session, endpoint: str) -> GuardResult:
    """Look, and end what must be ended. Repeatable and safe at any time. Raises ProviderError, StorageError."""
    looking = acts(session, endpoint, _NoLease())
    memory, observed = looking.memory(), looking.observe()
    owner = lease.owner(session)
    if owner is not None and not owner.expired:
        return GuardResult(endpoint, "waited", f"the lock is held by {owner}", _serves(observed))
    if memory.pending is None and not _past(looking, memory, observed):
        return GuardResult(endpoint, "nothing", serves=_serves(observed))
    try:
        with lease.hold(session, timedelta(0), command="endpoint guard") as held:
            return _end(acts(session, endpoint, held))
    except LockedError as error:
        if error.code != "TW510":
            raise
        return GuardResult(endpoint, "waited", error.message, _serves(observed))


def _end(hands: Acts) -> GuardResult:
    """With the lock in hand, so everything is looked at again."""
    memory = hands.memory()
    if (pending := memory.pending) is not None:
        return _end_pending(hands, pending)
    observed = hands.observe()
    now = serving(observed)
    if observed is None or now is None or not (gone := inplace.retire(hands, memory, observed, now)):
        return GuardResult(hands.endpoint, "nothing", serves=_serves(observed))
    who = ", ".join(short(one.digest) for one in gone)
    return GuardResult(hands.endpoint, "retired", f"{who} was kept long enough", _serves(hands.observe()))


def _end_pending(hands: Acts, pending: Move) -> GuardResult:
    style, observed = pending.start.style, hands.observe()
    if style == "down" or pending.promoted:
        rollout.end_pending(hands, pending, "")
        return _did(hands, "finished", "it was decided before its owner died")
    if pending.aborted is not None:
        rollout.end_pending(hands, pending, "")
        return _did(hands, "reverted", pending.aborted.reason)
    course = courses.resume(hands, pending)
    if hands.native is not None and style == "update" and observed is not None and observed.phase == "moving":
        return GuardResult(hands.endpoint, "nothing", "the cloud runs this rollout and watches it", _serves(observed))
    if style == "rollback" or hands.native is not None or course.policy.on_orphan == "finish":
        return _finish(hands, course, pending.share)
    courses.abort(course, "orphaned", "its owner died, and on_orphan says revert", hold=False)
    return _did(hands, "reverted", "its owner died, and on_orphan says revert")


def _finish(hands: Acts, course: courses.Course, at: int) -> GuardResult:
    try:
        courses.run(course, at)
    except FailedError as error:  # the verdict on it: it was put back
        return _did(hands, "reverted", error.message)
    except TimedOutError as error:
        if error.code != FIRST_IS_LATE:
            raise
        return _did(hands, "reverted", error.message)
    return _did(hands, "finished", "its owner died, and on_orphan says finish")


def _did(hands: Acts, did: Literal["reverted", "finished"], reason: str) -> GuardResult:
    return GuardResult(hands.endpoint, did, reason, _serves(hands.observe()))


def _past(looking: Acts, memory: Memory, observed: Observed | None) -> bool:
    now = serving(observed)
    return observed is not None and now is not None and bool(inplace.past(looking, memory, observed, now.slot))


def _serves(observed: Observed | None) -> str:
    now = serving(observed)
    return now.digest if now else ""


class _NoLease(Lease):
    """For looking only."""

    @property
    def number(self) -> int:
        return 0

    def check(self) -> None:
        raise AssertionError("nothing is written without the lock")

    verify = check

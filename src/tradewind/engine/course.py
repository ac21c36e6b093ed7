"""One rollout from its start to its end, in shares of traffic or natively. What a dead client left is gone on with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from tradewind.engine import holds, probe
from tradewind.engine.acts import Acts
from tradewind.engine.baking import bake
from tradewind.engine.digests import short
from tradewind.engine.ledger import Cause, Entry, Note, Style
from tradewind.engine.recall import OWN_FAULT, Move
from tradewind.engine.traffic import judged, same_shares, scaled, seat, shares, split
from tradewind.errors import (
    FailedError,
    InterruptedByUser,
    ProviderError,
    RolledBackError,
    TimedOutError,
    TradewindError,
)
from tradewind.values import Observed, Policy, Seen, Version

PATIENCE = timedelta(minutes=15)  # for traffic to move and for a version to go
# Errors after which the provider will not do it however often it is asked: the old state is put back.
REFUSALS = ("quota", "capacity", "invalid", "conflict", "missing", "failed")


@dataclass(frozen=True)
class Course:
    """`version` and `old` know their seats. `live`: replicas of the old version that answered when it began."""

    acts: Acts
    style: Style
    number: int  # of the start in the ledger
    version: Version
    old: Version | None
    policy: Policy
    live: int
    resized: bool = False  # whoever resumes it wants another size than its start said

    @property
    def slot(self) -> str:
        return self.version.slot

    def intent(self, **fields: object) -> Entry:
        blank = Entry("step", self.acts.endpoint, rollout=self.number, style=self.style, digest=self.version.digest)
        return replace(blank, **fields)  # type: ignore[arg-type]  # replace() checks the names when it runs


class Unfit(Exception):
    """The new version cannot stay. Never leaves this module."""

    def __init__(self, cause: Cause, reason: str) -> None:
        super().__init__(reason)
        self.cause = cause
        self.reason = reason


def begin(
    acts: Acts, style: Style, version: Version, old: Version | None, policy: Policy, live: int, note: Note | None = None
) -> Course:
    """Written down before anything is done."""
    before = old.digest if old else ""
    start = Entry(
        "start",
        acts.endpoint,
        style=style,
        digest=version.digest,
        before=before,
        live=live,
        version=version,
        previous=old,
        policy=policy,
        tags=acts.tags,
        note=note or Note(),
    )
    number = acts.record(start).number
    beside = f" beside {short(before)}" if before else ""
    acts.tell("rollout.start", f"{short(version.digest)} comes in{beside}", strategy=policy.strategy, style=style)
    return Course(acts, style, number, version, old, policy, live)


def resume(acts: Acts, move: Move, version: Version | None = None, policy: Policy | None = None) -> Course:
    """From the ledger. `version` and `policy` are the caller's, where it has them; the seat stays that of the start."""
    start = move.start
    kept = start.version
    if kept is None or start.style == "down":
        raise ValueError("a taking down is no course")
    wanted = replace(version, slot=kept.slot) if version else kept
    chosen = policy or start.policy
    if chosen is None:
        raise ValueError("a start without a policy")
    style = start.style or "update"
    return Course(acts, style, start.number, wanted, start.previous, chosen, start.live, resized=wanted != kept)


def run(course: Course, at: int = 0) -> Observed:
    """Go on from the share `at` (0: from the beginning) to the end. Raises what `rollout.roll_out` raises."""
    acts = course.acts
    try:
        if course.style == "rollback":
            _come_back(course)
        elif course.old is None:
            _come_first(course)
        elif acts.native is not None:
            _natively(course, course.policy)
        else:
            _step_by_step(course, at)
    except Unfit as unfit:
        hold = course.old is not None and course.style != "rollback"
        lines = acts.last_lines(course.slot) if _sits(acts.observe(), course.version) else ()
        raise abort(course, unfit.cause, unfit.reason, hold=hold, lines=lines) from unfit
    except InterruptedByUser as stopped:
        raise abort(course, "interrupted", "interrupted by the user", hold=False) from stopped
    except ProviderError as error:
        if error.kind in REFUSALS:
            _put_back(course, error)
        raise
    return promote(course)


def promote(course: Course, *, recorded: bool = False) -> Observed:
    """From here on the new version is the one, and there is no way back; repeatable."""
    acts, policy, old = course.acts, course.policy, course.old
    if not recorded:
        acts.record(course.intent(kind="promote", share=100))
    observed = acts.observe()
    keep = old is not None and policy.keep > timedelta(0) and acts.native is None and _sits(observed, old)
    if old is not None and acts.native is None:
        observed = _shift_all(course, observed)
    versions = (old, course.version) if old is not None and keep else (course.version,)
    if not _as_wanted(observed, versions, course.slot, looked=True):
        want = acts.wanted(versions, {course.slot: 100})
        observed = acts.settle(
            want,
            lambda seen: _as_wanted(seen, versions, course.slot),
            deadline=acts.after(PATIENCE),
            heed_stop=False,
        )
    if old is not None and course.style == "rollback":
        acts.lease.check()
        holds.hold(acts.session, old.digest, "left by a rollback")
    until = acts.store_now() + policy.keep if keep else None
    before = old.digest if old else ""
    version = course.version if course.resized else None
    acts.record(course.intent(kind="done", outcome="promoted", before=before, keep_until=until, version=version))
    acts.tell("rollout.done", f"{short(course.version.digest)} serves", outcome="promoted")
    assert observed is not None  # a version that sits somewhere is observed
    return observed


def abort(course: Course, cause: Cause, reason: str, *, hold: bool, lines: tuple[str, ...] = ()) -> TradewindError:
    """Put everything back as it was; returns the error that says so."""
    entry = course.intent(kind="abort", cause=cause, reason=reason, hold=hold)
    return put_back(course, course.acts.record(entry), lines)


def put_back(course: Course, entry: Entry, lines: tuple[str, ...] = ()) -> TradewindError:
    """The acts of an abort that is in the ledger; repeatable. A stop that is asked for meanwhile does not stop it."""
    acts, old = course.acts, course.old
    acts.tell("rollout.abort", f"{short(course.version.digest)} goes again: {entry.reason}", cause=entry.cause)
    # Always asked for, never taken from a look: a target may show what was just made only later, or hide it (natively).
    if old is None:
        remove(acts, keep_logs=entry.cause != "interrupted")
    else:
        want, deadline, native = acts.wanted((old,), {old.slot: 100}), acts.after(PATIENCE), acts.native is not None
        acts.settle(
            want,
            lambda seen: _alone(seen, old) and (seen.phase == "settled" or not native),
            deadline=deadline,
            heed_stop=False,
        )
    if entry.hold:
        acts.lease.check()
        holds.hold(acts.session, course.version.digest, entry.reason)
    outcome = "rolled_back" if old else "failed"
    acts.record(course.intent(kind="done", outcome=outcome, cause=entry.cause, reason=entry.reason))
    acts.tell("rollout.done", f"{short(old.digest)} serves" if old else "nothing of it is left", outcome=outcome)
    return _error(course, entry, lines)


def remove(acts: Acts, *, heed_stop: bool = False, keep_logs: bool = False) -> None:
    """The whole endpoint, until it is gone. `keep_logs`: a version that failed has said why there, and nowhere else."""
    deadline = acts.after(PATIENCE)
    acts.settle(
        replace(acts.wanted((), {}), keep_logs=keep_logs),
        lambda seen: seen.phase == "settled" and not seen.versions,
        deadline=deadline,
        heed_stop=heed_stop,
    )


def _error(course: Course, entry: Entry, lines: tuple[str, ...]) -> TradewindError:
    who, reason = f"version {short(course.version.digest)} of {course.acts.endpoint}", entry.reason
    if entry.cause == "interrupted":
        serves = "the old version serves" if course.old else "nothing of it is left"
        return InterruptedByUser(
            f"interrupted: {who} was taken back, and {serves}", code="TW515", hint="run the same command to start over"
        )
    if course.style == "rollback":
        return FailedError(
            f"going back to {who} failed: {reason}; the present one still serves",
            code="TW422",
            hint=_reading(course),
            log=lines,
        )
    if course.old is not None:
        return RolledBackError(
            f"{who} was rolled back: {reason}; {short(course.old.digest)} serves",
            code="TW420",
            hint=_reading(
                course, "correct it and deploy again, or `deploy up --release-hold` tries the same version again"
            ),
            log=lines,
        )
    if entry.cause == "timeout":
        hint = _reading(course, "raise serve.startup_timeout if it only needs longer")
        return TimedOutError(
            f"{who} failed: {reason}; it was taken away", code="TW517", hint=hint, said="\n".join(lines)
        )
    return FailedError(
        f"{who} failed: {reason}; it was taken away",
        code="TW421",
        hint=_reading(course, "correct it and deploy again"),
        log=lines,
    )


def _reading(course: Course, then: str = "") -> str:
    """How to read on, where the target still has the log of a version that is gone; and what to do then."""
    there = course.acts.has_log(course.slot)
    read = f"`deploy endpoint logs --slot {course.slot}` shows what it wrote" if there else ""
    return "; ".join(filter(None, (read, then)))


def fault_of(course: Course, entry: Entry) -> TradewindError | None:
    """What the same call has to say about an abort that it only finished."""
    return _error(course, entry, ()) if entry.cause in OWN_FAULT else None


def _put_back(course: Course, error: ProviderError) -> None:
    try:
        abort(course, "refused", error.message, hold=False)
    except ProviderError as again:  # the first error is the one to show; the ledger knows what is left to do
        course.acts.tell("rollout.abort", f"could not be put back yet: {again.message}")


# ---- the ways in


def _come_first(course: Course) -> None:
    """Nothing serves yet, so all at once."""
    traffic = {} if course.policy.probe else {course.slot: 100}
    _stand_up(course, (course.version,), course.version, traffic)
    _probe(course)


def _come_back(course: Course) -> None:
    """Back to a version that has served before: as it stands, or up again first. No steps: it is known to be good."""
    acts, old = course.acts, course.old
    if acts.native is not None:
        _natively(course, None)
        return
    back = seat(acts.observe(), course.slot)
    if old is None or (back and back.digest == course.version.digest and back.ready):
        return
    large = scaled(course.version, course.live, 100)
    _stand_up(course, (old, large), large, {old.slot: 100})


def _step_by_step(course: Course, at: int) -> None:
    acts, policy, old = course.acts, course.policy, course.old
    assert old is not None  # else it is a first version
    ahead = [share for share in shares(policy) if share >= at] or [100]
    observed = acts.observe()
    share = observed.traffic.get(course.slot, 0) if observed and _sits(observed, course.version) else 0
    size = _at_least(scaled(course.version, course.live, max(ahead[0], share)), seat(observed, course.slot))
    _stand_up(course, (old, size), size, split(course.slot, old.slot, share))
    if share == 0:
        _probe(course)
    for coming in ahead:
        larger = scaled(course.version, max(course.live, _live(acts, old)), max(coming, share))
        if larger.min > size.min:
            size = larger
            _stand_up(course, (old, size), size, split(course.slot, old.slot, share))
        if not judged(policy, coming):
            return
        if coming != at:
            acts.record(course.intent(kind="step", share=coming))
        acts.tell("rollout.step", f"{short(course.version.digest)} takes {coming} %", share=coming)
        if share != coming:
            share = coming
            _shift(course, (old, size), share)
        verdict = bake(acts, policy, course.slot, old.slot, share)
        if verdict.result == "fail":
            raise Unfit("failed", f"at {share} %: {verdict.reason}")


def _natively(course: Course, policy: Policy | None) -> None:
    """The cloud runs it, watches it and takes it back; this only asks how it goes. No policy: all at once, unwatched."""
    acts, longest = course.acts, course.version.serving.startup_timeout * 2
    if policy is not None:
        # A cloud that keeps the old machines for a while does so within its rollout, and is not done before.
        longest += policy.max_bake * (len(shares(policy)) + 1) + policy.keep

    told = ""

    def over(seen: Observed) -> bool:
        nonlocal told
        if seen.phase in ("rolled_back", "failed"):
            raise Unfit("failed", seen.reason or f"the rollout ended as {seen.phase.replace('_', ' ')}")
        if seen.phase == "moving" and seen.reason and seen.reason != told:
            told = seen.reason
            acts.tell("rollout.native", told)
        return seen.phase == "settled" and _sits(seen, course.version)

    try:
        acts.settle(
            acts.wanted((course.version,), {course.slot: 100}), over, deadline=acts.after(longest), policy=policy
        )
    except TimedOutError as late:
        raise Unfit("timeout", f"the rollout did not end within {longest}") from late


# ---- the moves


def _stand_up(course: Course, versions: tuple[Version, ...], new: Version, traffic: Mapping[str, int]) -> None:
    """Until the new version answers in that size, at most `startup_timeout`."""
    acts, longest = course.acts, new.serving.startup_timeout
    try:
        acts.settle(acts.wanted(versions, traffic), _stands(new, traffic), deadline=acts.after(longest))
    except TimedOutError as late:
        raise Unfit("timeout", f"not ready within startup_timeout ({longest})") from late


def _stands(new: Version, traffic: Mapping[str, int]) -> Callable[[Observed], bool]:
    def done(seen: Observed) -> bool:
        now = seat(seen, new.slot)
        if now is not None and now.digest == new.digest:
            if now.failed:
                raise Unfit("failed", now.reason or seen.reason or f"it failed ({now.word})")
            moved = same_shares(seen.traffic, traffic) or seen.phase == "settled"
            if now.ready and moved and (now.min == new.min or seen.phase == "settled"):
                return True
        if seen.phase == "failed" and not any(one.failed for one in seen.versions):
            raise Unfit("failed", seen.reason or "the endpoint failed")
        return False

    return done


def _probe(course: Course) -> None:
    if course.policy.probe is None:
        return
    if reason := probe.ask(course.acts, course.policy.probe, course.slot):
        raise Unfit("failed", reason)


def _shift(course: Course, versions: tuple[Version, ...], share: int, *, heed_stop: bool = True) -> Observed:
    acts, old = course.acts, versions[0]
    traffic = split(course.slot, old.slot, share)

    def done(seen: Observed) -> bool:
        now = seat(seen, course.slot)
        if now is not None and now.failed:
            raise Unfit("failed", now.reason or f"it failed ({now.word})")
        return same_shares(seen.traffic, traffic)

    try:
        want, deadline = acts.wanted(versions, traffic), acts.after(PATIENCE)
        return acts.settle(want, done, deadline=deadline, heed_stop=heed_stop)
    except TimedOutError as late:
        raise Unfit("timeout", f"its share did not become {share} % within {PATIENCE}") from late


def _shift_all(course: Course, observed: Observed | None) -> Observed | None:
    """All traffic to the new version while it still has its full size; only then may it shrink, or the old one go."""
    old = course.old
    if old is None or (observed and same_shares(observed.traffic, {course.slot: 100})):
        return observed
    size = scaled(course.version, course.live, 100)
    versions = (old, size) if _sits(observed, old) else (size,)
    acts, traffic = course.acts, {course.slot: 100}
    return acts.settle(
        acts.wanted(versions, traffic),
        lambda seen: same_shares(seen.traffic, traffic),
        deadline=acts.after(PATIENCE),
        heed_stop=False,
    )


def _at_least(size: Version, now: Seen | None) -> Version:
    """A fleet that was made larger for a coming step before its client died stays so."""
    grown = now is not None and now.digest == size.digest and size.min < now.min <= size.max
    return replace(size, min=now.min) if now is not None and grown else size


def _live(acts: Acts, old: Version) -> int:
    now = seat(acts.observe(), old.slot)
    return now.now if now else 0


def _sits(observed: Observed | None, version: Version) -> bool:
    now = seat(observed, version.slot)
    return now is not None and now.digest == version.digest


def _alone(observed: Observed | None, old: Version) -> bool:
    if observed is None or observed.phase == "rolled_back":
        return False
    return _sits(observed, old) and len(observed.versions) == 1 and same_shares(observed.traffic, {old.slot: 100})


def _as_wanted(observed: Observed | None, versions: tuple[Version, ...], slot: str, *, looked: bool = False) -> bool:
    """`looked`: it was only looked at, so "settled" does not say that it is as wished for."""
    if observed is None or not same_shares(observed.traffic, {slot: 100}):
        return False
    there = {one.slot: one for one in observed.versions}
    return there.keys() == {version.slot for version in versions} and all(
        there[version.slot].digest == version.digest
        and (there[version.slot].min == version.min or (observed.phase == "settled" and not looked))
        for version in versions
    )

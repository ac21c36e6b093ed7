"""Changes that are no rollout: size, target and tags of the version that serves, and the removal of one that was only kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tradewind.engine.acts import Acts
from tradewind.engine.digests import short
from tradewind.engine.ledger import Entry, Note
from tradewind.engine.recall import Memory
from tradewind.engine.session import OWNER
from tradewind.engine.traffic import same_shares, seat
from tradewind.errors import FailedError
from tradewind.values import Observed, Seen, Version


def adjust(
    acts: Acts, memory: Memory, observed: Observed, now: Seen, version: Version, note: Note | None
) -> Observed | None:
    """The serving version as wanted, alone or with the one still kept. None: it is so already, and nothing was written."""
    mine = replace(version, slot=now.slot)
    gone = tuple(one for one in past(acts, memory, observed, now.slot))
    kept = _kept(memory, observed, now.slot, gone, mine)
    last = memory.versions.get(mine.digest)
    resized = last is None or _size(last) != _size(mine)
    retagged = bool(observed.tags) and _tags(observed.tags) != _tags(acts.tags)
    as_it_was = (now.min, now.max) == (mine.min, mine.max) and same_shares(observed.traffic, {mine.slot: 100})
    if not (resized or retagged or gone) and as_it_was and now.ready:
        return None
    if resized or (retagged and _tags(memory.tags) != _tags(acts.tags)):
        acts.record(
            Entry("adjusted", acts.endpoint, digest=mine.digest, version=mine, tags=acts.tags, note=note or Note())
        )
        acts.tell("rollout.adjust", f"{short(mine.digest)} changes in place: {mine.min} to {mine.max} replicas")
    _retiring(acts, gone)
    # Tags and what the size follows are not among what is seen of a version: the target's own word counts.
    unseen = retagged or last is None or _targets(last) != _targets(mine)
    return _settle(acts, mine, kept, unseen=unseen)


def retire(acts: Acts, memory: Memory, observed: Observed, now: Seen) -> tuple[Seen, ...]:
    """Remove what was kept long enough; what that was. Nothing else changes."""
    gone, mine = past(acts, memory, observed, now.slot), memory.versions.get(now.digest)
    if not gone or mine is None:
        return ()
    _retiring(acts, gone)
    _settle(acts, replace(mine, slot=now.slot), (), unseen=False)
    return gone


def past(acts: Acts, memory: Memory, observed: Observed, slot: str) -> tuple[Seen, ...]:
    """Versions beside the one in `slot`, without traffic, that nobody keeps (any more)."""
    moment = acts.store_now()
    idle = (one for one in observed.versions if one.slot != slot and not observed.traffic.get(one.slot, 0))
    return tuple(one for one in idle if (until := memory.keep_until(one.digest)) is None or until <= moment)


def _kept(memory: Memory, observed: Observed, slot: str, gone: tuple[Seen, ...], like: Version) -> tuple[Version, ...]:
    leaving = {one.slot for one in gone} | {slot}
    # A version that has traffic without a rollout under way loses it, and stays until the next look retires it.
    return tuple(memory.version(one, like) for one in observed.versions if one.slot not in leaving)


def _retiring(acts: Acts, gone: tuple[Seen, ...]) -> None:
    for one in gone:
        acts.record(Entry("retired", acts.endpoint, digest=one.digest))
        acts.tell("rollout.retire", f"{short(one.digest)} was kept long enough and goes")


def _settle(acts: Acts, mine: Version, kept: tuple[Version, ...], *, unseen: bool) -> Observed:
    slots = {mine.slot, *(one.slot for one in kept)}

    def done(seen: Observed) -> bool:
        now = seat(seen, mine.slot)
        if now is not None and now.failed:
            raise FailedError(
                f"version {short(mine.digest)} of {acts.endpoint} does not come up: {now.reason or now.word}",
                code="TW423",
                hint="read its log with `deploy endpoint logs`",
                log=acts.last_lines(mine.slot),
            )
        if seen.phase == "settled":
            return True
        sized = now is not None and now.ready and (now.min, now.max) == (mine.min, mine.max)
        alone = {one.slot for one in seen.versions} == slots and same_shares(seen.traffic, {mine.slot: 100})
        return sized and alone and not unseen

    want, deadline = acts.wanted((*kept, mine), {mine.slot: 100}), acts.after(mine.serving.startup_timeout)
    return acts.settle(want, done, deadline=deadline)


def _size(version: Version) -> tuple[object, ...]:
    return version.min, version.max, *_targets(version)


def _tags(them: Mapping[str, str]) -> Mapping[str, str]:
    """Who ran the command last is no difference, as in the plan: two people's identical `up` are one."""
    return {name: value for name, value in them.items() if name != OWNER}


def _targets(version: Version) -> tuple[object, ...]:
    return version.target, dict(version.scale_on), version.cooldown

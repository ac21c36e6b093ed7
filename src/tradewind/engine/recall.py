"""What the ledger remembers of one endpoint: versions by digest, rollouts with their last intent, and what is kept till when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tradewind.engine.ledger import Cause, Entry, Reading
from tradewind.values import Policy, Seen, Version


@dataclass(frozen=True)
class Move:
    """One rollout (or taking down): its start and every intent since."""

    start: Entry
    intents: tuple[Entry, ...] = ()

    @property
    def digest(self) -> str:
        return self.start.digest

    @property
    def done(self) -> Entry | None:
        return self._last("done")

    @property
    def promoted(self) -> bool:
        return self._last("promote") is not None

    @property
    def aborted(self) -> Entry | None:
        return self._last("abort")

    @property
    def share(self) -> int:
        """The last share that was meant for the new version; 0 before the first step."""
        step = self._last("step")
        return step.share or 0 if step else 0

    def _last(self, kind: str) -> Entry | None:
        return next((one for one in reversed(self.intents) if one.kind == kind), None)


@dataclass(frozen=True)
class Memory:
    """Of one endpoint. `pending` is the last rollout where it is not done."""

    moves: tuple[Move, ...]
    versions: Mapping[str, Version]  # by digest, as last applied
    policy: Policy | None
    tags: Mapping[str, str]

    @property
    def pending(self) -> Move | None:
        return self.moves[-1] if self.moves and self.moves[-1].done is None else None

    @property
    def served(self) -> Entry | None:
        """The end of the last move that changed who serves: promoted, or taken down."""
        ends = (move.done for move in reversed(self.moves))
        return next((end for end in ends if end is not None and end.outcome in ("promoted", "down")), None)

    @property
    def stands(self) -> bool:
        """Whether something of ours should be there."""
        return self.served is not None and self.served.outcome == "promoted"

    @property
    def failed(self) -> Version | None:
        """A first version that failed and went again, where nothing came after it: its log may still be there."""
        last = self.moves[-1] if self.moves else None
        ended = last is not None and last.done is not None and last.done.outcome == "failed"
        return last.start.version if last is not None and ended else None

    def version(self, seen: Seen, like: Version) -> Version:
        """Who sits there. Where the ledger lost it, one `like` another that carries its digest and size: it stays as it is."""
        known = self.versions.get(seen.digest)
        if known is None:
            known = replace(like, digest=seen.digest, min=seen.min, max=seen.max)
        return replace(known, slot=seen.slot)

    def keep_until(self, digest: str) -> datetime | None:
        """How long a version without traffic stays, as the rollout that replaced it said."""
        last = next((move.done for move in reversed(self.moves) if move.done and move.done.outcome == "promoted"), None)
        return last.keep_until if last is not None and last.before == digest else None

    def earlier(self, serving: str) -> tuple[str, ...]:
        """Digests that served before `serving`, newest first, each once; nothing from before the endpoint was last removed."""
        found: dict[str, None] = {}
        for move in reversed(self.moves):
            if move.done is None or move.done.outcome not in ("promoted", "down"):
                continue
            if move.done.outcome == "down":
                break
            for digest in (move.digest, move.start.before):
                if digest and digest != serving:
                    found.setdefault(digest)
        return tuple(found)


def recall(reading: Reading, endpoint: str) -> Memory:
    moves: dict[int, Move] = {}
    versions: dict[str, Version] = {}
    policy: Policy | None = None
    tags: Mapping[str, str] = {}
    for entry in reading.entries:
        if entry.subject != endpoint:
            continue
        if entry.kind == "start":
            moves[entry.number] = Move(entry)
            policy = entry.policy or policy
        elif entry.rollout in moves:
            move = moves[entry.rollout]
            moves[entry.rollout] = replace(move, intents=(*move.intents, entry))
        for version in (entry.previous, entry.version):
            if version is not None:
                versions[version.digest] = version
        tags = entry.tags or tags
    return Memory(tuple(moves.values()), versions, policy, tags)


# An abort for one of these reasons is the version's own doing: it gets a hold, and the same call says so again.
OWN_FAULT: Sequence[Cause] = ("failed", "timeout")

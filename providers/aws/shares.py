"""`aws.serve.rollout: engine`: two variants in one endpoint, whose weights the engine moves.

A configuration holds all seats, so that each change of who sits there makes a new one and builds every fleet anew; weights and
sizes change in place. A newcomer has no weight until it is there.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws import serve_request, sight
from tradewind.providers.aws.serve_request import Plan
from tradewind.providers.aws.served import Served
from tradewind.providers.aws.sight import EndpointSight
from tradewind.values import Observed, Seen, Wanted


class SharesServer(Served):
    """Server and StreamingServer."""

    most = 2

    def advance(self, want: Wanted) -> Observed:
        return self.go(want, None)

    def plan(self, want: Wanted, seen: EndpointSight | None) -> Plan:
        weights = self._weights(want, seen)
        parts = tuple(sorted(f"{one.slot}={one.digest}:{weights[one.slot]}" for one in want.versions))
        digest = "sha256:" + hashlib.sha256("\n".join(parts).encode()).hexdigest()
        counts = {one.slot: one.min for one in want.versions}
        return Plan(names.several(want.name, parts), digest, counts, weights, ("DataCaptureConfig", "DesiredWeight"))

    def before(self, want: Wanted, seen: EndpointSight) -> bool:
        """Traffic first: who leaves gives its share to who stays, before its machines go."""
        now, sitting = sight.shares(seen), self.watch.digests(seen)
        staying = {one.slot for one in want.versions if sitting.get(one.slot) == one.digest}
        leaves = any(share for slot, share in now.items() if slot not in staying)
        takes = {slot for slot, share in want.traffic.items() if share}
        return leaves and bool(takes) and takes <= staying and self.sizing.shift(want, seen)

    def went_back(self, want: Wanted, plan: Plan, seen: EndpointSight) -> Observed:
        """Who was to come in did not: told as a seat that failed, beside those that serve."""
        told, sitting = self.watch.tell(seen), self.watch.digests(seen)
        coming = [one for one in want.versions if sitting.get(one.slot) != one.digest]
        reason = self.why_back(seen, plan.name, coming[0].slot) if coming else seen.reason
        failed = tuple(
            Seen(one.slot, one.digest, False, True, one.min, one.max, 0, "UpdateFailed", reason) for one in coming
        )
        kept = tuple(one for one in told.versions if one.slot not in {new.slot for new in coming})
        return replace(told, phase="failed", reason=reason, versions=(*kept, *failed))

    def _weights(self, want: Wanted, seen: EndpointSight | None) -> dict[str, int]:
        """Who stays keeps its share, a newcomer has none yet; where nobody stays, as wanted."""
        now = sight.shares(seen) if seen else {}
        sitting = self.watch.digests(seen) if seen else {}
        kept = {one.slot: now.get(one.slot, 0) if sitting.get(one.slot) == one.digest else 0 for one in want.versions}
        if any(kept.values()):
            return kept
        wanted = {one.slot: serve_request.weight(want, one.slot) for one in want.versions}
        return wanted if any(wanted.values()) else {**wanted, want.versions[0].slot: 1}

"""The fake's endpoints in the first style: seats that take shares of the traffic, one write a step."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from fakes.cloud import Endpoint, FakeCloud, Seat
from tradewind.codes import GENERAL
from tradewind.errors import ProviderError, ProviderKind
from tradewind.values import LogLine, LogPage, Metrics, Observed, Reply, Version, Wanted

NAMES = r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
Phase = Literal["moving", "settled", "rolled_back", "failed"]


def error(kind: ProviderKind, said: str, during: str) -> ProviderError:
    return ProviderError(kind, said, during=during, code=GENERAL[kind])


def page(lines: Sequence[str], cursor: str | None, source: str, end: bool) -> LogPage:
    """A cursor is the number of lines already read."""
    start = int(cursor or 0)
    return LogPage(tuple(LogLine(text, source) for text in lines[start:]), str(max(start, len(lines))), end)


class FakeServer:
    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud

    def observe(self, name: str) -> Observed | None:
        self.cloud.faults.call(f"look at endpoint {name}")
        with self.cloud.lock:
            endpoint = self._find(name)
            if endpoint is None:
                return None
            return self._observed(endpoint, "settled" if endpoint.deleted is None else "moving")

    def advance(self, want: Wanted) -> Observed:
        during = f"change endpoint {want.name}"
        self.cloud.faults.call(during)
        _check_wanted(want, during)
        with self.cloud.lock:
            endpoint = self._find(want.name)
            if not want.versions:
                self._keep_logs(want, endpoint)
            if endpoint is None and not want.versions:
                return Observed("settled", (), {}, {}, None)
            if endpoint is None:
                made = Endpoint(want.name, dict(want.tags))
                self.cloud.write("create_endpoint", want.name, lambda: self.cloud.endpoints.update({want.name: made}))
                return self._observed(made, "moving")
            return self._step(endpoint, want)

    def metrics(self, name: str, window: timedelta) -> Mapping[str, Metrics]:
        during = f"read the metrics of endpoint {name}"
        self.cloud.faults.call(during)
        with self.cloud.lock:
            return self.cloud.metrics(self._there(name, during), window)

    def invoke(
        self, name: str, body: bytes, content_type: str, slot: str | None = None, accept: str | None = None
    ) -> Reply:
        during = f"invoke endpoint {name}"
        self.cloud.faults.call(during)
        with self.cloud.lock:
            endpoint = self._there(name, during)
            chosen = slot or max(endpoint.traffic, key=lambda s: endpoint.traffic[s], default=None)
            seat = endpoint.seats.get(chosen or "")
            if chosen is None or seat is None:
                raise error("missing", f"no version in slot {slot!r}" if slot else "no version has traffic", during)
            behaviour = self.cloud.behaviour(seat.version)
            if not seat.seen(self.cloud.clock.now(), behaviour).ready:
                return Reply(503, b'{"error": "not ready"}', "application/json", chosen)
            count = endpoint.served[chosen] = endpoint.served.get(chosen, 0) + 1
            if int(count * behaviour.error_rate) > int((count - 1) * behaviour.error_rate):
                return Reply(500, b'{"error": "the handler failed"}', "application/json", chosen)
            return Reply(200, body, content_type, chosen)

    def stream(self, name: str, body: bytes, content_type: str, accept: str | None = None) -> Iterator[bytes]:
        answer = self.invoke(name, body, content_type, accept=accept).body
        yield answer[:8]
        yield answer[8:]

    def logs(self, name: str, slot: str, cursor: str | None) -> LogPage:
        during = f"read the log of endpoint {name}"
        self.cloud.faults.call(during)
        with self.cloud.lock:
            if self._find(name) is None and (kept := self.cloud.kept_logs.get((name, slot))):
                return page(kept, cursor, slot, True)
            seat = self._there(name, during).seats.get(slot)
            if seat is None:
                raise error("missing", f"no version in slot {slot!r}", during)
            behaviour = self.cloud.behaviour(seat.version)
            up = self.cloud.clock.now() >= seat.since + behaviour.starts
            return page((behaviour.crashes or behaviour.lines) if up else (), cursor, slot, False)

    def _keep_logs(self, want: Wanted, endpoint: Endpoint | None) -> None:
        if not want.keep_logs:
            self.cloud.kept_logs = {key: lines for key, lines in self.cloud.kept_logs.items() if key[0] != want.name}
            return
        for slot, seat in endpoint.seats.items() if endpoint else ():
            self.cloud.kept_logs[want.name, slot] = self.cloud.behaviour(seat.version).crashes

    def _step(self, endpoint: Endpoint, want: Wanted) -> Observed:
        """The first thing that is not as wanted is changed, and nothing else."""
        if endpoint.deleted is not None and want.versions:
            raise error("conflict", "the endpoint is being deleted", f"change endpoint {want.name}")
        if not want.versions:
            if endpoint.deleted is None:
                self._delete(endpoint)
            left = self._find(want.name)
            return Observed("settled", (), {}, {}, None) if left is None else self._observed(left, "moving")
        wanted = {version.slot: version for version in want.versions}
        self._fill(endpoint, wanted, want.traffic) or self._rescale(endpoint, wanted) or self._shift(
            endpoint, want
        ) or self._empty(endpoint, wanted) or self._retag(endpoint, want)
        return self._observed(endpoint, self._phase(endpoint, want))

    def _fill(self, endpoint: Endpoint, wanted: Mapping[str, Version], shares: Mapping[str, int]) -> bool:
        for slot, version in wanted.items():
            seat = endpoint.seats.get(slot)
            if seat is None:
                new = Seat(version, self.cloud.clock.now(), version.min)

                def create(slot: str = slot, new: Seat = new) -> None:
                    endpoint.seats[slot] = new

                self.cloud.write("create_version", f"{endpoint.name}/{slot}", create, version.digest)
                return True
            if seat.version.digest == version.digest:
                continue
            if endpoint.traffic.get(slot) and shares.get(slot):
                said = f"slot {slot!r} serves {endpoint.traffic[slot]} %: put the new version into another seat"
                raise error("conflict", said, f"change endpoint {endpoint.name}")
            if not endpoint.traffic.get(slot):
                self._remove(endpoint, slot)
                return True
        return False

    def _rescale(self, endpoint: Endpoint, wanted: Mapping[str, Version]) -> bool:
        for slot, version in wanted.items():
            seat, size = endpoint.seats[slot], (version.min, version.max, version.target)
            held = seat.version
            if held.digest == version.digest and (held.min, held.max, held.target) != size:
                # What the autoscaler did is kept, within the new bounds.
                now = min(max(seat.now, version.min), version.max)

                def change(seat: Seat = seat, version: Version = version, now: int = now) -> None:
                    seat.version = replace(seat.version, min=version.min, max=version.max, target=version.target)
                    seat.now = now

                self.cloud.write("scale", f"{endpoint.name}/{slot}", change, f"{size}")
                return True
        return False

    def _shift(self, endpoint: Endpoint, want: Wanted) -> bool:
        traffic = {slot: share for slot, share in want.traffic.items() if share}
        mirror = {slot: share for slot, share in want.mirror.items() if share}
        if (traffic, mirror) == (endpoint.traffic, endpoint.mirror):
            return False
        # Nobody gets traffic before it answers; who had it keeps it until then.
        ready = {seen.slot for seen in self.cloud.seen(endpoint) if seen.ready}
        gaining = [slot for slot, share in traffic.items() if share > endpoint.traffic.get(slot, 0)]
        if not ready.issuperset(gaining):
            return False
        self.cloud.write(
            "traffic", endpoint.name, lambda: self.cloud.set_traffic(endpoint, traffic, mirror), str(traffic)
        )
        return True

    def _empty(self, endpoint: Endpoint, wanted: Mapping[str, Version]) -> bool:
        for slot in endpoint.seats:
            if slot not in wanted and not endpoint.traffic.get(slot):
                self._remove(endpoint, slot)
                return True
        return False

    def _delete(self, endpoint: Endpoint) -> None:
        def begin() -> None:
            endpoint.deleted = self.cloud.clock.now()

        self.cloud.write("delete_endpoint", endpoint.name, begin)

    def _find(self, name: str) -> Endpoint | None:
        """The endpoint, unless it has had the time to go."""
        endpoint = self.cloud.endpoints.get(name)
        if endpoint is None or endpoint.deleted is None:
            return endpoint
        if self.cloud.clock.now() >= endpoint.deleted + self.cloud.deleting:
            del self.cloud.endpoints[name]
            return None
        return endpoint

    def _retag(self, endpoint: Endpoint, want: Wanted) -> bool:
        if dict(want.tags) == dict(endpoint.tags):
            return False
        self.cloud.write("tag", endpoint.name, lambda: setattr(endpoint, "tags", dict(want.tags)))
        return True

    def _remove(self, endpoint: Endpoint, slot: str) -> None:
        self.cloud.write("delete_version", f"{endpoint.name}/{slot}", lambda: endpoint.seats.pop(slot))

    def _phase(self, endpoint: Endpoint, want: Wanted) -> Literal["moving", "settled", "failed"]:
        seen = {s.slot: s for s in self.cloud.seen(endpoint)}
        if any(slot in seen and seen[slot].failed for slot in (v.slot for v in want.versions)):
            return "failed"
        same = {s: x.digest for s, x in seen.items()} == {v.slot: v.digest for v in want.versions}
        sized = all((seen[v.slot].min, seen[v.slot].max) == (v.min, v.max) for v in want.versions if v.slot in seen)
        traffic = {slot: share for slot, share in want.traffic.items() if share} == endpoint.traffic
        ready = all(x.ready for x in seen.values())
        return (
            "settled" if same and sized and traffic and ready and dict(want.tags) == dict(endpoint.tags) else "moving"
        )

    def _observed(self, endpoint: Endpoint, phase: Phase, reason: str = "") -> Observed:
        seen = self.cloud.seen(endpoint)
        if phase == "settled" and not all(s.ready for s in seen):
            phase = "failed" if any(s.failed for s in seen) else "moving"
        reason = reason or next((s.reason for s in seen if s.failed), "")
        url = f"http://fake.test/{endpoint.name}"
        return Observed(phase, seen, dict(endpoint.traffic), dict(endpoint.mirror), url, reason, dict(endpoint.tags))

    def _there(self, name: str, during: str) -> Endpoint:
        endpoint = self._find(name)
        if endpoint is None:
            raise error("missing", "no such endpoint", during)
        return endpoint


def check_name(name: str, during: str) -> None:
    if re.fullmatch(NAMES, name) is None:
        raise error("invalid", f"{name!r} does not match {NAMES}", during)


def _check_wanted(want: Wanted, during: str) -> None:
    check_name(want.name, during)
    slots = [version.slot for version in want.versions]
    if len(set(slots)) != len(slots):
        raise error("invalid", "two versions want the same slot", during)
    for what, shares in (("traffic", want.traffic), ("mirror", want.mirror)):
        if strange := [slot for slot, share in shares.items() if slot not in slots]:
            raise error("invalid", f"{what} to {strange}, where no version is wanted", during)
        if any(not 0 <= share <= 100 for share in shares.values()):
            raise error("invalid", f"a share of {what} is below 0 or above 100", during)
    if want.traffic and sum(want.traffic.values()) != 100:
        raise error("invalid", f"traffic sums to {sum(want.traffic.values())}, not to 100", during)

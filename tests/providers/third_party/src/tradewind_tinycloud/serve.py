"""Endpoints. `advance` looks, makes the first change that is missing, and returns; the engine calls again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from tradewind.errors import ProviderError
from tradewind.values import LogLine, LogPage, Metrics, Observed, Reply, Seen, Version, Wanted
from tradewind_tinycloud.errors import classified, refuse
from tradewind_tinycloud.info import NAMES
from tradewind_tinycloud.sdk import TinyCloud

NOTHING = Observed("settled", (), {})


class TinyServer:
    def __init__(self, cloud: TinyCloud) -> None:
        self._cloud = cloud

    def observe(self, name: str) -> Observed | None:
        service = self._look(name)
        return None if service is None else _observed(name, service, done=True)

    def advance(self, want: Wanted) -> Observed:
        during = f"change endpoint {want.name}"
        _check(want, during)
        service = self._look(want.name)
        if service is None and not want.versions:
            return NOTHING
        with classified(during):
            done = not self._one_step(want, service)
        service = self._look(want.name)
        return NOTHING if service is None else _observed(want.name, service, done=done)

    def metrics(self, name: str, window: timedelta) -> Mapping[str, Metrics]:
        with classified(f"read the metrics of endpoint {name}"):
            service = self._cloud.get_service(name)
        until = datetime.fromtimestamp(self._cloud.now(), UTC)
        hits = {slot: service["hits"].get(slot, 0) for slot in service["revisions"]}
        return {slot: Metrics(n, 0, timedelta(milliseconds=5) if n else None, until) for slot, n in hits.items()}

    def invoke(
        self, name: str, body: bytes, content_type: str, slot: str | None = None, accept: str | None = None
    ) -> Reply:
        with classified(f"invoke endpoint {name}"):
            seat, answer = self._cloud.call(name, body, slot)
        return Reply(200, answer, content_type, seat)

    def logs(self, name: str, slot: str, cursor: str | None) -> LogPage:
        during = f"read the log of endpoint {name}"
        with classified(during):
            revision = self._cloud.get_service(name)["revisions"].get(slot)
        if revision is None:
            raise refuse(f"nothing is in {slot!r}", during, "missing")
        lines = [revision["fault"] or "serving"] if revision["phase"] != "LOADING" else []
        start = int(cursor or 0)
        return LogPage(tuple(LogLine(text, slot) for text in lines[start:]), str(max(start, len(lines))), False)

    def _look(self, name: str) -> dict[str, Any] | None:
        try:
            with classified(f"look at endpoint {name}"):
                return self._cloud.get_service(name)
        except ProviderError as error:
            if error.kind == "missing":
                return None
            raise

    def _one_step(self, want: Wanted, service: dict[str, Any] | None) -> bool:
        """The first thing that differs is changed. False: nothing is left to change."""
        if not want.versions:
            self._cloud.delete_service(want.name)
        elif service is None:
            self._cloud.create_service(want.name, dict(want.tags))
        elif (version := _to_place(want, service)) is not None:
            self._place(want.name, version, service["revisions"].get(version.slot))
        elif (version := _to_resize(want, service)) is not None:
            self._cloud.resize_revision(want.name, version.slot, version.min, version.max)
        elif _shares(want.traffic) != service["traffic"]:
            # Who has the traffic keeps it until everybody who gets more of it answers.
            if all(service["revisions"][slot]["phase"] == "SERVING" for slot in _shares(want.traffic)):
                self._cloud.set_traffic(want.name, _shares(want.traffic))
        elif strays := set(service["revisions"]) - {version.slot for version in want.versions}:
            self._cloud.delete_revision(want.name, min(strays))
        elif dict(want.tags) != service["labels"]:
            self._cloud.set_labels(want.name, dict(want.tags))
        else:
            return False
        return True

    def _place(self, name: str, version: Version, sits: dict[str, Any] | None) -> None:
        if sits is not None:
            self._cloud.delete_revision(name, version.slot)
            return
        self._cloud.put_revision(
            name,
            version.slot,
            {
                "digest": version.digest,
                "image": version.container.image,
                "model": version.model.uri,
                "least": version.min,
                "most": version.max,
                "fault": version.container.env.get("TINY_FAULT", ""),
            },
        )


def _to_place(want: Wanted, service: dict[str, Any]) -> Version | None:
    """A version whose seat is empty, or held by another that has no traffic."""
    for version in want.versions:
        sits = service["revisions"].get(version.slot)
        if sits is None or (sits["digest"] != version.digest and not service["traffic"].get(version.slot)):
            return version
        if sits["digest"] != version.digest and want.traffic.get(version.slot):
            said = f"{version.slot!r} serves: put the new version into another seat"
            raise refuse(said, f"change endpoint {want.name}", "conflict")
    return None


def _to_resize(want: Wanted, service: dict[str, Any]) -> Version | None:
    for version in want.versions:
        sits = service["revisions"][version.slot]
        if sits["digest"] == version.digest and (sits["least"], sits["most"]) != (version.min, version.max):
            return version
    return None


def _check(want: Wanted, during: str) -> None:
    slots = {version.slot for version in want.versions}
    if not re.fullmatch(NAMES, want.name):
        raise refuse(f"{want.name!r} is no name for an endpoint", during)
    if len(slots) < len(want.versions):
        raise refuse("two versions want the same seat", during)
    if want.mirror:
        raise refuse("traffic cannot be mirrored", during)
    if want.traffic and (sum(want.traffic.values()) != 100 or min(want.traffic.values()) < 0):
        raise refuse("shares of traffic are percent and sum to 100", during)
    if not set(want.traffic) <= slots:
        raise refuse("traffic goes to a seat where no version is wanted", during)


def _shares(traffic: Mapping[str, int]) -> dict[str, int]:
    return {slot: share for slot, share in traffic.items() if share}


def _observed(name: str, service: dict[str, Any], *, done: bool) -> Observed:
    seen = tuple(_seen(slot, revision) for slot, revision in sorted(service["revisions"].items()))
    reason = next((version.reason for version in seen if version.failed), "")
    phase: Literal["moving", "settled", "failed"] = "moving"
    if reason:
        phase = "failed"
    elif done and all(version.ready for version in seen):
        phase = "settled"
    return Observed(phase, seen, dict(service["traffic"]), {}, f"tiny://{name}", reason, dict(service["labels"]))


def _seen(slot: str, revision: dict[str, Any]) -> Seen:
    phase = revision["phase"]
    now = revision["replicas"] if phase == "SERVING" else 0
    return Seen(
        slot, revision["digest"], phase == "SERVING", phase == "BROKEN", revision["least"], revision["most"], now, phase,
        revision["fault"] if phase == "BROKEN" else "",
    )  # fmt: skip

"""Stands in for the cloud and its SDK: plain dictionaries, an own error type, pages of 1,000, things that take time.

Nothing here knows tradewind, as no cloud's SDK does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any, ClassVar

PAGE = 1000
LOAD, START = 1.0, 1.0  # seconds until a version answers, and until a job runs


class TinyError(Exception):
    """What this SDK raises: a status, a word and a sentence."""

    def __init__(self, status: int, word: str, text: str) -> None:
        super().__init__(f"{status} {word}: {text}")
        self.status, self.word, self.text = status, word, text


class TinyCloud:
    """The service. `TinyCloud.at(address)` is the same one for everybody who says the same address."""

    _known: ClassVar[dict[str, TinyCloud]] = {}

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.lock = threading.RLock()
        self.jobs: dict[str, dict[str, Any]] = {}
        self.services: dict[str, dict[str, Any]] = {}

    @classmethod
    def at(cls, address: str) -> TinyCloud:
        return cls._known.setdefault(address, cls())

    # Jobs

    def create_job(self, name: str, body: dict[str, Any]) -> None:
        with self.lock:
            if name in self.jobs:
                raise TinyError(409, "Exists", f"a job named {name} is there")
            self.jobs[name] = {**deepcopy(body), "name": name, "created": self.now(), "stopped": None}

    def list_jobs(self, page: int = 0) -> tuple[list[dict[str, Any]], int | None]:
        """One page, and the number of the next where there is one."""
        with self.lock:
            names = sorted(self.jobs)
            some = [self._job(name) for name in names[page * PAGE : (page + 1) * PAGE]]
            return some, page + 1 if len(names) > (page + 1) * PAGE else None

    def get_job(self, name: str) -> dict[str, Any]:
        with self.lock:
            if name not in self.jobs:
                raise TinyError(404, "NotFound", f"there is no job {name}")
            return self._job(name)

    def stop_job(self, name: str) -> None:
        with self.lock:
            if self.get_job(name)["phase"] not in ("PENDING", "RUNNING"):
                raise TinyError(400, "Ended", "the job has ended")
            self.jobs[name]["stopped"] = self.now()

    def delete_job(self, name: str) -> None:
        with self.lock:
            self.get_job(name)
            del self.jobs[name]

    def read_job_log(self, name: str, start: int) -> list[str]:
        with self.lock:
            job = self.get_job(name)
            return [] if job["phase"] == "PENDING" else list(job["prints"][start:])

    def _job(self, name: str) -> dict[str, Any]:
        job, now = deepcopy(self.jobs[name]), self.now()
        began = job["created"] + START
        ends = began + min(job["seconds"], job["limit"])
        if job["stopped"] is not None:
            return {**job, "phase": "STOPPED", "began": min(began, job["stopped"]), "ended": job["stopped"]}
        if now < began:
            return {**job, "phase": "PENDING", "began": None, "ended": None}
        if now < ends:
            return {**job, "phase": "RUNNING", "began": began, "ended": None}
        phase = "OVERRAN" if job["seconds"] > job["limit"] else "FAILED" if job["fault"] else "DONE"
        return {**job, "phase": phase, "began": began, "ended": ends}

    # Services, with revisions that share traffic

    def create_service(self, name: str, labels: dict[str, str]) -> None:
        with self.lock:
            if name in self.services:
                raise TinyError(409, "Exists", f"a service named {name} is there")
            self.services[name] = {"labels": dict(labels), "revisions": {}, "traffic": {}, "hits": {}}

    def get_service(self, name: str) -> dict[str, Any]:
        with self.lock:
            if name not in self.services:
                raise TinyError(404, "NotFound", f"there is no service {name}")
            service = deepcopy(self.services[name])
            for revision in service["revisions"].values():
                loaded = self.now() >= revision["created"] + LOAD
                broken = bool(revision["fault"])
                revision["phase"] = ("BROKEN" if broken else "SERVING") if loaded else "LOADING"
            return service

    def list_services(self) -> list[tuple[str, dict[str, str]]]:
        with self.lock:
            return [(name, dict(service["labels"])) for name, service in sorted(self.services.items())]

    def delete_service(self, name: str) -> None:
        with self.lock:
            self.get_service(name)
            del self.services[name]

    def put_revision(self, name: str, seat: str, body: dict[str, Any]) -> None:
        with self.lock:
            self.get_service(name)
            made = {**deepcopy(body), "created": self.now(), "replicas": body["least"]}
            self.services[name]["revisions"][seat] = made

    def resize_revision(self, name: str, seat: str, least: int, most: int) -> None:
        with self.lock:
            self.get_service(name)
            revision = self.services[name]["revisions"][seat]
            revision.update(least=least, most=most, replicas=min(max(revision["replicas"], least), most))

    def delete_revision(self, name: str, seat: str) -> None:
        with self.lock:
            self.get_service(name)
            self.services[name]["revisions"].pop(seat, None)
            self.services[name]["hits"].pop(seat, None)

    def set_traffic(self, name: str, traffic: dict[str, int]) -> None:
        with self.lock:
            self.get_service(name)
            self.services[name]["traffic"] = dict(traffic)

    def set_labels(self, name: str, labels: dict[str, str]) -> None:
        with self.lock:
            self.get_service(name)
            self.services[name]["labels"] = dict(labels)

    def call(self, name: str, body: bytes, seat: str | None) -> tuple[str, bytes]:
        with self.lock:
            service = self.get_service(name)
            traffic = service["traffic"]
            chosen = seat or max(traffic, key=lambda s: traffic[s], default="")
            if service["revisions"].get(chosen, {}).get("phase") != "SERVING":
                raise TinyError(404, "NotFound", f"no revision answers in {chosen!r}")
            self.services[name]["hits"][chosen] = self.services[name]["hits"].get(chosen, 0) + 1
            return chosen, body

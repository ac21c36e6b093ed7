"""The jobs of all regions, each in a folder of its own: on disk before anybody hears of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from tradewind.host.files import read_json, remove_folder, write_json
from tradewind.sandbox.aws.training.job import Job, recalled

RECORD = "job.json"
Key = tuple[str, str]  # region, name


class Jobs:
    """Thread-safe; one process at a time has the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._jobs: dict[Key, Job] = {}
        for record in sorted(folder.glob(f"*/*/{RECORD}")):
            said = read_json(record)
            if said is not None:
                job = recalled(said)
                self._jobs[job.region, job.name] = job

    def folder(self, job: Job) -> Path:
        return self._folder / job.region / job.name

    def add(self, job: Job) -> Job | None:
        """None: added. Else the job that has the name."""
        with self._lock:
            there = self._jobs.get((job.region, job.name))
            if there is None:
                self._keep(job)
            return there

    def get(self, region: str, name: str) -> Job | None:
        with self._lock:
            return self._jobs.get((region, name))

    def all(self, region: str | None = None) -> list[Job]:
        with self._lock:
            return [job for job in self._jobs.values() if region in (None, job.region)]

    def change(self, region: str, name: str, how: Callable[[Job], Job]) -> Job | None:
        """The job as `how` makes it from what it is now; None where it is gone."""
        with self._lock:
            now = self._jobs.get((region, name))
            if now is None:
                return None
            changed = how(now)
            if changed != now:  # who only looks, as ListTags, writes nothing
                self._keep(changed)
            return changed

    def remove(self, job: Job) -> None:
        with self._lock:
            del self._jobs[job.region, job.name]
            remove_folder(self.folder(job))

    def _keep(self, job: Job) -> None:
        folder = self.folder(job)
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / RECORD, job.record())
        self._jobs[job.region, job.name] = job

"""moto's memory on disk: what other services hold is there again after a restart."""

from __future__ import annotations

import os
import pickle
import threading
from pathlib import Path
from typing import Any

from moto import backends

KEPT = ("s3", "iam", "logs", "cloudwatch", "applicationautoscaling", "sns", "secretsmanager")
TRIES = 20  # a call that changes something while it is written makes a try void
DELAY = 0.3  # seconds that writes are collected for


class Memory:
    """Snapshots of moto's backends in one file, soon after each write and at the end."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._dirty = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        if self._file.exists():
            restore(pickle.loads(self._file.read_bytes()))
        self._thread.start()

    def touched(self) -> None:
        """Something may have been written."""
        self._dirty.set()

    def stop(self) -> None:
        self._over.set()
        self._dirty.set()
        self._thread.join()
        self._write()

    def _keep(self) -> None:
        while not self._over.is_set():
            self._dirty.wait()
            self._over.wait(DELAY)
            self._dirty.clear()
            self._write()

    def _write(self) -> None:
        data = snapshot()
        if data is None:
            self._dirty.set()  # a busy moment: the next round tries again
            return
        beside = self._file.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(self._file)


def snapshot() -> bytes | None:
    """None: it changed all the time."""
    for _ in range(TRIES):
        try:
            held = {
                service: {account: dict(regions) for account, regions in dict(_backend(service)).items()}
                for service in KEPT
            }
            return pickle.dumps(held)
        except RuntimeError:  # a dictionary changed its size in the middle
            continue
    return None


def restore(held: dict[str, dict[str, dict[str, Any]]]) -> None:
    for service, accounts in held.items():
        backend = _backend(service)
        for account, regions in accounts.items():
            for region, state in regions.items():
                backend[account][region] = state
                if service == "s3":  # kept beside the buckets: to whom each name belongs
                    backend.bucket_accounts.update(dict.fromkeys(state.buckets, (region, account)))


def _backend(service: str) -> Any:
    return backends.get_backend(service)  # type: ignore[call-overload]  # it knows literal names only

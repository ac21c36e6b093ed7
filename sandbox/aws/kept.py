"""moto's memory on disk: what other services hold is there again after a restart."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import pickle
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key
from moto import backends
from moto.s3.models import FakeKey

from tradewind.sandbox.aws.objects import Objects

log = logging.getLogger("tradewind.sandbox.aws")

KEPT = ("s3", "iam", "logs", "ecr", "cloudwatch", "applicationautoscaling", "sns", "secretsmanager", "kms", "ssm")
SIGNED = {
    "monitoring": "cloudwatch",
    "application-autoscaling": "applicationautoscaling",
}  # names that calls are signed for
PrivateKeys = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey
# Of moto's parameter store, by name: it takes a second to import, and few accounts have it.
PARAMETERS = "ParameterDict"
TAGS_OF_PARAMETERS = "SimpleSystemManagerBackend.__init__.<locals>.<lambda>"  # what a defaultdict is made with
RLOCK = type(threading.RLock())
TRIES = 20  # a call that changes something while it is written makes a try void
DELAY = 0.3  # seconds that writes are collected for
REST = 4  # times as long as a round took, before the next one: an account that is large is kept less often


class Memory:
    """A snapshot of each of moto's backends, soon after a write to it and at the end. A kill loses the last moment at most."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._waiting: set[str] = set()
        self._dirty = threading.Event()
        self._over = threading.Event()
        self._written: dict[str, bytes] = {}
        self._objects = Objects(folder / "objects")
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        for service in KEPT:
            file = self._file(service)
            if file.exists():
                load = self._objects.unpickled if service == "s3" else pickle.loads
                restore(service, load(file.read_bytes()))
        self._thread.start()

    def touched(self, signed: str) -> None:
        """Something may have been written by a call signed for this service; "": nobody knows for which."""
        service = SIGNED.get(signed, signed)
        with self._lock:
            self._waiting.update(KEPT if not service else {service} & set(KEPT))
        self._dirty.set()

    def stop(self) -> None:
        self._over.set()
        self._dirty.set()
        self._thread.join()
        self._write()

    def _keep(self) -> None:
        took = 0.0
        while not self._over.is_set():
            self._dirty.wait()
            self._over.wait(max(DELAY, took * REST))
            self._dirty.clear()
            started = time.monotonic()
            self._write()
            took = time.monotonic() - started

    def _write(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, set()
        for service in sorted(waiting):
            try:
                self._write_one(service)
            except (OSError, pickle.PicklingError, TypeError, AttributeError):
                log.exception("%s could not be kept", service)

    def _write_one(self, service: str) -> None:
        data = snapshot(service, self._objects.pickled if service == "s3" else pickled)
        if data is None:
            self.touched(service)  # a busy moment: the next round tries again
            return
        digest = hashlib.sha256(data).digest()
        if self._written.get(service) == digest:
            return
        beside = self._file(service).with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(self._file(service))
        self._written[service] = digest
        if service == "s3":
            self._objects.sweep()
            tracked: list[Any] = vars(FakeKey)["instances_tracked"]
            tracked.clear()  # moto would hold every object that there ever was

    def _file(self, service: str) -> Path:
        return self._folder / f"{service}.pickle"


class _Pickler(pickle.Pickler):
    """A backend may hold what cannot be pickled: a lock (ECR's does) is a new one afterwards, which nobody holds."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, RLOCK):
            return threading.RLock, ()
        if isinstance(obj, PrivateKeys):  # KMS's
            return private_key, (obj.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),)
        if type(obj).__name__ == PARAMETERS:  # a defaultdict that is made otherwise than one
            return type(obj), (obj.account_id, obj.region_name), vars(obj), None, iter(list(dict.items(obj)))
        if getattr(obj, "__qualname__", "") == TAGS_OF_PARAMETERS:
            return partial, (defaultdict, dict)
        return NotImplemented


def private_key(der: bytes) -> Any:
    return load_der_private_key(der, None)


def pickled(state: Any) -> bytes:
    out = io.BytesIO()
    _Pickler(out).dump(state)
    return out.getvalue()


def snapshot(service: str, how: Callable[[Any], bytes]) -> bytes | None:
    """None: it changed all the time."""
    for _ in range(TRIES):
        try:
            return how({account: dict(regions) for account, regions in dict(_backend(service)).items()})
        except RuntimeError:  # a dictionary changed its size in the middle
            continue
    return None


def restore(service: str, held: dict[str, dict[str, Any]]) -> None:
    backend = _backend(service)
    for account, regions in held.items():
        for region, state in regions.items():
            backend[account][region] = state
            if service == "s3":  # kept beside the buckets: to whom each name belongs
                backend.bucket_accounts.update(dict.fromkeys(state.buckets, (region, account)))


def _backend(service: str) -> Any:
    return backends.get_backend(service)  # type: ignore[call-overload]  # it knows literal names only

"""What a test may do to the attached providers, and what it may ask of them."""

from __future__ import annotations

import threading
import time
from collections import Counter


class Refused(Exception):
    """What a test told a type to answer with."""


class Hooks:
    """Thread-safe. Types are tokens, such as "aws:s3/bucket:Bucket"."""

    def __init__(self) -> None:
        self.creates: Counter[str] = Counter()  # by URN, those carried out
        self.calls: Counter[str] = Counter()  # by verb
        self.configured: list[dict[str, object]] = []
        self._lock = threading.Lock()
        self._slow: dict[str, float] = {}
        self._fail: dict[str, str] = {}
        self._held: dict[str, Held] = {}

    def slow(self, token: str, seconds: float) -> None:
        self._slow[token] = seconds

    def fail(self, token: str, message: str) -> None:
        """Every change to this type fails so; "" ends it."""
        self._fail[token] = message

    def hold(self, token: str) -> Held:
        """Creates of this type wait, not yet carried out, until they are let go."""
        held = self._held[token] = Held()
        return held

    def before(self, verb: str, token: str) -> None:
        with self._lock:
            self.calls[verb] += 1
        if verb == "create" and (held := self._held.get(token)) is not None:
            held.wait()
        time.sleep(self._slow.get(token, 0))
        if message := self._fail.get(token):
            raise Refused(message)

    def created(self, urn: str) -> None:
        with self._lock:
            self.creates[urn] += 1

    def let_go(self) -> None:
        for held in self._held.values():
            held.drop()


class Held:
    def __init__(self) -> None:
        self.reached = threading.Event()
        self._go = threading.Event()
        self._dropped = False

    def wait(self) -> None:
        if self._go.is_set():
            return  # what comes after those that were let go or dropped is held by nobody
        self.reached.set()
        self._go.wait()
        if self._dropped:
            raise Refused("the caller is gone")

    def go(self) -> None:
        self._go.set()

    def drop(self) -> None:
        """What waits is never carried out, as when the provider dies with its engine."""
        if not self._go.is_set():
            self._dropped = True
        self._go.set()

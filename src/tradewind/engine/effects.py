"""The one seam that every outgoing effect passes: writes to the store, writes and requests to the provider.

`through(session, observer)` gives a session whose store and provider tell the observer before and after each effect. That is
how tests kill a process after its n-th effect; without an observer nothing is wrapped.

A real process is told by its environment (`from_environment`; private, for tests): TRADEWIND_TEST_KILL_AFTER=<n> ends it by
SIGKILL right after the n-th effect, and TRADEWIND_TEST_EFFECTS=<file> appends one line an effect. A repeated `advance` or
`ensure` that is answered as the last time is a look and not counted, so that waiting longer does not move the numbers.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from tradewind.engine.session import Session
from tradewind.providers.base import (
    Check,
    NativeRollout,
    Preflight,
    Provider,
    Server,
    StreamingServer,
    Trainer,
)
from tradewind.storage.base import Entry, Progress, Store
from tradewind.values import JobStatus, LogPage, Loss, Metrics, Observed, Policy, Reply, Run, Wanted

T = TypeVar("T")


@dataclass(frozen=True)
class Effect:
    """`op` is the call ("store.put_if_absent", "server.advance", "trainer.ensure", ...), `subject` the key or the name."""

    op: str
    subject: str

    def __str__(self) -> str:
        return f"{self.op} {self.subject}"


class Observer(Protocol):
    """Either may raise; what `before` raises keeps the effect from happening."""

    def before(self, effect: Effect) -> None: ...

    def after(self, effect: Effect) -> None: ...


def through(session: Session, observer: Observer | None) -> Session:
    """The same session with every effect told to `observer`; optional abilities of the provider stay as they are."""
    if observer is None:
        return session
    seam = _Seam(observer)
    return replace(
        session, store=_WatchedStore(session.store, seam), provider=_watched_provider(session.provider, seam)
    )


def from_environment(environ: Mapping[str, str]) -> Observer | None:
    """The observer that a test asked for by environment variables (see above); None, and no cost, otherwise."""
    after, log = environ.get("TRADEWIND_TEST_KILL_AFTER"), environ.get("TRADEWIND_TEST_EFFECTS")
    if not after and not log:
        return None
    return KillAfter(int(after) if after else None, Path(log) if log else None)


class KillAfter:
    """Ends this process, as `kill -9` would, right after its n-th effect; writes each effect's number and text to `log`."""

    def __init__(self, number: int | None, log: Path | None, kill: Callable[[], object] | None = None) -> None:
        self._number = number
        self._log = log
        self._kill = kill or (lambda: os.kill(os.getpid(), signal.SIGKILL))
        self._count = 0
        self._lock = threading.Lock()

    def before(self, effect: Effect) -> None:
        """Nothing: an effect that is cut off before it happened is the same as a kill after the one before."""

    def after(self, effect: Effect) -> None:
        with self._lock:
            self._count += 1
            if self._log is not None:
                with self._log.open("a", encoding="utf-8") as stream:
                    stream.write(f"{self._count} {effect}\n")
            if self._count == self._number:
                self._kill()


class _Seam:
    """Numbers nothing itself; decides what counts as an effect."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._last: dict[str, tuple[object, object]] = {}  # op and name -> the wish and its answer

    def act(self, op: str, subject: str, call: Callable[[], T]) -> T:
        effect = Effect(op, subject)
        self._observer.before(effect)
        done = call()
        self._observer.after(effect)
        return done

    def step(self, op: str, subject: str, wish: object, call: Callable[[], T]) -> T:
        """A level-triggered call: an effect unless the same wish was answered the same way the last time."""
        effect, key = Effect(op, subject), f"{op} {subject}"
        before = self._last.get(key)
        if before is None or before[0] != wish:
            self._observer.before(effect)
        done = call()
        self._last[key] = (wish, done)
        if before != (wish, done):
            self._observer.after(effect)
        return done


class _WatchedStore:
    def __init__(self, store: Store, seam: _Seam) -> None:
        self._store = store
        self._seam = seam
        self.uri = store.uri

    def child(self, prefix: str) -> Store:
        return _WatchedStore(self._store.child(prefix), self._seam)

    def get(self, key: str) -> bytes:
        return self._store.get(key)

    def stat(self, key: str) -> Entry | None:
        return self._store.stat(key)

    def put(self, key: str, data: bytes) -> Entry:
        return self._seam.act("store.put", key, lambda: self._store.put(key, data))

    def put_if_absent(self, key: str, data: bytes) -> Entry | None:
        return self._seam.act("store.put_if_absent", key, lambda: self._store.put_if_absent(key, data))

    def put_file(self, key: str, path: Path) -> Entry:
        return self._seam.act("store.put_file", key, lambda: self._store.put_file(key, path))

    def get_file(self, key: str, path: Path) -> int:
        return self._store.get_file(key, path)

    def list(self, prefix: str = "") -> Iterator[Entry]:
        return self._store.list(prefix)

    def delete(self, key: str) -> None:
        self._seam.act("store.delete", key, lambda: self._store.delete(key))

    def now(self) -> datetime:
        return self._store.now()

    def upload(self, folder: Path, prefix: str, progress: Progress | None = None) -> int:
        return self._seam.act("store.upload", prefix, lambda: self._store.upload(folder, prefix, progress))

    def download(self, prefix: str, folder: Path, progress: Progress | None = None) -> int:
        return self._store.download(prefix, folder, progress)


class _WatchedProvider:
    def __init__(self, provider: Provider, seam: _Seam) -> None:
        self._provider = provider
        self._seam = seam

    def trainer(self) -> Trainer:
        return _WatchedTrainer(self._provider.trainer(), self._seam)

    def server(self) -> Server:
        return _watched_server(self._provider.server(), self._seam)

    def owned(self, tags: Mapping[str, str]) -> Sequence[tuple[str, str]]:
        return self._provider.owned(tags)


class _WatchedPreflightProvider(_WatchedProvider):
    def preflight(self, run: Run | None, want: Wanted | None, policy: Policy | None) -> Sequence[Check]:
        assert isinstance(self._provider, Preflight)  # chosen by _watched_provider
        return self._provider.preflight(run, want, policy)


def _watched_provider(provider: Provider, seam: _Seam) -> Provider:
    kind = _WatchedPreflightProvider if isinstance(provider, Preflight) else _WatchedProvider
    return kind(provider, seam)


class _WatchedTrainer:
    def __init__(self, trainer: Trainer, seam: _Seam) -> None:
        self._trainer = trainer
        self._seam = seam

    def ensure(self, run: Run) -> JobStatus:
        return self._seam.step("trainer.ensure", run.name, run, lambda: self._trainer.ensure(run))

    def status(self, names: Collection[str]) -> Mapping[str, JobStatus]:
        return self._trainer.status(names)

    def stop(self, name: str) -> None:
        self._seam.act("trainer.stop", name, lambda: self._trainer.stop(name))

    def delete(self, name: str) -> None:
        self._seam.act("trainer.delete", name, lambda: self._trainer.delete(name))

    def logs(self, name: str, cursor: str | None) -> LogPage:
        return self._trainer.logs(name, cursor)


class _WatchedServer:
    def __init__(self, server: Server, seam: _Seam) -> None:
        self._server = server
        self._seam = seam

    def observe(self, name: str) -> Observed | None:
        return self._server.observe(name)

    def advance(self, want: Wanted) -> Observed:
        return self._seam.step("server.advance", want.name, want, lambda: self._server.advance(want))

    def metrics(self, name: str, window: timedelta) -> Mapping[str, Metrics]:
        return self._server.metrics(name, window)

    def invoke(
        self, name: str, body: bytes, content_type: str, slot: str | None = None, accept: str | None = None
    ) -> Reply:
        return self._seam.act(
            "server.invoke", name, lambda: self._server.invoke(name, body, content_type, slot, accept)
        )

    def logs(self, name: str, slot: str, cursor: str | None) -> LogPage:
        return self._server.logs(name, slot, cursor)


class _Native(_WatchedServer):
    def native_losses(self, policy: Policy) -> Sequence[Loss]:
        assert isinstance(self._server, NativeRollout)  # chosen by _watched_server
        return self._server.native_losses(policy)

    def native_policy(self, policy: Policy) -> Policy:
        assert isinstance(self._server, NativeRollout)
        return self._server.native_policy(policy)

    def advance_natively(self, want: Wanted, policy: Policy) -> Observed:
        native = self._server
        assert isinstance(native, NativeRollout)
        return self._seam.step("server.advance", want.name, want, lambda: native.advance_natively(want, policy))


class _Streaming(_WatchedServer):
    def stream(self, name: str, body: bytes, content_type: str, accept: str | None = None) -> Iterator[bytes]:
        streaming = self._server
        assert isinstance(streaming, StreamingServer)
        return self._seam.act("server.stream", name, lambda: streaming.stream(name, body, content_type, accept))


class _NativeStreaming(_Native, _Streaming):
    pass


def _watched_server(server: Server, seam: _Seam) -> Server:
    native, streaming = isinstance(server, NativeRollout), isinstance(server, StreamingServer)
    kinds = {
        (False, False): _WatchedServer,
        (True, False): _Native,
        (False, True): _Streaming,
        (True, True): _NativeStreaming,
    }
    return kinds[native, streaming](server, seam)

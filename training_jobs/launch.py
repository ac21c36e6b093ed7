"""The command as a process group: its output passed through, signals passed on, time to save, nothing left behind."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from types import FrameType
from typing import NamedTuple

from tradewind.training_jobs.errors import NOT_EXECUTABLE, NOT_FOUND, BootstrapError
from tradewind.training_jobs.failure import Stream, Tail
from tradewind.training_jobs.redact import Redactor

PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_LEFTOVERS = 2.0  # seconds between SIGTERM and SIGKILL for what a finished command left running
_DRAIN = 5.0  # seconds for the last output to arrive after all processes are gone
_LOOK = 0.05


class Ended(NamedTuple):
    """`returncode` as of subprocess (negative: a signal); `stopped_by` the signal that we passed on, or 0."""

    returncode: int
    stopped_by: int
    lines: list[str]

    @property
    def exit_code(self) -> int:
        return 128 - self.returncode if self.returncode < 0 else self.returncode


class Stopped(Exception):
    """A signal came while there was no command yet."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Launcher:
    """One command at a time. `listen` must be called on the main thread, before anything that takes long."""

    def __init__(self, grace: float, secrets: list[str]) -> None:
        self._grace = grace
        self._secrets = secrets
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = False
        self._stopped_by = 0
        self._deadline = 0.0
        self._killer: threading.Timer | None = None
        self._chain: list[int] = []
        self._orphans: dict[int, int] = {}  # process -> how it ended

    def listen(self) -> None:
        _adopt_orphans()
        for number in PASSED_ON:
            signal.signal(number, self._on_signal)

    def run(self, argv: list[str], cwd: str, env: dict[str, str]) -> Ended:
        """Until it and all that it started are gone. Raises BootstrapError where it cannot be started."""
        process = self._start(argv, cwd, env)
        tail = Tail()
        reader = threading.Thread(target=self._pass, args=(process, tail), daemon=True)
        reader.start()
        returncode = process.wait()
        self._end_group(process.pid)
        for pid in self._chain:
            # A shell that died of the signal while the program under it was still answering: the program's word counts.
            if returncode != -self._stopped_by or pid not in self._orphans:
                break
            returncode = self._orphans[pid]
        reader.join(_DRAIN)
        if self._killer:
            self._killer.cancel()
        return Ended(returncode, self._stopped_by, tail.lines())

    def _start(self, argv: list[str], cwd: str, env: dict[str, str]) -> subprocess.Popen[bytes]:
        # A signal between fork and here is remembered, not lost: the handler looks at _starting.
        self._starting = True
        try:
            process = subprocess.Popen(
                argv,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,  # a group of its own, so that a signal reaches every process of it
            )
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            what = argv[0] if missing else str(error.filename or argv[0])
            code = NOT_FOUND if missing else NOT_EXECUTABLE
            raise BootstrapError(f"{what} cannot be started: {error.strerror}", code) from error
        finally:
            self._starting = False
        self._process = process
        if self._stopped_by:
            self._pass_on(self._stopped_by)
        return process

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._stopped_by = self._stopped_by or number
        if self._process is not None:
            self._pass_on(number)
        elif not self._starting:
            raise Stopped(number)

    def _pass_on(self, number: int) -> None:
        assert self._process is not None
        group = self._process.pid
        self._chain = self._chain or _chain(group)
        _send(group, number)
        if self._killer is None:
            self._deadline = time.monotonic() + self._grace
            self._killer = threading.Timer(self._grace, _send, (group, signal.SIGKILL))
            self._killer.daemon = True
            self._killer.start()

    def _end_group(self, group: int) -> None:
        """A shell that dies of the signal leaves the program that is saving: that one has the grace, not the shell."""
        if not self._stopped_by:
            if not self._alive(group):
                return
            _send(group, signal.SIGTERM)
            self._deadline = time.monotonic() + _LEFTOVERS
        while self._alive(group):
            if time.monotonic() >= self._deadline:
                _send(group, signal.SIGKILL)
            time.sleep(_LOOK)

    def _alive(self, group: int) -> bool:
        self._reap(group)
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return False
        if _only_zombies(group):
            self._reap(group)  # those that ended since
            return False
        return True

    def _reap(self, group: int) -> None:
        """Bury what is ours by now, and remember how each ended."""
        while True:
            try:
                pid, status = os.waitpid(-group, os.WNOHANG)
            except ChildProcessError:
                return  # none of them is our child, or no more
            if not pid:
                return
            self._orphans[pid] = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

    def _pass(self, process: subprocess.Popen[bytes], tail: Tail) -> None:
        """One thread for both streams: of two that have something, stdout first, which keeps the order of most programs."""
        with selectors.DefaultSelector() as waiting:
            for stream, target in ((process.stdout, sys.stdout), (process.stderr, sys.stderr)):
                assert stream is not None
                words = _Channel(target.fileno(), tail.stream(), Redactor(self._secrets))
                waiting.register(stream, selectors.EVENT_READ, words)
            while waiting.get_map():
                for key, _ in sorted(waiting.select(), key=lambda ready: ready[0].data.target):
                    data = os.read(key.fd, 65536)
                    key.data.feed(data)
                    if not data:
                        waiting.unregister(key.fileobj)


class _Channel:
    def __init__(self, target: int, kept: Stream, redactor: Redactor) -> None:
        self.target = target
        self._kept = kept
        self._redactor = redactor

    def feed(self, data: bytes) -> None:
        """No data: the stream ended."""
        shown = self._redactor.feed(data) if data else self._redactor.rest()
        self._kept.feed(shown)
        _write(self.target, shown)


def _adopt_orphans() -> None:
    """Become the parent of what the command leaves (Linux), so that it can be waited for, and how it ended be known."""
    try:
        import ctypes
    except ImportError:  # a Python built without it: orphans go to the container's first process
        return
    set_child_subreaper = 36
    try:
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)
    except (OSError, AttributeError):
        return  # not Linux


def _write(to: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(to, data) :]
        except BlockingIOError:
            time.sleep(_LOOK)
        except OSError:
            return  # whoever read our log is gone; the training goes on


def _send(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return  # all gone
    except PermissionError:
        return  # macOS says so of a group of zombies


def _chain(pid: int) -> list[int]:
    """The program in the foreground of a shell, and in that of a shell in it, and so on (Linux)."""
    found: list[int] = []
    while len(found) < 16:
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                children = file.read().split()
        except OSError:
            break  # no such list on this system, or gone
        if not children:
            break
        pid = int(children[-1])
        found.append(pid)
    return found


def _only_zombies(group: int) -> bool:
    """Where the first process of a container does not reap, the dead stay in the table for ever."""
    if not os.path.isdir("/proc/self"):
        return False
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue  # ended meanwhile
        if int(fields[2]) == group and fields[0] not in (b"Z", b"X"):
            return False
    return True

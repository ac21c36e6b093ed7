"""Processes that outlive who started them, and that take all their children along when they end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence

import psutil

from tradewind.host.identity import Identity, alive

MARK = "TRADEWIND_HOST"  # in the environment of all that we start: the folder that it belongs to
PASSED = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TERM", "SSL_CERT_FILE",
          "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE")  # fmt: skip
PASSED_STARTS = ("LC_", "CUDA_", "NVIDIA_", "OMP_", "UV_", "PIP_", "XDG_")
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
PR_SET_CHILD_SUBREAPER = 36
# Waits for the end of a pipe that only the supervisor holds; then the whole group of processes dies.
LEASH = 'read -r _; kill -s KILL -- "-$1" 2>/dev/null'

# Until its leash and its limits are on, the command does not begin.
GATE = 'read -r _ && exec "$@" </dev/null'
OPEN = b"go\n"


def plain_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What a program needs to run here, and nothing of the caller's keys: a cloud would not hand those on either."""
    return {
        name: value
        for name, value in environ.items()
        if name in PASSED or name.startswith(PASSED_STARTS) or name.lower() in PROXIES
    }


def adopt_orphans() -> bool:
    """Grandchildren that leave their session become ours, so that none escapes. False where the kernel cannot."""
    if sys.platform != "linux":
        return False
    try:
        return bool(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def gated(argv: Sequence[str]) -> list[str]:
    """The command behind a gate: it begins when one line comes through its stdin, and never if we die before."""
    return ["/bin/sh", "-c", GATE, "tradewind-gate", *argv]


class Leash:
    """Kills the group of `leader` when we die, even by SIGKILL. `drop` it once the group is gone."""

    def __init__(self, leader: int) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", LEASH, "tradewind-leash", str(leader)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", "/bin:/usr/bin")},
            cwd="/",
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def drop(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


def signal_group(leader: int, number: signal.Signals) -> None:
    """Absent: no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def kill_group(leader: int) -> None:
    signal_group(leader, signal.SIGKILL)


def descendants(spare: Iterable[int] = ()) -> list[psutil.Process]:
    """All processes below this one that still do something, but for `spare`."""
    spared = set(spare)
    try:
        found = psutil.Process().children(recursive=True)
    except psutil.Error:
        return []
    return [child for child in found if child.pid not in spared and _moves(child)]


def kill_descendants(spare: Iterable[int] = (), patience: float = 5.0) -> None:
    """Kill everything below this process. Repeats: a dying process may still fork."""
    deadline = time.monotonic() + patience
    while (left := descendants(spare)) and time.monotonic() < deadline:
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        wait_dead(left, 0.2)


def wait_dead(processes: Iterable[psutil.Process], patience: float) -> bool:
    """Until none of them does anything any more; a zombie that its parent has not asked about counts as dead."""
    deadline = time.monotonic() + patience
    left = list(processes)
    while left := [process for process in left if _moves(process)]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _moves(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def marked(value: str, name: str = MARK) -> list[psutil.Process]:
    """Processes of this user that carry the mark: what a killed supervisor may have left behind."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(name) == value and process.pid != os.getpid():
                found.append(process)
    return found


def kill_marked(value: str, name: str = MARK) -> int:
    """How many were left and are now killed."""
    left = marked(value, name)
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.kill()
    wait_dead(left, 3.0)
    return len(left)


def signal_process(identity: Identity, number: signal.Signals) -> bool:
    """Only if it is still that very process."""
    if not alive(identity):
        return False
    try:
        os.kill(identity.pid, number)
    except ProcessLookupError:
        return False
    return True

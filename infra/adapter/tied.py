"""A program of its own: runs Pulumi's command line, and tells it to stop where it is told to, and where its parent dies.

However that dies: the engine then ends what is under way and frees its lock, instead of going on unwatched. Linux tells of a
parent's death once for each of its threads, and at a second SIGINT Pulumi leaves at once with its lock behind: so the engine
hears of each of the two once, from here. What is called `pulumi` may be a script around it: all of its process group hears of
it, which Pulumi's plug-ins are not in (sdk/go/common/util/cmdutil, RegisterProcessGroup). It is no `preexec_fn` of the parent,
since Python code between fork and exec hangs where gRPC's threads hold a lock.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable
from functools import partial

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # prctl(2)
_DEATH = signal.SIGUSR1  # of the parent
_HEARD = (signal.SIGINT, _DEATH)


def main(parent: int, command: list[str]) -> None:
    prctl = _prctl()
    die_with = partial(prctl, _PR_SET_PDEATHSIG)
    prctl(_PR_SET_CHILD_SUBREAPER, 1)
    signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)  # until there is somebody to tell
    die_with(_DEATH)
    if os.getppid() != parent:  # died before
        sys.exit(130)
    engine = os.fork()
    if engine == 0:
        _become(command, die_with)
    told: set[int] = set()
    for number in _HEARD:
        signal.signal(number, _once(engine, told))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
    code = os.waitstatus_to_exitcode(os.waitpid(engine, 0)[1])
    if told:
        _rest(engine)
    if code < 0:  # by a signal: whoever waits for this is told the same
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


def _become(command: list[str], die_with: Callable[[int], object]) -> None:
    """Told once as well where this program is killed: it has one thread."""
    os.setpgid(0, 0)
    die_with(signal.SIGINT)
    for number in _HEARD:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
    try:
        os.execv(command[0], command)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        os._exit(127)


def _rest(group: int) -> None:
    """A shell is gone at once when it hears of a stop, and what it runs is not: that frees the lock."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-group, 0)


def _once(engine: int, told: set[int]) -> Callable[[int, object], None]:
    def tell(number: int, _frame: object) -> None:
        if number not in told:
            told.add(number)
            # It may not have become a group yet.
            try:
                os.killpg(engine, signal.SIGINT)
            except ProcessLookupError:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(engine, signal.SIGINT)

    return tell


def _prctl() -> Callable[[int, int], object]:
    try:
        library = ctypes.CDLL(None)
    except OSError:  # no libc to ask: an engine left alone goes on to its end
        return lambda _option, _number: None
    return lambda option, number: library.prctl(option, number)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])

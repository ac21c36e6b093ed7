"""A program of its own: becomes Pulumi's command line, which gets SIGINT when the process that asked for it dies.

However that dies: the engine then ends what is under way and frees its lock, instead of going on unwatched. It is no
`preexec_fn`, since Python code between fork and exec hangs where gRPC's threads hold a lock. Linux only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # prctl(2); may come once for each thread of the parent that ends


def main(parent: int, command: list[str]) -> None:
    with contextlib.suppress(AttributeError, OSError):  # a libc without it: an engine left alone goes on to its end
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:  # died before
        sys.exit(130)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])

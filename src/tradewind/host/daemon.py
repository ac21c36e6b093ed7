"""Starting our own daemons and being one: a session of its own, no file of the starter's, secrets in memory only."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from tradewind.host.errors import HostError
from tradewind.host.processes import MARK, plain_environment

LOG = "daemon.log"
REFUSED = "refused "  # begins the greeting of a daemon that ends with an error it can name
LAST_BREATH = 1.0  # seconds that the threads of a killed daemon may still hold what was its own
PATIENCE = 60.0  # seconds for its greeting
LAST = 5  # lines of it in an error


def start(module: str, folder: Path, payload: Mapping[str, Any]) -> str:
    """Run `python -m module folder` detached and return its greeting once it stands. `payload` goes through its stdin."""
    environ = plain_environment(os.environ)
    if os.environ.get("PYTHONPATH"):
        environ["PYTHONPATH"] = os.environ["PYTHONPATH"]  # how this Python finds its modules
    with (
        (folder / LOG).open("ab") as log,
        subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(folder)],
            cwd=folder,
            env={**environ, MARK: str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        ) as process,
    ):  # the process itself ends at once: what lives on is its fork
        before = log.seek(0, os.SEEK_END)
        try:
            said, _ = process.communicate(json.dumps(payload).encode(), timeout=PATIENCE)
        except BrokenPipeError:  # it died at once
            said = b""
        except subprocess.TimeoutExpired:
            raise HostError("transient", f"{module} gave no sign for {PATIENCE:g} s", code="TW606") from None
    text = said.decode().strip()
    if text.startswith(REFUSED):
        raise refusal(json.loads(text.removeprefix(REFUSED)))
    if text:
        return text
    last = (folder / LOG).read_bytes()[before:].decode(errors="replace").strip().splitlines()[-LAST:]
    if not last:  # killed: the next try may well stand
        raise HostError("transient", f"{module} ended without a word", code="TW606", hint="run the same command again")
    raise HostError("failed", "\n".join(last), code="TW606", hint=f"see {folder / LOG}")


def refusal(said: Mapping[str, str]) -> HostError:
    """An error that crossed from one process to another."""
    kind: Any = said["kind"]
    return HostError(kind, said["said"], code=said["code"], hint=said["hint"])


def payload() -> dict[str, Any]:
    """In the daemon, first of all: leave the starter, then hear what it says. Ends where it died half-way."""
    if os.fork() > 0:
        os._exit(0)
    try:
        heard = json.loads(sys.stdin.buffer.read())
    except ValueError:
        raise SystemExit("the starter died before it had said everything") from None
    if not isinstance(heard, dict):
        raise SystemExit("the starter said something that is no object")
    return heard


def live(folder: Path) -> FileLock | None:
    """Held as long as this process lives; None: another daemon has this folder."""
    life = FileLock(folder / "life.lock")
    try:
        life.acquire(timeout=LAST_BREATH)
    except Timeout:
        return None
    return life


def greet(text: str) -> None:
    """Tell the starter that we stand, then let go of its pipes."""
    with contextlib.suppress(BrokenPipeError):  # it was killed meanwhile: we live on
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nowhere, stream)
    os.close(nowhere)

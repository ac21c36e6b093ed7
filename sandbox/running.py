"""An emulated cloud as a daemon of this user: started once, found again by later commands, ended with all that it started."""

from __future__ import annotations

import contextlib
import json
import signal
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from tradewind.host import daemon
from tradewind.host.errors import HostError, told
from tradewind.host.files import read_json, remove_folder
from tradewind.host.identity import Identity, alive, of_record
from tradewind.host.processes import kill_marked, signal_process, wait_dead

ADDRESS = "address.json"  # written by the daemon once it answers; it stays, so that the port does
DATA = "data"  # the account itself
LOG = daemon.LOG
TURN = 180.0  # seconds to wait for another command that starts, ends or empties it
GOODBYE = 40.0  # seconds from SIGTERM to SIGKILL: jobs get time to save
ANSWER = 10.0  # seconds for an answer of its control


@dataclass(frozen=True)
class Running:
    """`since` is seconds since the epoch, `version` that of the tradewind that started it."""

    url: str
    identity: Identity
    since: float
    version: str


def find(folder: Path) -> Running | None:
    """The one that lives in this folder now; reads two files and asks nobody."""
    said = read_json(folder / ADDRESS)
    identity = of_record(said)
    if said is None or identity is None or not alive(identity):
        return None
    return Running(str(said["url"]), identity, float(said["since"]), str(said["version"]))


def last_address(folder: Path) -> str:
    """Where it answers, or did; "" where it never ran."""
    said = read_json(folder / ADDRESS)
    return str(said["url"]) if said and "url" in said else ""


def start(module: str, folder: Path, *, speed: float, version: str) -> tuple[Running, bool]:
    """The one that runs, and whether it was started now. However many ask at once, one is started. Raises HostError."""
    with told():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(folder):
            found = find(folder)
            return (found, False) if found is not None else (_start(module, folder, speed, version), True)


def stop(folder: Path) -> bool:
    """End it and whatever it started; its account stays on disk. False where it did not run. Raises HostError."""
    if not folder.is_dir():
        return False
    with told(), _alone(folder):
        return _stop(folder)


def reset(module: str, folder: Path) -> Running | None:
    """Empty the account. One that ran runs again, empty, at the same address and pace; else None. Raises HostError."""
    if not folder.is_dir():
        return None
    with told(), _alone(folder):
        found = find(folder)
        speed = pace(found.url) if found is not None else 0.0
        _stop(folder)
        remove_folder(folder / DATA)
        return _start(module, folder, speed, found.version) if found is not None else None


def pace(url: str) -> float:
    """What durations of states are divided by now. Raises HostError."""
    return float(_asked(f"{url}/_sandbox/knobs")["speed"])


def set_pace(url: str, speed: float) -> None:
    _asked(f"{url}/_sandbox/speed", {"speed": speed})


def answers(url: str) -> bool:
    try:
        return bool(_asked(f"{url}/_sandbox/health").get("ready"))
    except HostError:
        return False


def _start(module: str, folder: Path, speed: float, version: str) -> Running:
    kill_marked(str(folder))  # one whose starter died before it stood, and what a killed one left
    daemon.start(module, folder, {"speed": speed, "version": version})
    found = find(folder)
    if found is None:
        raise HostError("transient", "the sandbox ended as soon as it stood", code="TW606", hint=f"see {folder / LOG}")
    return found


def _stop(folder: Path) -> bool:
    found = find(folder)
    if found is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(found.identity.pid)
            if signal_process(found.identity, signal.SIGTERM) and not wait_dead([process], GOODBYE):
                signal_process(found.identity, signal.SIGKILL)
                wait_dead([process], GOODBYE)
    kill_marked(str(folder))
    return found is not None


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    try:
        with FileLock(folder / "start.lock", timeout=TURN):
            yield
    except Timeout:
        said = f"another command has been starting or ending the sandbox for {TURN:g} s"
        raise HostError("transient", said, code="TW606", hint="run the same command again") from None


def _asked(url: str, said: dict[str, Any] | None = None) -> dict[str, Any]:
    """One call of the emulator's own control, past any proxy."""
    body = None if said is None else json.dumps(said).encode()
    request = urllib.request.Request(url, data=body, method="GET" if body is None else "POST")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=ANSWER) as answer:
            found = json.loads(answer.read())
    except (OSError, ValueError) as error:
        raise HostError("transient", f"the sandbox does not answer: {error}", code="TW606",
                        hint="`deploy sandbox stop`, then run the same command again") from error  # fmt: skip
    return dict(found)

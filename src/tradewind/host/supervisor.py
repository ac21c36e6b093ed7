"""`python -m tradewind.host.supervisor FOLDER`: runs one job to its end, whatever becomes of the command that asked for it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Literal

from tradewind.host import daemon, identity, jobs
from tradewind.host.errors import HostError, of_os_error
from tradewind.host.files import place_folder, write_json
from tradewind.host.limits import confine, over_memory
from tradewind.host.log_reader import last_lines
from tradewind.host.log_writer import LogWriter
from tradewind.host.prepare import Prepared, applied, prepare
from tradewind.host.processes import (
    MARK,
    OPEN,
    Leash,
    adopt_orphans,
    gated,
    kill_descendants,
    kill_group,
    plain_environment,
)
from tradewind.host.unpack import as_folder, path_of, present

SEGMENTS_KEPT = 64  # of 8 MiB each
LOOK = 0.1  # seconds between two looks at the child
RESERVE, RESERVED = "reserve", 32 * 1024  # bytes kept for the last word
MEMORY_LOOK = 1.0  # seconds between two looks at its memory
LINES = 10  # of the log in a reason


@dataclass
class Ending:
    """Why the child is being ended by us; "" while it is not."""

    cause: Literal["", "stop", "timeout", "memory"] = ""
    reason: str = ""
    kill_at: float = 0.0


class Supervisor:
    def __init__(self, folder: Path, secrets: Mapping[str, str]) -> None:
        self._folder = folder
        self._job = jobs.load((folder / jobs.SPEC).read_text(encoding="utf-8"))
        self._secrets = secrets
        self._log = LogWriter(folder / jobs.LOGS, keep=SEGMENTS_KEPT, secrets=tuple(secrets.values()))
        self._started: float | None = None
        self._asked = threading.Event()
        self._preparing = False

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            (self._folder / RESERVE).write_bytes(bytes(RESERVED))
            prepared = self._prepare()
            if prepared is None or self._stop_asked():
                self._finish("stopped", "Stopped", "stopped before it started")
                return
            self._supervise(*self._launch(prepared))
        except HostError as error:
            self._log.say("tradewind", f"{error.said}\n{error.hint}".strip())
            self._finish("failed", "Failed", f"{error.said} [{error.code}]")
        except OSError as error:
            if self._folder.exists():  # else somebody deleted it, and nobody asks any more
                self._finish("failed", "Failed", of_os_error(error).said)
        finally:
            self._log.close()

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._asked.set()
        if self._preparing:
            kill_descendants()  # an installer does not see our wish

    def _prepare(self) -> Prepared | None:
        """None: a stop was asked for before there was anything to run."""
        self._state("preparing", "Preparing")
        self._preparing = True
        try:
            return prepare(self._job.preparation, Path(self._job.cache), os.environ, private=self._folder / "code")
        except HostError:
            if not self._stop_asked():
                raise
            return None
        finally:
            self._preparing = False

    def _stop_asked(self) -> bool:
        return self._asked.is_set() or (self._folder / jobs.STOP).exists()

    def _state(self, phase: str, word: str) -> None:
        write_json(self._folder / jobs.STATE, {"phase": phase, "word": word, "started": self._started})

    def _launch(self, prepared: Prepared) -> tuple[subprocess.Popen[bytes], Leash]:
        job, folder = self._job, self._folder
        for name in job.folders:
            (folder / name).mkdir(parents=True, exist_ok=True)
        said = {
            "{python}": prepared.python,
            "{job}": str(folder),
            "{code}": prepared.code or str(folder),
        }
        env = {**plain_environment(os.environ), **job.env, **self._secrets}
        env.update({name: fill(value, said) for name, value in job.places.items()})
        for variable, uri in job.inputs.items():
            env[variable] = str(as_folder(present(uri), folder / "inputs" / variable))
        env.update({**applied(prepared, env), "PYTHONUNBUFFERED": "1", MARK: str(folder)})
        child = subprocess.Popen(
            gated([fill(part, said) for part in job.argv]),
            cwd=fill(job.cwd, said),
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        leash = Leash(child.pid)
        if not confine(child.pid, job.limits):
            self._log.say("tradewind", "this kernel cannot bind a process to CPUs; hardware.cpus is not a limit here")
        self._started = time.time()
        self._state("running", "Running")
        if child.stdin is not None:
            with contextlib.suppress(BrokenPipeError), child.stdin as gate:
                gate.write(OPEN)
        return child, leash

    def _supervise(self, child: subprocess.Popen[bytes], leash: Leash) -> None:
        readers = [
            threading.Thread(target=self._copy, args=(name, pipe), daemon=True)
            for name, pipe in (("stdout", child.stdout), ("stderr", child.stderr))
        ]
        for reader in readers:
            reader.start()
        ending = self._wait(child, leash.pid)
        kill_group(child.pid)
        kill_descendants(spare=(leash.pid,))
        for reader in readers:
            reader.join(timeout=5)
        leash.drop()
        self._conclude(child.returncode, ending)

    def _copy(self, source: str, pipe: IO[bytes] | None) -> None:
        if pipe is None:
            return
        with contextlib.suppress(ValueError, OSError):  # closed under us at the very end
            while data := os.read(pipe.fileno(), 65536):
                self._log.feed(source, data)
        self._log.end(source)

    def _wait(self, child: subprocess.Popen[bytes], leash: int) -> Ending:
        """Until the child ended, ending it where a limit or a person says so."""
        ending = Ending()
        deadline = time.monotonic() + self._job.max_runtime
        memory_at = time.monotonic()
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=LOOK)
                return ending
            now = time.monotonic()
            if not ending.cause:
                over = ""
                if now >= memory_at:
                    over = over_memory(child.pid, self._job.limits)
                    memory_at = now + MEMORY_LOOK
                ending = self._verdict(now, deadline, over)
                if ending.cause:
                    self._log.say("tradewind", f"ending the job: {ending.reason}")
                    child.terminate()
            elif now >= ending.kill_at:
                kill_group(child.pid)
                kill_descendants(spare=(leash,), patience=1.0)

    def _verdict(self, now: float, deadline: float, over: str) -> Ending:
        kill_at = now + self._job.grace
        if self._stop_asked():
            return Ending("stop", "a stop was asked for", kill_at)
        if not self._folder.exists():
            return Ending("stop", "its folder was deleted", now)
        if now >= deadline:
            return Ending("timeout", f"max_runtime of {self._job.max_runtime:g} s is over", kill_at)
        return Ending("memory", over, now) if over else Ending()

    def _conclude(self, code: int, ending: Ending) -> None:
        self._place(self._job.keep_always)
        if ending.cause == "stop":
            self._finish("stopped", "Stopped", ending.reason)
        elif ending.cause == "timeout":
            self._finish("failed", "TimedOut", ending.reason, failure="timeout")
        elif ending.cause == "memory":
            self._finish("failed", "OutOfMemory", ending.reason)
        elif code != 0:
            self._finish("failed", "Failed", self._why(code))
        else:
            self._place(self._job.results)
            self._finish("succeeded", "Succeeded", "")

    def _place(self, moves: Mapping[str, str]) -> None:
        for name, uri in moves.items():
            source = self._folder / name
            if source.is_dir():
                place_folder(source, path_of(uri))

    def _why(self, code: int) -> str:
        """The program's own reason where it left one, else how it ended and its last lines."""
        how = f"exit code {code}" if code > 0 else f"killed by {signal.Signals(-code).name}"
        told = self._told()
        tail = "\n".join(last_lines(self._folder / jobs.LOGS, LINES))
        return told or f"{how}\n{tail}".strip()

    def _told(self) -> str:
        if not self._job.failure_file:
            return ""
        try:
            text = (self._folder / self._job.failure_file).read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""
        for value in self._secrets.values():
            text = text.replace(value, "***") if len(value) > 3 else text
        try:
            said = json.loads(text)
        except ValueError:
            return text
        return failure_text(said) if isinstance(said, dict) else text

    def _finish(self, state: str, word: str, reason: str, failure: str = "") -> None:
        (self._folder / RESERVE).unlink(missing_ok=True)  # a job that filled the disk can still say how it ended
        end = {"state": state, "word": word, "reason": reason, "failure": failure}
        write_json(self._folder / jobs.EXIT, {**end, "started": self._started, "ended": time.time()})


def failure_text(said: Mapping[str, object]) -> str:
    """The bootstrap's record as text for people: its reason, then the last lines."""
    reason = str(
        said.get("reason") or said.get("message") or f"exit code {said.get('exit_code', said.get('code', '?'))}"
    )
    lines = said.get("lines") or said.get("last_lines") or said.get("log") or ()
    tail = [str(line) for line in lines] if isinstance(lines, list) else []
    return "\n".join([reason, *[line for line in tail if line not in reason]])


def fill(text: str, said: Mapping[str, str]) -> str:
    for name, value in said.items():
        text = text.replace(name, value)
    return text


def main() -> int:
    folder = Path(sys.argv[1])
    secrets = daemon.payload().get("secrets", {})
    life = daemon.live(folder)
    if life is None:
        daemon.greet("another")
        return 0
    if (folder / jobs.SUPERVISOR).exists() or (folder / jobs.EXIT).exists():  # another was here, and ended
        daemon.greet("another")
        return 0
    adopt_orphans()
    write_json(folder / jobs.SUPERVISOR, identity.me().record())
    daemon.greet("started")
    Supervisor(folder, secrets).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())

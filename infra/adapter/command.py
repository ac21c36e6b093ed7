"""Pulumi's own command line: where it is, fetching it, and running it so that a stop reaches it once and leaves no lock."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Protocol

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import InvalidVersionError, create_command_error

from tradewind.errors import ProviderError, ProviderKind
from tradewind.home import home
from tradewind.infra.adapter import tied, version

CANNOT_BE_USED = "TW814"
SITE = "https://www.pulumi.com/docs/install/"
_LAST = 5.0  # seconds in which what a process that ended still said is read
_LOOK = 0.1  # seconds between two looks at whether a stop was asked for


class Stop(Protocol):
    """`engine.clock.Stop`'s likeness."""

    @property
    def asked(self) -> bool: ...


def root() -> Path:
    return home() / "infra" / "pulumi"


def find() -> Path | None:
    """On PATH, else the one that `install` fetched."""
    there = shutil.which("pulumi")
    own = root() / "bin" / "pulumi"
    return Path(there).absolute() if there else own if own.is_file() else None


def install() -> Path:
    """Fetch the version that goes with the SDK, for tradewind alone. Raises ProviderError."""
    try:
        PulumiCommand.install(root=str(root()))
    except (OSError, subprocess.CalledProcessError, InvalidVersionError) as error:
        raise ProviderError("failed", str(error), during="fetch Pulumi's command line", code=CANNOT_BE_USED,
                            hint=f"Install it by hand: {SITE}") from error  # fmt: skip
    return root() / "bin" / "pulumi"


def command(stop: Stop | None = None) -> PulumiCommand:
    """Raises ProviderError TW814 where it is missing, does not run, or is too old for the SDK."""
    there = find()
    try:
        if there is None:
            raise FileNotFoundError("there is no `pulumi` on PATH")
        return Watched(there, stop)
    except (OSError, subprocess.SubprocessError, InvalidVersionError) as error:
        kind: ProviderKind = "missing" if isinstance(error, FileNotFoundError) else "failed"
        raise ProviderError(kind, str(error), during="run Pulumi's command line", code=CANNOT_BE_USED,
                            hint=f"Install a current one: {SITE}") from error  # fmt: skip


class Watched(PulumiCommand):
    """Runs in a session of its own: the terminal's Ctrl-C would reach it beside ours, and a second one kills it in mid-write."""

    def __init__(self, path: Path, stop: Stop | None = None) -> None:
        # Not the SDK's own: that asks the one on PATH for its version, which is another where ours was fetched.
        self.command, self.version = str(path), version.of(path)
        self._stop = stop

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], object] | None = None,
        on_error: Callable[[str], object] | None = None,
    ) -> CommandResult:
        """As the SDK's, which neither watches for a stop nor has a session. Raises its CommandError."""
        words = args if "--non-interactive" in args else ["--non-interactive", *args]
        with subprocess.Popen(
            self._tied(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true", "PULUMI_SKIP_UPDATE_CHECK": "true"},
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            said = [_Reader(process.stdout, on_output), _Reader(process.stderr, on_error)]
            # The readers close them: to close one that is still read waits for its end.
            process.stdout = process.stderr = None
            self._wait(process, said[0])
            out, err = (it.text() for it in said)
        result = CommandResult(out, err, process.returncode)
        if process.returncode:
            raise create_command_error(result)
        return result

    def _tied(self, words: list[str]) -> list[str]:
        """Through `tied`, so that the engine ends and frees its lock where this process is killed."""
        if not sys.platform.startswith("linux"):
            return [self.command, *words]
        return [sys.executable, "-S", "-E", tied.__file__, str(os.getpid()), self.command, *words]

    def _wait(self, process: subprocess.Popen[str], output: _Reader) -> None:
        """SIGINT once, which lets what is under way end and frees the lock (Pulumi's own cancellation)."""
        told = False
        while process.poll() is None:
            if not told and self._stop is not None and self._stop.asked:
                process.send_signal(signal.SIGINT)
                told = True
            if not output.ended(_LOOK):
                continue
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK)


class _Reader:
    def __init__(self, stream: IO[str] | None, tell: Callable[[str], object] | None) -> None:
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read, args=(stream, tell), daemon=True)
        self._thread.start()

    def _read(self, stream: IO[str] | None, tell: Callable[[str], object] | None) -> None:
        with stream or contextlib.nullcontext(()) as lines:
            for line in lines:
                self._lines.append(line.rstrip())
                if tell:
                    tell(self._lines[-1])

    def ended(self, within: float) -> bool:
        """Whether all was said; waits for it so many seconds, and no longer than it takes."""
        self._thread.join(within)
        return not self._thread.is_alive()

    def text(self) -> str:
        """What else holds the stream, as a daemon that was left behind, is not waited for."""
        self._thread.join(_LAST)
        return "\n".join(self._lines)

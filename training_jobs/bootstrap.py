"""`python -m tradewind.training_jobs.bootstrap [-- COMMAND...]`: one contract on every cloud, then the command.

Reads TW_* (see `job`) or the cloud's own words (see `dialects`), unpacks the code, fetches secrets, installs what is
asked for, runs the command with the contract's variables, and says why when it failed. Exits as the command did.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from typing import Mapping

from tradewind.container import install, secret_store
from tradewind.container.errors import ContainerError
from tradewind.training_jobs import (
    cluster,
    dialects,
    failure,
    manifest,
    mpi,
    parameters,
    workdir,
)
from tradewind.training_jobs.job import Job, read
from tradewind.training_jobs.launch import Ended, Launcher, Stopped

# Words to us that the command has no use for.
_NOT_PASSED = ("TW_COMMAND", "TW_PARAMETERS_JSON", "TW_SECRETS", "TW_INDEX", "TW_REQUIREMENTS", "TW_FAILURE_FILE")


def main(argv: list[str] | None = None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    if words in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    command = tuple(words[1:] if words[:1] == ["--"] else words)
    return _Bootstrap(dict(os.environ), command).run()


class _Bootstrap:
    def __init__(self, environ: dict[str, str], command: tuple[str, ...]) -> None:
        self._environ = environ
        self._command = command
        self._secrets: dict[str, str] = {}
        # Known before anything else can fail, so that every failure finds its file.
        self._failure_files = tuple(p for p in environ.get("TW_FAILURE_FILE", "").split(os.pathsep) if p)

    def run(self) -> int:
        values: list[str] = []
        launcher = Launcher(0.0, values)
        launcher.listen()
        work = tempfile.mkdtemp(prefix="tradewind-", dir=self._environ.get("TW_WORK") or None)
        try:
            job = self._read()
            launcher = Launcher(job.grace, values)
            launcher.listen()
            ended = self._train(job, launcher, values, work)
        except ContainerError as error:
            return self._fail(error.exit_code, error.message, [])
        except Stopped as stopped:
            reason = f"stopped by {failure.name_of(stopped.number)} before the command was started"
            return self._fail(128 + stopped.number, reason, [])
        except OSError as error:
            return self._fail(1, f"{error.filename or 'the system'}: {error.strerror or error}", [])
        finally:
            shutil.rmtree(work, ignore_errors=True)
        if ended.exit_code:
            reason = failure.of_exit(ended.returncode, ended.stopped_by, ended.lines)
            return self._fail(ended.exit_code, reason, ended.lines)
        if job.rank == 0 and not ended.stopped_by and manifest.holds_a_model(job.model):
            manifest.write(job.model, job.framework)
        return 0

    def _read(self) -> Job:
        self._environ = dialects.translate(self._environ)
        self._failure_files = tuple(p for p in self._environ.get("TW_FAILURE_FILE", "").split(os.pathsep) if p)
        failure.clear(self._failure_files)
        return read(self._environ, self._command)

    def _train(self, job: Job, launcher: Launcher, values: list[str], work: str) -> Ended:
        for folder in (job.model, job.output, job.checkpoint):
            os.makedirs(folder, exist_ok=True)
        if job.rank == 0:
            manifest.clear(job.model)
        code = workdir.prepare(job.code, work)
        self._secrets = secret_store.fetch(job.secrets, self._environ, dialects.name_of(self._environ))
        values.extend(self._secrets.values())
        if job.requirements:
            install.install(job.requirements, job.index, code)
        port = job.master_port or cluster.free_port()
        if job.launcher == "mpi" and job.rank > 0:
            code_of_first = mpi.wait_for(job.master_addr, port + 1)
            return Ended(code_of_first, 0, [f"rank 0 ended with exit code {code_of_first}"] if code_of_first else [])
        env = self._environment(job, code, work, port)
        gate = mpi.Gate(port + 1, job.nodes - 1) if job.launcher == "mpi" and job.nodes > 1 else None
        ended = launcher.run(cluster.argv(job, port), code, env)
        if gate:
            gate.close(ended.exit_code)
        return ended

    def _environment(self, job: Job, code: str, work: str, port: int) -> dict[str, str]:
        env = {name: value for name, value in self._environ.items() if name not in _NOT_PASSED}
        env.update(job.inputs)
        env.update(
            {
                "TW_CODE": code,
                "TW_MODEL_DIR": job.model,
                "TW_OUTPUT_DIR": job.output,
                "TW_CHECKPOINT_DIR": job.checkpoint,
                "TW_PARAMETERS": parameters.write(work, job.parameters),
                "PYTHONUNBUFFERED": "1",  # a log that shows up when the container dies is no log
                "PATH": _path(self._environ, work),
            }
        )
        env.update(install.for_commands() if job.requirements else {})
        env.update(cluster.environment(job, port))
        env.update(self._secrets)
        return env

    def _fail(self, exit_code: int, reason: str, lines: list[str]) -> int:
        if not lines:
            lines = [line[: failure.MAX_LINE] for line in reason.splitlines()][-failure.MAX_LINES :]
        try:
            shown = failure.write(self._failure_files, exit_code, reason, lines, self._secrets)
        except OSError as error:
            shown = failure.write((), exit_code, reason, lines, self._secrets)
            print(f"tradewind: the reason could not be written: {error}", file=sys.stderr, flush=True)
        print(f"tradewind: {shown}", file=sys.stderr, flush=True)
        return exit_code


def _path(environ: Mapping[str, str], work: str) -> str:
    """`python` in the command is the Python that the requirements were installed into."""
    folder = os.path.dirname(sys.executable)
    if not os.path.exists(os.path.join(folder, "python")):
        folder = os.path.join(work, "bin")
        os.makedirs(folder, exist_ok=True)
        shim = os.path.join(folder, "python")
        with open(shim, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        os.chmod(shim, os.stat(shim).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return folder + os.pathsep + environ.get("PATH", os.defpath)


if __name__ == "__main__":
    sys.exit(main())

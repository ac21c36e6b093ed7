"""Runs `deploy` for tests: within this process for breadth, as a process of its own where that is what matters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tradewind.cli.main import main


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def deploy(*words: str, stdin: str | bytes | None = None, env: Mapping[str, str] | None = None) -> Said:
    """In this process, without a terminal. Whatever escapes the boundary fails the test."""
    done = CliRunner().invoke(main, list(words), input=stdin, env=dict(env or {}), prog_name="deploy")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Said(done.exit_code, done.stdout, done.stderr)


def argv(*words: str) -> list[str]:
    return [sys.executable, "-c", "from tradewind.cli.main import main; main(prog_name='deploy')", *words]


def process(
    *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None, stdin: bytes = b"", timeout: float = 60
) -> Said:
    """As a process of its own, without a terminal."""
    done = subprocess.run(
        argv(*words),
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=stdin,
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


def walk() -> list[Sequence[str]]:
    """Every command there is, groups included."""
    from tradewind.cli.verbs import COST, ENDPOINT, INFRA, ROOT, SANDBOX, TRAIN

    return [
        *([name] for name in ROOT),
        *(["cost", name] for name in COST),
        *(["train", name] for name in TRAIN),
        *(["endpoint", name] for name in ENDPOINT),
        *(["infra", name] for name in INFRA),
        *(["sandbox", name] for name in SANDBOX),
    ]

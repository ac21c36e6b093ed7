"""A real server process for each test that wants one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from fakes.serving import Running, Start


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a server on an inherited socket (so that no port is guessed), with a handler's text or a model folder."""
    begun: list[Running] = []

    def go(
        handler: str | None = None,
        *,
        model: Path | None = None,
        files: dict[str, str] | None = None,
        wait: bool = True,
        python: str = sys.executable,
        path: Path | None = None,
        preexec: Callable[[], None] | None = None,
        **settings: str,
    ) -> Running:
        env = {name: value for name, value in os.environ.items() if not name.startswith("TW_")}
        env.update({"TW_GRACE": "10", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}, **settings)
        if handler is not None:
            code = tmp_path / f"code{len(begun)}"
            code.mkdir()
            (code / "serve.py").write_text(dedent(handler))
            for name, text in (files or {}).items():
                (code / name).write_text(dedent(text))
            env.update(TW_CODE_DIR=str(code), TW_HANDLER="serve.py")
        if model is not None:
            env["TW_MODEL_DIR"] = str(model)
        if path is not None:
            env["PYTHONPATH"] = str(path)
        sock = socket.create_server(("127.0.0.1", 0), backlog=256)
        sock.set_inheritable(True)
        env["TW_FD"] = str(sock.fileno())
        log = tmp_path / f"log{len(begun)}"
        with log.open("wb") as stderr:
            command = [python, "-m", "tradewind.serving"]
            process = subprocess.Popen(
                command, env=env, stderr=stderr, pass_fds=[sock.fileno()], cwd=tmp_path, preexec_fn=preexec
            )
        running = Running(process, sock.getsockname()[1], log)
        begun.append(running)
        sock.close()
        if wait:
            running.until_ready()
        return running

    yield go
    for running in begun:
        if running.process.poll() is None:
            running.process.kill()
        running.process.wait()


@pytest.fixture(params=["compiled", "pure"])
def flavour(request: pytest.FixtureRequest) -> dict[str, str]:
    """Both ways to run: with httptools and uvloop, and with the standard library alone."""
    return {"TW_PURE_PYTHON": "1"} if request.param == "pure" else {}

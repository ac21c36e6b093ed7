"""The image, without building it: what the Dockerfile says, and its entry point run as a process."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.serving import Start

FILE = Path(__file__).parents[2] / "serving" / "Dockerfile"


def instructions() -> list[tuple[str, str]]:
    text = re.sub(
        r"\\\n\s*", " ", "\n".join(line for line in FILE.read_text().splitlines() if not line.startswith("#"))
    )
    return [(line.split(None, 1)[0].upper(), line.split(None, 1)[1]) for line in text.splitlines() if line.strip()]


def values(name: str) -> list[str]:
    return [value for found, value in instructions() if found == name]


def test_the_essentials() -> None:
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-[a-z]+", values("FROM")[0])  # pinned, small
    assert values("USER") == ["1000:1000"]  # by number, so that a cluster can check that it is not root
    assert values("EXPOSE") == ["8080"]
    assert values("STOPSIGNAL") == ["SIGTERM"]
    assert "ADD" not in dict(instructions())
    assert "MAINTAINER" not in dict(instructions())
    names = [name for name, _ in instructions()]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert names.index("USER") > max(at for at, name in enumerate(names) if name == "RUN")


def test_packages_are_pinned_and_leave_no_cache() -> None:
    for command in values("RUN"):
        for install in re.findall(r"pip install ([^&]+)", command):
            words = install.split()
            assert "--no-cache-dir" in words
            assert all("==" in word for word in words if not word.startswith("-"))
        assert "sudo" not in command
        assert "apt-get" not in command


def test_commands_are_in_exec_form() -> None:
    """A shell in between would keep SIGTERM to itself."""
    assert json.loads(values("ENTRYPOINT")[0]) == ["python", "-m", "tradewind.serving"]
    check = values("HEALTHCHECK")[0]
    assert json.loads(check[check.index("CMD") + 3 :])[0] == "python"


def test_what_is_copied_is_there() -> None:
    for copied in values("COPY"):
        *sources, _ = copied.split()
        assert all((FILE.parents[1] / source).exists() for source in sources)


def test_entry_point_as_a_process(start: Start, tmp_path: Path) -> None:
    """The folder as it lies in the image, with the words that SageMaker adds; ready, checked, stopped."""
    root = tmp_path / "image"
    for copied in values("COPY"):
        source, target = copied.split()
        there = root / Path(target).relative_to("/opt/tradewind")
        shutil.copytree(FILE.parents[1] / source, there, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "tradewind" / "__init__.py").touch()
    (tmp_path / "serve.py").write_text("def predict(model, inputs): return inputs")
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "TW_HANDLER": "serve.py"}
    env["AIP_HTTP_PORT"] = str(port)
    check = [sys.executable, "-m", "tradewind.serving.check"]
    assert subprocess.run(check, env=env, cwd=tmp_path, capture_output=True).returncode == 1
    entry = [sys.executable, *json.loads(values("ENTRYPOINT")[0])[1:], "serve"]
    process = subprocess.Popen(entry, env=env, cwd=tmp_path, stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        while b'"ready"' not in (line := process.stderr.readline()):
            assert line, "the server ended before it was ready"
        assert subprocess.run(check, env=env, cwd=tmp_path).returncode == 0
        process.terminate()
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()


def test_hadolint() -> None:
    linter = shutil.which("hadolint")
    if linter is None:
        pytest.skip("hadolint is NOT on PATH: only our own checks of the Dockerfile ran")
    assert subprocess.run([linter, str(FILE)], capture_output=True, text=True).stdout == ""

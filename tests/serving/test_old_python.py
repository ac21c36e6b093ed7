"""Prebuilt images carry old interpreters without our packages: the server runs there on the standard library alone."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.serving import Start

SERVING = Path(__file__).parents[2] / "serving"


def interpreter(version: str) -> str | None:
    """One that really is this version (a pyenv shim may be of another)."""
    name = f"python{version}"
    found = [path for path in (shutil.which(name),) if path]
    for root in (os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv")):
        found += [str(path) for path in sorted(Path(root or "/nonexistent").glob(f"versions/{version}.*/bin/{name}"))]
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    for path in found:
        ran = subprocess.run([path, "-c", ask], capture_output=True, text=True)
        if ran.returncode == 0 and ran.stdout.strip() == version:
            return path
    return None


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.12", "3.13"])
def test_serves(version: str, start: Start, tmp_path: Path) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"Python {version} is NOT found on PATH or in PYENV_ROOT: serving is not tried on it")
    root = tmp_path / "path"
    for room in (SERVING, SERVING.parent / "src" / "tradewind" / "container"):
        shutil.copytree(room, root / "tradewind" / room.name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "tradewind" / "__init__.py").touch()
    server = start(
        """
        import asyncio, time
        def predict(model, inputs, context):
            if inputs == "stream":
                return iter(["a", {"b": context.request_id}])
            if inputs == "boom":
                raise ValueError("boom")
            async def later():
                await asyncio.sleep(0.01)
                return inputs
            return later()
        """,
        python=python,
        path=root,
    )
    assert server.post({"a": [1]}).json() == {"a": [1]}
    assert server.post({"instances": [1]}).json() == {"predictions": [1]}
    assert server.post("stream", x_request_id="7").body == b'"a"\n{"b":"7"}\n'
    assert server.post("boom").status == 500
    assert server.post(b"{").status == 400
    assert server.post(b"1,2", kind="text/csv").json() == [[1, 2]]
    assert server.ask("GET", "/metrics").status == 200
    assert server.stop() == 0


@pytest.mark.parametrize("version", ["3.8"])
def test_every_file_compiles(version: str) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"Python {version} is NOT found: the files are not compiled with it")
    check = "import ast, sys; [ast.parse(open(name, encoding='utf-8').read(), name) for name in sys.argv[1:]]"
    ran = subprocess.run([python, "-c", check, *map(str, SERVING.rglob("*.py"))], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_imports_nothing_of_tradewind_but_itself_and_what_containers_share() -> None:
    check = (
        "import sys, tradewind.serving.__main__, tradewind.serving.check; "
        "print({n.split('.')[1] for n in sys.modules if n.startswith('tradewind.')})"
    )
    ran = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert ast.literal_eval(ran.stdout) == {"serving", "container"}

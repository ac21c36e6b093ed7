"""The shim behind SageMaker's own servers, without one of them: one server of ours for all workers, its life, its answers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest
from fakes import shims
from fakes.serving import Start
from fakes.wheels import wheel

from tradewind.serving.shims import first, fronts
from tradewind.serving.shims.beside import StartFailed
from tradewind.serving.shims.relay import Relay

Load = Callable[..., tuple[ModuleType, Relay]]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """The shim with a handler, as a worker has it; its server is gone at the end."""
    made: list[Relay] = []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.syspath_prepend(str(shims.CODE))

    def go(handler: str = shims.HANDLER, **words: str) -> tuple[ModuleType, Relay]:
        for name, value in container(tmp_path, handler, **words).items():
            monkeypatch.setenv(name, value)
        shim = shims.module()
        made.append(shim.model_fn(str(tmp_path / "model")))
        return shim, made[-1]

    yield go
    for relay in made:
        process = relay._beside._process
        relay.close()
        if process is not None:
            process.wait(20)


def container(folder: Path, handler: str, **words: str) -> dict[str, str]:
    code = folder / "code"
    code.mkdir(exist_ok=True)
    (folder / "model").mkdir(exist_ok=True)
    (code / "serve.py").write_text(dedent(handler))
    for name, text in shims.FILES.items():
        (code / name).write_text(text)
    return {
        "TW_CODE_DIR": str(code),
        "TW_HANDLER": "serve.py",
        "TW_MODEL_DIR": str(folder / "model"),
        "TW_LEASH_LINGER": "0",
        **shims.LIMITS,
        **words,
    }


def test_the_four_functions_answer_as_our_server_does(load: Load, start: Start) -> None:
    shim, relay = load()
    server = start(shims.HANDLER, files=shims.FILES, **shims.LIMITS)
    for case in shims.CASES:
        said = shims.through(shim, relay, case)
        if b"beside" not in said[2]:  # an answer with the caller's headers, which nobody knows without a context
            assert said == shims.expected(server, case), str(case)


def test_a_stream_that_breaks_off_is_a_failure_with_its_last_words(load: Load) -> None:
    shim, relay = load()
    answer = shim.predict_fn(shim.input_fn(b'"broken"', "application/json"), relay).answer("*/*")
    assert answer.status == 500
    assert answer.body == b'1\n{"error":{"type":"handler_error","message":"half way"}}\n'


def test_a_server_that_was_killed_is_started_again(load: Load) -> None:
    shim, relay = load()
    ask = shims.Case(b"1")
    process = relay._beside._process
    assert process is not None
    process.send_signal(signal.SIGKILL)
    process.wait()
    status, kind, body = shims.through(shim, relay, ask)
    assert (status, kind) == (503, "application/json")
    assert b"being started again" in body
    relay.wait()
    assert shims.through(shim, relay, ask)[0] == 200


def test_what_keeps_a_model_from_loading_is_told_in_its_own_words(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = "def load(model_dir): raise ValueError('of another model')\ndef predict(model, inputs): ..."
    with pytest.raises(StartFailed, match=r"^ValueError: of another model$"):
        load(broken)
    monkeypatch.setitem(sys.modules, "mms.service", ModuleType("mms.service"))
    shim, relay = load(broken)  # that server is healthy in any case, so each request says it
    status, _, body = shims.through(shim, relay, shims.Case(b"1"))
    assert status == 503
    assert b"of another model" in body or b"not loaded yet" in body


WORKER = """
    import json, sys, threading
    import tradewind_inference as shim
    model = shim.model_fn("unused")
    body, kind = shim.output_fn(shim.predict_fn(shim.input_fn(b"1", "application/json"), model), "application/json")
    print(body.decode(), flush=True)
    sys.stdin.read()  # a worker lives until its server tells it to end
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One of its own, with pip, to install into."""
    folder = tmp_path_factory.mktemp("python") / "venv"
    venv.create(folder, with_pip=True)
    return str(folder / "bin" / "python")


def test_workers_share_one_server_that_installs_once_and_ends_with_the_last(tmp_path: Path, python: str) -> None:
    handler = """
        import os, tiny_dep
        def load(model_dir): ...
        def predict(model, inputs): return [os.getpid(), tiny_dep.VERSION, os.environ["TOKEN"]]
    """
    words = {"TW_REQUIREMENTS": "requirements.txt", "TW_INDEX": str(wheel(tmp_path / "wheels"))}
    secret = {"TW_SECRETS": '{"TOKEN": "env:FROM_OUTSIDE"}', "FROM_OUTSIDE": "s3cr3t"}
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": shims.PATH, "TMPDIR": str(tmp_path), **words, **secret}
    env.update(container(tmp_path, handler, TW_SHIM_LOG=str(tmp_path / "log")))
    (tmp_path / "code" / "requirements.txt").write_text("tiny-dep\n")
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen([python, "-c", dedent(WORKER)], env=env, **pipes) for _ in range(3)]
    said = {worker.stdout.readline() for worker in workers}  # type: ignore[union-attr]  # pipes, all of them
    assert len(said) == 1
    assert '"1.0","s3cr3t"]' in next(iter(said))
    for worker in workers:
        worker.communicate(timeout=20)
    ended = subprocess.run(["tail", "-f", "--pid", next(iter(said)).strip("[").split(",")[0], "/dev/null"], timeout=20)
    assert ended.returncode == 0
    log = (tmp_path / "log").read_text()
    assert log.count("installing requirements.txt") == 1
    assert "nobody is left who uses this server" in log
    assert "s3cr3t" not in log


FRONT = "import sys; print('the front starts', flush=True)\n"


@pytest.fixture
def front(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """What SageMaker runs: a command called `serve`, which is Python; here it says that it was reached and ends."""
    (tmp_path / "bin").mkdir()
    for name in ("serve", "other"):
        (tmp_path / "bin" / name).write_text(FRONT)

    def run(handler: str, name: str = "serve", path: str = "") -> subprocess.CompletedProcess[str]:
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": shims.PATH + path, "TMPDIR": str(tmp_path)}
        env.update(container(tmp_path, handler))
        command = [sys.executable, str(tmp_path / "bin" / name)]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=30)

    return run


def test_the_front_starts_once_the_model_is_loaded(front: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = front(shims.HANDLER)
    assert (done.returncode, done.stdout) == (0, "the front starts\n")
    assert '"ready"' in done.stderr


def test_a_model_that_cannot_be_loaded_ends_the_container(
    front: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = front("def load(model_dir): raise ValueError('of another model')\ndef predict(model, inputs): ...")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == "tradewind: ValueError: of another model"


def test_no_other_python_starts_anything(
    front: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "sitecustomize.py").write_text("print('of the image', flush=True)")
    done = front(shims.HANDLER, "other", f":{tmp_path / 'own'}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "of the image\nthe front starts\n", "")


def test_our_own_server_is_not_taken_for_the_front(tmp_path: Path) -> None:
    command = tmp_path / "cmdline"
    command.write_bytes(b"/usr/bin/python3\0/usr/local/bin/dockerd-entrypoint.py\0serve\0")
    assert first._is_first({}, str(command))
    assert not first._is_first({"TW_LEASH": "x"}, str(command))
    command.write_bytes(b"/usr/bin/python3\0-m\0gunicorn\0sagemaker_sklearn_container.serving:main\0")
    assert not first._is_first({}, str(command))


def test_pip_has_nothing_to_fetch_and_installs_nothing(tmp_path: Path, python: str) -> None:
    """`pip install .`, as sagemaker-containers runs it, without an index."""
    code = tmp_path / "code"
    code.mkdir()
    for file in shims.CODE.glob("*.*"):
        (code / file.name).write_bytes(file.read_bytes())
    (code / "setup.py").write_text("from setuptools import setup\nsetup(packages=[''], name='x')\n")  # it makes one too
    env = {"PATH": os.environ["PATH"], "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0"}
    command = [python, "-m", "pip", "wheel", ".", "--no-deps", "-w", str(tmp_path / "made"), "--quiet"]
    subprocess.run(command, cwd=code, env=env, check=True, timeout=60)
    (made,) = (tmp_path / "made").iterdir()
    with zipfile.ZipFile(made) as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {"tradewind_inference-1.dist-info"}


def test_headers_reach_the_server_as_they_can(load: Load) -> None:
    """A line of its own in a header would be a request of its own."""
    _, relay = load("def load(model_dir): ...\ndef predict(model, inputs, context): return dict(context.headers)")
    asked = fronts.Asked(b"1", {"x-me": "a\r\nx-evil: 1", "connection": "close", "host": "elsewhere", "x-ü": "ü"})
    got = relay.ask(asked)
    assert got.status == 200
    headers = json.loads(got.body)
    assert headers["x-me"] == "ax-evil: 1"
    assert not {"x-evil", "x-ü"} & set(headers)
    assert "elsewhere" not in headers.values()

"""The program between us and the engine: one stop, whatever happens to whoever asked, and the engine's own end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tradewind.infra.adapter import tied

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the engine is tied on Linux alone")
# Writes down each SIGINT, and ends half a second after so many.
ENGINE = """
import pathlib, signal, sys, time
heard = pathlib.Path(sys.argv[1])
def hear(*_):
    with heard.open("a") as file:
        file.write("stop\\n")
signal.signal(signal.SIGINT, hear)
heard.with_suffix(".ready").touch()
until = time.monotonic() + 60
while time.monotonic() < until and len(heard.read_text() if heard.exists() else "") < 5 * int(sys.argv[2]):
    time.sleep(0.02)
time.sleep(0.5)
heard.with_suffix(".done").touch()
"""
# A parent of several threads, as the SDK's is: Linux tells a child of the death of each.
PARENT = """
import os, subprocess, sys, threading, time
for _ in range(6):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
subprocess.Popen([sys.executable, "-S", "-E", sys.argv[1], str(os.getpid()), *sys.argv[2:]], start_new_session=True).wait()
"""


def engine(folder: Path, stops: int = 1) -> list[str]:
    (folder / "engine.py").write_text(textwrap.dedent(ENGINE))
    return [sys.executable, str(folder / "engine.py"), str(folder / "heard"), str(stops)]


def until_there(path: Path) -> None:
    until = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < until, f"{path.name} never came"
        time.sleep(0.02)


def test_a_killed_parent_is_told_once(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, tied.__file__, *engine(tmp_path)])
    until_there(tmp_path / "heard.ready")
    parent.kill()
    parent.wait()
    until_there(tmp_path / "heard.done")
    assert (tmp_path / "heard").read_text() == "stop\n"


def test_a_parent_that_leaves_after_a_stop_is_the_second_one(tmp_path: Path) -> None:
    """As Pulumi has it on a terminal: the first lets what is under way end, the second leaves."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, tied.__file__, *engine(tmp_path, stops=2)])
    until_there(tmp_path / "heard.ready")
    between = next(int(it.name) for it in Path("/proc").iterdir() if it.name.isdigit() and _parent(it) == parent.pid)
    os.kill(between, signal.SIGINT)
    until_there(tmp_path / "heard")
    parent.kill()
    parent.wait()
    until_there(tmp_path / "heard.done")
    assert (tmp_path / "heard").read_text() == "stop\n" * 2


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # ended meanwhile
        return 0


def test_it_is_told_once_however_often_we_are(tmp_path: Path) -> None:
    here = [sys.executable, "-S", "-E", tied.__file__, str(os.getpid()), *engine(tmp_path)]
    process = subprocess.Popen(here, start_new_session=True)
    until_there(tmp_path / "heard.ready")
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)  # signals that are pending at once are one
    assert process.wait(30) == 0
    assert (tmp_path / "heard").read_text() == "stop\n"


def test_a_script_around_it_that_stays_is_no_wall(tmp_path: Path) -> None:
    """A shell ends at once by SIGINT and what it runs does not: we end when that did."""
    script = tmp_path / "pulumi"
    script.write_text('#!/bin/sh\n"$@"\nexit $?\n')
    script.chmod(0o700)
    here = [sys.executable, "-S", "-E", tied.__file__, str(os.getpid()), str(script), *engine(tmp_path)]
    process = subprocess.Popen(here, start_new_session=True)
    until_there(tmp_path / "heard.ready")
    process.send_signal(signal.SIGINT)
    process.wait(30)
    assert (tmp_path / "heard.done").exists()
    assert (tmp_path / "heard").read_text() == "stop\n"


@pytest.mark.parametrize(
    ("script", "code"), [("exit 7", 7), ("kill -9 $$", -signal.SIGKILL), ("kill -15 $$", -signal.SIGTERM)]
)
def test_its_end_is_ours(script: str, code: int) -> None:
    here = [sys.executable, "-S", "-E", tied.__file__, str(os.getpid()), "/bin/sh", "-c", script]
    assert subprocess.run(here, check=False, timeout=30).returncode == code


def test_what_cannot_be_run_says_so() -> None:
    here = [sys.executable, "-S", "-E", tied.__file__, str(os.getpid()), "/nowhere/pulumi"]
    done = subprocess.run(here, check=False, timeout=30, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (127, "/nowhere/pulumi: No such file or directory\n")

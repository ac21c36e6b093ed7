"""On a terminal: questions, the live table, Ctrl-C. By pseudo-terminals, with the standard library's pty."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from fakes.shell import argv, deploy, process
from fakes.terminal import Terminal

pytestmark = [pytest.mark.timeout(120)]
SLOW = "import os, time\nprint('begun', flush=True)\ntime.sleep(60)\n"


def test_a_declined_question_changes_nothing_and_exits_1(project: Path) -> None:
    for answer in ("n\n", "\n", "\x04"):
        with Terminal("up", cwd=project) as terminal:
            terminal.wait_for("Do this to words")
            assert "[y/N]" in terminal.shown
            assert "+ train" in terminal.shown  # the question comes with the plan
            terminal.type(answer)
            assert terminal.end() == 1
            assert "nothing was changed" in terminal.shown
    assert not (project / "deploy.lock").exists()
    assert deploy("train", "list", "-o", "json").json["jobs"] == []


def test_ctrl_c_at_the_question_exits_130(project: Path) -> None:
    with Terminal("up", cwd=project) as terminal:
        terminal.wait_for("[y/N]")
        terminal.ctrl_c()
        assert terminal.end() == 130
        assert "Traceback" not in terminal.shown


def test_yes_is_asked_for_again_where_the_answer_is_neither(project: Path) -> None:
    with Terminal("up", cwd=project) as terminal:
        terminal.wait_for("[y/N]")
        terminal.type("maybe\n")
        terminal.wait_for("Please answer y or n.")
        terminal.type("NO\n")
        assert terminal.end() == 1


def test_the_live_table_and_the_result(project: Path) -> None:
    with Terminal("up", cwd=project, piped=True) as terminal:
        terminal.wait_for("[y/N]")
        terminal.type("y\n")
        assert terminal.end() == 0, terminal.shown
    assert "\x1b[?25l" in terminal.raw  # the cursor was hidden while the table was live,
    assert terminal.raw.rindex("\x1b[?25h") > terminal.raw.rindex("\x1b[?25l")  # and is back
    assert "✓ words-" in terminal.shown
    assert "serves" in terminal.shown
    result = terminal.stdout.decode()
    assert "http://127.0.0.1:" in result
    assert "\x1b" not in result  # stdout is a pipe here, whatever stderr is


def test_without_colour_where_nobody_wants_it(project: Path) -> None:
    with Terminal("plan", cwd=project, env={"NO_COLOR": "1"}) as terminal:
        assert terminal.end() == 0
    assert "\x1b[" not in terminal.raw
    with Terminal("plan", cwd=project) as terminal:
        assert terminal.end() == 0
    assert "\x1b[" in terminal.raw


def test_a_narrow_terminal_is_respected(project: Path) -> None:
    with Terminal("plan", cwd=project, size=(24, 40)) as terminal:
        assert terminal.end() == 0
    assert max(len(line) for line in terminal.shown.splitlines()) <= 40


def test_invoke_without_a_request_on_a_terminal_does_not_hang(project: Path) -> None:
    with Terminal("endpoint", "invoke", cwd=project) as terminal:
        assert terminal.end() == 2
        assert "--file" in terminal.shown


def test_an_answer_ends_its_line_on_a_terminal_and_is_exact_in_a_pipe(project: Path) -> None:
    (project / "serve.py").write_text(
        "def load(folder):\n    return None\n\ndef predict(model, inputs):\n    return b'raw'\n"
    )
    assert deploy("up", "--yes").code == 0
    asked = ("endpoint", "invoke", "--data", "1")
    for more in ((), ("--stream",)):
        with Terminal(*asked, *more, cwd=project) as terminal:
            assert terminal.end() == 0
        assert terminal.shown == "raw\n"
        assert process(*asked, *more, cwd=project).out == "raw"


def test_ctrl_c_detaches_from_training_and_the_job_goes_on(project: Path) -> None:
    (project / "training" / "train.py").write_text(SLOW)
    with Terminal("train", "run", "-o", "json", cwd=project, piped=True) as terminal:
        terminal.wait_for("begun")
        terminal.ctrl_c()
        assert terminal.end() == 130
        assert "✗" not in terminal.shown  # it goes on, so nothing has failed
    document = json.loads(terminal.stdout)
    assert (document["schema"], document["kind"], document["exit"]) == ("tradewind/error/1", "interrupted", 130)
    assert "deploy" in document["hint"]
    [job] = deploy("train", "list", "-o", "json").json["jobs"]
    assert job["state"] == "running"
    assert deploy("train", "stop", job["name"]).code == 0


def test_detach_leaves_the_job_to_itself_and_says_how_to_come_back(project: Path) -> None:
    (project / "training" / "train.py").write_text(SLOW)
    said = deploy("train", "run", "--detach")
    assert said.code == 0, said.err
    [job] = deploy("train", "list", "-o", "json").json["jobs"]
    assert job["state"] in ("queued", "starting", "running")
    assert "goes on by itself" in said.out
    assert f"deploy train logs {job['name']} --follow" in said.out
    document = deploy("train", "run", "--detach", "-o", "json").json
    assert (document["job"]["name"], document["model"]) == (job["name"], None)
    assert deploy("train", "stop", job["name"]).code == 0


def test_sigterm_detaches_like_ctrl_c(project: Path) -> None:
    (project / "training" / "train.py").write_text(SLOW)
    child = subprocess.Popen(
        argv("train", "run"), cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stderr is not None
    said = ""
    for line in child.stderr:
        said += line
        if "begun" in line:
            child.send_signal(signal.SIGTERM)
            break
    _, rest = child.communicate(timeout=30)
    assert child.returncode == 130, said + rest
    assert "Traceback" not in said + rest
    [job] = deploy("train", "list", "-o", "json").json["jobs"]
    assert job["state"] == "running"
    assert deploy("train", "stop", "--yes").code == 0


def test_the_second_ctrl_c_leaves_at_once(project: Path) -> None:
    """In a process whose engine does not heed the first: it says what to do next, and answers where JSON was asked for."""
    code = """
import os, signal, sys, time
from tradewind.cli.context import Cli
from tradewind.cli.options import Asked
from tradewind.cli.output import Output
from tradewind.cli.signals import stoppable
cli = Cli(Asked(said={"output": "json"}), Output())
with stoppable("First.", "Second: deploy up goes on.", cli.last_words) as stop:
    os.kill(os.getpid(), signal.SIGINT)
    assert stop.asked
    os.kill(os.getpid(), signal.SIGINT)  # the same one, passed on by a parent: not a second one
    os.kill(os.getpid(), signal.SIGHUP)
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(30)
"""
    began = time.monotonic()
    done = subprocess.run([argv()[0], "-c", code], capture_output=True, text=True, timeout=25, check=False)
    assert done.returncode == 130, done.stderr
    assert time.monotonic() - began < 20
    assert "First." in done.stderr
    assert "Second: deploy up goes on." in done.stderr
    assert json.loads(done.stdout)["kind"] == "interrupted"


def test_ctrl_c_in_a_rollout_puts_the_traffic_back(project: Path) -> None:
    first = deploy("up", "--yes", "-o", "json").json
    change = ("--set", "train.parameters.least=2", "--set", "serve.rollout.bake=60s")
    with Terminal("up", "--yes", *change, cwd=project) as terminal:
        terminal.wait_for("is watched at 10 %")
        terminal.ctrl_c()
        assert terminal.end() == 130, terminal.shown
    assert "old version serves" in " ".join(terminal.shown.split())
    status = deploy("endpoint", "status", "-o", "json").json
    assert {v["digest"]: v["share"] for v in status["versions"] if v["share"]} == {first["version"]: 100}


def test_a_closed_terminal_puts_the_traffic_back_too(project: Path) -> None:
    first = deploy("up", "--yes", "-o", "json").json
    change = ("--set", "train.parameters.least=2", "--set", "serve.rollout.bake=60s")
    with Terminal("up", "--yes", "-o", "json", *change, cwd=project, piped=True) as terminal:
        terminal.wait_for("is watched at 10 %")
        assert terminal.hang_up() == 130
    assert json.loads(terminal.stdout)["kind"] == "interrupted"
    status = deploy("endpoint", "status", "-o", "json").json
    assert {v["digest"]: v["share"] for v in status["versions"] if v["share"]} == {first["version"]: 100}


def test_following_ends_with_ctrl_c_and_says_so(project: Path) -> None:
    (project / "training" / "train.py").write_text(SLOW)
    child = subprocess.Popen(argv("train", "run"), cwd=project, stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    assert any("begun" in line for line in child.stderr)
    with Terminal("train", "logs", "--follow", cwd=project) as terminal:
        terminal.wait_for("begun")
        terminal.ctrl_c()
        assert terminal.end() == 130
        assert "deploy train logs --follow" in terminal.shown
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=30)
    assert deploy("train", "stop", "--yes").code == 0


def test_rollback_and_down_show_what_they_would_do(project: Path) -> None:
    assert deploy("up", "--yes").code == 0
    with Terminal("down", cwd=project) as terminal:
        terminal.wait_for("[y/N]")
        assert "endpoint words" in terminal.shown
        assert "models and history stay" in terminal.shown
        terminal.type("n\n")
        assert terminal.end() == 1
    assert deploy("endpoint", "status", "-o", "json").json["state"] == "serving"
    with Terminal("down", cwd=project) as terminal:
        terminal.wait_for("[y/N]")
        terminal.type("y\n")
        assert terminal.end() == 0
    assert os.path.exists(project / "deploy.yaml")

"""The whole contract, by processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from fakes.container import Container, until

SHOW = (
    "import json, os, sys; json.dump({**os.environ, 'cwd': os.getcwd(), 'argv': sys.argv[1:]}, open('seen.json', 'w'))"
)


def seen(container: Container) -> dict[str, str]:
    found: dict[str, str] = json.loads((container.folder / "code" / "seen.json").read_text())
    return found


def test_the_contract(any_python: Container, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    any_python.write(show=SHOW)
    done = any_python.run(
        "python show.py --epochs {epochs} --name {name} '{{x}}' $PLAIN",
        TW_PARAMETERS_JSON=json.dumps({"epochs": 20, "name": "a b; rm", "rate": 0.1, "on": True}),
        TW_INPUT_TRAIN=str(tmp_path / "data"),
        PLAIN="kept",
    )
    assert done.returncode == 0, done.stderr
    env = seen(any_python)
    assert env["argv"] == ["--epochs", "20", "--name", "a b; rm", "{x}", "kept"]
    assert env["cwd"] == str(tmp_path / "code")
    assert env["TW_INPUT_TRAIN"] == str(tmp_path / "data")
    assert [Path(env[f"TW_{name}_DIR"]).is_dir() for name in ("MODEL", "OUTPUT", "CHECKPOINT")] == [True] * 3
    assert (env["TW_RANK"], env["TW_NODES"], env["MASTER_ADDR"]) == ("0", "1", "127.0.0.1")
    assert 0 < int(env["MASTER_PORT"]) < 65536
    assert not {"RANK", "WORLD_SIZE", "LOCAL_RANK"} & set(env), "libraries would take this for a distributed run"
    assert not {"TW_COMMAND", "TW_PARAMETERS_JSON"} & set(env)
    assert not (tmp_path / "failure.json").exists()


def test_parameters_are_a_json_file(any_python: Container) -> None:
    any_python.write(p="import json, os; print(json.load(open(os.environ['TW_PARAMETERS'])))")
    wanted = {"a": 1, "b": [True, None], "c": "ü"}
    assert any_python.run("python p.py", TW_PARAMETERS_JSON=json.dumps(wanted)).stdout.strip() == str(wanted)


def test_a_list_is_taken_literally(container: Container) -> None:
    container.write(show=SHOW)
    done = container.run(["python", "show.py", "{epochs}", "{{", "a b", "$HOME"], TW_PARAMETERS_JSON='{"epochs": 1}')
    assert done.returncode == 0
    assert seen(container)["argv"] == ["{epochs}", "{{", "a b", "$HOME"]


def test_arguments_replace_the_variable(container: Container) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tradewind.training_jobs.bootstrap", "--", "sh", "-c", "echo {x}"],
        env=container.env({"TW_CODE": "-"}),
        cwd=container.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "{x}\n"


def test_code_from_an_archive(any_python: Container, tmp_path: Path) -> None:
    any_python.write(job="import helper, os; print(helper.X, os.getcwd())", helper="X = 7")
    with tarfile.open(tmp_path / "code.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "code", arcname=".")
    done = any_python.run("python job.py", TW_CODE=str(tmp_path / "code.tar.gz"))
    assert done.returncode == 0, done.stderr
    value, folder = done.stdout.split()
    assert value == "7"
    assert not Path(folder).exists(), "what was unpacked for the run goes with it"


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "a/../../evil", "link", "fifo"])
def test_archives_that_reach_out_are_refused(container: Container, tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "code.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.type = {"link": tarfile.SYMTYPE, "fifo": tarfile.FIFOTYPE}.get(name, tarfile.REGTYPE)
        member.linkname = "/etc/passwd"
        archive.addfile(member)
    done = container.run("true", TW_CODE=str(tmp_path / "code.tar.gz"))
    assert done.returncode == 1
    assert "no plain file" in container.failure["reason"]


def test_exit_code_and_reason(any_python: Container) -> None:
    any_python.write(bad="import sys\nprint('working')\nraise ValueError('no such column: age')")
    done = any_python.run("python bad.py")
    assert done.returncode == 1
    assert "working" in done.stdout
    assert "ValueError" in done.stderr
    failure = any_python.failure
    assert failure["schema"] == "tradewind/failure/1"
    assert failure["exit_code"] == 1
    assert failure["reason"] == "exit code 1: ValueError: no such column: age"
    assert "working" in failure["lines"]
    assert failure["lines"][-1] == "ValueError: no such column: age"


def test_exit_codes_are_kept(container: Container) -> None:
    assert container.run("exit 42").returncode == 42
    assert container.run("kill -9 $$").returncode == 137
    assert "SIGKILL" in container.failure["reason"]
    assert container.run(["/no/such/program"]).returncode == 127
    assert "/no/such/program" in container.failure["reason"]
    (container.folder / "code" / "data").write_text("not a program")
    assert container.run(["./data"]).returncode == 126


def test_a_reason_of_an_earlier_attempt_goes(container: Container) -> None:
    container.run("exit 1")
    assert container.run("true").returncode == 0
    assert not (container.folder / "failure.json").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"TW_COMMAND": ""}, "TW_COMMAND is not set"),
        ({"TW_COMMAND": "[1]"}, "list of strings"),
        ({"TW_COMMAND": "run {epochs}"}, "parameter {epochs} that is not given"),
        ({"TW_PARAMETERS_JSON": "{"}, "TW_PARAMETERS_JSON is not JSON"),
        ({"TW_PARAMETERS_JSON": "[]"}, "must be a JSON object"),
        ({"TW_INPUT_X": "/not/there"}, "TW_INPUT_X=/not/there"),
        ({"TW_INPUT_X": "s3://bucket/x"}, "no folder on this machine"),
        ({"TW_CODE": "/not/there"}, "the code is not there"),
        ({"TW_RANK": "2", "TW_NODES": "2", "MASTER_ADDR": "h"}, "TW_RANK=2 does not fit TW_NODES=2"),
        ({"TW_NODES": "2"}, "needs MASTER_ADDR"),
        ({"TW_NODES": "zwei"}, "TW_NODES='zwei'"),
        ({"TW_GRACE": "-1"}, "TW_GRACE"),
        ({"TW_LAUNCHER": "slurm"}, "TW_LAUNCHER='slurm'"),
        ({"TW_REQUIREMENTS": "none.txt"}, "the requirements file is not there"),
        ({"TW_SECRETS": "MISSING_ONE,OTHER"}, "MISSING_ONE"),
    ],
)
def test_wrong_words_are_named_in_one_line(container: Container, words: dict[str, str], said: str) -> None:
    done = container.run(words.pop("TW_COMMAND", "touch ran"), **words)
    assert done.returncode in (1, 2)
    assert said in container.failure["reason"]
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (container.folder / "code" / "ran").exists()


def test_output_is_passed_on_as_it_comes(any_python: Container) -> None:
    any_python.write(
        slow="import sys, os, time\nprint('first')\nsys.stderr.write('half a line')\n"
        "sys.stderr.flush()\nwhile not os.path.exists('go'): time.sleep(0.01)\nprint('last')"
    )
    process = any_python.start("python slow.py")
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "first\n"
    assert process.stderr.read(11) == "half a line"
    assert process.poll() is None
    (any_python.folder / "code" / "go").touch()
    assert process.communicate(timeout=30) == ("last\n", "")


def test_a_log_reader_that_died_does_not_end_the_training(container: Container) -> None:
    container.write(chatty="import sys\nfor n in range(20000): print('x' * 50)\nopen('done', 'w')")
    process = container.start("python chatty.py")
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(30) == 0
    assert (container.folder / "code" / "done").exists()


SAVER = """
import os, signal, sys, time
folder = os.environ["TW_CHECKPOINT_DIR"]
path = os.path.join(folder, "step")
step = int(open(path).read()) if os.path.exists(path) else 0
def save(number, frame):
    time.sleep(0.3)
    open(path, "w").write(str(step))
    sys.exit(CODE)
signal.signal(signal.SIGTERM, save)
signal.signal(signal.SIGINT, save)
print("resumed at", step, flush=True)
while step < 10 or not os.path.exists("finish"):
    step += 1 if step < 10 else 0
    open("running", "w")
    time.sleep(0.01)
print("finished", step, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_time_to_save_and_resume_from_the_same_folder(any_python: Container, number: int) -> None:
    any_python.write(train=SAVER.replace("CODE", "7"))
    # The shell between us and the program dies of SIGTERM at once; the program must not, and its exit code counts.
    # At SIGINT a shell waits for the program, and then speaks for itself.
    process = any_python.start("python train.py; exit $?")
    until(lambda: (any_python.folder / "code" / "running").exists())
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == 7 or (number, process.returncode) == (signal.SIGINT, 130)
    assert int((any_python.folder / "checkpoints" / "step").read_text()) >= 1
    assert f"stopped by {signal.Signals(number).name}" in any_python.failure["reason"]
    (any_python.folder / "code" / "finish").touch()
    done = any_python.run("python train.py")
    assert done.returncode == 0
    assert "resumed at 0" not in done.stdout
    assert "finished 10" in done.stdout


def test_the_commands_own_exit_code_after_a_stop(container: Container) -> None:
    container.write(train=SAVER.replace("CODE", "0"))
    process = container.start(["python", "train.py"])
    until(lambda: (container.folder / "code" / "running").exists())
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert not (container.model / "manifest.json").exists(), "a model of a stopped run is not complete"


def test_who_does_not_listen_is_killed_after_the_grace(any_python: Container) -> None:
    any_python.write(
        deaf="import os, signal, subprocess, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "deaf = 'import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)'\n"
        "child = subprocess.Popen([sys.executable, '-c', deaf])\n"
        "open('pids', 'w').write(f'{os.getpid()} {child.pid}')\ntime.sleep(600)"
    )
    process = any_python.start("python deaf.py", TW_GRACE="0.5")
    pids = any_python.folder / "code" / "pids"
    until(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 137
    for pid in pids.read_text().split():
        until(lambda pid=pid: not alive(int(pid)))


def test_what_a_finished_command_leaves_behind_is_ended(container: Container) -> None:
    done = container.run("sleep 600 & echo $! > pid; echo done")
    assert done.returncode == 0
    until(lambda: not alive(int((container.folder / "code" / "pid").read_text())))


def test_a_signal_before_the_command_runs(container: Container) -> None:
    """While requirements are being installed, say: here the reading of the code blocks."""
    os.mkfifo(container.folder / "code.tar.gz")
    process = container.start("touch ran", TW_CODE=str(container.folder / "code.tar.gz"))
    with (container.folder / "code.tar.gz").open("wb"):  # opens as soon as the bootstrap reads
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 143
    assert "before the command was started" in container.failure["reason"]
    assert not (container.folder / "code" / "ran").exists()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_manifest(any_python: Container) -> None:
    any_python.write(train="import os; open(os.environ['TW_MODEL_DIR'] + '/model.joblib', 'w').write('x')")
    (any_python.model).mkdir()
    (any_python.model / "manifest.json").write_text('{"framework": "of an earlier attempt"}')
    assert any_python.run("python train.py").returncode == 0
    found = json.loads((any_python.model / "manifest.json").read_text())
    assert found["schema"] == "tradewind/manifest/1"
    assert found["framework"] == "sklearn"
    assert found["python"].startswith("3.")
    assert found["versions"]["python"] == found["python"]
    assert found["created_by"].startswith("tradewind ")
    assert isinstance(found["versions"], dict)


def test_a_manifest_of_the_jobs_own_is_completed(container: Container) -> None:
    container.write(
        train="import os\nfolder = os.environ['TW_MODEL_DIR']\nopen(folder + '/m.bin', 'w')\n"
        "open(folder + '/manifest.json', 'w').write('{\"framework\": \"mine\", \"columns\": [1]}')"
    )
    container.run("python train.py", TW_FRAMEWORK="pytorch:2.6")
    found = json.loads((container.model / "manifest.json").read_text())
    assert (found["framework"], found["columns"], found["schema"]) == ("mine", [1], "tradewind/manifest/1")


def test_no_manifest_without_a_model_or_after_a_failure(container: Container) -> None:
    container.run("true")
    container.run("touch $TW_MODEL_DIR/x; exit 1")
    assert not (container.model / "manifest.json").exists()


def test_secrets_reach_the_command_and_nothing_else(any_python: Container, tmp_path: Path) -> None:
    value = "s3cr3t-value-äöü"
    any_python.write(
        leak="import os, sys, time\nv = os.environ['HF_TOKEN']\nassert os.environ['OTHER'] == v\n"
        "for c in v:\n    sys.stdout.write(c); sys.stdout.flush(); time.sleep(0.01)\n"
        "print()\nsys.exit('failed with ' + v)"
    )
    done = any_python.run(
        "python leak.py", TW_SECRETS=json.dumps({"HF_TOKEN": "HF_TOKEN", "OTHER": "env:HF_TOKEN"}), HF_TOKEN=value,
        PYTHONIOENCODING="utf-8",
    )  # fmt: skip
    assert done.returncode == 1
    assert value not in done.stdout + done.stderr
    assert "***" in done.stdout
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert value.encode() not in path.read_bytes(), path
    assert any_python.failure["reason"] == "exit code 1: failed with ***"


def test_a_python_without_that_name_is_found_all_the_same(container: Container, tmp_path: Path) -> None:
    """Images may have /usr/bin/python3 only."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(sys.executable)
    container.python = str(tmp_path / "bin" / "python3")
    done = container.run("python -c 'import sys; print(sys.version_info[0])'", PATH="/usr/bin:/bin")
    assert done.stdout == "3\n", done.stderr


def test_help(container: Container) -> None:
    done = subprocess.run(
        [container.python, "-m", "tradewind.training_jobs.bootstrap", "--help"],
        env=container.env({}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "TW_*" in done.stdout


def test_a_command_that_does_not_end_in_its_time_is_not_taken_for_one_out_of_memory(container: Container) -> None:
    process = container.start("trap '' TERM; echo up; while :; do sleep 0.1; done", TW_GRACE="0.3")
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 137
    assert (
        container.failure["reason"] == "stopped by SIGTERM; the command was killed when its time to save was over: up"
    )

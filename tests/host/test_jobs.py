from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tradewind.host import daemon, identity, jobs, processes
from tradewind.host.errors import HostError
from tradewind.host.files import make_folder, read_json, write_json
from tradewind.host.limits import Limits, over_memory, resident
from tradewind.host.log_reader import read_page

from .conftest import JobMaker, family, until


def running(make_job: JobMaker, name: str) -> identity.Identity:
    until(lambda: (s := make_job.jobs.look(name)) and s.state == "running", f"{name} runs")
    who = identity.of_record(read_json(make_job.root / "jobs" / name / jobs.SUPERVISOR))
    assert who is not None
    return who


def text(make_job: JobMaker, name: str) -> list[str]:
    return [line.text for line in read_page(make_job.jobs.log_folder(name), None)[0]]


def test_a_model_is_placed_whole(make_job: JobMaker) -> None:
    make_job.jobs.ensure(make_job("j", 'echo weights > "$TW_MODEL_DIR/model.bin"'), {})
    done = make_job.finish("j")
    assert (done.state, done.word) == ("succeeded", "Succeeded")
    assert done.started < done.ended
    assert (make_job.out / "j" / "model" / "model.bin").read_text() == "weights\n"
    assert until(lambda: not family(make_job.root)) is True


def test_a_job_that_filled_the_disk_still_says_how_it_ended(make_job: JobMaker) -> None:
    """What is kept for the last word is there while the job runs, and gone afterwards."""
    make_job.jobs.ensure(make_job("j", "ls ..; sleep 0.2"), {})
    running(make_job, "j")
    assert (make_job.root / "jobs" / "j" / "reserve").stat().st_size > 4096
    make_job.finish("j")
    assert not (make_job.root / "jobs" / "j" / "reserve").exists()


def test_a_failed_job_leaves_no_model_and_says_why(make_job: JobMaker) -> None:
    make_job.jobs.ensure(make_job("j", 'touch "$TW_MODEL_DIR/half"; echo "no such column: age" >&2; exit 3'), {})
    done = make_job.finish("j")
    assert done.state == "failed"
    assert done.reason == "exit code 3\nno such column: age"
    assert not (make_job.out / "j").exists()


def test_killed_by_a_signal_is_said(make_job: JobMaker) -> None:
    make_job.jobs.ensure(make_job("j", "kill -SEGV $$"), {})
    assert "SIGSEGV" in make_job.finish("j").reason


def test_32_processes_start_one_job(make_job: JobMaker, tmp_path: Path) -> None:
    job = make_job("j", f"echo $$ >> {tmp_path}/runs; sleep 0.3")
    (tmp_path / "job.json").write_text(jobs.dump(job))
    script = (
        "import sys; from pathlib import Path; from tradewind.host import jobs;"
        "print(jobs.Jobs(Path(sys.argv[1])).ensure(jobs.load(Path(sys.argv[2]).read_text()), {}).digest)"
    )
    argv = [sys.executable, "-c", script, str(make_job.root / "jobs"), str(tmp_path / "job.json")]
    racers = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(32)]
    assert {racer.communicate(timeout=100)[0].strip() for racer in racers} == {job.digest}
    assert {racer.returncode for racer in racers} == {0}
    assert make_job.finish("j").state == "succeeded"
    assert len((tmp_path / "runs").read_text().split()) == 1


def test_a_starter_that_died_after_its_claim_is_taken_over(make_job: JobMaker) -> None:
    job = make_job("j", "true")
    make_folder(make_job.root / "jobs" / "j", {jobs.SPEC: jobs.dump(job)})
    assert make_job.jobs.look("j") is None, "else whoever waits for it would wait for ever"
    make_job.jobs.ensure(job, {})
    assert make_job.finish("j").state == "succeeded"


def test_a_starter_that_died_while_talking_starts_nothing(make_job: JobMaker) -> None:
    """Half a payload: the daemon ends without a claim, and the next starter has the way free."""
    job = make_job("j", "true")
    folder = make_job.root / "jobs" / "j"
    make_folder(folder, {jobs.SPEC: jobs.dump(job)})
    argv = [sys.executable, "-m", "tradewind.host.supervisor", str(folder)]
    said = subprocess.run(argv, input=b'{"secrets": {"TOK', capture_output=True, check=False, timeout=30)
    until(lambda: not family(folder))
    assert said.stdout == b""
    assert not (folder / jobs.SUPERVISOR).exists()
    make_job.jobs.ensure(job, {})
    assert make_job.finish("j").state == "succeeded"


def test_a_supervisor_killed_before_it_stood_is_worth_another_try(
    make_job: JobMaker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    job, python = make_job("j", "true"), tmp_path / "killed"
    python.write_text("#!/bin/sh\nkill -9 $$\n")
    python.chmod(0o755)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", str(python))
        with pytest.raises(HostError) as caught:
            make_job.jobs.ensure(job, {})
    assert (caught.value.kind, caught.value.code) == ("transient", "TW606")
    assert make_job.jobs.look("j") is None
    make_job.jobs.ensure(job, {})
    assert make_job.finish("j").state == "succeeded"


@pytest.mark.parametrize("spoilt", ["", "{}", '{"state": "succ', '{"state": 3}'])
def test_spoilt_records_of_a_job_are_no_crash(make_job: JobMaker, spoilt: str) -> None:
    make_job.jobs.ensure(make_job("j", "true"), {})
    make_job.finish("j")
    until(lambda: not family(make_job.root / "jobs" / "j"))
    for name in (jobs.EXIT, jobs.STATE, jobs.SUPERVISOR):
        (make_job.root / "jobs" / "j" / name).write_text(spoilt)
        # the supervisor may still be on its way out, without a command line but with its process
        until(lambda: (seen := make_job.jobs.look("j")) is not None and (seen.state, seen.word) == ("failed", "Lost"))
    make_job.jobs.delete("j")
    assert make_job.jobs.look("j") is None


def test_two_supervisors_run_one_job(make_job: JobMaker, tmp_path: Path) -> None:
    """Two starters whose locks failed them: the supervisors settle it between themselves."""
    job = make_job("j", f"echo $$ >> {tmp_path}/runs; sleep 1.5")
    folder = make_job.root / "jobs" / "j"
    make_folder(folder, {jobs.SPEC: jobs.dump(job)})
    said = {daemon.start("tradewind.host.supervisor", folder, {"secrets": {}}) for _ in range(2)}
    assert said == {"started", "another"}
    make_job.finish("j")
    assert daemon.start("tradewind.host.supervisor", folder, {"secrets": {}}) == "another", "not even after its end"
    assert len((tmp_path / "runs").read_text().split()) == 1


def test_a_job_whose_supervisor_dies_at_once_never_begins(make_job: JobMaker, tmp_path: Path) -> None:
    """Behind its gate until its leash is on."""
    gate = subprocess.Popen(processes.gated(["touch", str(tmp_path / "begun")]), stdin=subprocess.PIPE)
    gate.communicate(b"")
    assert gate.returncode != 0
    assert not (tmp_path / "begun").exists()
    opened = subprocess.Popen(processes.gated(["touch", str(tmp_path / "begun")]), stdin=subprocess.PIPE)
    opened.communicate(processes.OPEN)
    assert (tmp_path / "begun").exists()


def test_it_outlives_the_kill_of_its_starter(make_job: JobMaker, tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text(jobs.dump(make_job("j", 'sleep 0.5; echo done > "$TW_MODEL_DIR/m"')))
    script = (
        "import os, signal, sys; from pathlib import Path; from tradewind.host import jobs;"
        "jobs.Jobs(Path(sys.argv[1])).ensure(jobs.load(Path(sys.argv[2]).read_text()), {});"
        "os.killpg(0, signal.SIGKILL)"
    )
    argv = [sys.executable, "-c", script, str(make_job.root / "jobs"), str(tmp_path / "job.json")]
    killed = subprocess.run(argv, start_new_session=True, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert make_job.finish("j").state == "succeeded"


def test_a_killed_supervisor_takes_the_job_along(make_job: JobMaker) -> None:
    make_job.jobs.ensure(make_job("j", "sleep 300 & sleep 300"), {})
    os.kill(running(make_job, "j").pid, signal.SIGKILL)
    seen = until(lambda: (s := make_job.jobs.look("j")) and s.state == "failed" and s)
    assert seen.word == "Lost"
    assert until(lambda: not family(make_job.root)) is True


def test_after_a_reboot_it_is_stopped(make_job: JobMaker) -> None:
    make_job.jobs.ensure(make_job("j", "sleep 300"), {})
    who = running(make_job, "j")
    path = make_job.root / "jobs" / "j" / jobs.SUPERVISOR
    write_json(path, {**who.record(), "boot": "before"})
    seen = make_job.jobs.look("j")
    assert seen is not None
    assert (seen.state, seen.word, seen.failure) == ("stopped", "Rebooted", "preempted")


def test_a_stale_number_is_never_signalled(make_job: JobMaker) -> None:
    """The supervisor's number now belongs to somebody else: stop and delete leave him alone."""
    make_job.jobs.ensure(make_job("j", "sleep 300"), {})
    who = running(make_job, "j")
    with subprocess.Popen(["sleep", "300"]) as stranger:
        path = make_job.root / "jobs" / "j" / jobs.SUPERVISOR
        write_json(path, {**who.record(), "pid": stranger.pid})
        seen = make_job.jobs.look("j")
        assert seen is not None
        assert seen.state == "failed"
        make_job.jobs.stop("j")
        make_job.jobs.delete("j")
        assert stranger.poll() is None
        stranger.kill()
    assert until(lambda: not family(make_job.root)) is True


def test_stop_gives_time_to_save(make_job: JobMaker, tmp_path: Path) -> None:
    script = f"trap 'echo saved > {tmp_path}/saved; exit 0' TERM; echo up; while :; do sleep 0.05; done"
    make_job.jobs.ensure(make_job("j", script, grace=20.0), {})
    running(make_job, "j")
    until(lambda: text(make_job, "j") == ["up"])
    make_job.jobs.stop("j")
    assert make_job.finish("j").state == "stopped"
    assert (tmp_path / "saved").exists()


def test_a_deleted_state_folder_ends_it(make_job: JobMaker) -> None:
    make_job.jobs.ensure(make_job("j", "sleep 300"), {})
    running(make_job, "j")
    shutil.rmtree(make_job.root, ignore_errors=True)
    assert until(lambda: not family(make_job.root)) is True


def test_max_runtime_ends_even_the_deaf(make_job: JobMaker) -> None:
    make_job.jobs.ensure(make_job("j", "trap '' TERM; while :; do sleep 0.1; done", max_runtime=0.3), {})
    done = make_job.finish("j")
    assert (done.state, done.failure) == ("failed", "timeout")
    assert done.ended - done.started < 10
    assert until(lambda: not family(make_job.root)) is True


def test_nothing_that_it_started_survives_it(make_job: JobMaker, tmp_path: Path) -> None:
    escape = f'{sys.executable} -c \'import os,time; os.setsid(); open("{tmp_path}/up", "w"); time.sleep(300)\' &'
    make_job.jobs.ensure(make_job("j", f"{escape} while [ ! -e {tmp_path}/up ]; do sleep 0.02; done"), {})
    assert make_job.finish("j").state == "succeeded"
    assert until(lambda: not family(make_job.root)) is True


def test_what_a_killed_supervisor_could_not_reach_is_ended_by_delete(make_job: JobMaker, tmp_path: Path) -> None:
    """A child that left the group, and then the supervisor is killed: the mark in its environment finds it."""
    escape = f'{sys.executable} -c \'import os,time; os.setsid(); open("{tmp_path}/up", "w"); time.sleep(300)\' &'
    make_job.jobs.ensure(make_job("j", f"{escape} sleep 300"), {})
    until((tmp_path / "up").exists)
    os.kill(running(make_job, "j").pid, signal.SIGKILL)
    until(lambda: len(family(make_job.root)) == 1, "only the escaped one is left")
    make_job.jobs.stop("j")
    assert until(lambda: not family(make_job.root)) is True


def test_a_broken_record_of_its_supervisor_is_no_wait_for_ever(make_job: JobMaker) -> None:
    make_job.jobs.ensure(make_job("j", "sleep 300"), {})
    running(make_job, "j")
    (make_job.root / "jobs" / "j" / jobs.SUPERVISOR).write_text('{"pid": ')
    seen = make_job.jobs.look("j")
    assert seen is not None
    assert (seen.state, seen.word) == ("failed", "Lost")
    make_job.jobs.delete("j")
    assert until(lambda: not family(make_job.root)) is True


def test_memory_that_workers_share_counts_once() -> None:
    script = "import os, time; x = bytearray(80 * 2**20); [os.fork() for _ in range(2)]; print('up', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        until(lambda: resident(parent.pid) > 200 * 2**20, "four times 80 MiB, counted plainly")
        assert resident(parent.pid, shared_once=True) < 200 * 2**20
        assert over_memory(parent.pid, Limits(memory=200 * 2**20)) == ""
        os.killpg(parent.pid, signal.SIGKILL)


def test_memory_beyond_its_limit_ends_it(make_job: JobMaker) -> None:
    hog = f"{sys.executable} -c 'x = bytearray(300 * 2**20); import time; time.sleep(60)'"
    make_job.jobs.ensure(make_job("j", hog, limits=Limits(memory=150 * 2**20)), {})
    done = make_job.finish("j")
    assert (done.state, done.word) == ("failed", "OutOfMemory")
    assert "hardware.memory" in done.reason


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, reason="one CPU")
def test_cpus_are_a_limit(make_job: JobMaker) -> None:
    count = f"sleep 0.3; {sys.executable} -c 'import os; print(len(os.sched_getaffinity(0)))'"
    make_job.jobs.ensure(make_job("j", count, limits=Limits(cpus=0.5)), {})
    make_job.finish("j")
    assert text(make_job, "j") == ["1"]


def test_a_secret_is_in_memory_only(make_job: JobMaker) -> None:
    secret = "tw-canary-5f1c"
    make_job.jobs.ensure(make_job("j", 'echo "token is $TOKEN"; sleep 0.3; exit 1'), {"TOKEN": secret})
    running(make_job, "j")
    for process in family(make_job.root):
        assert secret not in " ".join(process.cmdline())
    done = make_job.finish("j")
    assert "token is ***" in done.reason
    for path in make_job.root.rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes(), path


def test_the_callers_keys_are_not_handed_on(make_job: JobMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    make_job.jobs.ensure(make_job("j", "env", env={"LEVEL": "{python} {job}"}), {})
    make_job.finish("j")
    said = text(make_job, "j")
    assert not [line for line in said if line.startswith("AWS_")]
    assert "LEVEL={python} {job}" in said, "what the user wrote is taken literally"


def test_another_digest_conflicts(make_job: JobMaker) -> None:
    make_job.jobs.ensure(make_job("j", "true"), {})
    with pytest.raises(HostError) as caught:
        make_job.jobs.ensure(make_job("j", "true", digest="sha256:other"), {})
    assert (caught.value.kind, caught.value.code) == ("conflict", "TW604")
    make_job.finish("j")


@pytest.mark.parametrize("name", ["", "..", "../up", "a/b", ".hidden", "x" * 200])
def test_names_that_lead_elsewhere_are_refused(make_job: JobMaker, name: str) -> None:
    with pytest.raises(HostError) as caught:
        make_job.jobs.look(name)
    assert caught.value.code == "TW613"


def test_inputs_are_folders_and_missing_ones_fail(make_job: JobMaker, tmp_path: Path) -> None:
    (tmp_path / "churn.csv").write_text("a,b\n")
    given = {"TW_INPUT_TRAIN": (tmp_path / "churn.csv").as_uri(), "TW_INPUT_ALL": tmp_path.as_uri()}
    make_job.jobs.ensure(make_job("j", 'ls "$TW_INPUT_TRAIN"; test -d "$TW_INPUT_ALL"', inputs=given), {})
    assert make_job.finish("j").state == "succeeded"
    assert text(make_job, "j") == ["churn.csv"]
    make_job.jobs.ensure(make_job("k", "true", inputs={"TW_INPUT_X": "file:///no/where"}), {})
    assert "[TW609]" in make_job.finish("k").reason


def test_a_thousand_jobs_are_listed_at_once(make_job: JobMaker) -> None:
    folder = make_job.root / "jobs"
    folder.mkdir()
    for number in range(1200):
        (folder / f"j{number}").mkdir()
        (folder / f"j{number}" / jobs.SPEC).write_text(json.dumps({"tags": {"team": "Größe 日本"}}))
    began = time.monotonic()
    assert len(dict(make_job.jobs.tagged())) == 1200
    assert time.monotonic() - began < 5


def test_the_supervisor_holds_no_file_of_its_starter(make_job: JobMaker, tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        make_job.jobs.ensure(make_job("j", "sleep 300"), {})
        who = running(make_job, "j")
        assert psutil.Process(who.pid).cwd() == str(make_job.root / "jobs" / "j")
        assert str(tmp_path / "open") not in [opened.path for opened in psutil.Process(who.pid).open_files()]
        assert os.getsid(who.pid) != os.getsid(0)
    make_job.jobs.delete("j")
    assert until(lambda: not family(make_job.root)) is True

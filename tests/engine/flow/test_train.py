"""Training runs: once for a digest, by however many callers, through what can go wrong."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.provider import JobBehaviour
from fakes.stage import Stage
from fakes.trainer import FakeTrainer

from tradewind.engine import ledger, runs, train
from tradewind.engine.claims import Attempt
from tradewind.engine.clock import Stop
from tradewind.engine.results import TrainResult
from tradewind.errors import (
    Exit,
    FailedError,
    InterruptedByUser,
    ProviderError,
    ProviderKind,
    RefusedError,
    TimedOutError,
)
from tradewind.values import JobStatus, LogLine, LogPage


def run(stage: Stage, *sets: str, stop: Stop | None = None, detach: bool = False) -> TrainResult:
    work = stage.work(*sets)
    return train.run(work, stage.session(work, stop=stop), detach=detach)


def test_a_run_is_submitted_once_and_then_reused(stage: Stage) -> None:
    first = run(stage)
    assert first.job.state == "succeeded"
    assert not first.reused
    assert first.metrics == {"loss": 0.5}
    again = run(stage)
    assert again.reused
    assert (again.run, again.model) == (first.run, first.model)
    assert stage.ops("submit") == ["submit"]


def test_what_counts_makes_another_run_and_what_does_not_does_not(stage: Stage) -> None:
    digests = {
        stage.plan(said).run
        for said in ("tags.team=a", "budget.run=5 USD", "serve.replicas.max=9", "serve.env.A=b", "train.max_runtime=3h")
    }
    same = stage.plan().run
    assert digests == {same}
    other = [
        "train.parameters.epochs=21",
        "train.command=python train.py",
        "train.hardware.cpus=8",
        "train.nodes=2",
        "train.env.SEED=1",
        "runtime.python=3.12",
        "train.framework=sklearn:1.5",
    ]
    assert len({stage.plan(said).run for said in other} | {same}) == len(other) + 1
    stage.write("data/churn.csv", "a,b\n1,3\n")
    assert stage.plan().run != same


def test_32_callers_at_once_make_one_job(stage: Stage) -> None:
    with ThreadPoolExecutor(32) as pool:
        results = list(pool.map(lambda _: run(stage), range(32)))
    assert {result.model for result in results} == {results[0].model}
    assert stage.ops("submit") == ["submit"]
    assert [entry.kind for entry in ledger.of(stage.session()).history()] == ["trained"]


def test_a_failed_run_says_why_with_its_last_lines_and_is_not_tried_again(stage: Stage) -> None:
    stage.cloud.default_job = JobBehaviour(fails="ValueError: no such column")
    with pytest.raises(FailedError) as caught:
        run(stage)
    assert caught.value.code == "TW410"
    assert "no such column" in caught.value.message
    assert caught.value.log[-1] == "ValueError: no such column"
    assert stage.ops("submit") == ["submit"]


def test_after_a_failure_the_next_command_makes_another_attempt(stage: Stage) -> None:
    stage.cloud.default_job = JobBehaviour(fails="out of luck")
    with pytest.raises(FailedError):
        run(stage)
    stage.cloud.default_job = JobBehaviour()
    stage.cloud.job_behaviours.clear()
    assert run(stage).attempts == 2


def test_a_preempted_run_is_tried_again_and_given_up_after_the_last_retry(stage: Stage) -> None:
    stage.cloud.default_job = JobBehaviour(preempted=True)
    with pytest.raises(FailedError) as caught:
        run(stage)
    assert caught.value.code == "TW412"
    assert len(stage.ops("submit")) == 4


def test_a_job_that_got_no_machine_is_tried_again_and_did_not_fail_by_itself(stage: Stage) -> None:
    """Some clouds accept a job first and find out later."""
    stage.cloud.default_job = JobBehaviour(no_machine=True)
    with pytest.raises(ProviderError) as caught:
        run(stage)
    assert (caught.value.kind, caught.value.code, caught.value.exit) == ("capacity", "TW202", Exit.CAPACITY)
    assert len(stage.ops("submit")) == 4


def test_waiting_for_another_machine_is_not_running(stage: Stage) -> None:
    """The cloud counts max_runtime without it; stopping such a job would throw its work away."""
    stage.cloud.default_job = JobBehaviour(runs=timedelta(minutes=50), waits=timedelta(hours=3))
    assert run(stage).job.state == "succeeded"
    assert stage.ops("stop") == []


def test_capacity_is_waited_for_and_quota_is_not(stage: Stage) -> None:
    stage.cloud.faults.fail(1, "capacity")
    assert run(stage).attempts == 2
    stage.cloud.faults.fail(1, "quota")
    with pytest.raises(ProviderError) as caught:
        run(stage, "train.parameters.epochs=1")
    assert caught.value.exit == Exit.CAPACITY
    assert run(stage, "train.parameters.epochs=1").job.state == "succeeded"


def test_a_run_past_max_runtime_exits_7(stage: Stage) -> None:
    stage.cloud.default_job = JobBehaviour(runs=timedelta(hours=2))
    with pytest.raises(TimedOutError) as caught:
        run(stage)
    assert caught.value.exit == Exit.TIMED_OUT
    assert caught.value.code == "TW541"


def test_ctrl_c_detaches_and_the_same_command_goes_on_with_the_same_job(stage: Stage) -> None:
    stop = Stop()
    stage.clock.when(timedelta(seconds=5), stop.ask)
    with pytest.raises(InterruptedByUser) as caught:
        run(stage, stop=stop)
    assert caught.value.code == "TW542"
    assert "deploy train logs churn" in caught.value.hint
    assert stage.ops() == ["submit"]
    assert run(stage).attempts == 1
    assert stage.ops() == ["submit"]


def test_detach_leaves_once_the_job_is_accepted_and_the_same_command_waits_for_that_job(stage: Stage) -> None:
    stage.cloud.default_job = JobBehaviour(runs=timedelta(hours=1))
    began = stage.clock.now()
    left = run(stage, detach=True)
    assert (left.job.state in ("queued", "starting", "running"), left.model) == (True, None)
    assert stage.clock.now() - began < timedelta(seconds=5)
    assert left.next[0].endswith(f" {left.job.name} --follow")
    assert run(stage, detach=True).job.name == left.job.name
    assert stage.ops() == ["submit"]
    waited = run(stage)
    assert (waited.job.name, waited.job.state, waited.attempts) == (left.job.name, "succeeded", 1)
    assert run(stage, detach=True).reused
    assert stage.ops("submit") == ["submit"]


def test_detach_says_what_came_of_a_job_that_is_over(stage: Stage) -> None:
    stage.cloud.default_job = JobBehaviour(runs=timedelta(minutes=1), fails="no such column")
    run(stage, detach=True)
    stage.clock.advance(timedelta(minutes=2))
    with pytest.raises(FailedError) as caught:
        run(stage, detach=True)
    assert caught.value.code == "TW410"
    assert run(stage, detach=True).attempts == 2


def test_detach_does_not_wait_out_an_attempt_that_was_preempted(stage: Stage) -> None:
    stage.cloud.default_job = JobBehaviour(runs=timedelta(hours=1), preempted=True)
    run(stage, detach=True)
    stage.clock.advance(timedelta(hours=2))
    again = run(stage, detach=True)
    assert (again.attempts, again.job.state in ("queued", "starting", "running")) == (2, True)


def test_lost_answers_and_throttling_make_no_second_job(stage: Stage) -> None:
    stage.cloud.faults.lose(1)
    stage.cloud.faults.throttle(3)
    assert run(stage).job.state == "succeeded"
    assert stage.ops("submit") == ["submit"]


def test_somebody_elses_stop_fails_the_waiting_command(stage: Stage) -> None:
    session = stage.session()
    stage.clock.when(timedelta(seconds=5), lambda: train.stop(session))
    with pytest.raises(FailedError) as caught:
        run(stage)
    assert caught.value.code == "TW411"


def test_listing_status_logs_and_stop(stage: Stage) -> None:
    run(stage)
    run(stage, "train.parameters.epochs=3")
    session = stage.session()
    listed = train.list_jobs(session).jobs
    assert [job.state for job in listed] == ["succeeded", "succeeded"]
    assert train.status(session, listed[0].run[:17]).jobs == listed[:1]
    page = train.logs(session, listed[1].name)
    assert [line.text for line in page.lines] == ["hello from the job", "tw.metric loss=0.5 step=1"]
    assert page.end
    assert train.logs(session, listed[1].name, page.cursor).lines == ()
    assert next(line.text for line in train.follow(session)) == "hello from the job"
    assert [job.state for job in train.stop(session, listed[0].name).jobs] == ["succeeded"]
    with pytest.raises(ProviderError) as caught:
        train.status(session, "nobody")
    assert caught.value.code == "TW413"


class Late:
    """A job that is over, whose last line arrives only after some looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def trainer(self) -> Late:
        return self

    def status(self, names: Collection[str]) -> dict[str, JobStatus]:
        return {name: JobStatus("succeeded", "Completed") for name in names}

    def logs(self, name: str, cursor: str | None) -> LogPage:
        self.looks -= 1
        return LogPage((LogLine("late", "node"),) if self.looks == 0 else (), "c", end=self.looks == 0)


@pytest.mark.parametrize(("looks", "seen"), [(1, ["late"]), (3, ["late"]), (1_000, [])])
def test_following_waits_for_lines_that_are_on_their_way_and_not_for_ever(
    stage: Stage, looks: int, seen: list[str]
) -> None:
    run(stage)
    session = stage.session()
    info = copy(session.info)
    info.traits = replace(info.traits, log_lag=timedelta(seconds=10))
    late = replace(session, provider=Late(looks), info=info)  # type: ignore[arg-type]  # as much of one as is asked for
    began = stage.clock.now()
    assert [line.text for line in train.follow(late)] == seen
    assert stage.clock.now() - began < timedelta(seconds=20)


LAG = timedelta(seconds=10)


@pytest.mark.parametrize("late", [False, True])
def test_a_job_that_succeeded_is_read_to_the_end_of_its_log_where_its_metrics_stand(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    """Read at once, the last lines are not in CloudWatch yet. A log that says that it ended is not waited for."""
    assert stage.info is not None
    stage.info.traits = replace(stage.info.traits, log_lag=LAG)
    real = FakeTrainer.logs
    reads: list[datetime] = []

    def lagging(self: FakeTrainer, name: str, cursor: str | None) -> LogPage:
        """Its last line comes so long after the job's end."""
        page = real(self, name, None)
        reads.extend([stage.clock.now()] if page.end else [])
        held = late and (not reads or stage.clock.now() - reads[0] < LAG)
        lines = page.lines[:-1] if held else page.lines
        return LogPage(lines[int(cursor or 0) :], str(len(lines)), end=page.end and not held)

    monkeypatch.setattr(FakeTrainer, "logs", lagging)
    began = stage.clock.now()
    assert run(stage).metrics == {"loss": 0.5}
    if late:
        assert len(reads) <= 3, "one more look, not one after the other"
    else:
        assert stage.clock.now() - began < timedelta(minutes=10)


def test_a_model_that_was_packed_is_one_object() -> None:
    plain = Attempt("sha256:1", 1, "j", "me", "here", 1, datetime.now(UTC), model="s3://b/j/output/model")
    assert not runs.model_of(plain).single
    assert runs.model_of(replace(plain, model="s3://b/j/output/model.tar.gz")).single


def test_what_is_over_is_told_from_what_was_written_down(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    run(stage)
    stage.cloud.default_job = JobBehaviour(fails="no such column")
    with pytest.raises(FailedError):
        run(stage, "train.parameters.epochs=3")
    stage.cloud.default_job = JobBehaviour(runs=timedelta(hours=1))
    left = run(stage, "train.parameters.epochs=4", detach=True)
    asked: list[Collection[str]] = []
    status = FakeTrainer.status
    monkeypatch.setattr(FakeTrainer, "status", lambda self, names: (asked.append(names), status(self, names))[1])
    listed = train.list_jobs(stage.session()).jobs
    assert [list(names) for names in asked] == [[left.job.name]]  # a thousand jobs that are over cost no call
    assert [job.state for job in listed][1:] == ["failed", "succeeded"]
    told = {job.name: job for job in listed[1:]}
    for name, seen in FakeTrainer(stage.cloud).status(list(told)).items():
        assert (told[name].word, told[name].started, told[name].ended) == (seen.word, seen.started, seen.ended)


def test_download_brings_the_model_into_an_empty_folder_only(stage: Stage, tmp_path: Path) -> None:
    made = run(stage)
    model = Path((made.model or "").removeprefix("file://"))
    model.mkdir(parents=True)
    (model / "model.bin").write_bytes(b"weights")
    done = train.download(stage.session(), tmp_path / "model")
    assert (tmp_path / "model" / "model.bin").read_bytes() == b"weights"
    assert (done.bytes, done.files) == (7, 1)
    with pytest.raises(RefusedError) as caught:
        train.download(stage.session(), tmp_path / "model")
    assert caught.value.code == "TW058"


def test_an_earlier_run_is_an_input_by_name_or_digest(stage: Stage) -> None:
    first = run(stage)
    text = f"train.inputs.base=run:{first.job.name}"
    second = run(stage, text)
    job = stage.cloud.jobs[second.job.name]
    assert job.run.inputs["base"].uri == first.model
    assert stage.plan(f"train.inputs.base=run:{first.run[7:20]}").run == second.run


def test_a_command_is_filled_in_and_quoted(stage: Stage) -> None:
    result = run(stage, "train.parameters.epochs=a b")
    assert stage.cloud.jobs[result.job.name].run.command == ("sh", "-c", "python train.py --epochs 'a b'")


def test_train_leaves_the_endpoint_alone_even_where_serve_is_gone(stage: Stage) -> None:
    work = replace(stage.work(), spec=stage.work().spec.model_copy(update={"serve": None}))
    assert train.run(work, stage.session(work)).job.state == "succeeded"
    assert "delete_endpoint" not in stage.ops()


@pytest.mark.parametrize(("kind", "exit_code"), [("quota", Exit.CAPACITY), ("permission", Exit.CREDENTIALS)])
def test_a_job_that_was_refused_says_that_it_never_started_and_why(
    stage: Stage, kind: ProviderKind, exit_code: Exit
) -> None:
    stage.cloud.faults.fail(1, kind)
    with pytest.raises(ProviderError) as refused:
        run(stage)
    (job,) = train.list_jobs(stage.session()).jobs
    assert (job.state, job.refused, job.reason) == ("failed", kind, refused.value.said)
    assert "deploy train run" in job.hint
    for read in (train.logs, lambda session: list(train.follow(session))):
        with pytest.raises(ProviderError) as caught:
            read(stage.session())
        assert "never started" in caught.value.message
        assert refused.value.said in caught.value.message
        assert (caught.value.exit, caught.value.code) == (exit_code, refused.value.code)
        assert "deploy train run" in caught.value.hint


def test_keys_that_expire_while_a_job_runs_end_the_command_and_not_the_job(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next command would pay for the same work once more."""
    stage.cloud.default_job = JobBehaviour(runs=timedelta(minutes=30))
    left = run(stage, detach=True)
    with monkeypatch.context() as patch:
        expired = ProviderError("credentials", "the token has expired", during="look", code="TW101")
        patch.setattr(FakeTrainer, "status", lambda *_: (_ for _ in ()).throw(expired))
        with pytest.raises(ProviderError, match="expired"):
            run(stage)
    again = run(stage)
    assert (again.job.name, again.attempts) == (left.job.name, 1)
    assert stage.ops("submit") == ["submit"]

"""Training jobs: what a bad network, a busy account and a stand-in with other manners do to them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.faults.plans import Chaos, Fault, Only
from tests.providers.aws.harness import REGION, ROLE, Account, AwsHarness
from tests.providers.aws.standin import Answer, Refused, Said, StandIn, standing_in
from tradewind.errors import ProviderError
from tradewind.providers.aws import train_look
from tradewind.providers.aws.info import INFO
from tradewind.providers.aws.train import AwsTrainer
from tradewind.providers.conformance.harness import digest, finish, refused
from tradewind.spec.clouds.aws import Aws, AwsTrain
from tradewind.values import Foundation, Run

NOW = 1_700_000_000.0
ARN = "arn:aws:sagemaker:us-east-1:123456789012:training-job/"
GONE = Refused("ValidationException", "Requested resource not found.")


@contextmanager
def trainer(latency: float = 0.0, **answers: Callable[[Said], Answer]) -> Iterator[tuple[AwsTrainer, StandIn]]:
    with standing_in(answers, latency) as service:
        settings = Aws(region=REGION, endpoint_url=service.url)
        provider = INFO.connect(settings, Foundation("s3://work", outputs={"runtime_role": ROLE}))
        yield provider.trainer(), service  # type: ignore[misc]  # of this provider


def raises(error: Exception) -> Callable[[Said], Answer]:
    def answer(said: Said) -> Answer:
        raise error

    return answer


def job(name: str, status: str = "InProgress", word: str = "Training", **more: Any) -> Said:
    step = {"Status": word, "StartTime": NOW}
    return {
        "TrainingJobName": name, "TrainingJobArn": ARN + name, "TrainingJobStatus": status, "SecondaryStatus": word,
        "CreationTime": NOW, "SecondaryStatusTransitions": [step], **more,
    }  # fmt: skip


@pytest.fixture
def run(aws_harness: AwsHarness) -> Run:
    return aws_harness.run(aws_harness.name("job"), digest("one"))


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def test_a_lost_answer_heals_by_the_sdks_own_retry(
    account: Account, aws_harness: AwsHarness, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second try is refused as ResourceInUse; it is our own job."""
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")
    before = account.proxy.count()
    aws_harness.lose_next_answer()
    assert aws_harness.connect().trainer().ensure(run).digest == run.digest
    asked = [call.operation for call in account.proxy.calls[before:]]
    assert asked == ["DescribeTrainingJob", "CreateTrainingJob", "CreateTrainingJob", "DescribeTrainingJob"]
    assert finish(aws_harness, run.name).state == "succeeded"
    aws_harness.clean()


def test_on_a_bad_network_there_is_one_job_of_each(account: Account, aws_harness: AwsHarness) -> None:
    """Every third call is throttled, broken, lost or cut in half; asked until it answers, as the engine does."""
    runs = [aws_harness.run(aws_harness.name("job"), digest(f"chaos {n}")) for n in range(4)]
    plan, account.proxy.plan = account.proxy.plan, Chaos(7, 0.3, spared=lambda call: False)
    try:
        for run in runs:
            assert asked_until(lambda run=run: aws_harness.connect().trainer().ensure(run)).digest == run.digest  # type: ignore[misc]  # bound
        names = [run.name for run in runs]
        found = asked_until(lambda: aws_harness.connect().trainer().status(names))
        assert {name: status.digest for name, status in found.items()} == {run.name: run.digest for run in runs}
        assert account.proxy.fired
    finally:
        account.proxy.plan = plan
    for run in runs:
        assert finish(aws_harness, run.name).state == "succeeded"
    aws_harness.clean()


def asked_until(call: Callable[[], Any]) -> Any:
    for _ in range(50):
        try:
            return call()
        except ProviderError as error:
            passing = error.kind in ("throttled", "transient")
            if not passing:
                raise
    raise AssertionError("it never answers")


def test_a_job_that_is_accepted_costs_two_calls(account: Account, aws_harness: AwsHarness, run: Run) -> None:
    before = account.proxy.count()
    assert aws_harness.connect().trainer().ensure(run).state == "starting"
    assert [call.operation for call in account.proxy.calls[before:]] == ["DescribeTrainingJob", "CreateTrainingJob"]
    aws_harness.clean()


def test_what_never_got_a_machine_says_so(account: Account, aws_harness: AwsHarness, run: Run) -> None:
    account.emulator.control("capacity", times=1)
    aws_harness.connect().trainer().ensure(run)
    done = finish(aws_harness, run.name)
    assert done.reason.startswith("CapacityError")
    assert "another machine" in done.reason
    assert (done.state, done.failure, done.started, done.model) == ("failed", "capacity", None, None)
    page = aws_harness.connect().trainer().logs(run.name, None)
    assert (page.lines, page.end) == ((), True), "nothing ran, so nothing will be said"
    aws_harness.clean()


def test_spot_machines_that_were_taken_are_waited_for_and_given_up(account: Account, aws_harness: AwsHarness) -> None:
    run = replace(aws_harness.run(aws_harness.name("job"), digest("spot"), "long"), spot=True)
    box = replace(run.container, options=AwsTrain(max_wait=timedelta(hours=2)))
    trainer = aws_harness.connect().trainer()
    trainer.ensure(replace(run, container=box))
    finish(aws_harness, run.name, states=frozenset({"running"}))
    account.emulator.control("preempt", job=run.name)
    deadline = time.monotonic() + 30
    while "Interrupted" not in words(account, run.name):
        assert time.monotonic() < deadline
        aws_harness.pause()
    assert finish(aws_harness, run.name, states=frozenset({"running"})).failure == ""
    aws_harness.clean()


def words(account: Account, name: str) -> list[str]:
    said = account.emulator.client("sagemaker", REGION).describe_training_job(TrainingJobName=name)
    return [step["Status"] for step in said["SecondaryStatusTransitions"]]


def test_names_that_cannot_be_are_not_asked_for(once: None) -> None:
    """Whoever types a name gets no word about a service's regular expression."""
    with trainer() as (one, service):
        assert one.status(["no spaces", "", "a" * 64]) == {}
        one.stop("sla/sh")
        one.delete("../up")
        with refused("missing"):
            one.logs("new\nline", None)
        assert service.calls == []


def test_an_answer_that_was_cut_off_is_none(once: None, run: Run) -> None:
    """botocore takes half a JSON for `{}`. Neither is the job not there, nor is it accepted, nor is its log at its end."""
    cut: dict[str, Callable[[Said], Answer]] = {"DescribeTrainingJob": lambda said: b'{"TrainingJobName": "x", "Tra'}
    with trainer(**cut) as (one, service):
        for call in (lambda: one.ensure(run), lambda: one.status([run.name]), lambda: one.stop(run.name)):
            with refused("transient"):
                call()
        service.answers["DescribeTrainingJob"] = raises(GONE)
        service.answers["CreateTrainingJob"] = lambda said: b"{}"
        with refused("transient"):
            one.ensure(run)
        over = job(run.name, "Completed", "Completed")
        service.answers |= {"DescribeTrainingJob": lambda said: over, "DescribeLogStreams": lambda said: b"{}"}
        with refused("transient"):
            one.logs(run.name, None)
        service.answers |= {"DescribeLogStreams": lambda said: {"logStreams": [{"logStreamName": f"{run.name}/algo-1-1"}]},
                            "GetLogEvents": lambda said: b'{"events": ['}  # fmt: skip
        with refused("transient"):
            one.logs(run.name, None)
        service.answers["DescribeTrainingJob"] = lambda said: b"\xff\xfe{}"
        with refused("transient"):
            one.status([run.name])


def test_where_the_service_drops_the_variables_the_tag_tells_and_is_asked_for_once(once: None, run: Run) -> None:
    tagged = {"Tags": [{"Key": "tradewind-digest", "Value": run.digest}]}
    with trainer(DescribeTrainingJob=lambda said: job(run.name), ListTags=lambda said: tagged) as (one, service):
        for _ in range(3):
            assert one.ensure(run).digest == run.digest
            assert one.status([run.name])[run.name].digest == run.digest
        assert service.counts["ListTags"] == 1
        with refused("conflict"):
            one.ensure(replace(run, digest=digest("another")))


def test_a_job_of_somebody_else_is_a_conflict(once: None, run: Run) -> None:
    answers: dict[str, Callable[[Said], Answer]] = {
        "DescribeTrainingJob": lambda said: job(run.name), "ListTags": lambda said: {"Tags": []},
    }  # fmt: skip
    with trainer(**answers) as (one, _), pytest.raises(ProviderError, match="not ours") as caught:
        one.ensure(run)
    assert caught.value.kind == "conflict"


def test_a_name_in_use_that_nobody_shows_is_a_conflict(once: None, run: Run) -> None:
    used = Refused("ResourceInUse", "Resource in use")
    with trainer(DescribeTrainingJob=raises(GONE), CreateTrainingJob=raises(used)) as (one, _), refused("conflict"):
        one.ensure(run)


@pytest.mark.parametrize(("after", "raised"), [("Stopped", False), ("InProgress", True), (None, False)])
def test_a_stop_that_comes_too_late(once: None, after: str | None, raised: bool) -> None:
    """It ended between our look and our word; another refusal is one."""
    seen: list[str | None] = ["InProgress", after]

    def look(said: Said) -> Answer:
        status = seen.pop(0)
        if status is None:
            raise GONE
        return job("j", status, "Training")

    late = Refused("ValidationException", "The request was rejected because the training job is in status Stopped.")
    with trainer(DescribeTrainingJob=look, StopTrainingJob=raises(late)) as (one, _):
        if raised:
            with refused("invalid"):
                one.stop("j")
        else:
            one.stop("j")


def test_what_ends_by_itself_is_not_asked_to_stop(once: None) -> None:
    ends = {name: job(name, name, "x") for name in ("Stopping", "Stopped", "Completed", "Failed", "Deleting")}
    with trainer(DescribeTrainingJob=lambda said: ends[said["TrainingJobName"]]) as (one, service):
        for name in ends:
            one.stop(name)
        assert set(service.counts) == {"DescribeTrainingJob"}


def test_a_job_is_deleted_by_one_write_a_call(once: None) -> None:
    """It is stopped; the machines that are kept warm, and billed, go; then its log, stream by stream; last its record."""
    state: dict[str, Any] = {
        "status": "InProgress",
        "pool": "InUse",
        "streams": ["j/algo-1-1", "j/algo-2-1"],
        "there": True,
    }
    writes: list[str] = []

    def look(said: Said) -> Answer:
        if not state["there"]:
            raise GONE
        return job("j", state["status"], "x", WarmPoolStatus={"Status": state["pool"]})

    def write(name: str, change: Callable[[Said], object]) -> Callable[[Said], Answer]:
        def answer(said: Said) -> Answer:
            writes.append(name)
            change(said)
            return {"TrainingJobArn": ARN + "j"}

        return answer

    with trainer(
        DescribeTrainingJob=look,
        StopTrainingJob=write("stop", lambda said: state.update(status="Stopped", pool="Available")),
        UpdateTrainingJob=write("release", lambda said: state.update(pool="Terminated")),
        DescribeLogStreams=lambda said: {"logStreams": [{"logStreamName": name} for name in state["streams"]]},
        DeleteLogStream=write("log", lambda said: state["streams"].remove(said["logStreamName"])),
        DeleteTrainingJob=write("record", lambda said: state.update(there=False)),
    ) as (one, service):
        for count in range(1, 6):
            one.delete("j")
            assert len(writes) == count
        one.delete("j")
        assert writes == ["stop", "release", "log", "log", "record"]
        released = next(said for name, said in service.calls if name == "UpdateTrainingJob")
        assert released == {"TrainingJobName": "j", "ResourceConfig": {"KeepAlivePeriodInSeconds": 0}}


def test_a_record_that_is_still_held_is_tried_again(once: None) -> None:
    held = Refused("ResourceInUse", "it retains an available warm pool")
    with trainer(
        DescribeTrainingJob=lambda said: job("j", "Stopped", "Stopped"),
        DescribeLogStreams=raises(Refused("ResourceNotFoundException", "The specified log group does not exist.")),
        DeleteTrainingJob=raises(held),
    ) as (one, service):
        one.delete("j")
        assert service.counts["DeleteTrainingJob"] == 1


# ---- many jobs


class Region:
    """ListTrainingJobs and DescribeTrainingJob over made-up jobs, the newest last; `limit` pages, then it throttles."""

    def __init__(self, names: list[str], failed: frozenset[str] = frozenset(), limit: int = 1_000) -> None:
        self.names = names
        self.failed = failed
        self.limit = limit

    def list_jobs(self, said: Said) -> Answer:
        self.limit -= 1
        if self.limit < 0:
            raise Refused("ThrottlingException", "Rate exceeded")
        assert said["SortBy"] == "CreationTime"
        found = [name for name in self.names if said.get("NameContains", "") in name]
        if said["SortOrder"] == "Descending":
            found.reverse()
        start = int(said.get("NextToken", "0"))
        rows = [self.row(name) for name in found[start : start + said["MaxResults"]]]
        more = {"NextToken": str(start + len(rows))} if start + len(rows) < len(found) else {}
        return {"TrainingJobSummaries": rows, **more}

    def describe(self, said: Said) -> Answer:
        name = said["TrainingJobName"]
        if name not in self.names:
            raise GONE
        return {**self.row(name), "FailureReason": "AlgorithmError: x", "Environment": {"TW_RUN_DIGEST": "sha256:1"}}

    def row(self, name: str) -> Said:
        status = "Failed" if name in self.failed else "Completed"
        return job(name, status, status, TrainingEndTime=NOW)


@contextmanager
def region(names: list[str], latency: float = 0.0, **more: Any) -> Iterator[tuple[AwsTrainer, StandIn]]:
    one = Region(names, **more)
    with trainer(latency, ListTrainingJobs=one.list_jobs, DescribeTrainingJob=one.describe) as found:
        yield found


def test_a_few_are_asked_for_one_by_one(once: None) -> None:
    names = [f"p-{n}" for n in range(train_look.FEW)]
    with region(names) as (one, service):
        assert set(one.status([*names[:-1], "p-unknown"])) == set(names[:-1])
        assert service.counts == {"DescribeTrainingJob": train_look.FEW}


def test_many_by_pages_and_no_page_more(once: None) -> None:
    """The newest first, only those that begin alike, and no further once all were seen."""
    names = [f"old-{n}" for n in range(500)] + [f"proj-dev-{n}" for n in range(1_000)]
    with region(names, failed=frozenset({"proj-dev-3", "proj-dev-990"})) as (one, service):
        found = one.status(names[-150:])
        assert set(found) == set(names[-150:])
        assert service.counts == {"ListTrainingJobs": 2, "DescribeTrainingJob": 1}
        assert found["proj-dev-990"].reason == "AlgorithmError: x"
        assert all(said["NameContains"] == "proj-dev-" for name, said in service.calls if name == "ListTrainingJobs")


def test_what_no_list_shows_is_looked_for_where_it_is_little(once: None) -> None:
    names = [f"proj-{n}" for n in range(200)]
    with region(names) as (one, service):
        assert set(one.status([*names, "proj-gone"])) == set(names)
        assert service.counts == {"ListTrainingJobs": 2, "DescribeTrainingJob": 1}
    with region(names) as (one, service):
        assert set(one.status([*names, *(f"proj-gone-{n}" for n in range(100))])) == set(names)
        assert service.counts == {"ListTrainingJobs": 2}, "a hundred that are not there are not asked for one by one"


def test_a_list_that_is_too_long_is_left(once: None) -> None:
    """Twenty jobs of a year ago, in an account of 5,000 others: 50 pages at two a second, or 20 questions."""
    names = [f"a{n}" for n in range(10)] + [f"b{n}" for n in range(10)] + [f"x-{n}" for n in range(5_000)]
    with region(names) as (one, service):
        assert set(one.status(names[:20])) == set(names[:20])
        assert service.counts == {"ListTrainingJobs": 2, "DescribeTrainingJob": 20}


def test_throttling_of_the_list_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    names = [f"proj-{n}" for n in range(300)]
    with region(names, limit=1) as (one, service):
        assert set(one.status(names)) == set(names)
        assert service.counts == {"ListTrainingJobs": 3, "DescribeTrainingJob": 200}


def test_a_thousand_jobs_in_a_second_at_60_ms_a_call(once: None) -> None:
    """The goal of `status`. All of them failed, which is the most there is to say of jobs."""
    names = [f"proj-{n:04}" for n in range(1_000)]
    with region(names, latency=0.06, failed=frozenset(names)) as (one, service):
        one.status(names[:1])  # signing in and reading the service's model are the command's, not the look's
        began = time.monotonic()
        found = one.status(names)
        took = time.monotonic() - began
        assert set(found) == set(names)
        assert service.counts["ListTrainingJobs"] == 10
        assert service.counts["DescribeTrainingJob"] <= 1 + train_look.REASONS
        print(f"1,000 jobs at +60 ms: {took:.2f} s")
        assert took < 2, "0.8 s on a quiet machine"


def test_throttled_calls_say_so(account: Account, aws_harness: AwsHarness, run: Run) -> None:
    plan, account.proxy.plan = account.proxy.plan, Only(Fault.THROTTLE, lambda call: True)
    try:
        one = aws_harness.connect().trainer()
        names = [f"{run.name}-{n}" for n in range(30)]
        for call in (lambda: one.ensure(run), lambda: one.status([run.name]), lambda: one.status(names),
                     lambda: one.stop(run.name), lambda: one.delete(run.name), lambda: one.logs(run.name, None)):  # fmt: skip
            with refused("throttled"):
                call()
    finally:
        account.proxy.plan = plan

"""What SageMaker says of a job, word for word, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import botocore.session
import pytest

from tradewind.providers.aws import train_status as it
from tradewind.values import JOB_DONE

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=9)))
MINUTE = timedelta(minutes=1)


def steps(*words: str) -> list[dict[str, Any]]:
    return [
        {"Status": word, "StartTime": START + n * MINUTE, "EndTime": START + (n + 1) * MINUTE}
        for n, word in enumerate(words)
    ]


def job(status: str, word: str, *walked: str, **more: Any) -> dict[str, Any]:
    return {
        "TrainingJobStatus": status,
        "SecondaryStatus": word,
        "SecondaryStatusTransitions": steps(*walked, word),
        **more,
    }


@pytest.mark.parametrize(
    ("status", "word", "state"),
    [
        ("InProgress", "Pending", "queued"),
        ("InProgress", "Interrupted", "queued"),
        ("InProgress", "Starting", "starting"),
        ("InProgress", "Restarting", "starting"),
        ("InProgress", "Downloading", "starting"),
        ("InProgress", "Training", "running"),
        ("InProgress", "Uploading", "running"),
        ("InProgress", "Updating", "running"),
        ("InProgress", "BrandNew", "running"),
        ("Stopping", "Stopping", "stopping"),
        ("Stopping", "MaxRuntimeExceeded", "stopping"),
        ("Deleting", "Completed", "stopping"),
        ("Completed", "Completed", "succeeded"),
        ("Failed", "Failed", "failed"),
        ("Stopped", "Stopped", "stopped"),
        ("Stopped", "MaxRuntimeExceeded", "failed"),
        ("Stopped", "MaxWaitTimeExceeded", "failed"),
        ("Sublimated", "Gone", "running"),
    ],
)
def test_states(status: str, word: str, state: str) -> None:
    found = it.of_job(job(status, word), "sha256:1")
    assert (found.state, found.word, found.digest) == (state, word, "sha256:1")
    assert it.of_summary({"TrainingJobStatus": status, "SecondaryStatus": word}).state == state


def test_every_word_of_the_service_is_known() -> None:
    """A new one counts as running; this test says when there is one to look at."""
    model = botocore.session.get_session().get_service_model("sagemaker")
    words = set(model.shape_for("SecondaryStatus").enum)
    ends = {"Stopping", "Stopped", "MaxRuntimeExceeded", "Completed", "Failed", "MaxWaitTimeExceeded"}
    running = {"Training", "Uploading", "Updating"}
    assert words == it._QUEUED | it._STARTING | running | ends
    assert set(model.shape_for("TrainingJobStatus").enum) == {"InProgress", *it._STATES}


@pytest.mark.parametrize(
    ("status", "word", "walked", "failure"),
    [
        ("Stopped", "MaxRuntimeExceeded", ("Starting", "Training", "Stopping"), "timeout"),
        ("Stopped", "MaxWaitTimeExceeded", ("Starting", "Stopping"), "timeout"),
        (
            "Stopped",
            "MaxWaitTimeExceeded",
            ("Starting", "Training", "Interrupted", "Starting", "Stopping"),
            "preempted",
        ),
        ("Stopped", "Stopped", ("Starting", "Training", "Stopping"), ""),
        ("Completed", "Completed", ("Starting", "Training", "Interrupted", "Starting", "Training"), ""),
        ("Failed", "Failed", ("Starting", "Training"), ""),
    ],
)
def test_who_ended_it(status: str, word: str, walked: tuple[str, ...], failure: str) -> None:
    found = it.of_job(job(status, word, *walked), "")
    assert found.failure == failure
    assert (found.state == "failed") == (failure != "" or status == "Failed")


def test_no_machine_was_free() -> None:
    reason = "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type."
    assert it.of_job(job("Failed", "Failed", FailureReason=reason), "").failure == "capacity"
    assert it.of_job(job("Failed", "Failed", FailureReason=f"AlgorithmError: {reason}"), "").failure == ""


def test_times_carry_their_zone_and_the_time_is_that_of_all_machines() -> None:
    times = {"TrainingStartTime": START, "TrainingEndTime": START + MINUTE, "BillableTimeInSeconds": 60}
    found = it.of_job(job("Completed", "Completed", ResourceConfig={"InstanceCount": 4}, **times), "")
    assert (found.started, found.ended) == (START, START + MINUTE)
    assert found.started is not None
    assert found.started.tzinfo is UTC
    assert found.billed == timedelta(minutes=4)
    groups = {"InstanceGroups": [{"InstanceCount": 2}, {"InstanceCount": 1}]}
    assert it.of_job(job("Completed", "Completed", ResourceConfig=groups, **times), "").billed == timedelta(minutes=3)
    assert it.of_job(job("InProgress", "Training", TrainingStartTime=START), "").billed is None


def test_a_job_that_never_got_a_machine_has_an_end_all_the_same() -> None:
    found = it.of_job(job("Failed", "Failed", "Starting"), "")
    assert (found.started, found.ended) == (None, START + MINUTE)
    assert it.of_job(job("InProgress", "Starting"), "").ended is None


def test_the_model_is_that_of_a_success() -> None:
    artifacts = {"ModelArtifacts": {"S3ModelArtifacts": "s3://b/out/j/output/model/"}}
    assert it.of_job(job("Completed", "Completed", **artifacts), "").model == "s3://b/out/j/output/model"
    assert it.of_job(job("Stopped", "Stopped", **artifacts), "").model is None
    assert it.of_job(job("Completed", "Completed"), "").model is None


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("CapacityError: Unable to provision requested ML compute capacity.", "try later, or name another machine"),
        ("ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are ...", "ECR"),
        ("ClientError: Artifact upload failed: (BucketRegionError: bucket must be in the same region)", "aws.region"),
        ("InternalServerError: We encountered an internal error.  Please try again.", "aws.train.retries"),
    ],
)  # fmt: skip
def test_a_reason_comes_with_what_to_do(reason: str, said: str) -> None:
    first, hint = it.of_job(job("Failed", "Failed", FailureReason=reason), "").reason.split("\n")
    assert first == reason
    assert said in hint


def test_the_words_of_the_users_own_program_are_left_alone() -> None:
    reason = "AlgorithmError: image x.png does not exist, rate exceeded, exit code: 1"
    assert it.of_job(job("Failed", "Failed", FailureReason=reason), "").reason == reason


def test_limits_say_which_and_how_much() -> None:
    limits = {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90}}
    assert it.of_job(job("Stopped", "MaxRuntimeExceeded", **limits), "").reason.endswith("MaxRuntimeInSeconds (60)")
    assert it.of_job(job("Stopped", "MaxWaitTimeExceeded", **limits), "").reason.endswith("MaxWaitTimeInSeconds (90)")
    assert it.of_job(job("Failed", "Failed"), "").reason == "Failed", "never an empty one"
    assert it.of_job(job("Stopped", "Stopped"), "").reason == ""


def test_when_the_last_container_ended() -> None:
    assert it.quiet_since(job("Failed", "Failed", "Starting")) is None
    walked = ("Starting", "Training", "Interrupted", "Starting", "Training", "Uploading")
    assert it.quiet_since(job("Completed", "Completed", *walked)) == START + 5 * MINUTE


@pytest.mark.parametrize(
    ("word", "told"), [("Failed", False), ("MaxWaitTimeExceeded", False), ("MaxRuntimeExceeded", True)]
)
def test_when_a_summary_is_not_enough(word: str, told: bool) -> None:
    status = "Failed" if word == "Failed" else "Stopped"
    assert it.told(it.of_summary({"TrainingJobStatus": status, "SecondaryStatus": word})) is told


def test_the_end_is_an_end() -> None:
    for status in ("Completed", "Failed", "Stopped"):
        assert it.over(job(status, status)) == (it.of_job(job(status, status), "").state in JOB_DONE) is True
    assert not it.over(job("Deleting", "Completed"))

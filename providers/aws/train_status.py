"""What SageMaker says of a training job, as a JobStatus. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from tradewind.providers.aws.errors import of_reason
from tradewind.values import JOB_DONE, JobState, JobStatus

DIGEST_VARIABLE = "TW_RUN_DIGEST"
# TrainingJobStatus, where it alone decides. A word that is new to us is no end.
_STATES: Mapping[str, JobState] = {
    "Completed": "succeeded",
    "Failed": "failed",
    "Stopping": "stopping",
    "Stopped": "stopped",
    "Deleting": "stopping",
}
# SecondaryStatus of a job InProgress: without a machine, and with one. Interrupted: spot machines went, others are awaited.
_QUEUED = frozenset({"Pending", "Interrupted"})
_STARTING = frozenset(
    {"Starting", "Restarting", "LaunchingMLInstances", "PreparingTrainingStack", "Downloading", "DownloadingTrainingImage"}
)  # fmt: skip
# A job that a limit has ended is `Stopped` to SageMaker, as one that somebody has stopped.
_LIMITS: Mapping[str, str] = {
    "MaxRuntimeExceeded": "it ran for longer than MaxRuntimeInSeconds",
    "MaxWaitTimeExceeded": "waiting for machines and running took longer than MaxWaitTimeInSeconds",
}


def of_job(job: Mapping[str, Any], digest: str) -> JobStatus:
    """From DescribeTrainingJob."""
    status, word = job["TrainingJobStatus"], job.get("SecondaryStatus") or job["TrainingJobStatus"]
    state = _state(status, word)
    return JobStatus(
        state=state,
        word=word,
        reason=_reason(job, state, word),
        model=_model(job) if state == "succeeded" else None,
        started=_utc(job.get("TrainingStartTime")),
        ended=_ended(job) if state in JOB_DONE else None,
        billed=_billed(job),
        failure=_failure(word, _transitions(job), str(job.get("FailureReason") or "")),
        digest=digest,
    )


def of_summary(row: Mapping[str, Any]) -> JobStatus:
    """From ListTrainingJobs, which knows neither reason, digest, model nor start."""
    status, word = row["TrainingJobStatus"], row.get("SecondaryStatus") or row["TrainingJobStatus"]
    state = _state(status, word)
    ended = _utc(row.get("TrainingEndTime")) if state in JOB_DONE else None
    return JobStatus(state, word, _LIMITS.get(word, ""), ended=ended, failure=_failure(word))


def submitted(digest: str) -> JobStatus:
    """Of a job that CreateTrainingJob has just accepted."""
    return JobStatus("starting", "Starting", digest=digest)


def told(status: JobStatus) -> bool:
    """Whether a summary says all that people want to know of a job that did not succeed."""
    return status.state != "failed" or bool(status.reason and status.word != "MaxWaitTimeExceeded")


def digest_in(job: Mapping[str, Any]) -> str:
    """The digest in the job's variables; "" where there is none (a stand-in may drop them)."""
    return str(job.get("Environment", {}).get(DIGEST_VARIABLE, ""))


def quiet_since(job: Mapping[str, Any]) -> datetime | None:
    """When its last container ended; None where none has run, and so none has printed."""
    ends = [step.get("EndTime") or step["StartTime"] for step in _transitions(job) if step["Status"] == "Training"]
    return _utc(max(ends)) if ends else None


def over(job: Mapping[str, Any]) -> bool:
    return job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped")


def _state(status: str, word: str) -> JobState:
    if word in _LIMITS and status == "Stopped":
        return "failed"
    if (known := _STATES.get(status)) is not None:
        return known
    return "queued" if word in _QUEUED else "starting" if word in _STARTING else "running"


def _failure(
    word: str, steps: Sequence[Mapping[str, Any]] = (), reason: str = ""
) -> Literal["", "timeout", "preempted", "capacity"]:
    """Of a spot job that ran out of time after its machines were taken, the taking is the cause."""
    if word == "MaxWaitTimeExceeded" and any(step["Status"] == "Interrupted" for step in steps):
        return "preempted"
    if word in _LIMITS:
        return "timeout"
    return "capacity" if reason and of_reason(reason, "").kind == "capacity" else ""


def _reason(job: Mapping[str, Any], state: JobState, word: str) -> str:
    said = str(job.get("FailureReason") or "").strip()
    if said:
        hint = of_reason(said, "").hint
        return f"{said}\n{hint}" if hint else said
    if word in _LIMITS:
        limits = job.get("StoppingCondition", {})
        name = "MaxRuntimeInSeconds" if word == "MaxRuntimeExceeded" else "MaxWaitTimeInSeconds"
        return f"{word}: {_LIMITS[word]} ({limits.get(name, 'unknown')})"
    return word if state == "failed" else ""


def _model(job: Mapping[str, Any]) -> str | None:
    uri = str(job.get("ModelArtifacts", {}).get("S3ModelArtifacts") or "")
    return uri.rstrip("/") or None


def _billed(job: Mapping[str, Any]) -> timedelta | None:
    """Machine time: "BillableTimeInSeconds * InstanceCount" (DescribeTrainingJob)."""
    seconds = job.get("BillableTimeInSeconds")
    return None if seconds is None else timedelta(seconds=seconds * _machines(job.get("ResourceConfig", {})))


def _machines(resources: Mapping[str, Any]) -> int:
    groups = resources.get("InstanceGroups") or ()
    return sum(group["InstanceCount"] for group in groups) or resources.get("InstanceCount") or 1


def _ended(job: Mapping[str, Any]) -> datetime | None:
    """A job that never got a machine has no TrainingEndTime."""
    steps = _transitions(job)
    return _utc(job.get("TrainingEndTime") or (steps[-1]["StartTime"] if steps else job.get("LastModifiedTime")))


def _transitions(job: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return job.get("SecondaryStatusTransitions") or ()


def _utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC)

"""A training job as it is kept: the request as it came, and what became of it. Times are epoch seconds."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.training.warm import Pool
from tradewind.sandbox.aws.validation import model

MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "Interrupted": "Training job interrupted: the spot instance was reclaimed",
    "Restarting": "Restarting the training job",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
}
ENDED = ("Completed", "Failed", "Stopped")
MAX_RUNTIME = 86400  # seconds, the service's default
SPOT_SHARE = 0.3  # of the time is billed on spot, as a plausible saving
LONGEST_REASON = 1024
FLAGS = ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining")


@dataclass(frozen=True)
class Job:
    region: str
    name: str
    request: Mapping[str, Any]
    created: float
    modified: float
    tags: Mapping[str, str] = field(default_factory=dict)
    status: str = "InProgress"
    transitions: tuple[Mapping[str, Any], ...] = ()
    started: float | None = None
    ended: float | None = None
    reason: str = ""
    artifacts: str = ""
    metrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    pool: Pool | None = None
    reuses: bool = False  # it runs on the instances of another's warm pool

    @property
    def arn(self) -> str:
        return f"arn:aws:sagemaker:{self.region}:{ACCOUNT}:training-job/{self.name}"

    @property
    def secondary(self) -> str:
        return str(self.transitions[-1]["Status"]) if self.transitions else "Starting"

    @property
    def over(self) -> bool:
        return self.status in ENDED

    @property
    def spot(self) -> bool:
        return bool(self.request.get("EnableManagedSpotTraining"))

    @property
    def max_runtime(self) -> int:
        return int((self.request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds") or MAX_RUNTIME)

    @property
    def max_wait(self) -> int | None:
        return (self.request.get("StoppingCondition") or {}).get("MaxWaitTimeInSeconds")

    @property
    def output(self) -> Mapping[str, Any]:
        return dict(self.request["OutputDataConfig"])

    @property
    def retries(self) -> int:
        """Times that it is started again after an internal error."""
        return int((self.request.get("RetryStrategy") or {}).get("MaximumRetryAttempts") or 0)

    def pool_at(self, now: float) -> Pool:
        """A job that keeps nothing has a pool that is gone."""
        return Pool("Terminated") if self.pool is None else self.pool.at(now)

    def entering(self, secondary: str, now: float, message: str = "") -> Job:
        """The job in its next secondary state; the same one again changes nothing."""
        if self.transitions and self.secondary == secondary:
            return self
        closed = tuple({**entry, "EndTime": entry.get("EndTime", now)} for entry in self.transitions)
        entry = {"Status": secondary, "StartTime": now, "StatusMessage": message or MESSAGES[secondary]}
        return replace(self, transitions=(*closed, entry), modified=now)

    def finished(self, status: str, now: float, *, secondary: str = "", reason: str = "") -> Job:
        ended = self.entering(secondary or status, now, reason[:LONGEST_REASON])
        last = {**ended.transitions[-1], "EndTime": now}
        return replace(
            ended,
            status=status,
            ended=now if self.started else None,
            reason=reason[:LONGEST_REASON],
            transitions=(*ended.transitions[:-1], last),
        )

    def record(self) -> dict[str, Any]:
        return asdict(self)

    def described(self) -> dict[str, Any]:
        """As DescribeTrainingJob answers: what was asked for, with the service's defaults, and what became of it."""
        shown = model().operation_model("DescribeTrainingJob").output_shape.members
        stopping = {"MaxRuntimeInSeconds": MAX_RUNTIME, **(self.request.get("StoppingCondition") or {})}
        said = {
            **dict.fromkeys(FLAGS, False),
            **{name: value for name, value in self.request.items() if name in shown},
            **self._summary(),
            "StoppingCondition": stopping,
            "OutputDataConfig": {"KmsKeyId": "", "CompressionType": "GZIP", **self.output},
            "SecondaryStatusTransitions": list(self.transitions),
        }
        if self.artifacts:
            said["ModelArtifacts"] = {"S3ModelArtifacts": self.artifacts}
        if self.reason and self.status == "Failed":
            said["FailureReason"] = self.reason
        if self.metrics:
            said["FinalMetricDataList"] = [{"MetricName": name, **values} for name, values in self.metrics.items()]
        return {**said, **self._times()}

    def summary(self) -> dict[str, Any]:
        """As one row of ListTrainingJobs."""
        ended = {} if self.ended is None else {"TrainingEndTime": self.ended}
        return {**self._summary(), **ended}

    def _pooled(self) -> dict[str, Any]:
        return {} if self.pool is None else {"WarmPoolStatus": self.pool.shown(time.time())}

    def _summary(self) -> dict[str, Any]:
        return {
            "TrainingJobName": self.name,
            "TrainingJobArn": self.arn,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary,
            **self._pooled(),
        }

    def _times(self) -> dict[str, Any]:
        if self.started is None:
            return {}
        if self.ended is None:
            return {"TrainingStartTime": self.started}
        spent = self.ended - self.started
        billed = spent * SPOT_SHARE if self.spot else spent
        return {
            "TrainingStartTime": self.started,
            "TrainingEndTime": self.ended,
            "TrainingTimeInSeconds": max(1, math.ceil(spent)),
            "BillableTimeInSeconds": max(1, math.ceil(billed)),
        }


def recalled(record: Mapping[str, Any]) -> Job:
    pool = record.get("pool")
    return Job(
        **{**record, "transitions": tuple(record["transitions"]), "pool": None if pool is None else Pool(**pool)}
    )

"""Names that SageMaker takes, by its own model: TrainingJobName and EndpointName have one pattern."""

from __future__ import annotations

import re
from datetime import timedelta

from tradewind.values import Traits

LONGEST = 63
PATTERN = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
TRAITS = Traits(
    names={"job": PATTERN, "endpoint": PATTERN},
    atomic_submit=True,  # a second CreateTrainingJob of a name is ResourceInUse, never a second job
    log_lag=timedelta(
        seconds=10
    ),  # SageMaker's own SDK reads once more 10 s after the end (logs_for_job, JOB_COMPLETE)
    metrics_lag=timedelta(minutes=2),  # CloudWatch's minute, and the time until it is there
    max_name={"job": LONGEST, "endpoint": LONGEST},
    canary=(10,),  # deployment guardrails have one share before 100 %
    # While old machines stand an endpoint is being updated: nothing scales, and nobody else may update it.
    keep=timedelta(0),
)


def fits(name: str) -> bool:
    """A job or an endpoint can have this name."""
    return len(name) <= LONGEST and re.fullmatch(PATTERN, name) is not None

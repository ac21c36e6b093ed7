"""Names that SageMaker takes, by its own model: TrainingJobName and EndpointName have one pattern."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
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

# "SECONDS ADDRESS", set by --sandbox for its own process: how late the figures of the emulated account at ADDRESS are.
REHEARSED = "TRADEWIND_SANDBOX_FIGURES"


def traits(environ: Mapping[str, str]) -> Traits:
    """Those of SageMaker; figures and lines are as late as an emulated account says only where every call goes there."""
    lag, _, address = environ.get(REHEARSED, "").partition(" ")
    if not address or address != environ.get("AWS_ENDPOINT_URL"):
        return TRAITS
    late = timedelta(seconds=float(lag))
    return replace(TRAITS, metrics_lag=late, log_lag=min(late, TRAITS.log_lag))


def fits(name: str) -> bool:
    """A job or an endpoint can have this name."""
    return len(name) <= LONGEST and re.fullmatch(PATTERN, name) is not None

"""Names that Azure ML takes.

Sources: "Manage resources and quotas" (endpoints, deployments), "Service limits" (runs), and the patterns of
azure-mgmt-machinelearningservices 2.0.0b2. The service's own limits are the narrower ones.
"""

from __future__ import annotations

import re
from datetime import timedelta

from tradewind.values import Traits

SHORTEST, LONGEST = 3, 32  # of an endpoint and of a deployment
SEAT = "seat-"

# One dash at a time, and a letter first. An endpoint's name is an address, so that case tells no two of them apart.
PATTERN = r"(?=.{3,32}\Z)[a-z](-?[a-z0-9])*"
JOB = r"[a-z](-?[a-z0-9]){0,127}"

TRAITS = Traits(
    names={"job": JOB, "endpoint": PATTERN},
    # A job is put by its name: sent twice it is the same one, and its digest says whose.
    atomic_submit=True,
    log_lag=timedelta(seconds=30),  # the lines of a job reach Blob Storage in blocks; Microsoft promises no time
    # Azure Monitor: sampled each minute (PT1M), and in the database in under another one ("Log data ingestion time").
    metrics_lag=timedelta(minutes=2),
    max_name={"job": 63, "endpoint": LONGEST},
)


def fits(name: str) -> bool:
    """An endpoint can have this name. It must be the only one in its region."""
    return re.fullmatch(PATTERN, name) is not None


def deployment(slot: str) -> str:
    """A seat has one letter, and the name of a deployment at least three."""
    return f"{SEAT}{slot}"


def slot(name: str) -> str | None:
    """The seat of a deployment; None for one that is not ours."""
    return name.removeprefix(SEAT) if name.startswith(SEAT) and len(name) > len(SEAT) else None

"""The models of deploy.yaml. Field names are the file's keys; docstrings become the schema's and the reference's text.

Units arrive as people write them ("2h", "100GiB", "1%", "20 USD") and are held parsed: durations as timedelta, sizes as int
bytes, percents as float (1% -> 0.01), counts as int.
"""

from tradewind.spec.models.base import Model
from tradewind.spec.models.hardware import Gpu, Hardware
from tradewind.spec.models.prices import PriceFile, PriceRow, Prices
from tradewind.spec.models.root import Budget, FoundationRef, Identities, Money, Spec
from tradewind.spec.models.serve import AbortIf, Replicas, Request, Rollout, Serve, Target
from tradewind.spec.models.shared import Runtime
from tradewind.spec.models.train import Checkpoint, Input, Train
from tradewind.spec.models.usage import Usage

__all__ = [
    "AbortIf",
    "Budget",
    "Checkpoint",
    "FoundationRef",
    "Gpu",
    "Hardware",
    "Identities",
    "Input",
    "Model",
    "Money",
    "PriceFile",
    "PriceRow",
    "Prices",
    "Replicas",
    "Request",
    "Rollout",
    "Runtime",
    "Serve",
    "Spec",
    "Target",
    "Train",
    "Usage",
]

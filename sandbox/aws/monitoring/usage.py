"""What happens on an endpoint, as SageMaker counts it. Sources: the guide's pages on monitoring endpoints with CloudWatch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tradewind.sandbox.aws.monitoring.series import Heap, Metric

INVOCATIONS, INSTANCES = "AWS/SageMaker", "/aws/sagemaker/Endpoints"
MICRO = 1_000_000  # latencies are in microseconds
Variant = tuple[str, str, str]  # region, endpoint, variant


@dataclass(frozen=True)
class Invocation:
    """One request that reached a container, or should have. Latencies in seconds, `time` in epoch seconds."""

    region: str
    endpoint: str
    variant: str
    config: str
    instance: str
    status: int
    model_latency: float
    overhead: float
    time: float

    @property
    def key(self) -> Variant:
        return self.region, self.endpoint, self.variant


@dataclass(frozen=True)
class Machine:
    """An instance in service: the processes that are its containers, and its disk."""

    region: str
    endpoint: str
    variant: str
    config: str
    instance: str
    pids: tuple[int, ...]
    disk: Path

    @property
    def key(self) -> Variant:
        return self.region, self.endpoint, self.variant


def counted(one: Invocation, instances: int) -> Iterable[tuple[str, float, str]]:
    """Name, value and unit of what one request adds; `instances` are those of its variant at that time."""
    client, server = 400 <= one.status < 500, not 100 <= one.status < 500
    yield "Invocations", 1, "None"
    yield "InvocationsPerInstance", 1 / max(instances, 1), "None"
    yield "Invocation4XXErrors", float(client), "None"
    yield "Invocation5XXErrors", float(server), "None"
    yield "InvocationModelErrors", float(client or server), "None"
    yield "ModelLatency", round(one.model_latency * MICRO), "Microseconds"
    yield "OverheadLatency", round(one.overhead * MICRO), "Microseconds"


def metrics(key: Variant, config: str, namespace: str, name: str) -> Iterable[Metric]:
    """Under both sets of dimensions; a variant whose configuration is not known has the first only."""
    region, endpoint, variant = key
    dimensions = [("EndpointName", endpoint), ("VariantName", variant)]
    yield Metric.of(region, namespace, name, dimensions)
    if config:
        yield Metric.of(region, namespace, name, [*dimensions, ("EndpointConfigName", config)])


def one(value: float, unit: str) -> Heap:
    heap = Heap(unit=unit)
    heap.add(value)
    return heap

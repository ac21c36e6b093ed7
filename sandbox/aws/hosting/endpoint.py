"""An endpoint as it is kept: what it serves, what it shall serve, and how it stands. Times are epoch seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.hosting.config import Config
from tradewind.sandbox.aws.hosting.model import Model
from tradewind.sandbox.aws.tags import Marks

Said = Mapping[str, Any]

STARTUP = 480.0  # seconds that a container gets until its first good ping, unless the variant says otherwise
DOWNLOAD = 3600.0  # seconds that its data gets
LONGEST_REASON = 1024
MOVING = ("Creating", "Updating", "RollingBack", "SystemUpdating", "Deleting")
SERVING = ("InService", "Updating", "RollingBack", "SystemUpdating", "UpdateRollbackFailed")


@dataclass(frozen=True)
class VariantPlan:
    """`container` is the model's, as CreateModel had it; `startup` and `download` are in seconds."""

    name: str
    model: str
    kind: str
    count: int
    weight: float
    container: Said
    isolated: bool
    startup: float
    download: float

    @property
    def image(self) -> str:
        return str(self.container["Image"])


@dataclass(frozen=True)
class Plan:
    """A configuration and its models as they were when the endpoint took them: deleting them changes nothing that runs."""

    config: str
    variants: tuple[VariantPlan, ...]
    capture: Said = field(default_factory=dict)  # DataCaptureConfig

    def sizes(self) -> dict[str, Size]:
        return {variant.name: Size(variant.count, variant.weight) for variant in self.variants}

    def variant(self, name: str) -> VariantPlan | None:
        return next((variant for variant in self.variants if variant.name == name), None)


@dataclass(frozen=True)
class Size:
    """What is wanted of a variant now: instances, and its weight among the variants."""

    count: int
    weight: float


@dataclass(frozen=True)
class Pending:
    """A deployment under way. `deployment` is a DeploymentConfig; empty: all at once, without a bake."""

    plan: Plan
    sizes: Mapping[str, Size]
    deployment: Said
    started: float


@dataclass(frozen=True)
class Endpoint:
    region: str
    name: str
    created: float
    modified: float
    tags: Marks = field(default_factory=dict)
    status: str = "Creating"
    reason: str = ""
    plan: Plan | None = None
    sizes: Mapping[str, Size] = field(default_factory=dict)
    deployment: Said = field(default_factory=dict)
    pending: Pending | None = None

    @property
    def arn(self) -> str:
        return arn(self.region, self.name)

    @property
    def config(self) -> str:
        """The name of the configuration that it serves, or shall serve where it never did."""
        plan = self.plan or (self.pending.plan if self.pending else None)
        return plan.config if plan else ""

    @property
    def moving(self) -> bool:
        return self.status in MOVING

    def stands(self, status: str, now: float, reason: str = "") -> Endpoint:
        return replace(self, status=status, modified=now, reason=reason[:LONGEST_REASON])

    def record(self) -> dict[str, Any]:
        return asdict(self)

    def summary(self) -> dict[str, Any]:
        return {
            "EndpointName": self.name,
            "EndpointArn": self.arn,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "EndpointStatus": self.status,
        }


def arn(region: str, name: str) -> str:
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:endpoint/{name}"


def planned(config: Config, models: Mapping[str, Model]) -> Plan:
    """`models` by their names."""
    variants = []
    for said in config.variants:
        model = models[said["ModelName"]]
        variants.append(
            VariantPlan(
                name=said["VariantName"],
                model=model.name,
                kind=said["InstanceType"],
                count=said["InitialInstanceCount"],
                weight=float(said["InitialVariantWeight"]),
                container=model.container,
                isolated=bool(model.request.get("EnableNetworkIsolation")),
                startup=float(said.get("ContainerStartupHealthCheckTimeoutInSeconds") or STARTUP),
                download=float(said.get("ModelDataDownloadTimeoutInSeconds") or DOWNLOAD),
            )
        )
    return Plan(config.name, tuple(variants), config.request.get("DataCaptureConfig") or {})


def recalled(said: Said) -> Endpoint:
    plan, pending = said["plan"], said["pending"]
    return Endpoint(
        **{
            **said,
            "plan": None if plan is None else _plan(plan),
            "sizes": _sizes(said["sizes"]),
            "pending": None
            if pending is None
            else Pending(**{**pending, "plan": _plan(pending["plan"]), "sizes": _sizes(pending["sizes"])}),
        }
    )


def _plan(said: Said) -> Plan:
    return Plan(said["config"], tuple(VariantPlan(**variant) for variant in said["variants"]), said["capture"])


def _sizes(said: Said) -> dict[str, Size]:
    return {name: Size(**size) for name, size in said.items()}

"""`aws:`, what exists on Amazon SageMaker only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field as Default

from tradewind.spec.fields import Duration, Flag, Line, LongDuration, Percent, Size, text, whole
from tradewind.spec.models.base import Model, Relation, unsaid
from tradewind.spec.refs import ADDRESS, ADDRESS_SAID

Arn = Annotated[str, text(r"^arn:aws[a-z-]*:\S+$", "an ARN is written like arn:aws:iam::123456789012:role/name")]
S3 = Annotated[str, text(r"^s3://\S+$", "is written like s3://bucket/folder")]
Address = Annotated[str, text(ADDRESS, ADDRESS_SAID)]
InstanceType = Annotated[
    str, text(r"^ml\.[a-z0-9-]+\.[a-z0-9-]+$", "a SageMaker instance type is written like ml.g5.xlarge")
]
Region = Annotated[str, text(r"^[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}$", "an AWS region is written like us-east-1")]
GroupName = Annotated[str, text(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", "a name is letters, digits, _ . and -")]

_KEEP_MOST = timedelta(hours=6)
_WAIT = (timedelta(seconds=60), timedelta(seconds=3600))


class InstanceGroup(Model):
    """Some machines of a heterogeneous cluster."""

    name: GroupName
    """Name of the group, as the training code sees it."""
    instance_type: InstanceType
    """SageMaker's own name of the machine."""
    count: Annotated[int, whole(1, 1000)] = 1
    """How many of them."""


class AwsTrain(Model):
    """What only SageMaker training knows."""

    instance_type: InstanceType | None = None
    """This machine, whatever `train.hardware` would choose."""
    instance_groups: tuple[InstanceGroup, ...] = ()
    """A cluster of several kinds of machines, instead of `nodes`; at most five kinds."""
    role: Arn | None = None
    """Execution role. Default: the foundation's runtime identity."""
    keep_alive: Duration | None = None
    """Warm pool: machines stay this long for the next run (and are billed); at most 6h."""
    retries: Annotated[int, whole(1, 30)] | None = None
    """How often SageMaker itself starts a job again after an internal error."""
    max_wait: LongDuration | None = None
    """With `spot`: longest time from submission to the end, waiting included. Default: twice `max_runtime`."""
    network_isolation: Flag = False
    """The container has no network at all."""
    encrypt_traffic: Flag = False
    """Traffic between the machines of one run is encrypted."""
    subnets: tuple[Line, ...] = ()
    """VPC subnets. Default: the foundation's."""
    security_groups: tuple[Line, ...] = ()
    """VPC security groups. Default: the foundation's."""
    volume_kms_key: Line | None = None
    """Key for the disks. Default: the foundation's."""
    output_kms_key: Line | None = None
    """Key for models and outputs. Default: the foundation's."""
    compression: Literal["none", "gzip"] = "none"
    """How the model is stored. none loads faster, where the instance type allows it."""
    metrics: dict[GroupName, Line] = Default(default_factory=dict)
    """Metrics that SageMaker picks out of the log, name -> regular expression, besides `tw.metric` lines."""
    profiler: Flag = False
    """SageMaker's profiler."""
    remote_debug: Flag = False
    """Allow a shell in the container through SSM."""
    training_plan: Arn | None = None
    """Reserved capacity to run in."""
    tensorboard: S3 | None = None
    """Folder that TensorBoard logs are kept in."""

    def relations(self) -> Iterator[Relation]:
        if self.keep_alive is not None and self.keep_alive > _KEEP_MOST:
            yield Relation(("keep_alive",), "SageMaker keeps machines at most 6h", (("keep_alive",),))
        if len(self.instance_groups) > 5:
            yield Relation(("instance_groups",), "SageMaker takes at most 5 groups", (("instance_groups",),))
        if self.instance_groups and self.instance_type:
            about = (("instance_groups",), ("instance_type",))
            yield Relation(("instance_type",), "is given together with `instance_groups`; keep one of them", about)
        if self.keep_alive and self.instance_groups:
            about = (("instance_groups",), ("keep_alive",))
            yield Relation(("keep_alive",), "SageMaker has no warm pool for instance groups", about)


class DataCapture(Model):
    """Keep requests and answers."""

    uri: S3
    """Folder that they are written to."""
    percent: Percent = 1.0
    """Share of the requests."""
    kms_key: Line | None = None
    """Key that they are encrypted with."""


class Rolling(Model):
    """SageMaker's rolling update: batches of one fleet, where there is no room for a second one."""

    batch: Percent
    """Share of the fleet that is exchanged at once, from 5% to 50%."""
    timeout: LongDuration | None = None
    """The whole update goes back after this time."""

    def relations(self) -> Iterator[Relation]:
        if not 0.05 <= self.batch <= 0.5:
            yield Relation(("batch",), "SageMaker takes 5% to 50%", (("batch",),))


class AwsServe(Model):
    """What only SageMaker hosting knows."""

    instance_type: InstanceType | None = None
    """This machine, whatever `serve.hardware` would choose."""
    role: Arn | None = None
    """Execution role. Default: the foundation's runtime identity."""
    rollout: Literal["native", "engine"] = "native"
    """native: SageMaker's deployment guardrails, which outlive this client; engine: two endpoint variants driven from here."""
    rolling: Rolling | None = None
    """Exchange the fleet in batches instead of building a second one."""
    alarms: tuple[Line, ...] = ()
    """CloudWatch alarms of your own that put a rollout back, besides those made from `abort_if`."""
    routing: Literal["least_outstanding_requests", "random"] = "least_outstanding_requests"
    """Which replica a request goes to."""
    download_timeout: LongDuration | None = None
    """For fetching the model, from 60s to 1h."""
    health_timeout: LongDuration | None = None
    """For the first /ping, from 60s to 1h. Default: from `serve.startup_timeout`."""
    volume: Size | None = None
    """Disk for the model, on instance types without a disk of their own."""
    ami_version: Line | None = None
    """Version of the machine image for inference (InferenceAmiVersion)."""
    data_capture: DataCapture | None = None
    """Keep requests and answers."""
    network_isolation: Flag = False
    """The container has no network at all."""
    subnets: tuple[Line, ...] = ()
    """VPC subnets. Default: the foundation's."""
    security_groups: tuple[Line, ...] = ()
    """VPC security groups. Default: the foundation's."""
    kms_key: Line | None = None
    """Key for the disks of the endpoint. Default: the foundation's."""
    scale_in_cooldown: Duration | None = None
    """Time between two removals of replicas. Default: `target.cooldown`."""
    scale_out_cooldown: Duration | None = None
    """Time between two additions of replicas. Default: `target.cooldown`."""

    def relations(self) -> Iterator[Relation]:
        for name in ("download_timeout", "health_timeout"):
            value = getattr(self, name)
            if value is not None and not _WAIT[0] <= value <= _WAIT[1]:
                yield Relation((name,), "SageMaker takes 60s to 1h", ((name,),))
        if len(self.alarms) > 10:
            yield Relation(("alarms",), "SageMaker takes at most 10 alarms", (("alarms",),))


class Aws(Model):
    """Amazon SageMaker: account, addresses, and what exists there only."""

    region: Region | None = None
    """Default: the SDK's own (AWS_DEFAULT_REGION, the profile's)."""
    profile: Line | None = None
    """Profile of ~/.aws to sign in with."""
    account: Annotated[str, text(r"^[0-9]{12}$", "an AWS account has 12 digits", kind=False)] | None = None
    """Refuse to touch any other account. 12 digits, quoted."""
    endpoint_url: Address | None = None
    """Address of every AWS service instead of the public ones; nothing falls back to those."""
    train: AwsTrain = unsaid(AwsTrain)
    """Training only."""
    serve: AwsServe = unsaid(AwsServe)
    """Hosting only."""

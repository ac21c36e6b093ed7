"""`gcp:`, what exists on Google Vertex AI only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from tradewind.spec.fields import Flag, Line, LongDuration, Percent, Size, text
from tradewind.spec.models.base import Model, Relation, unsaid
from tradewind.spec.refs import ADDRESS, ADDRESS_SAID

Address = Annotated[str, text(ADDRESS, ADDRESS_SAID)]
Account = Annotated[
    str, text(r"^[^@\s]+@[^@\s]+$", "a service account is written like name@project.iam.gserviceaccount.com")
]
Project = Annotated[
    str,
    text(
        r"^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$", "a project's id is 6 to 30 lower-case letters, digits and -"
    ),
]
Region = Annotated[str, text(r"^[a-z]+-[a-z]+[0-9]{1,2}$", "a Google region is written like us-central1")]
MachineType = Annotated[str, text(r"^[a-z][a-z0-9]*-[a-z0-9-]+$", "a machine type is written like g2-standard-4")]
_ATTACHED = r"^([Tt]4|[Pp]4|[Pp]100|[Vv]100)(:[1248])?$"
Accelerator = Annotated[
    str, text(_ATTACHED, "cards that can be attached are T4, P4, P100 and V100, one or like T4:2, T4:4, V100:8")
]
Network = Annotated[
    str, text(r"^projects/\S+/global/networks/\S+$", "is written like projects/NUMBER/global/networks/NAME")
]


def _attached(machine: str | None, accelerator: str | None) -> Iterator[Relation]:
    """Compute Engine attaches cards to N1 machines alone."""
    about = (("machine_type",), ("accelerator",))
    if accelerator and machine is None:
        yield Relation(("accelerator",), "is given without the `machine_type` that it is attached to", about)
    elif accelerator and not str(machine).startswith("n1-"):
        yield Relation(("accelerator",), f"cards are attached to N1 machines only, and {machine} is none", about)


class GcpTrain(Model):
    """What only Vertex AI training knows."""

    machine_type: MachineType | None = None
    """This machine, whatever `train.hardware` would choose."""
    accelerator: Accelerator | None = None
    """Cards attached to it, where it is an N1 machine; every other one brings its own."""
    service_account: Account | None = None
    """What the job runs as. Default: the foundation's runtime identity."""
    network: Network | None = None
    """VPC network that the job is peered with. Default: the foundation's."""
    scheduling: Literal["standard", "flex_start"] = "standard"
    """flex_start queues for scarce machines (Dynamic Workload Scheduler). Spot is `train.spot`."""
    max_wait: LongDuration | None = None
    """With flex_start: longest time in the queue. Default: 24h."""
    restart_on_worker_restart: Flag = False
    """Restart the whole job when one of its machines restarts."""
    retries: Flag = True
    """Vertex starts a job again after an internal error."""
    reservation: Line | None = None
    """Full name of a reservation to run in."""
    boot_disk: Literal["pd-ssd", "pd-standard", "hyperdisk-balanced"] = "pd-ssd"
    """Kind of the disk that `hardware.disk` sizes."""
    kms_key: Line | None = None
    """Key for data at rest. Default: the foundation's."""
    tensorboard: Line | None = None
    """Full name of a TensorBoard to stream to."""
    web_access: Flag = False
    """Allow an interactive shell in the container."""
    persistent_resource: Line | None = None
    """Cluster that was made before, to run on."""

    def relations(self) -> Iterator[Relation]:
        yield from _attached(self.machine_type, self.accelerator)
        if self.max_wait is not None and self.scheduling != "flex_start":
            about = (("scheduling",), ("max_wait",))
            yield Relation(("max_wait",), "only `scheduling: flex_start` waits in a queue", about)


class RequestLog(Model):
    """Requests and answers kept in BigQuery."""

    table: Annotated[str, text(r"^bq://\S+$", "is written like bq://project.dataset.table")]
    """Where they are written."""
    percent: Percent = 1.0
    """Share of the requests."""


class GcpServe(Model):
    """What only Vertex AI prediction knows."""

    machine_type: MachineType | None = None
    """This machine, whatever `serve.hardware` would choose."""
    accelerator: Accelerator | None = None
    """Cards attached to it, where it is an N1 machine; every other one brings its own."""
    service_account: Account | None = None
    """What the container runs as. Default: the foundation's runtime identity."""
    endpoint: Literal["dedicated", "shared", "private"] = "dedicated"
    """dedicated: own address, 10 MB bodies; shared: 1.5 MB bodies and 60s; private: by Private Service Connect only."""
    private_projects: tuple[Line, ...] = ()
    """With `endpoint: private`: projects that may connect."""
    spot: Flag = False
    """Replicas on machines that may be taken away."""
    reservation: Line | None = None
    """Full name of a reservation to run in."""
    kms_key: Line | None = None
    """Key for data at rest. Default: the foundation's."""
    access_log: Flag = False
    """Keep a log line of each request (billed by Cloud Logging)."""
    container_log: Flag = True
    """Keep the container's output."""
    request_log: RequestLog | None = None
    """Keep requests and answers in BigQuery."""
    shared_memory: Size | None = None
    """Size of /dev/shm."""

    def relations(self) -> Iterator[Relation]:
        yield from _attached(self.machine_type, self.accelerator)
        if self.private_projects and self.endpoint != "private":
            about = (("private_projects",), ("endpoint",))
            yield Relation(("private_projects",), "only `endpoint: private` has projects that may connect", about)


class Gcp(Model):
    """Google Vertex AI: project, addresses, and what exists there only."""

    project: Project | None = None
    """Default: the SDK's own (GOOGLE_CLOUD_PROJECT, the credentials')."""
    region: Region | None = None
    """Where jobs and endpoints are. Default: GOOGLE_CLOUD_REGION, CLOUD_ML_REGION, gcloud's own variables; us-central1."""
    quota_project: Project | None = None
    """Project that API calls are counted for."""
    endpoint: Address | None = None
    """Address of Vertex AI instead of the public one; nothing falls back to that."""
    storage_endpoint: Address | None = None
    """Address of Cloud Storage instead of the public one."""
    train: GcpTrain = unsaid(GcpTrain)
    """Training only."""
    serve: GcpServe = unsaid(GcpServe)
    """Prediction only."""

"""`azure:`, what exists on Azure Machine Learning only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal

from tradewind.spec.fields import Flag, Line, LongDuration, Size, text, whole
from tradewind.spec.models.base import Model, Relation, unsaid
from tradewind.spec.refs import ADDRESS, ADDRESS_SAID

Address = Annotated[str, text(ADDRESS, ADDRESS_SAID)]
Guid = Annotated[
    str,
    text(
        r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", "is written like 00000000-0000-0000-0000-000000000000"
    ),
]
Region = Annotated[str, text(r"^[a-z][a-z0-9]{2,40}$", "an Azure region is written like westeurope")]
VmSize = Annotated[str, text(r"^Standard_[A-Za-z0-9_-]+$", "a VM size is written like Standard_NC24ads_A100_v4")]


class AzureTrain(Model):
    """What only Azure ML jobs know."""

    compute: Line | None = None
    """Cluster that was made before. Default: serverless compute."""
    vm_size: VmSize | None = None
    """This machine, whatever `train.hardware` would choose."""
    identity: Line | None = None
    """Managed identity that the job runs as. Default: the foundation's runtime identity."""
    experiment: Line | None = None
    """Experiment that the run is filed under. Default: the spec's name."""
    environment: Line | None = None
    """Registered environment, name:version, instead of an image."""
    shared_memory: Size | None = None
    """Size of /dev/shm."""
    docker_args: Line | None = None
    """More arguments for `docker run`."""
    priority: Literal["low", "medium", "high"] | None = None
    """Place among the jobs that wait for machines of the same tier."""


class AzureServe(Model):
    """What only Azure ML's managed online endpoints know."""

    vm_size: VmSize | None = None
    """This machine, whatever `serve.hardware` would choose."""
    identity: Line | None = None
    """Managed identity of the endpoint. Default: the foundation's runtime identity."""
    auth: Literal["key", "aml_token", "aad_token"] = "key"
    """How callers sign in."""
    public_access: Flag = True
    """Reachable from outside of the workspace's network."""
    egress_public: Flag = True
    """Containers may reach the internet."""
    environment: Line | None = None
    """Registered environment, name:version, instead of an image."""
    max_queue_wait: LongDuration | None = None
    """How long a request may wait for a free place; at most 2m. Microsoft calls it deprecated."""
    liveness_failures: Annotated[int, whole(1, 1000)] | None = None
    """Failed looks (10s apart) after which a container is started anew."""
    app_insights: Flag = False
    """Send metrics and logs to Application Insights."""
    collect: Flag = False
    """Keep requests and answers by the data collector."""

    def relations(self) -> Iterator[Relation]:
        if self.max_queue_wait is not None and self.max_queue_wait > timedelta(minutes=2):
            yield Relation(("max_queue_wait",), "Azure ML takes at most 2m", (("max_queue_wait",),))


class Azure(Model):
    """Azure Machine Learning: workspace, addresses, and what exists there only."""

    subscription: Guid | None = None
    """Default: the signed-in account's own."""
    resource_group: Line | None = None
    """Resource group of the workspace. Default: the foundation's."""
    workspace: Line | None = None
    """Default: the foundation's."""
    region: Region | None = None
    """Where jobs and endpoints are. Default: the workspace's; for a plan AZURE_DEFAULTS_LOCATION, eastus."""
    tenant: Guid | None = None
    """Directory to sign in to."""
    cloud: Literal["public", "usgov", "china"] = "public"
    """Sovereign cloud."""
    resource_manager_url: Address | None = None
    """Address of the Resource Manager instead of the public one; nothing falls back to that."""
    storage_endpoint: Address | None = None
    """Address of Blob Storage instead of the public one."""
    train: AzureTrain = unsaid(AzureTrain)
    """Jobs only."""
    serve: AzureServe = unsaid(AzureServe)
    """Managed online endpoints only."""

"""The operations of Azure RBAC that each verb needs: one table for planners, deployers, callers and the managed identity that
jobs and endpoints run as. Data, no SDK.

A row says what must be allowed, at which scope, and by which REST operations it is used; no call where Azure or the container
acts. Sources: "Azure permissions for AI + machine learning", "... Storage", "... Monitor", "... Identity" and "... Security"
(learn.microsoft.com/azure/role-based-access-control/permissions), and "Manage access to Azure Machine Learning workspaces".
Azure RBAC compares operations without regard to case; they are spelt here as that reference has them.

A key of one's own needs no row: the storage account and the workspace use it by identities of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Verb = Literal["plan", "preflight", "train", "serve", "status", "logs", "invoke", "down", "job", "endpoint"]
Identity = Literal["planner", "deployer", "caller", "runtime"]
When = Literal["", "autoscaling", "secrets", "kms", "vpc"]  # the words of every cloud's table; not each has rows here
Scope = Literal["group", "subscription", "runtime"]

# `deploy up` is plan, preflight, train, serve and logs. What runs inside Azure ML is "job" and "endpoint".
IDENTITIES: Mapping[Identity, tuple[Verb, ...]] = {
    "planner": ("plan", "preflight", "status", "logs"),
    "deployer": ("plan", "preflight", "train", "serve", "status", "logs", "invoke", "down"),
    "caller": ("invoke",),
    "runtime": ("job", "endpoint"),
}

_ML = "Microsoft.MachineLearningServices"
_WORKSPACE = f"{_ML}/workspaces"
_ONLINE = f"{_WORKSPACE}/onlineEndpoints"
_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"


@dataclass(frozen=True)
class Row:
    """`calls` are operations of the REST API as it groups them ("OnlineEndpoints.CreateOrUpdate"). `data`: a dataAction.

    `scope`: "group" is the resource group of the workspace, its store and its registry; what a location tells of the whole
    subscription is only allowed there. "runtime" is the identity that jobs and endpoints run as: the group may have others, and
    whoever may hand those to a container can do all that they can.
    """

    action: str
    verbs: tuple[Verb, ...]
    calls: tuple[str, ...] = ()
    data: bool = False
    scope: Scope = "group"
    when: When = ""
    why: str = ""


@dataclass(frozen=True)
class Definition:
    """Of a role: sorted, each once."""

    actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()


def _row(action: str, verbs: str, calls: str = "", **more: Any) -> Row:
    named: Any = tuple(verbs.split())  # checked against Verb by a test
    return Row(action, named, tuple(calls.split()), **more)


ROWS: tuple[Row, ...] = (
    # ---- what is checked before anything is done
    _row(f"{_WORKSPACE}/read", "preflight", "Workspaces.Get"),
    _row(f"{_ML}/locations/usages/read", "preflight", "Usages.List", scope="subscription"),
    _row(f"{_ML}/locations/quotas/read", "preflight", "Quotas.List", scope="subscription"),
    _row(f"{_ML}/locations/vmsizes/read", "preflight", "VirtualMachineSizes.List", scope="subscription"),
    _row("Microsoft.ManagedIdentity/userAssignedIdentities/read", "preflight", "UserAssignedIdentities.Get",
         scope="runtime"),
    _row("Microsoft.Storage/storageAccounts/blobServices/containers/read", "preflight", "BlobContainers.Get"),
    _row("Microsoft.ContainerRegistry/registries/pull/read", "preflight", why="the image is there: its manifest is asked for"),
    # ---- jobs
    _row(f"{_WORKSPACE}/jobs/write", "train", "Jobs.CreateOrUpdate"),
    _row(f"{_WORKSPACE}/jobs/read", "train status logs down", "Jobs.Get Jobs.List"),
    _row(f"{_WORKSPACE}/jobs/operationresults/read", "train down", why="what a cancel or a delete has come to"),
    _row(f"{_WORKSPACE}/jobs/cancel/action", "train down", "Jobs.Cancel"),
    _row(f"{_WORKSPACE}/jobs/delete", "down", "Jobs.Delete"),
    _row(f"{_WORKSPACE}/experiments/runs/read", "train status logs", why="a run's details name its log files"),
    _row(f"{_WORKSPACE}/metadata/artifacts/read", "train logs", why="the log files themselves"),
    _row(f"{_WORKSPACE}/computes/read", "preflight train", "Compute.Get", why="a cluster, where a job names one"),
    # ---- environments and models
    _row(f"{_WORKSPACE}/environments/read", "train serve", "EnvironmentContainers.Get"),
    _row(f"{_WORKSPACE}/environments/write", "train serve", "EnvironmentContainers.CreateOrUpdate"),
    _row(f"{_WORKSPACE}/environments/versions/read", "train serve", "EnvironmentVersions.Get"),
    _row(f"{_WORKSPACE}/environments/versions/write", "train serve", "EnvironmentVersions.CreateOrUpdate"),
    _row(f"{_WORKSPACE}/models/read", "plan serve status down", "ModelContainers.Get ModelContainers.List"),
    _row(f"{_WORKSPACE}/models/write", "serve", "ModelContainers.CreateOrUpdate"),
    _row(f"{_WORKSPACE}/models/versions/read", "plan serve status down", "ModelVersions.Get ModelVersions.List"),
    _row(f"{_WORKSPACE}/models/versions/write", "serve", "ModelVersions.CreateOrUpdate"),
    _row(f"{_WORKSPACE}/models/versions/delete", "serve down", "ModelVersions.Delete"),
    # ---- endpoints
    _row(f"{_ONLINE}/write", "serve down", "OnlineEndpoints.CreateOrUpdate OnlineEndpoints.Update",
         why="shares of traffic are a property of the endpoint"),
    _row(f"{_ONLINE}/read", "plan preflight serve status logs invoke down", "OnlineEndpoints.Get OnlineEndpoints.List"),
    _row(f"{_ONLINE}/delete", "serve down", "OnlineEndpoints.Delete"),
    _row(f"{_WORKSPACE}/onlineendpoints/operationresults/read", "serve down"),
    _row(f"{_WORKSPACE}/onlineendpoints/operationsstatus/read", "serve down"),
    _row(f"{_ONLINE}/deployments/write", "serve", "OnlineDeployments.CreateOrUpdate OnlineDeployments.Update"),
    _row(f"{_ONLINE}/deployments/read", "plan preflight serve status logs down",
         "OnlineDeployments.Get OnlineDeployments.List"),
    _row(f"{_ONLINE}/deployments/delete", "serve down", "OnlineDeployments.Delete"),
    _row(f"{_WORKSPACE}/onlineendpoints/deployments/operationresults/read", "serve down"),
    _row(f"{_WORKSPACE}/onlineendpoints/deployments/operationsstatus/read", "serve down"),
    _row(f"{_WORKSPACE}/onlineendpoints/deployments/getlogs/action", "serve logs", "OnlineDeployments.GetLogs"),
    _row(f"{_ML}/locations/mfeOperationsStatus/read", "train serve down", scope="subscription",
         why="where `Azure-AsyncOperation` of a long operation leads"),
    _row(f"{_ML}/locations/mfeOperationResults/read", "train serve down", scope="subscription"),
    # ---- both
    _row("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", "train serve", scope="runtime",
         why="jobs and endpoints are handed the runtime's identity"),
    # ---- requests
    _row(f"{_ONLINE}/score/action", "serve invoke", why="a request with a token of Microsoft Entra, with no key kept"),
    _row(f"{_WORKSPACE}/onlineendpoints/token/action", "serve invoke", "OnlineEndpoints.GetToken",
         why="endpoints in the mode `aml_token`"),
    # ---- autoscaling, and how it does
    _row("Microsoft.Insights/AutoscaleSettings/Read", "plan serve status down", "AutoscaleSettings.Get"),
    _row("Microsoft.Insights/AutoscaleSettings/Write", "serve", "AutoscaleSettings.CreateOrUpdate", when="autoscaling"),
    _row("Microsoft.Insights/AutoscaleSettings/Delete", "serve down", "AutoscaleSettings.Delete", when="autoscaling"),
    _row(f"{_ONLINE}/deployments/skus/read", "serve", "OnlineDeployments.ListSkus", when="autoscaling"),
    _row("Microsoft.Insights/Metrics/Read", "preflight serve status", "Metrics.List"),
    # ---- the store: ledger, claims, bundles, models
    _row(f"{_BLOBS}/read", "plan preflight train serve status logs down", data=True, why="reading and listing"),
    _row(f"{_BLOBS}/write", "train serve down", data=True),
    _row(f"{_BLOBS}/add/action", "train serve down", data=True, why="a new blob, with `If-None-Match: *`"),
    _row(f"{_BLOBS}/delete", "train serve down", data=True),
    # ---- what the container does, as the managed identity
    _row(f"{_BLOBS}/read", "job endpoint", data=True, why="inputs, code, the model"),
    _row(f"{_BLOBS}/write", "job endpoint", data=True, why="models, outputs, checkpoints; captured requests"),
    _row(f"{_BLOBS}/add/action", "job endpoint", data=True),
    _row(f"{_BLOBS}/delete", "job", data=True, why="old checkpoints are cleared"),
    _row("Microsoft.Storage/storageAccounts/blobServices/containers/read", "job endpoint",
         why="an endpoint mounts its model from the container"),
    _row("Microsoft.ContainerRegistry/registries/pull/read", "job endpoint"),
    _row(f"{_WORKSPACE}/metrics/resource/write", "endpoint", why="metrics of CPU, memory and GPU are written in its name"),
    _row("Microsoft.KeyVault/vaults/secrets/getSecret/action", "job endpoint", data=True, when="secrets"),
)  # fmt: skip

ALWAYS: frozenset[When] = frozenset({"", "autoscaling"})


def rows(verbs: Collection[Verb], when: Collection[When] = ()) -> Iterator[Row]:
    """The rows that any of these verbs needs."""
    wanted = ALWAYS | set(when)
    return (row for row in ROWS if row.when in wanted and set(row.verbs) & set(verbs))


def needs(call: str) -> tuple[Row, ...]:
    """The rows that a call ("Jobs.CreateOrUpdate") is named in; none for one that the table does not know."""
    return tuple(row for row in ROWS if call in row.calls)


def definition(identity: Identity, *, when: Collection[When] = (), scope: Scope = "group") -> Definition:
    """What a custom role assigned at a scope holds for an identity.

    The one of "group" is not all: planner and deployer read quotas, and the deployer long operations, at "subscription"; both
    look at the identity of "runtime", and the deployer hands it on.
    """
    found = [row for row in rows(IDENTITIES[identity], when) if row.scope == scope]
    return Definition(
        tuple(sorted({row.action for row in found if not row.data})),
        tuple(sorted({row.action for row in found if row.data})),
    )

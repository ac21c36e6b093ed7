"""The IAM permissions that each verb needs on Google Cloud: one table for planners, deployers, callers and the account that
jobs and endpoints run as. Data, no SDK.

A row says what must be allowed, where it is bound, and by which calls it is used; no call where Google or the container acts.
Sources: "Vertex AI IAM permissions" and the index of roles and permissions (cloud.google.com/iam/docs/roles-permissions), and
for Cloud Storage "IAM permissions for JSON methods". Vertex AI knows no narrower place than the project for what is made by
name: no condition covers a name's beginning, so a project of one's own is what keeps environments apart.

A key of one's own needs no row: Cloud Storage and Vertex AI use it as their own service agents. So does a private network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Verb = Literal["plan", "preflight", "train", "serve", "status", "logs", "invoke", "down", "job", "endpoint"]
Identity = Literal["planner", "deployer", "caller", "runtime"]
When = Literal["", "autoscaling", "secrets", "kms", "vpc"]  # the words of every cloud's table; not each has rows here
On = Literal["project", "bucket", "runtime", "registry", "secret"]

# `deploy up` is plan, preflight, train, serve and logs. What runs inside Vertex AI is "job" and "endpoint".
IDENTITIES: Mapping[Identity, tuple[Verb, ...]] = {
    "planner": ("plan", "preflight", "status", "logs"),
    "deployer": ("plan", "preflight", "train", "serve", "status", "logs", "invoke", "down"),
    "caller": ("invoke",),
    "runtime": ("job", "endpoint"),
}


@dataclass(frozen=True)
class Row:
    """`calls` are methods of `google.cloud.aiplatform_v1` ("JobServiceClient.get_custom_job") or REST methods of the service
    ("storage.objects.get")."""

    permission: str
    verbs: tuple[Verb, ...]
    calls: tuple[str, ...] = ()
    on: On = "project"
    when: When = ""
    why: str = ""


def _row(permission: str, verbs: str, calls: str = "", **more: Any) -> Row:
    named: Any = tuple(verbs.split())  # checked against Verb by a test
    return Row(permission, named, tuple(calls.split()), **more)


ROWS: tuple[Row, ...] = (
    # ---- what is checked before anything is done
    _row("resourcemanager.projects.get", "preflight", "cloudresourcemanager.projects.get", why="the project is there"),
    _row("serviceusage.services.get", "preflight", "serviceusage.services.get", why="the API is switched on"),
    _row("cloudquotas.quotas.get", "preflight", "cloudquotas.projects.locations.services.quotaInfos.get"),
    _row("iam.serviceAccounts.get", "preflight", "iam.projects.serviceAccounts.get", on="runtime"),
    _row("storage.buckets.get", "preflight", "storage.buckets.get", on="bucket", why="which region it is in"),
    _row("artifactregistry.repositories.downloadArtifacts", "preflight", on="registry",
         why="the image is there: its manifest is asked for, by Docker's API"),
    # ---- jobs
    _row("aiplatform.customJobs.create", "train", "JobServiceClient.create_custom_job"),
    _row("aiplatform.customJobs.get", "train status logs down", "JobServiceClient.get_custom_job"),
    _row("aiplatform.customJobs.list", "train status logs down", "JobServiceClient.list_custom_jobs",
         why="a job is found again by its labels: Google gives it its id"),
    _row("aiplatform.customJobs.cancel", "train down", "JobServiceClient.cancel_custom_job"),
    _row("aiplatform.customJobs.delete", "down", "JobServiceClient.delete_custom_job"),
    # ---- models
    _row("aiplatform.models.upload", "serve", "ModelServiceClient.upload_model"),
    _row("aiplatform.models.get", "plan serve status", "ModelServiceClient.get_model",
         why="DeployModel reads it in the caller's name; asked for as the upload is waited for, too"),
    _row("aiplatform.models.list", "serve status down", "ModelServiceClient.list_models"),
    _row("aiplatform.models.delete", "serve down", "ModelServiceClient.delete_model"),
    # ---- endpoints
    _row("aiplatform.endpoints.create", "serve", "EndpointServiceClient.create_endpoint"),
    _row("aiplatform.endpoints.get", "plan preflight serve status logs invoke down", "EndpointServiceClient.get_endpoint",
         why="whoever may get an endpoint may also look at its long operations"),
    _row("aiplatform.endpoints.list", "plan preflight serve status logs invoke down", "EndpointServiceClient.list_endpoints"),
    _row("aiplatform.endpoints.update", "serve down",
         "EndpointServiceClient.update_endpoint EndpointServiceClient.mutate_deployed_model",
         why="shares of traffic and labels; sizes of what is deployed"),
    _row("aiplatform.endpoints.deploy", "serve",
         "EndpointServiceClient.deploy_model EndpointServiceClient.mutate_deployed_model"),
    _row("aiplatform.endpoints.undeploy", "serve down", "EndpointServiceClient.undeploy_model"),
    _row("aiplatform.endpoints.delete", "serve down", "EndpointServiceClient.delete_endpoint"),
    # ---- both
    _row("iam.serviceAccounts.actAs", "train serve", on="runtime",
         why="CreateCustomJob and DeployModel name the account that the container runs as"),
    # ---- requests
    _row("aiplatform.endpoints.predict", "serve invoke",
         "PredictionServiceClient.raw_predict PredictionServiceClient.stream_raw_predict PredictionServiceClient.predict",
         why="the probe of a first version is a request as well"),
    # ---- how it does, and what it says
    _row("monitoring.timeSeries.list", "preflight serve status", "monitoring.projects.timeSeries.list",
         why="requests, errors, latency, replicas; how much of a quota is used"),
    _row("logging.logEntries.list", "train serve logs", "logging.entries.list"),
    # ---- the store: ledger, claims, bundles, models
    _row("storage.objects.list", "plan preflight train serve status logs down", "storage.objects.list", on="bucket",
         why="without it, what is not there answers 403 and not 404"),
    _row("storage.objects.get", "plan train serve status logs down", "storage.objects.get", on="bucket"),
    _row("storage.objects.create", "train serve down", "storage.objects.insert", on="bucket"),
    _row("storage.objects.delete", "train serve down", "storage.objects.delete storage.objects.insert", on="bucket",
         why="writing over an object is deleting it, too"),
    # ---- what the container does, as the account it runs as
    _row("storage.objects.list", "job endpoint", on="bucket"),
    _row("storage.objects.get", "job endpoint", on="bucket", why="inputs, code, the model"),
    _row("storage.objects.create", "job endpoint", on="bucket", why="models, outputs, checkpoints; captured requests"),
    _row("storage.objects.delete", "job", on="bucket", why="checkpoints are written over, and old ones are cleared"),
    _row("logging.logEntries.create", "job endpoint"),
    _row("monitoring.timeSeries.create", "job endpoint"),
    _row("artifactregistry.repositories.downloadArtifacts", "job endpoint", on="registry"),
    _row("secretmanager.versions.access", "job endpoint", "secretmanager.projects.secrets.versions.access",
         on="secret", when="secrets"),
)  # fmt: skip

ALWAYS: frozenset[When] = frozenset({"", "autoscaling"})


def rows(verbs: Collection[Verb], when: Collection[When] = ()) -> Iterator[Row]:
    """The rows that any of these verbs needs."""
    wanted = ALWAYS | set(when)
    return (row for row in ROWS if row.when in wanted and set(row.verbs) & set(verbs))


def needs(call: str) -> tuple[Row, ...]:
    """The rows that a call ("JobServiceClient.create_custom_job") is named in; none for one that the table does not know."""
    return tuple(row for row in ROWS if call in row.calls)


def permissions(identity: Identity, *, when: Collection[When] = (), on: On = "project") -> tuple[str, ...]:
    """What a custom role bound at `on` has to hold for an identity; sorted, and empty where it needs nothing there.

    The project's role alone is not enough for a deployer: see `bucket_permissions`, and "runtime" (acting as that account).
    """
    return tuple(sorted({row.permission for row in rows(IDENTITIES[identity], when) if row.on == on}))


def bucket_permissions(identity: Identity, *, when: Collection[When] = ()) -> tuple[str, ...]:
    """Of objects: bound on the bucket, so that no other bucket of the project is opened."""
    return permissions(identity, when=when, on="bucket")

"""What a foundation is asked to be: one validated, frozen class a cloud, the same words on all of them.

They come from a stack's configuration (`config.py`) or from a program of one's own. No Pulumi here: a slip is told before
anything is started.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from tradewind.infra.aws import limits as aws_limits
from tradewind.infra.azure import limits as azure_limits
from tradewind.infra.gcp import limits
from tradewind.spec import units

Cloud = Literal["aws", "gcp", "azure", "local"]
CLOUDS: tuple[Cloud, ...] = ("aws", "gcp", "azure", "local")


def _duration(said: Any) -> Any:
    return units.duration(said) if isinstance(said, str) else said


FORMS: dict[str, str] = {}  # by pattern: what it asks for, in words


def _like(pattern: str, words: str) -> StringConstraints:
    FORMS[pattern] = words
    return StringConstraints(pattern=pattern)


_NAME = _like(r"^[a-z][a-z0-9-]{0,18}[a-z0-9]$", "2 to 20 of a-z, 0-9 and dashes, with a letter first and no dash last")
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[str, _NAME]
Mail = Annotated[str, _like(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", "a mail address")]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Days = Annotated[int, Field(ge=1, le=3650)]


PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))  # RFC 1918


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Network(Value):
    """A private network for containers: none is made unless asked for. On Google Cloud it is for machines of your own alone:
    Vertex AI's containers would need an attachment to it, which is not made."""

    cidr: IPv4Network = IPv4Network("10.40.0.0/16")
    zones: Annotated[int, Field(ge=1, le=3)] = 2
    """Subnets, each in a zone of its own."""
    nat: bool = False
    """A way out to the internet. It costs money by the hour, also where nothing runs."""
    private_endpoints: bool = True
    """The cloud's own services by private addresses (VPC endpoints, Private Service Connect, private link)."""

    @model_validator(mode="after")
    def _room(self) -> Self:
        if not 16 <= self.cidr.prefixlen <= 24:
            raise ValueError(f"cidr: a network of /16 to /24, and {self.cidr} is /{self.cidr.prefixlen}")
        if not any(self.cidr.subnet_of(it) for it in PRIVATE):
            raise ValueError(f"cidr: {self.cidr} is no private range (RFC 1918)")
        return self


class Budget(Value):
    """A monthly sum, and who is told. It never stops anything: no cloud's budget does."""

    month: Annotated[Decimal, Field(gt=0)]
    currency: Annotated[str, _like(r"^[A-Z]{3}$", "three capitals, as USD")] = "USD"
    percent: tuple[Annotated[int, Field(ge=1, le=1000)], ...] = (50, 80, 100)
    """Shares of it at which a message is sent, of what was spent."""
    forecast: bool = True
    """Also when the cloud expects that the month will go over it."""


class Watched(Value):
    """Standing alarms of one endpoint: each that is given is made."""

    endpoint: Text
    """Its name in the cloud, as `deploy endpoint list` prints it."""
    error_rate: Annotated[float, Field(gt=0, le=100)] | None = 5.0
    """Percent of answers that are 5xx, over five minutes; on Azure, whose log comes late, over fifteen."""
    p95: Duration | None = None
    max_replicas: Annotated[int, Field(ge=1)] | None = None
    """Told when it has stood at this size for half an hour."""
    idle: Duration | None = timedelta(days=1)
    """Told when no request came for so long: it bills all the same."""


class GitHub(Value):
    """GitHub Actions may become planner and deployer by OIDC, with no key kept anywhere."""

    repository: Annotated[str, _like(r"^[\w.-]+(@\d+)?/[\w.-]+(@\d+)?$", "OWNER/REPOSITORY, or OWNER@ID/REPOSITORY@ID")]
    """As the token's subject names it: `acme/churn`; with ids, `acme@123456/churn@456789`, since 15 July 2026 for new ones."""
    planner: tuple[Text, ...] = ("pull_request", "ref:refs/heads/main")
    """Ends of the token's subject: `pull_request`, `ref:refs/heads/main`, `environment:prod`."""
    deployer: tuple[Text, ...] = ("ref:refs/heads/main",)

    @property
    def named(self) -> str:
        """The repository without ids, as the token's claim `repository` has it."""
        return "/".join(part.partition("@")[0] for part in self.repository.split("/"))


class Trusted(Value):
    """Who may act as an identity: role ARNs (AWS), members like `group:ml@acme.com` (Google), `group:`, `user:` or `app:` and an
    object id (Azure)."""

    planner: tuple[Text, ...] = ()
    deployer: tuple[Text, ...] = ()


class Existing(Value):
    """What is there already and is used instead of made; the rest is made."""

    bucket: Text | None = None
    kms_key: Text | None = None
    planner: Text | None = None
    deployer: Text | None = None
    runtime: Text | None = None
    registry: Text | None = None
    network: Text | None = None
    subnets: tuple[Text, ...] = ()
    alerts: Text | None = None


class AwsExisting(Existing):
    security_groups: tuple[Text, ...] = ()
    github_oidc: Text | None = None
    """ARN of the account's identity provider for GitHub, of which there can be only one."""


class GcpExisting(Existing):
    github_pool: Text | None = None
    """Full name of a workload identity provider for GitHub."""


class AzureExisting(Existing):
    """`bucket` is a container of `storage_account`; `kms_key` a key's identifier in a vault."""

    resource_group: Text | None = None
    workspace: Text | None = None
    storage_account: Text | None = None
    key_vault: Text | None = None
    insights: Text | None = None
    dns_zones: dict[str, Text] = {}
    """By name, identifiers of private DNS zones that the network already asks, as a hub's; the others are made and linked."""


class Foundation(Value):
    """What every foundation may be asked."""

    name: Name = "tradewind"
    """What names of made things begin with."""
    environment: Name
    """The stack's name; part of the names."""
    tags: dict[str, str] = {}
    prefix: Annotated[str, _like(r"^[A-Za-z0-9._/-]*$", "letters, digits, dots, dashes, underscores and slashes")] = (
        "tradewind"
    )
    """Folder of the bucket that all of tradewind's objects live under."""
    projects: tuple[Name, ...] = ()
    """Names of deploy.yaml projects that the identities are limited to; every one where none is said."""
    key: Literal["managed", "own"] = "managed"
    """Encryption by the cloud's key, or by one that is made here and turned every year."""
    secrets: tuple[Text, ...] = ()
    """Names of secrets (as in deploy.yaml) that the runtime may read; every one of `projects` where none is said."""
    log_days: Days = 30
    scratch_days: Days = 14
    """Age at which what lies under `scratch/` goes."""
    old_version_days: Days = 90
    """Age at which overwritten versions of scratch, and of outputs and checkpoints of `projects`, go; all others stay."""
    network: Network | None = None
    budget: Budget | None = None
    mails: tuple[Mail, ...] = ()
    """Who gets alarms and the budget's messages."""
    watch: tuple[Watched, ...] = ()
    trusted: Trusted = Trusted()
    github: GitHub | None = None
    protect: bool = True
    """Bucket and key cannot be deleted by Pulumi until this is false and was applied."""
    keep_objects: bool = True
    """A bucket with anything in it is not deleted; false: it goes with all that it holds, every version."""

    @model_validator(mode="after")
    def _told(self) -> Self:
        existing = getattr(self, "existing", None)
        if self.budget and not self.mails and not (existing and existing.alerts):
            raise ValueError("budget: nobody would be told; give `mails`, or `existing.alerts`")
        seen = [it.endpoint for it in self.watch]
        if twice := {name for name in seen if seen.count(name) > 1}:
            raise ValueError(f"watch: {', '.join(sorted(twice))} is there twice")
        return self


class AwsFoundationArgs(Foundation):
    cloud: Literal["aws"] = "aws"
    region: Annotated[str, _like(r"^[a-z]{2}(-[a-z]+)+-\d$", "a region of AWS, as eu-west-1")]
    existing: AwsExisting = AwsExisting()
    log_groups: tuple[Literal["jobs", "endpoints"], ...] = ()
    """SageMaker's own groups of logs that this stack keeps for `log_days`: of all the account's jobs, of `watch`'s endpoints."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if found := tuple(aws_limits.refusals(self)):
            raise ValueError("; ".join(found))
        return self


class GcpFoundationArgs(Foundation):
    cloud: Literal["gcp"] = "gcp"
    project: Annotated[str, _like(r"^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$", "a project's id, as acme-ml-prod")]
    region: Annotated[str, _like(r"^[a-z]+-[a-z]+\d{1,2}$", "a region of Google Cloud, as europe-west4")]
    billing_account: (
        Annotated[str, _like(r"^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", "an id as 0A1B2C-3D4E5F-6A7B8C")] | None
    ) = None
    """Needed by `budget`: Google's budgets belong to a billing account."""
    existing: GcpExisting = GcpExisting()

    @model_validator(mode="after")
    def _billed(self) -> Self:
        if self.budget and not self.billing_account:
            raise ValueError("budget: Google's budgets belong to a billing account; give `billing_account`")
        if found := tuple(limits.refusals(self)):
            raise ValueError("; ".join(found))
        return self


class AzureFoundationArgs(Foundation):
    cloud: Literal["azure"] = "azure"
    region: Annotated[str, _like(r"^[a-z]+[a-z0-9]*$", "a region of Azure, as westeurope")]
    subscription: Annotated[
        str,
        _like(
            r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
            "a subscription's id, as 00000000-0000-0000-0000-000000000000",
        ),
    ]
    existing: AzureExisting = AzureExisting()

    @model_validator(mode="after")
    def _taken(self) -> Self:
        if found := tuple(azure_limits.refusals(self)):
            raise ValueError("; ".join(found))
        return self


class LocalFoundationArgs(Foundation):
    """This machine: a folder is all there is to make."""

    cloud: Literal["local"] = "local"
    folder: Text
    """Absolute path; made where it is missing, and never deleted."""

    @model_validator(mode="after")
    def _here(self) -> Self:
        if not self.folder.startswith("/"):
            raise ValueError(f"folder: an absolute path, and {self.folder!r} is none")
        return self


Arguments = AwsFoundationArgs | GcpFoundationArgs | AzureFoundationArgs | LocalFoundationArgs
BY_CLOUD: dict[Cloud, type[Arguments]] = {
    "aws": AwsFoundationArgs,
    "gcp": GcpFoundationArgs,
    "azure": AzureFoundationArgs,
    "local": LocalFoundationArgs,
}

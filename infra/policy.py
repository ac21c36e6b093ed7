"""What each identity must be allowed, as the clouds' own command lines take it. From the providers' tables; no Pulumi.

For teams whose security owns the identities: `deploy infra policy --for deployer --cloud gcp`. An identity may need more than
one document, since a right is given where it is narrowest (Google: the project, its bucket, the account that jobs run as);
`documents` gives all of them, each with where it is bound and the command that takes it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tradewind.errors import Problem, SpecError
from tradewind.infra import layout
from tradewind.infra.aws import policies
from tradewind.infra.azure import sparing as of_azure
from tradewind.infra.gcp import sparing as of_gcp
from tradewind.providers.aws import actions as aws
from tradewind.providers.azure import actions as azure
from tradewind.providers.gcp import actions as gcp
from tradewind.spec.suggest import closest

Identity = Literal["planner", "deployer", "caller", "runtime"]
IDENTITIES: tuple[Identity, ...] = ("planner", "deployer", "caller", "runtime")
When = Literal["", "autoscaling", "secrets", "kms", "vpc"]

# Words of Google's tables for where a role is bound, and what is bound there.
_BOUND: Mapping[gcp.On, str] = {
    "project": "the project",
    "bucket": "the bucket",
    "runtime": "the service account that jobs and endpoints run as",
    "registry": "the registry of images",
    "secret": "each secret of the workload",
}


@dataclass(frozen=True)
class Where:
    """The place that a policy is for. What is empty stays a wildcard (AWS) or a word in capitals to fill in."""

    name: str = "tradewind"  # what names of roles begin with
    environment: str = ""
    workload: str = ""  # beginning of the names of what a deploy.yaml makes; empty: any
    region: str = ""
    account: str = ""  # AWS
    partition: str = "aws"
    bucket: str = ""
    prefix: str = "tradewind"  # of the bucket, below which everything lies
    role: str = ""  # AWS: ARN of the runtime's role, which a deployer passes on
    key: str = ""  # AWS: ARN of a KMS key
    project: str = ""  # Google
    subscription: str = ""  # Azure
    resource_group: str = ""  # Azure
    secrets: tuple[str, ...] = ()  # references as deploy.yaml has them

    @property
    def published(self) -> str:
        return "/".join(filter(None, (self.prefix.strip("/"), layout.PUBLISHED)))

    def titled(self, *words: str) -> str:
        return "-".join(filter(None, (self.name, self.environment, *words)))


ANYWHERE = Where()


@dataclass(frozen=True)
class Document:
    """`at` is where it is bound; `command` creates it from a file of `body`, and gives it to nobody yet.

    `condition`: what it has to be given under, in the cloud's own language.
    """

    at: str
    title: str
    command: str
    body: dict[str, Any] = field(default_factory=dict)
    condition: str = ""


def document(
    cloud: str, identity: Identity, where: Where = ANYWHERE, *, at: str = "", when: Collection[When] = ()
) -> dict[str, Any]:
    """One document: the first, or the one bound `at`. SpecError where the identity needs nothing there."""
    found = documents(cloud, identity, where, when=when)
    for it in found:
        if at in ("", it.at):
            return it.body
    there = [it.at for it in found]
    said = (
        f"{identity} needs nothing there, only at: {', '.join(there)}" if there else f"{identity} needs nothing at all"
    )
    raise SpecError([Problem("--at", said, value=at, suggestion=closest(at, there))], code="TW002")


def documents(
    cloud: str, identity: Identity, where: Where = ANYWHERE, *, when: Collection[When] = ()
) -> tuple[Document, ...]:
    """All that an identity needs. SpecError for a cloud that has no identities of its own."""
    when = {*when, "secrets"} if where.secrets else when
    if cloud == "aws":
        return _aws(identity, where, when)
    if cloud == "gcp":
        return tuple(_gcp(identity, where, when))
    if cloud == "azure":
        return tuple(_azure(identity, where, when))
    raise SpecError([Problem("cloud", "no identities to write a policy for: aws, gcp or azure", value=cloud)])


def _aws(identity: Identity, where: Where, when: Collection[When]) -> tuple[Document, ...]:
    place = aws.Place(
        region=where.region or "*",
        account=where.account or "*",
        bucket=where.bucket or "*",
        name=where.workload,
        role=where.role,
        key=where.key or "*",
        partition=where.partition,
        secrets=where.secrets,
    )
    body = aws.policy(aws.IDENTITIES[identity], place, aws.ALWAYS | set(when) | ({"kms"} if where.key else set()))
    body["Statement"] += policies.spared(
        body["Statement"], f"arn:{where.partition}:s3:::{place.bucket}/{where.published}"
    )
    title = where.titled(identity)
    command = f"aws iam create-policy --policy-name {title} --policy-document file://{title}.json"
    policy = Document("account", title, command, body)
    return (policy, _trust(where)) if identity == "runtime" else (policy,)


def _trust(where: Where) -> Document:
    """Who may become the runtime: SageMaker, and only as it works for this account (the "confused deputy")."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    if where.account:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": where.account}}
    title = where.titled("runtime")
    command = f"aws iam create-role --role-name {title} --assume-role-policy-document file://{title}-trust.json"
    return Document("trust", f"{title}-trust", command, {"Version": "2012-10-17", "Statement": [statement]})


def _gcp(identity: Identity, where: Where, when: Collection[When]) -> list[Document]:
    found = []
    for on, bound in _BOUND.items():
        allowed = gcp.permissions(identity, when=when, on=on)
        if on != "bucket":
            found.append(_role(identity, where, on, bound, allowed))
            continue
        plain, writing = of_gcp.parted(allowed)
        spared = of_gcp.expression(where.bucket or "BUCKET", where.published)
        found.append(_role(identity, where, on, bound, plain))
        found.append(_role(identity, where, "bucket-writing", bound, writing, spared))
    return [it for it in found if it.body["includedPermissions"]]


def _role(
    identity: Identity, where: Where, at: str, bound: str, allowed: Sequence[str], condition: str = ""
) -> Document:
    # A role's id takes letters, digits, dots and underscores: no dash.
    title = where.titled(identity, *(() if at == "project" else (at,)))
    body = {
        "title": title,
        "description": f"tradewind: what {identity} does, bound on {bound}",
        "stage": "GA",
        "includedPermissions": list(allowed),
    }
    role, project = title.replace("-", "_"), where.project or "PROJECT"
    command = f"gcloud iam roles create {role} --project={project} --file={title}.json"
    return Document(at, title, command, body, condition)


def _azure(identity: Identity, where: Where, when: Collection[When]) -> list[Document]:
    subscription = f"/subscriptions/{where.subscription or 'SUBSCRIPTION'}"
    group = f"{subscription}/resourceGroups/{where.resource_group or 'RESOURCE-GROUP'}"
    found = []
    scopes: tuple[tuple[azure.Scope, str, str], ...] = (
        ("group", group, "the resource group"),
        ("subscription", subscription, "the subscription"),
        ("runtime", group, "the identity that jobs and endpoints run as"),
    )
    for at, scope, bound in scopes:
        needed = azure.definition(identity, when=when, scope=at)
        if not needed.actions and not needed.data_actions:
            continue
        title = where.titled(identity, *(() if at == "group" else (at,)))
        body = {
            "Name": title,
            "IsCustom": True,
            "Description": f"tradewind: what {identity} does, assigned at {bound}",
            "Actions": list(needed.actions),
            "NotActions": [],
            "DataActions": list(needed.data_actions),
            "NotDataActions": [],
            "AssignableScopes": [scope],
        }
        command = f"az role definition create --role-definition @{title}.json"
        found.append(Document(at, title, command, body, of_azure.condition(where.published, needed)))
    return found

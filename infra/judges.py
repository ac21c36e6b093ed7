"""What each check looks at: judges of one resource of a preview, by the names that Pulumi's packages give its properties."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What Pulumi's engine writes for what is computed, and for a secret, in the inputs of its events.
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = "[secret]"


@dataclass(frozen=True)
class Resource:
    type: str  # aws:s3/bucket:Bucket
    name: str
    urn: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class Rules:
    """What the platform team wants. What is empty is not looked at."""

    regions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ("managed-by",)
    own_key: bool = False  # encryption by the cloud's key is not enough
    private: bool = False  # a private network was asked for


@dataclass(frozen=True)
class Finding:
    """Of one judge about one resource."""

    said: str
    path: str = ""
    known: bool = True


@dataclass(frozen=True)
class Asked:
    """What a judge looks at: one resource, and all that are made with it."""

    resource: Resource
    rules: Rules
    every: Sequence[Resource]


def unknown(value: Any) -> bool:
    return value in (UNKNOWN, SECRET) if isinstance(value, str) else False


def _at(inputs: Any, path: str) -> Any:
    """The value at a path; an unknown on the way is what is found."""
    for part in path.split("."):
        if isinstance(inputs, Sequence) and not isinstance(inputs, str):
            inputs = inputs[0] if inputs else None
        if unknown(inputs):
            return inputs
        if not isinstance(inputs, Mapping):
            return None
        inputs = inputs.get(part)
    return inputs


def _must(resource: Resource, path: str, good: Sequence[Any], said: str) -> Iterator[Finding]:
    value = _at(resource.inputs, path)
    if unknown(value):
        yield Finding(f"cannot tell before it is made whether {said}", path, known=False)
    elif value not in good:
        yield Finding(f"{said} (it is {'not set' if value is None else repr(value)})", path)


# ---- no public bucket

_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_EVERYBODY = ("allUsers", "allAuthenticatedUsers")


def public(asked: Asked) -> Iterator[Finding]:
    resource = asked.resource
    kind = resource.type
    if kind == "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":
        for name in _BLOCKS:
            yield from _must(resource, name, (True,), f"{name} must be true")
    elif kind in ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"):
        if not any(it.type.startswith("aws:s3/bucketPublicAccessBlock:") for it in asked.every):
            yield Finding("no BucketPublicAccessBlock is made beside it")
        yield from _must(resource, "acl", (None, "private", "log-delivery-write"), "acl must be private")
    elif kind.startswith(("aws:s3/bucketAcl:", "aws:s3/bucketAclV2:")):
        yield from _must(resource, "acl", (None, "private", "log-delivery-write"), "acl must be private")
    elif kind == "gcp:storage/bucket:Bucket":
        yield from _must(resource, "publicAccessPrevention", ("enforced",), "publicAccessPrevention must be enforced")
        yield from _must(resource, "uniformBucketLevelAccess", (True,), "uniformBucketLevelAccess must be true")
    elif kind.startswith("gcp:storage/bucketIAM"):
        members = [resource.inputs.get("member"), *(_list(resource.inputs.get("members")))]
        if any(unknown(it) for it in members):
            yield Finding("cannot tell before it is made who is let in", "member", known=False)
        if any(it in _EVERYBODY for it in members):
            yield Finding("everybody is let in", "member")
    elif _azure(kind, "storage", "StorageAccount"):
        yield from _must(resource, "allowBlobPublicAccess", (False,), "allowBlobPublicAccess must be false")
    elif _azure(kind, "storage", "BlobContainer"):
        yield from _must(resource, "publicAccess", (None, "None"), "publicAccess must be None")


def _azure(kind: str, module: str, name: str) -> bool:
    """azure-native:storage:StorageAccount, and with a version: azure-native:storage/v20240101:StorageAccount."""
    parts = kind.split(":")
    return len(parts) == 3 and parts[0] == "azure-native" and parts[1].split("/")[0] == module and parts[2] == name


def _list(value: Any) -> list[Any]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return [] if value is None else [value]


# ---- encryption


def encrypted(asked: Asked) -> Iterator[Finding]:
    resource = asked.resource
    kind = resource.type
    if kind.startswith("aws:s3/bucketServerSideEncryptionConfiguration"):
        path = "rules.applyServerSideEncryptionByDefault.sseAlgorithm"
        good = ("aws:kms", "aws:kms:dsse") if asked.rules.own_key else ("AES256", "aws:kms", "aws:kms:dsse")
        yield from _must(resource, path, good, f"must be one of {', '.join(good)}")
    elif kind == "gcp:storage/bucket:Bucket" and asked.rules.own_key:
        yield from _key(resource, "encryption.defaultKmsKeyName")
    elif _azure(kind, "storage", "StorageAccount"):
        yield from _must(resource, "enableHttpsTrafficOnly", (None, True), "plain HTTP must be off")
        yield from _must(resource, "minimumTlsVersion", ("TLS1_2", "TLS1_3"), "TLS must be 1.2 or later")
        if asked.rules.own_key:
            yield from _must(resource, "encryption.keySource", ("Microsoft.Keyvault",), "must be by a key of your own")
    elif kind == "aws:kms/key:Key":
        yield from _must(resource, "enableKeyRotation", (True,), "the key must be turned every year")


def _key(resource: Resource, path: str) -> Iterator[Finding]:
    """A key that is made in the same preview is unknown, and is one all the same."""
    if _at(resource.inputs, path) is None:
        yield Finding("must be encrypted by a key of your own", path)


# ---- tags

_TAGGED = {
    "aws:s3/bucket:Bucket": "tags",
    "aws:s3/bucketV2:BucketV2": "tags",
    "aws:iam/role:Role": "tags",
    "aws:kms/key:Key": "tags",
    "aws:ecr/repository:Repository": "tags",
    "aws:ec2/vpc:Vpc": "tags",
    "gcp:storage/bucket:Bucket": "labels",
    "gcp:artifactregistry/repository:Repository": "labels",
    "gcp:kms/cryptoKey:CryptoKey": "labels",
}
_AZURE_TAGGED = (
    ("resources", "ResourceGroup"), ("storage", "StorageAccount"), ("machinelearningservices", "Workspace"),
    ("containerregistry", "Registry"), ("keyvault", "Vault"), ("managedidentity", "UserAssignedIdentity"),
)  # fmt: skip


def tagged(asked: Asked) -> Iterator[Finding]:
    resource = asked.resource
    path = _TAGGED.get(resource.type) or ("tags" if any(_azure(resource.type, *it) for it in _AZURE_TAGGED) else "")
    if not path:
        return
    tags = resource.inputs.get(path)
    if unknown(tags):
        yield Finding("cannot tell before it is made which tags it has", path, known=False)
        return
    missing = [it for it in asked.rules.tags if it not in (tags or {})]
    if missing:
        yield Finding(f"lacks {', '.join(missing)}", path)


# ---- regions


def regions(asked: Asked) -> Iterator[Finding]:
    resource = asked.resource
    if not asked.rules.regions:
        return
    allowed = {_plain(it) for it in asked.rules.regions}
    for path in ("region", "location"):
        value = resource.inputs.get(path)
        if unknown(value):
            yield Finding("cannot tell before it is made where it will be", path, known=False)
        elif isinstance(value, str) and _plain(value) not in allowed | {"global"}:
            yield Finding(f"{value} is none of the allowed regions ({', '.join(asked.rules.regions)})", path)


def _plain(region: str) -> str:
    """Azure writes West Europe and westeurope, Google EUROPE-WEST4 and europe-west4."""
    return region.replace(" ", "").lower()


# ---- rights


def admin(asked: Asked) -> Iterator[Finding]:
    resource = asked.resource
    kind = resource.type
    if kind in ("aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy"):
        yield from _wide_policy(resource.inputs.get("policy"))
    elif kind.startswith(("aws:iam/rolePolicyAttachment:", "aws:iam/policyAttachment:")):
        if str(resource.inputs.get("policyArn")).endswith(":policy/AdministratorAccess"):
            yield Finding("AdministratorAccess allows everything", "policyArn")
    elif kind.startswith(("gcp:projects/iAM", "gcp:projects/iam")):
        if resource.inputs.get("role") in ("roles/owner", "roles/editor"):
            yield Finding(f"{resource.inputs['role']} allows next to everything", "role")
    elif _azure(kind, "authorization", "RoleDefinition"):
        for permission in _list(resource.inputs.get("permissions")):
            if "*" in _list(_at(permission, "actions")):
                yield Finding("the action * allows everything", "permissions")


def _wide_policy(policy: Any) -> Iterator[Finding]:
    if unknown(policy):
        yield Finding("cannot tell before it is made what it allows", "policy", known=False)
        return
    try:
        document = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        yield Finding("is no JSON, so that what it allows cannot be told", "policy", known=False)
        return
    for statement in _list(_at(document, "Statement")):
        if _at(statement, "Effect") != "Allow":
            continue
        actions = _list(_at(statement, "Action"))
        wide = [it for it in actions if isinstance(it, str) and (it == "*" or it.endswith(":*"))]
        if wide and "*" in _list(_at(statement, "Resource")):
            yield Finding(f"{', '.join(wide)} is allowed on everything", "policy")


# ---- networks


def private(asked: Asked) -> Iterator[Finding]:
    resource = asked.resource
    if not asked.rules.private:
        return
    kind = resource.type
    if _azure(kind, "machinelearningservices", "Workspace") or _azure(kind, "storage", "StorageAccount"):
        yield from _must(resource, "publicNetworkAccess", ("Disabled",), "publicNetworkAccess must be Disabled")
    elif kind == "aws:ec2/subnet:Subnet":
        yield from _must(resource, "mapPublicIpOnLaunch", (None, False), "mapPublicIpOnLaunch must be false")
    elif kind == "gcp:compute/subnetwork:Subnetwork":
        yield from _must(resource, "privateIpGoogleAccess", (True,), "privateIpGoogleAccess must be true")
    elif kind == "gcp:compute/firewall:Firewall" and (
        resource.inputs.get("denies") or resource.inputs.get("direction") == "EGRESS"
    ):
        return  # nobody is let in by it
    elif kind in ("aws:ec2/securityGroup:SecurityGroup", "gcp:compute/firewall:Firewall"):
        rows = _list(resource.inputs.get("ingress")) or [resource.inputs]
        for row in rows:
            if "0.0.0.0/0" in _list(_at(row, "cidrBlocks")) + _list(_at(row, "sourceRanges")):
                yield Finding("is open to the whole internet", "ingress")

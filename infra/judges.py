"""What each check looks at: judges of one resource of a preview, by the names that Pulumi's packages give its properties."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.infra import taggable

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
_BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
_EVERYBODY = ("allUsers", "allAuthenticatedUsers")


def public(asked: Asked) -> Iterator[Finding]:
    resource = asked.resource
    kind = resource.type
    if kind == "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":
        for name in _BLOCKS:
            yield from _must(resource, name, (True,), f"{name} must be true")
    elif kind in _BUCKETS:
        yield from _beside(asked, "aws:s3/bucketPublicAccessBlock:", "BucketPublicAccessBlock")
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


def _beside(asked: Asked, begins: str, name: str) -> Iterator[Finding]:
    """What configures a bucket of AWS is a resource of its own, which names the bucket: each bucket needs one."""
    buckets = [it.inputs.get("bucket") for it in asked.every if it.type in _BUCKETS]
    theirs = [it.inputs.get("bucket") for it in asked.every if it.type.startswith(begins)]
    mine = asked.resource.inputs.get("bucket")
    if _named(mine) and mine in theirs:
        return
    # Of those that name none of the buckets whose name is known, each can be of any of the rest.
    loose = len([it for it in theirs if not _named(it) or (it not in buckets and not all(map(_named, buckets)))])
    rest = len([it for it in buckets if not _named(it) or it not in theirs])
    if not loose:
        yield Finding(f"no {name} is made beside it")
    elif loose < rest:
        yield Finding(f"cannot tell before it is made whether it has a {name}: {loose} for {rest} buckets", known=False)


def _named(name: Any) -> bool:
    return isinstance(name, str) and not unknown(name)


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
    elif kind in _BUCKETS and asked.rules.own_key and not resource.inputs.get("serverSideEncryptionConfiguration"):
        yield from _beside(
            asked, "aws:s3/bucketServerSideEncryptionConfiguration", "BucketServerSideEncryptionConfiguration"
        )
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


def tagged(asked: Asked) -> Iterator[Finding]:
    resource = asked.resource
    path = taggable.property_of(resource.type)
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


_POLICIES = tuple(f"aws:iam/{it}" for it in ("policy:", "rolePolicy:", "userPolicy:", "groupPolicy:"))
_ATTACHED = tuple(f"aws:iam/{it}PolicyAttachment:" for it in ("role", "user", "group"))
_OWNERS = ("roles/owner", "roles/editor")
# "Azure built-in roles": what allows everything, and what lets whoever has it allow it to themselves.
_AZURE_OWNERS = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
}


def admin(asked: Asked) -> Iterator[Finding]:
    resource = asked.resource
    kind, inputs = resource.type, resource.inputs
    if kind.startswith(_POLICIES):
        yield from _wide_policy(inputs.get("policy"))
    elif kind.startswith((*_ATTACHED, "aws:iam/policyAttachment:")):
        yield from _wide_arn(inputs.get("policyArn"), "policyArn")
    elif kind == "aws:iam/role:Role":
        for arn in _list(inputs.get("managedPolicyArns")):
            yield from _wide_arn(arn, "managedPolicyArns")
        for inline in _list(inputs.get("inlinePolicies")):
            yield from _wide_policy(_at(inline, "policy"), "inlinePolicies")
    elif re.match(r"gcp:(projects|folder|organizations)/i[aA][mM](Member|Binding)?:", kind):
        if inputs.get("role") in _OWNERS:
            yield Finding(f"{inputs['role']} allows next to everything", "role")
    elif _azure(kind, "authorization", "RoleDefinition"):
        for permission in _list(inputs.get("permissions")):
            if "*" in _list(_at(permission, "actions")):
                yield Finding("the action * allows everything", "permissions")
    elif _azure(kind, "authorization", "RoleAssignment"):
        role = str(inputs.get("roleDefinitionId")).rpartition("/")[2].lower()
        if role in _AZURE_OWNERS:
            yield Finding(f"{_AZURE_OWNERS[role]} allows next to everything", "roleDefinitionId")


def _wide_arn(arn: Any, path: str) -> Iterator[Finding]:
    if str(arn).endswith((":policy/AdministratorAccess", ":policy/IAMFullAccess")):
        yield Finding(f"{str(arn).rpartition('/')[2]} allows everything", path)


def _wide_policy(policy: Any, path: str = "policy") -> Iterator[Finding]:
    if unknown(policy):
        yield Finding("cannot tell before it is made what it allows", path, known=False)
        return
    try:
        document = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        yield Finding("is no JSON, so that what it allows cannot be told", path, known=False)
        return
    for statement in _list(_at(document, "Statement")):
        if _at(statement, "Effect") != "Allow":
            continue
        everything = "*" in _list(_at(statement, "Resource"))
        if everything and _list(_at(statement, "NotAction")):
            yield Finding("all but some actions are allowed on everything", path)
        actions = _list(_at(statement, "Action"))
        wide = [it for it in actions if isinstance(it, str) and (it == "*" or it.endswith(":*"))]
        if wide and everything:
            yield Finding(f"{', '.join(wide)} is allowed on everything", path)


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
    elif _azure(kind, "containerregistry", "Registry"):
        yield from _must(resource, "publicNetworkAccess", ("Disabled",), "publicNetworkAccess must be Disabled")
    else:
        yield from _open(resource)


_ANYWHERE = ("0.0.0.0/0", "::/0", "*", "Internet", "Any")
# By kind of resource: where the rows that let somebody in are (empty: the resource is one), and who that is.
_LETTING_IN: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "aws:ec2/securityGroup:SecurityGroup": ("ingress", ("cidrBlocks", "ipv6CidrBlocks")),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ("ingress", ("cidrBlocks", "ipv6CidrBlocks")),
    "aws:ec2/securityGroupRule:SecurityGroupRule": ("", ("cidrBlocks", "ipv6CidrBlocks")),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ("", ("cidrIpv4", "cidrIpv6")),
    "gcp:compute/firewall:Firewall": ("", ("sourceRanges",)),
    "azure-native:network:NetworkSecurityGroup": ("securityRules", ("sourceAddressPrefix", "sourceAddressPrefixes")),
    "azure-native:network:SecurityRule": ("", ("sourceAddressPrefix", "sourceAddressPrefixes")),
}


def _open(resource: Resource) -> Iterator[Finding]:
    kind = re.sub(r"^(azure-native:\w+)/[^:]+", r"\1", resource.type)
    rows, sources = _LETTING_IN.get(kind, ("", ()))
    for row in _list(resource.inputs.get(rows)) if rows else [resource.inputs]:
        inwards = _at(row, "type") != "egress" and _at(row, "direction") != "Outbound" and _at(row, "access") != "Deny"
        if inwards and any(it in _ANYWHERE for source in sources for it in _list(_at(row, source))):
            yield Finding("is open to the whole internet", rows)

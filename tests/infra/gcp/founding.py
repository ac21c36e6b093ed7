"""A foundation on Google Cloud on Pulumi's mocks, and what holds of any."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from importlib import import_module
from typing import Any

import pulumi
from pulumi.runtime import mocks

from tests.infra.mocks import Recorded, Registered, made
from tradewind.infra.arguments import GcpFoundationArgs
from tradewind.infra.gcp.foundation import GcpFoundation

PLAIN: dict[str, Any] = {"environment": "prod", "project": "acme-ml", "region": "europe-west4"}
BILLED: dict[str, Any] = {"budget": {"month": "99.5"}, "billing_account": "0A1B2C-0A1B2C-0A1B2C"}
OPTIONS: dict[str, dict[str, Any]] = {
    "key": {"key": "own"},
    "network": {"network": {"nat": True}},
    "budget": BILLED | {"mails": ["a@acme.com"]},
    "watch": {"watch": [{"endpoint": "fraud", "p95": "200ms", "max_replicas": 3}], "mails": ["a@acme.com"]},
    "github": {"github": {"repository": "acme/fraud"}},
    "trusted": {"trusted": {"planner": ["user:a@acme.com"], "deployer": ["group:ml@acme.com"]}},
    "secrets": {"secrets": ["hub-token"]},
    "projects": {"projects": ["fraud"]},
    "tags": {"tags": {"Team": "ML ops", "cost": "42"}},
    "logs": {"log_days": 7},
    "unprotected": {"protect": False},
}


def everything() -> dict[str, Any]:
    """All of OPTIONS in one."""
    said = dict(PLAIN)
    for option in OPTIONS.values():
        said |= option
    return said


CALLS: dict[str, dict[str, Any]] = {
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": {"emailAddress": "storage@google.com"},
    "gcp:logging/getProjectCmekSettings:getProjectCmekSettings": {"serviceAccountId": "logs@google.com"},
    "gcp:organizations/getProject:getProject": {"number": "123456", "projectId": "acme-ml"},
}

# What Google takes as a name, by type: "Naming resources" of each service.
_COMPUTE = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"
NAMES: dict[str, tuple[str, str]] = {
    "Bucket": ("name", r"[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]"),
    "Account": ("accountId", r"[a-z][-a-z0-9]{4,28}[a-z0-9]"),
    "IAMCustomRole": ("roleId", r"[a-zA-Z0-9_.]{3,64}"),
    "Repository": ("repositoryId", _COMPUTE),
    "Network": ("name", _COMPUTE),
    "Subnetwork": ("name", _COMPUTE),
    "Firewall": ("name", _COMPUTE),
    "GlobalAddress": ("name", _COMPUTE),
    "GlobalForwardingRule": ("name", r"[a-z][a-z0-9]{0,19}"),
    "ManagedZone": ("name", _COMPUTE),
    "Router": ("name", _COMPUTE),
    "Route": ("name", _COMPUTE),
    "RouterNat": ("name", _COMPUTE),
    "ProjectBucketConfig": ("bucketId", r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}"),
    "ProjectSink": ("name", r"[A-Za-z0-9_.-]{1,100}"),
    "WorkloadIdentityPool": ("workloadIdentityPoolId", r"(?!gcp-)[a-z0-9-]{4,32}"),
}
LABEL = re.compile(r"[a-z][a-z0-9_-]{0,62}"), re.compile(r"[a-z0-9_-]{0,63}")
PROVIDER = "pulumi:providers:gcp"


def answer(args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
    """What Google makes up, in its own forms."""
    said = args.inputs
    at = f"projects/{said.get('project', 'acme-ml')}"
    kind = args.typ.rpartition(":")[2]
    if kind == "Account":
        mail = f"{said['accountId']}@acme-ml.iam.gserviceaccount.com"
        name = f"{at}/serviceAccounts/{mail}"
        return name, {**said, "name": name, "email": mail, "uniqueId": "104512345678901234567"}
    forms = {
        "IAMCustomRole": f"{at}/roles/{said.get('roleId')}",
        "NotificationChannel": f"{at}/notificationChannels/{len(args.name)}",
        "WorkloadIdentityPool": f"projects/123456/locations/global/workloadIdentityPools/{said.get('workloadIdentityPoolId')}",
        "Repository": str(said.get("repositoryId")),
        "KeyRing": args.name,
        "CryptoKey": args.name,
        "ServiceIdentity": args.name,
    }
    ids = {
        "KeyRing": f"{at}/locations/europe-west4/keyRings/ring",
        "CryptoKey": f"{at}/locations/europe-west4/keyRings/ring/cryptoKeys/key",
        "Network": f"{at}/global/networks/{said.get('name')}",
        "Subnetwork": f"{at}/regions/europe-west4/subnetworks/{said.get('name')}",
        "ProjectBucketConfig": f"{at}/locations/europe-west4/buckets/{said.get('bucketId')}",
    }
    name = forms.get(kind, str(said.get("name", args.name)))
    return ids.get(kind, f"{args.name}-id"), {**said, "name": name, "member": f"serviceAccount:{args.name}@google.com"}


def built(
    renamed: dict[str, list[Any]] | None = None, opts: pulumi.ResourceOptions | None = None, **said: Any
) -> Recorded:
    """`outputs` is foundation.json's text."""
    args = GcpFoundationArgs.model_validate(PLAIN | said)

    def whole() -> Any:
        return GcpFoundation("ground", args, opts, renamed=renamed or {}).made.document()

    return made(whole, calls=CALLS, answer=answer)


def one(recorded: Recorded, name: str) -> Registered:
    (found,) = [it for it in recorded.resources if it.name == f"ground-{name}"]
    return found


def kind_of(it: Registered) -> str:
    return it.type.rpartition(":")[2]


def kinds(recorded: Recorded) -> Counter[str]:
    return Counter(kind_of(it) for it in recorded.resources)


def children(recorded: Recorded) -> list[Registered]:
    return [it for it in recorded.resources if it.type not in (PROVIDER, "tradewind:gcp:Foundation")]


def labelled_by(type_: str) -> str | None:
    """The input that holds labels, where Pulumi's own class has one."""
    _, module, kind = re.split("[:]", type_)
    known = inspect.signature(
        getattr(import_module(f"pulumi_gcp.{module.split('/')[0]}"), kind)._internal_init
    ).parameters
    return next(
        (camel for snake, camel in (("user_labels", "userLabels"), ("labels", "labels")) if snake in known), None
    )


def sound(recorded: Recorded, *, protect: bool = True) -> None:
    """What holds whatever was asked for."""
    every = children(recorded)
    assert len({it.name for it in recorded.resources}) == len(recorded.resources)
    apis = {it.name for it in recorded.of("gcp:projects/service:Service")}
    for it in every:
        # Not one that takes away what others have granted, and nobody but those that are named.
        assert not it.type.endswith(("IAMBinding", "IAMPolicy", "IamBinding", "IamPolicy"))
        assert "allUsers" not in str(it.inputs)
        assert "allAuthenticatedUsers" not in str(it.inputs)
        assert it.parent.endswith("::ground"), it.name
        assert it.provider, it.name
        assert it.secrets == (("content",) if kind_of(it) == "BucketObject" else ()), it.name  # the SDK's own doing
        assert it.protect == (protect and kind_of(it) in ("Bucket", "CryptoKey")), it.name
        assert it.inputs.get("project", "acme-ml") == "acme-ml", it.name
        if kind_of(it) == "Service":
            assert it.inputs["disableOnDestroy"] is False
        else:
            assert {dep.rpartition("::")[2] for dep in it.dependencies} >= apis, it.name
        _named(it)
        _labelled(it)


def _named(it: Registered) -> None:
    if rule := NAMES.get(kind_of(it)):
        assert re.fullmatch(rule[1], it.inputs[rule[0]]), f"{it.name}: {it.inputs[rule[0]]}"


def _labelled(it: Registered) -> None:
    by = labelled_by(it.type)
    if by is None:
        return
    said = it.inputs[by]
    assert said["managed-by"] == "tradewind-infra"
    assert {"tradewind-environment", "tradewind-name"} <= said.keys()
    for key, value in said.items():
        assert LABEL[0].fullmatch(key), key
        assert LABEL[1].fullmatch(value), value

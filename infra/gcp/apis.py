"""The APIs that the ground and tradewind call. They stay on when the ground goes: others may use them."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from tradewind.infra.arguments import GcpFoundationArgs
from tradewind.infra.gcp.ground import Ground

ALWAYS = (
    "aiplatform",
    "artifactregistry",
    "cloudquotas",
    "cloudresourcemanager",
    "iam",
    "logging",
    "monitoring",
    "secretmanager",
    "serviceusage",
    "storage",
)


def needed(args: GcpFoundationArgs) -> tuple[str, ...]:
    """Short names of services."""
    made = args.network is not None and not args.existing.network
    private = made and args.network is not None and args.network.private_endpoints
    asked = {
        "cloudkms": bool(args.key == "own" or args.existing.kms_key),
        "compute": made,
        "dns": private,
        "servicedirectory": private,
        "billingbudgets": args.budget is not None,
        "iamcredentials": bool(args.github or args.trusted.planner or args.trusted.deployer),
        "sts": args.github is not None,
    }
    return (*ALWAYS, *(name for name, wanted in asked.items() if wanted))


def make(ground: Ground) -> tuple[pulumi.Resource, ...]:
    return tuple(
        gcp.projects.Service(
            ground.logical(f"api-{name}"),
            project=ground.args.project,
            service=f"{name}.googleapis.com",
            disable_on_destroy=False,
            opts=ground.opts(f"api-{name}"),
        )
        for name in needed(ground.args)
    )

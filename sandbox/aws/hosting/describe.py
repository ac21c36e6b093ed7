"""DescribeEndpoint: what is kept of an endpoint, and what runs of it; members without a value are left out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from tradewind.sandbox.aws.hosting import capture
from tradewind.sandbox.aws.hosting.endpoint import Endpoint, Pending, Plan, Size, VariantPlan
from tradewind.sandbox.aws.hosting.fleet import Fleet
from tradewind.sandbox.aws.hosting.stage import Stage

Rows = list[dict[str, Any]]


def described(one: Endpoint, stage: Stage | None) -> dict[str, Any]:
    said = {**one.summary(), "EndpointConfigName": one.config}
    if one.plan is not None:
        said["ProductionVariants"] = _live(one.plan, one, stage)
    if one.plan is not None and one.plan.capture:
        said["DataCaptureConfig"] = capture.described(one.plan.capture)
    if one.reason:
        said["FailureReason"] = one.reason
    if one.deployment:
        said["LastDeploymentConfig"] = dict(one.deployment)
    if one.pending is not None and one.pending.plan != one.plan and one.moving:
        said["PendingDeploymentSummary"] = {
            "EndpointConfigName": one.pending.plan.config,
            "StartTime": one.pending.started,
            "ProductionVariants": _green(one.pending, one, stage),
        }
    return said


def _live(plan: Plan, one: Endpoint, stage: Stage | None) -> Rows:
    wanted = one.pending.sizes if one.pending is not None and one.pending.plan == plan else one.sizes
    fleets = stage.live if stage is not None else {}
    return [
        _row(
            variant, one.sizes[variant.name], wanted[variant.name], _current(fleets.get(variant.name)), one, stage, plan
        )
        for variant in plan.variants
    ]


def _green(pending: Pending, one: Endpoint, stage: Stage | None) -> Rows:
    fleets: Mapping[str, Fleet] = {} if stage is None else stage.green or ({} if one.plan else stage.live)
    rows = []
    for variant in pending.plan.variants:
        fleet = fleets.get(variant.name)
        # those that have traffic, as in the guide's example of a canary that bakes; while it is made, those that answer
        current = 0 if fleet is None else fleet.active if one.plan is not None else fleet.current
        size = pending.sizes[variant.name]
        row = _row(variant, size, size, current, one, stage, pending.plan)
        rows.append({**row, "InstanceType": variant.kind})
    return rows


def _row(
    variant: VariantPlan, now: Size, wanted: Size, current: int, one: Endpoint, stage: Stage | None, plan: Plan
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "VariantName": variant.name,
        "DeployedImages": [_image(variant, one.created)],
        "CurrentWeight": now.weight,
        "DesiredWeight": wanted.weight,
        "CurrentInstanceCount": current,
        "DesiredInstanceCount": wanted.count,
    }
    doing = stage.doing.get((plan.config, variant.name)) if stage is not None else None
    if doing is not None and one.moving:
        row["VariantStatus"] = [{"Status": doing.status, "StatusMessage": doing.message, "StartTime": doing.since}]
    return row


def _current(fleet: Fleet | None) -> int:
    return 0 if fleet is None else fleet.current


def _image(variant: VariantPlan, resolved: float) -> dict[str, Any]:
    """The digest stands for the tag as it was when it was resolved; there is no registry here to ask."""
    repository = variant.image.partition("@")[0]
    head, slash, last = repository.rpartition("/")
    digest = hashlib.sha256(variant.image.encode()).hexdigest()
    return {
        "SpecifiedImage": variant.image,
        "ResolvedImage": f"{head}{slash}{last.partition(':')[0]}@sha256:{digest}",
        "ResolutionTime": resolved,
    }

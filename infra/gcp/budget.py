"""A monthly sum for the project, and messages by the channels of the alarms. It stops nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pulumi_gcp as gcp

from tradewind.infra.gcp.ground import Ground


def make(ground: Ground, channels: tuple[Any, ...]) -> None:
    asked = ground.args.budget
    if asked is None:
        return
    whole, rest = divmod(asked.month, 1)
    rules: list[dict[str, Any]] = [
        {"threshold_percent": it / 100, "spend_basis": "CURRENT_SPEND"} for it in asked.percent
    ]
    if asked.forecast:
        rules.append({"threshold_percent": 1.0, "spend_basis": "FORECASTED_SPEND"})
    gcp.billing.Budget(
        ground.logical("budget"),
        billing_account=ground.args.billing_account,
        display_name=ground.title(),
        amount={
            "specified_amount": {
                "currency_code": asked.currency,
                "units": str(int(whole)),
                "nanos": int(rest * Decimal(10**9)),
            }
        },
        budget_filter={"projects": [_project(ground)], "calendar_period": "MONTH"},
        threshold_rules=rules,
        all_updates_rule={
            "monitoring_notification_channels": list(channels),
            "disable_default_iam_recipients": False,
        },
        opts=ground.opts("budget"),
    )


def _project(ground: Ground) -> Any:
    """By its number: a project's id makes each `up` find a difference, and the change fails (pulumi-gcp issue 514)."""
    found = gcp.organizations.get_project_output(project_id=ground.args.project, opts=ground.asked())
    return found.number.apply(lambda number: f"projects/{number}")

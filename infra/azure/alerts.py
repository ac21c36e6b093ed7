"""Who is told, and of what: the action group, the month's budget, and an endpoint's p95.

Metrics: "Supported metrics for Microsoft.MachineLearningServices/workspaces/onlineEndpoints" (learn.microsoft.com).
"""

from __future__ import annotations

from datetime import date
from typing import cast

import pulumi
import pulumi_azure_native as azure

from tradewind.infra.azure.site import Site, Text

ENDPOINTS = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"


def group(site: Site) -> Text | None:
    if site.args.existing.alerts:
        return site.id_of("Microsoft.Insights/actionGroups", site.args.existing.alerts)
    if not site.args.mails:
        return None
    made = azure.monitor.ActionGroup(
        site.child("alerts"),
        action_group_name=f"{site.slug}-alerts",
        group_short_name="tradewind",  # twelve characters at most
        resource_group_name=site.group,
        location="Global",
        enabled=True,
        email_receivers=[
            {"name": f"mail-{number}", "email_address": mail, "use_common_alert_schema": True}
            for number, mail in enumerate(site.args.mails)
        ],
        tags=site.tags,
        opts=site.opts(),
    )
    return cast(Text, made.id)


def budget(site: Site, told: Text | None, today: date) -> None:
    """In the billing account's currency, which a budget cannot choose.

    It begins in the month in which it is made: Azure refuses an earlier start ("within the timegrain period"). What was
    said then stays said, since the engine ignores a later month.
    """
    asked = site.args.budget
    if asked is None:
        return
    kinds = [("Actual", percent) for percent in asked.percent] + ([("Forecasted", 100)] if asked.forecast else [])
    azure.consumption.Budget(
        site.child("budget"),
        budget_name=site.slug,
        scope=site.scope,
        category="Cost",
        amount=float(asked.month),
        time_grain="Monthly",
        time_period=azure.consumption.BudgetTimePeriodArgs(start_date=f"{today:%Y-%m}-01T00:00:00Z"),
        notifications={
            f"{kind.lower()}-{percent}": azure.consumption.NotificationArgs(
                enabled=True,
                operator="GreaterThanOrEqualTo",
                threshold=percent,
                threshold_type=kind,
                contact_emails=list(site.args.mails),
                contact_groups=[told] if told is not None else [],
            )
            for kind, percent in kinds
        },
        opts=site.opts(ignore_changes=["timePeriod"]),
    )


def watch(site: Site, told: Text | None, workspace: Text) -> None:
    """p95 of each watched endpoint, which must be there: a rule names what it looks at by identifier."""
    for watched in site.args.watch:
        left = [it for it in ("error_rate", "max_replicas", "idle") if getattr(watched, it) is not None]
        if left:  # said aloud: no metric of an endpoint is a share, a size, or the absence of requests
            pulumi.log.warn(f"{watched.endpoint}: {', '.join(left)} not watched on Azure", resource=site.parent)
        if watched.p95 is None:
            continue
        azure.monitor.MetricAlert(
            site.child(f"{watched.endpoint}-p95"),
            rule_name=f"{site.slug}-{watched.endpoint}-p95",
            resource_group_name=site.group,
            location="global",
            enabled=True,
            severity=2,
            evaluation_frequency="PT1M",
            window_size="PT5M",
            auto_mitigate=True,
            scopes=[pulumi.Output.concat(workspace, "/onlineEndpoints/", watched.endpoint)],
            target_resource_type=ENDPOINTS,
            target_resource_region=site.args.region,
            criteria=azure.monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
                odata_type="Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
                all_of=[
                    azure.monitor.MetricCriteriaArgs(
                        criterion_type="StaticThresholdCriterion",
                        name="p95",
                        metric_namespace=ENDPOINTS,
                        metric_name="RequestLatency_P95",
                        operator="GreaterThan",
                        threshold=watched.p95.total_seconds() * 1000,  # milliseconds
                        time_aggregation="Average",
                    )
                ],
            ),
            actions=[azure.monitor.MetricAlertActionArgs(action_group_id=told)] if told is not None else [],
            tags=site.tags,
            opts=site.opts(),
        )

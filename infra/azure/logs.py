"""Where logs go and how long they stay, and which go there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pulumi
import pulumi_azure_native as azure

from tradewind.infra.azure import names
from tradewind.infra.azure.site import Site, Text

# Of the categories of "Supported resource logs for Azure Monitor" those that change something or say how a run went.
OF_VAULT = ("AuditEvent",)
OF_WORKSPACE = (
    "AmlComputeClusterEvent", "AmlComputeJobEvent", "AmlRunStatusChangedEvent", "RunEvent", "ModelsChangeEvent",
    "EnvironmentChangeEvent",
)  # fmt: skip


def logs(site: Site) -> Text | None:
    """Identifier of the Log Analytics workspace; None where nothing that logs is made."""
    existing = site.args.existing
    if existing.workspace and existing.key_vault and not site.args.watch:
        return None
    made = azure.operationalinsights.Workspace(
        site.child("logs"),
        workspace_name=site.fresh(f"{site.slug}-logs", names.LOGS),
        resource_group_name=site.group,
        location=site.args.region,
        sku=azure.operationalinsights.WorkspaceSkuArgs(name="PerGB2018"),
        retention_in_days=site.args.log_days,
        tags=site.tags,
        opts=site.opts("logs", ignore_changes=["workspaceName"]),
    )
    return cast(Text, made.id)


def insights(site: Site, logs_id: Text | None) -> tuple[Text, pulumi.Resource | None]:
    """(identifier, what was made). What they have is in the workspace of the logs, and stays 90 days at the least: their tables
    have a retention of their own ("Manage data retention in a Log Analytics workspace")."""
    if site.args.existing.insights:
        return site.id_of("Microsoft.Insights/components", site.args.existing.insights), None
    made = azure.applicationinsights.Component(
        site.child("insights"),
        resource_name_=f"{site.slug}-insights",
        resource_group_name=site.group,
        location=site.args.region,
        kind="web",
        application_type="web",
        ingestion_mode="LogAnalytics",
        workspace_resource_id=logs_id,
        tags=site.tags,
        # Whoever has these may write into it: they stay secret in the state, and nothing of ours reads them.
        opts=site.opts("insights", additional_secret_outputs=["connectionString", "instrumentationKey"]),
    )
    return made.id, made


def kept(
    site: Site,
    short: str,
    resource: Text,
    logs_id: Text,
    categories: Sequence[str],
    after: pulumi.Resource | None = None,
) -> None:
    """`resource` sends logs of these categories. How long they stay is said at the workspace.

    `after`: a first resource of Microsoft.Insights, since a setting alone does not register that with a new subscription
    (pulumi-azure-native issue 3479).
    """
    azure.monitor.DiagnosticSetting(
        site.child(f"{short}-logs"),
        name=site.slug,
        resource_uri=resource,
        workspace_id=logs_id,
        log_analytics_destination_type="Dedicated",  # a table for each category, which alarms ask
        logs=[azure.monitor.DiagnosticsLogSettingsArgs(category=it, enabled=True) for it in categories],
        opts=site.opts(f"{short}-logs", depends_on=[after] if after else None),
    )

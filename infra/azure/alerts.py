"""Who is told: the action group."""

from __future__ import annotations

from typing import cast

import pulumi_azure_native as azure

from tradewind.infra.azure.site import Site, Text


def group(site: Site) -> Text | None:
    """Identifier; None where nobody is to be told."""
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
            for number, mail in enumerate(dict.fromkeys(site.args.mails))
        ],
        tags=site.tags,
        opts=site.opts("alerts"),
    )
    return cast(Text, made.id)

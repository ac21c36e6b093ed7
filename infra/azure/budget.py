"""The month's sum of the resource group, and who is told of it."""

from __future__ import annotations

from datetime import date

import pulumi_azure_native as azure

from tradewind.infra.azure.site import Site, Text


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
                contact_emails=list(dict.fromkeys(site.args.mails)),
                contact_groups=[told] if told is not None else [],
            )
            for kind, percent in kinds
        },
        opts=site.opts("budget", ignore_changes=["timePeriod"]),
    )

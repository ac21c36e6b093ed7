"""Standing alarms of endpoints, which must be there: what they look at is named by its identifier.

p95 is a metric of the endpoint. A share of answers and the absence of any are asked of its traffic log, since no metric is
either; its size is asked of Azure Resource Graph, since `DeploymentCapacity` is a metric of deployments, which come and go.
Sources: "Supported metrics for Microsoft.MachineLearningServices/workspaces/onlineEndpoints" and ".../deployments",
"AmlOnlineEndpointTrafficLog", "Create or edit a log search alert rule", "Azure Resource Graph table and resource type
reference".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pulumi
import pulumi_azure_native as azure

from tradewind.infra.arguments import Watched
from tradewind.infra.azure import logs, roles
from tradewind.infra.azure.site import Site, Text

ENDPOINTS = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
TRAFFIC = "AmlOnlineEndpointTrafficLog"
_MINUTES, _HOURS, _DAYS = (5, 10, 15, 30, 45), range(1, 7), (1, 2)
# What a log search alert can look back ("azurerm_monitor_scheduled_query_rules_alert_v2": window_duration).
WINDOWS: tuple[tuple[timedelta, str], ...] = (
    *((timedelta(minutes=it), f"PT{it}M") for it in _MINUTES),
    *((timedelta(hours=it), f"PT{it}H") for it in _HOURS),
    *((timedelta(days=it), f"P{it}D") for it in _DAYS),
)


@dataclass(frozen=True)
class Asked:
    """A query that answers with rows where there is something to tell."""

    kind: str
    query: Text
    window: str
    every: str
    said: str


@dataclass(frozen=True)
class Looker:
    """Whom a rule asks as, and what it may only then."""

    identity: Text | None = None
    grants: tuple[pulumi.Resource, ...] = ()


NOBODY = Looker()


def watch(site: Site, told: Text | None, workspace: Text, logs_id: Text | None) -> None:
    """`logs_id` is there where anything is watched."""
    if not site.args.watch or logs_id is None:
        return
    sizes = any(it.max_replicas for it in site.args.watch)
    looker = _looker(site, workspace) if sizes else NOBODY
    for watched in site.args.watch:
        endpoint = pulumi.Output.concat(workspace, "/onlineEndpoints/", watched.endpoint)
        if watched.error_rate is not None or watched.idle is not None:
            logs.kept(site, f"traffic-{watched.endpoint}", endpoint, logs_id, [TRAFFIC])
        if watched.p95 is not None:
            _slow(site, watched.endpoint, watched.p95, endpoint, told)
        for asked in _asked(watched, endpoint):
            _searched(site, watched.endpoint, asked, logs_id, told, looker if asked.kind == "replicas" else NOBODY)


def _asked(watched: Watched, endpoint: Text) -> Iterator[Asked]:
    if watched.error_rate is not None:
        said = f"more than {watched.error_rate:g} % of answers are 5xx, over fifteen minutes"
        query = endpoint.apply(lambda it, share=watched.error_rate: failing(it, share))  # type: ignore[misc]
        # A row is there minutes after its answer: a window as short as the time between looks would never see it.
        yield Asked("errors", query, "PT15M", "PT5M", said)
    if watched.idle is not None:
        window = next(text for length, text in WINDOWS if length >= watched.idle)
        often = "PT1H" if watched.idle > timedelta(hours=1) else "PT5M"
        yield Asked("idle", endpoint.apply(idle), window, often, f"no request in {window}: it bills all the same")
    if watched.max_replicas is not None:
        said = f"{watched.max_replicas} replicas or more, at a look every half hour"
        query = endpoint.apply(lambda it, most=watched.max_replicas: large(it, most))  # type: ignore[misc]
        yield Asked("replicas", query, "PT30M", "PT30M", said)


def failing(endpoint: str, share: float) -> str:
    """Azure answers 424 for a container's own 500 ("Troubleshoot online endpoints": HTTP status codes)."""
    return (
        f"{_of(endpoint)}"
        "| summarize answers = count(), failed = countif(toint(ResponseCode) >= 500 or toint(ModelStatusCode) >= 500)\n"
        f"| where answers > 0 and 100.0 * failed / answers > {share:g}"
    )


def idle(endpoint: str) -> str:
    """One row where there is none: `count` without `by` always answers."""
    return f"{_of(endpoint)}| summarize requests = count()\n| where requests == 0"


def large(endpoint: str, most: int) -> str:
    return (
        'arg("").Resources\n'
        f"| where type =~ '{ENDPOINTS}/deployments' and id startswith '{endpoint}/deployments/'\n"
        f"| where toint(sku.capacity) >= {most}\n"
        "| project id"
    )


def _of(endpoint: str) -> str:
    return f"{TRAFFIC}\n| where _ResourceId =~ '{endpoint}'\n"


def _looker(site: Site, workspace: Text) -> Looker:
    """Whom a rule asks Resource Graph as, which answers with what that identity may read."""
    made = azure.managedidentity.UserAssignedIdentity(
        site.child("alarms"),
        resource_name_=f"{site.slug}-alarms",
        resource_group_name=site.group,
        location=site.args.region,
        tags=site.tags,
        opts=site.opts("alarms"),
    )
    places = {"alarms": site.scope}
    if site.abroad(site.args.existing.workspace):
        places["alarms-workspace"] = workspace
    reader = roles.builtin(site, roles.READER)
    grants = [roles.assign(site, short, place, made.principal_id, reader) for short, place in places.items()]
    return Looker(made.id, tuple(grants))


def _searched(
    site: Site,
    endpoint: str,
    asked: Asked,
    logs_id: Text,
    told: Text | None,
    looker: Looker,
) -> None:
    monitor = azure.monitor
    short = f"alarm-{endpoint}-{asked.kind}"
    monitor.ScheduledQueryRule(
        site.child(short),
        rule_name=f"{site.slug}-{endpoint}-{asked.kind}",
        display_name=f"{site.slug}: {endpoint} {asked.kind}",
        description=f"{endpoint}: {asked.said}",
        resource_group_name=site.group,
        location=site.args.region,
        kind="LogAlert",
        enabled=True,
        severity=2,
        scopes=[logs_id],
        window_size=asked.window,
        evaluation_frequency=asked.every,
        auto_mitigate=True,
        skip_query_validation=True,  # the log's table is there with its first line
        criteria=monitor.ScheduledQueryRuleCriteriaArgs(
            all_of=[
                monitor.ConditionArgs(
                    query=asked.query,
                    time_aggregation="Count",
                    operator="GreaterThan",
                    threshold=0,
                    failing_periods=monitor.ConditionFailingPeriodsArgs(
                        min_failing_periods_to_alert=1, number_of_evaluation_periods=1
                    ),
                )
            ]
        ),
        identity=monitor.MicrosoftCommonIdentityArgs(type="UserAssigned", user_assigned_identities=[looker.identity])
        if looker.identity is not None
        else None,
        actions=monitor.ActionsArgs(action_groups=[told] if told is not None else []),
        tags=site.tags,
        opts=site.opts(short, depends_on=list(looker.grants)),
    )


def _slow(site: Site, name: str, limit: timedelta, endpoint: Text, told: Text | None) -> None:
    short = f"alarm-{name}-p95"
    azure.monitor.MetricAlert(
        site.child(short),
        rule_name=f"{site.slug}-{name}-p95",
        description=f"{name}: p95 over {limit.total_seconds():g} s, over five minutes",
        resource_group_name=site.group,
        location="global",
        enabled=True,
        severity=2,
        evaluation_frequency="PT1M",
        window_size="PT5M",
        auto_mitigate=True,
        scopes=[endpoint],
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
                    threshold=limit / timedelta(milliseconds=1),
                    time_aggregation="Average",
                )
            ],
        ),
        actions=[azure.monitor.MetricAlertActionArgs(action_group_id=told)] if told is not None else [],
        tags=site.tags,
        opts=site.opts(short),
    )

"""Who is told, and of what, on Azure."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.infra.azure.founding import ELSEWHERE, found, of, one
from tests.infra.mocks import Recorded
from tradewind.infra.azure import alarms
from tradewind.infra.azure.logs import OF_VAULT, OF_WORKSPACE

ENDPOINT = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/onlineEndpoints/fraud"
)


def watching(**said: Any) -> Recorded:
    return found(mails=["a@acme.com"], watch=[{"endpoint": "fraud", "error_rate": None, "idle": None, **said}])


def condition(recorded: Recorded, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    rule = one(recorded, f"alarm-fraud-{kind}").inputs
    (asked,) = rule["criteria"]["allOf"]
    return rule, asked


def test_nothing_asked_nothing_made() -> None:
    recorded = watching()
    assert not of(recorded, "monitor:ScheduledQueryRule") + of(recorded, "monitor:MetricAlert")
    assert "ground-traffic-fraud-logs" not in {it.name for it in recorded.resources}


def test_p95_is_the_endpoints_own_metric_in_milliseconds() -> None:
    recorded = watching(p95="1500ms")
    rule = one(recorded, "alarm-fraud-p95").inputs
    (asked,) = rule["criteria"]["allOf"]
    assert (asked["metricName"], asked["threshold"], asked["timeAggregation"]) == (
        "RequestLatency_P95",
        1500,
        "Average",
    )
    assert asked["metricNamespace"] == rule["targetResourceType"] == alarms.ENDPOINTS
    assert [it.rpartition("/")[2] for it in rule["scopes"]] == ["fraud"]
    assert rule["actions"] == [{"actionGroupId": recorded.outputs["alerts"]}]


def test_errors_are_a_share_of_answers_and_a_containers_own_count() -> None:
    recorded = watching(error_rate=2.5)
    rule, asked = condition(recorded, "errors")
    assert "> 2.5" in asked["query"]
    assert "toint(ResponseCode) >= 500 or toint(ModelStatusCode) >= 500" in asked["query"]  # Azure makes 424 of a 500
    assert "answers > 0" in asked["query"]
    assert (rule["windowSize"], rule["evaluationFrequency"]) == (
        "PT15M",
        "PT5M",
    )  # what comes late is seen by a later look
    assert "over fifteen minutes" in rule["description"]
    assert (asked["timeAggregation"], asked["operator"], asked["threshold"]) == ("Count", "GreaterThan", 0)
    assert rule["scopes"] == [one(recorded, "traffic-fraud-logs").inputs["workspaceId"]]
    assert rule["actions"]["actionGroups"] == [recorded.outputs["alerts"]]
    sent = one(recorded, "traffic-fraud-logs").inputs
    assert sent["resourceUri"].endswith("/onlineEndpoints/fraud")
    assert [it["category"] for it in sent["logs"]] == ["AmlOnlineEndpointTrafficLog"]
    assert sent["logAnalyticsDestinationType"] == "Dedicated"


@pytest.mark.parametrize(("said", "window"), [("10m", "PT10M"), ("20m", "PT30M"), ("1d", "P1D"), ("36h", "P2D")])
def test_idle_is_told_of_the_next_window_that_azure_has(said: str, window: str) -> None:
    rule, asked = condition(watching(idle=said), "idle")
    assert rule["windowSize"] == window
    assert "where requests == 0" in asked["query"]


def test_windows_are_in_order_and_cover_two_days() -> None:
    lengths = [it for it, _ in alarms.WINDOWS]
    assert lengths == sorted(lengths)
    assert lengths[-1] == timedelta(days=2)


def test_size_is_asked_of_resource_graph_by_somebody_who_may_read_the_group() -> None:
    recorded = watching(max_replicas=3)
    rule, asked = condition(recorded, "replicas")
    assert asked["query"].startswith('arg("").Resources')
    assert "/onlineEndpoints/fraud/deployments/" in asked["query"]
    assert "toint(sku.capacity) >= 3" in asked["query"]
    (asking,) = rule["identity"]["userAssignedIdentities"]
    assert asking.endswith("/tradewind-dev-alarms")
    assert rule["identity"]["type"] == "UserAssigned"
    assert one(recorded, "alarms-grant").inputs["principalId"] == "principal-of-ground-alarms"
    assert any(it.endswith("ground-alarms-grant") for it in one(recorded, "alarm-fraud-replicas").dependencies)
    assert "ground-traffic-fraud-logs" not in {it.name for it in recorded.resources}


def test_a_workspace_elsewhere_may_be_looked_at() -> None:
    workspace = f"{ELSEWHERE}/providers/Microsoft.MachineLearningServices/workspaces/place"
    recorded = found(existing={"workspace": workspace}, watch=[{"endpoint": "fraud", "max_replicas": 2}])
    assert one(recorded, "alarms-workspace-grant").inputs["scope"] == workspace


@pytest.mark.parametrize("query", [alarms.failing(ENDPOINT, 5.0), alarms.idle(ENDPOINT), alarms.large(ENDPOINT, 2)])
def test_a_query_is_of_one_endpoint(query: str) -> None:
    assert re.findall(r"'(/subscriptions/[^']*)'", query)[0].startswith(ENDPOINT)
    assert len(re.findall("^[^|]", query, re.MULTILINE)) == 1  # one table, and pipes


def test_an_endpoint_called_as_something_of_ours_meets_nothing() -> None:
    recorded = found(watch=[{"endpoint": it, "p95": "1s"} for it in ("vault", "workspace", "alerts")])
    names = [it.name for it in recorded.resources]
    assert len(set(names)) == len(names)


def test_a_budget_begins_with_the_month_and_tells_of_each_share() -> None:
    recorded = found(mails=["a@b.co", "a@b.co"], budget={"month": "100.5"})
    budget = one(recorded, "budget")
    assert budget.inputs["timePeriod"]["startDate"] == "2030-05-01T00:00:00Z"
    assert budget.ignored == ("timePeriod",)
    assert budget.inputs["amount"] == 100.5
    told = budget.inputs["notifications"]
    assert {(it["thresholdType"], it["threshold"]) for it in told.values()} == {
        ("Actual", 50), ("Actual", 80), ("Actual", 100), ("Forecasted", 100),
    }  # fmt: skip
    assert all(it["contactEmails"] == ["a@b.co"] for it in told.values())
    assert all(it["contactGroups"] == [recorded.outputs["alerts"]] for it in told.values())


def test_mails_are_told_each_once() -> None:
    receivers = one(found(mails=["a@b.co", "c@d.co", "a@b.co"]), "alerts").inputs["emailReceivers"]
    assert [it["emailAddress"] for it in receivers] == ["a@b.co", "c@d.co"]


def test_logs_stay_as_long_as_is_said_and_come_from_vault_and_workspace() -> None:
    recorded = found(log_days=90)
    logs = one(recorded, "logs").inputs
    assert logs["retentionInDays"] == 90
    for short, categories in (("vault", OF_VAULT), ("workspace", OF_WORKSPACE)):
        sent = one(recorded, f"{short}-logs").inputs
        assert sent["workspaceId"].endswith(logs["workspaceName"])
        assert [it["category"] for it in sent["logs"]] == list(categories)
        assert all(it["enabled"] for it in sent["logs"])
        assert any(it.endswith("ground-insights") for it in one(recorded, f"{short}-logs").dependencies)
    assert one(recorded, "insights").inputs["workspaceResourceId"].endswith(logs["workspaceName"])

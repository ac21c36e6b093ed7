"""Who is told on Google Cloud, of what: alarms, the budget, logs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

pytest.importorskip("pulumi_gcp")

from tests.infra.gcp.founding import BILLED, OPTIONS, built, kinds, one, sound
from tradewind.infra.arguments import Watched
from tradewind.infra.gcp.alerts import conditions

MAILS = ["a@acme.com", "b@acme.com"]


def query(**said: Any) -> dict[str, str]:
    none: dict[str, Any] = {"error_rate": None, "idle": None}
    watched = Watched.model_validate({"endpoint": "fraud"} | none | said)
    return {kind: condition["query"] for kind, condition in conditions(watched, "europe-west4").items()}


def of(metric: str, more: str = "") -> str:
    kind = 'monitored_resource="aiplatform.googleapis.com/Endpoint"'
    place = 'endpoint_id="fraud",location="europe-west4"'
    return f"aiplatform_googleapis_com:prediction_online_{metric}{{{kind},{place}{more}}}"


def test_each_alarm_that_is_asked_for_is_made() -> None:
    recorded = built(
        watch=[{"endpoint": "fraud", "p95": "200ms", "max_replicas": 3}, {"endpoint": "spam"}], mails=MAILS
    )
    sound(recorded)
    made = recorded.of("gcp:monitoring/alertPolicy:AlertPolicy")
    assert {it.name for it in made} == {
        *(f"ground-alarm-fraud-{kind}" for kind in ("errors", "p95", "replicas", "idle")),
        *(f"ground-alarm-spam-{kind}" for kind in ("errors", "idle")),
    }
    told = [f"projects/acme-ml/notificationChannels/{len(f'ground-mail-{mail}')}" for mail in MAILS]
    for it in made:
        assert it.inputs["notificationChannels"] == told
        assert "deploy" in it.inputs["documentation"]["content"]
        (condition,) = it.inputs["conditions"]
        said = condition["conditionPrometheusQueryLanguage"]
        assert said["disableMetricValidation"] is True  # the endpoint comes later
        assert int(said["evaluationInterval"].rstrip("s")) % 30 == 0


def test_errors_are_a_share_of_all_answers() -> None:
    failed = of("response_count", ',response_code="5xx"')
    every = of("response_count")
    assert query(error_rate=2.5) == {"errors": f"sum(increase({failed}[5m])) / sum(increase({every}[5m])) > 0.025"}


def test_p95_is_of_whole_requests_in_milliseconds() -> None:
    spread = of("prediction_latencies_bucket", ',latency_type="total"')
    assert query(p95="1.5s") == {"p95": f"histogram_quantile(0.95, sum by (le) (increase({spread}[5m]))) > 1500"}


def test_replicas_stand_at_their_most_for_half_an_hour() -> None:
    watched = Watched(endpoint="fraud", error_rate=None, idle=None, max_replicas=4)
    (condition,) = conditions(watched, "europe-west4").values()
    assert condition["query"] == f"sum({of('replicas')}) >= 4"
    assert condition["duration"] == "1800s"


@pytest.mark.parametrize(("idle", "seconds"), [("6h", 21600), ("2d", 172800)])
def test_idle_is_what_stood_all_the_time_and_was_not_asked(idle: str, seconds: int) -> None:
    replicas = of("replicas")
    (said,) = query(idle=idle).values()
    assert said == (
        f"(sum(avg_over_time({replicas}[10m])) > 0 and sum(avg_over_time({replicas}[10m] offset {seconds}s)) > 0)"
        f" unless sum(increase({of('response_count')}[{seconds}s])) > 0"
    )


def test_alarms_without_anybody_to_tell_stand_in_the_console() -> None:
    recorded = built(watch=[{"endpoint": "fraud"}])
    assert kinds(recorded)["AlertPolicy"] == 2
    assert one(recorded, "alarm-fraud-idle").inputs["notificationChannels"] == []


def test_every_channel_is_an_output() -> None:
    told = [f"projects/acme-ml/notificationChannels/{len(f'ground-mail-{mail}')}" for mail in MAILS]
    assert json.loads(built(mails=MAILS).outputs)["outputs"]["alerts"] == ",".join(told)


def test_a_channel_that_was_there_is_told_first() -> None:
    channel = "projects/acme-ml/notificationChannels/7"
    recorded = built(existing={"alerts": channel}, mails=["a@acme.com"], watch=[{"endpoint": "fraud"}])
    assert one(recorded, "alarm-fraud-errors").inputs["notificationChannels"][0] == channel
    assert kinds(recorded)["NotificationChannel"] == 1


def test_a_mail_said_twice_is_told_once() -> None:
    assert kinds(built(mails=["a@acme.com", "a@acme.com"]))["NotificationChannel"] == 1


# ---- budget


def test_a_budget() -> None:
    recorded = built(**OPTIONS["budget"])
    sound(recorded)
    inputs = one(recorded, "budget").inputs
    amount = inputs["amount"]["specifiedAmount"]
    assert (amount["units"], amount["nanos"], amount["currencyCode"]) == ("99", 500_000_000, "USD")
    # By number: with the project's id each `up` would find a difference.
    assert inputs["budgetFilter"] == {"projects": ["projects/123456"], "calendarPeriod": "MONTH"}
    assert [(it["thresholdPercent"], it["spendBasis"]) for it in inputs["thresholdRules"]] == [
        (0.5, "CURRENT_SPEND"),
        (0.8, "CURRENT_SPEND"),
        (1.0, "CURRENT_SPEND"),
        (1.0, "FORECASTED_SPEND"),
    ]
    assert len(inputs["allUpdatesRule"]["monitoringNotificationChannels"]) == 1
    assert "ground-api-billingbudgets" in {it.name for it in recorded.resources}


def test_a_budget_without_forecast() -> None:
    said = BILLED | {"budget": {"month": 10, "percent": [100], "forecast": False, "currency": "EUR"}, "mails": MAILS}
    inputs = one(built(**said), "budget").inputs
    assert inputs["thresholdRules"] == [{"thresholdPercent": 1.0, "spendBasis": "CURRENT_SPEND"}]
    assert inputs["amount"]["specifiedAmount"] == {"currencyCode": "EUR", "units": "10", "nanos": 0}


# ---- logs


def test_for_as_long_as_google_keeps_logs_anyway_nothing_is_made() -> None:
    assert not {"ProjectBucketConfig", "ProjectSink", "ProjectExclusion"} & set(kinds(built(log_days=30)))


@pytest.mark.parametrize("days", [7, 365])
def test_logs_are_kept_as_long_as_was_asked(days: int) -> None:
    recorded = built(log_days=days)
    sound(recorded)
    bucket = one(recorded, "logs").inputs
    assert (bucket["retentionDays"], bucket["location"]) == (days, "europe-west4")
    sink = one(recorded, "logs-sink").inputs
    name = f"projects/acme-ml/locations/europe-west4/buckets/{bucket['bucketId']}"
    assert sink["destination"] == f"logging.googleapis.com/{name}"
    for who in ("planner", "deployer"):
        given = one(recorded, f"{who}-logs").inputs
        assert given["role"] == "roles/logging.viewAccessor"
        assert given["condition"]["expression"] == f'resource.name == "{name}/views/_AllLogs"'
    left_out = [it for it in recorded.resources if it.name == "ground-logs-once"]
    assert [it.inputs["filter"] for it in left_out] == ([sink["filter"]] if days < 30 else [])
    assert all(any(dep.endswith("ground-logs-sink") for dep in it.dependencies) for it in left_out)


def test_logs_are_encrypted_by_the_key_of_ones_own() -> None:
    recorded = built(log_days=60, key="own")
    logs = one(recorded, "logs")
    assert logs.inputs["cmekSettings"] == {
        "kmsKeyName": one(recorded, "bucket").inputs["encryption"]["defaultKmsKeyName"]
    }
    assert one(recorded, "key-logging").inputs["member"] == "serviceAccount:logs@google.com"
    assert any(it.endswith("ground-key-logging") for it in logs.dependencies)
    assert "cmekSettings" not in one(built(log_days=60), "logs").inputs


def test_who_was_there_is_not_let_into_logs() -> None:
    recorded = built(log_days=60, existing={"planner": "p@acme-ml.iam.gserviceaccount.com"})
    assert [it.name for it in recorded.resources if it.name.endswith("-logs") and "role" in it.inputs] == [
        "ground-deployer-logs"
    ]


def test_names_of_what_stays_a_while_end_with_the_accounts_own_number() -> None:
    """A deleted log bucket keeps its name for a week and a pool for 30 days: made again, they are others."""
    said: dict[str, Any] = {"log_days": 60, "github": {"repository": "acme/fraud"}}
    recorded = built(**said)
    assert re.fullmatch(r"tradewind-prod-[0-9a-f]{6}", one(recorded, "logs").inputs["bucketId"])
    pool = one(recorded, "github-pool").inputs["workloadIdentityPoolId"]
    assert re.fullmatch(r"tradewind-prod-github-[0-9a-f]{6}", pool)

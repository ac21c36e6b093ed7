"""What a foundation on Google Cloud makes, on Pulumi's mocks."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pulumi_gcp")

from tests.infra.mocks import Recorded, Registered, made
from tradewind.infra.arguments import GcpFoundationArgs
from tradewind.infra.gcp import alerts, ground
from tradewind.infra.gcp.foundation import GcpFoundation
from tradewind.infra.gcp.network import beside
from tradewind.providers.gcp import actions

PLAIN: dict[str, Any] = {"environment": "prod", "project": "acme-ml", "region": "europe-west4"}
OPTIONS: dict[str, dict[str, Any]] = {
    "key": {"key": "own"},
    "network": {"network": {}},
    "nat": {"network": {"nat": True}},
    "budget": {"budget": {"month": "99.5"}, "billing_account": "0A1B2C-0A1B2C-0A1B2C", "mails": ["a@acme.com"]},
    "watch": {"watch": [{"endpoint": "fraud", "p95": "200ms", "max_replicas": 3}], "mails": ["a@acme.com"]},
    "github": {"github": {"repository": "acme/fraud"}},
    "trusted": {"trusted": {"deployer": ["group:ml@acme.com"]}},
    "secrets": {"secrets": ["hub-token"]},
    "projects": {"projects": ["fraud"]},
    "tags": {"tags": {"team": "ml"}},
    "unprotected": {"protect": False},
}
ALIASES: dict[str, list[str]] = {}


def built(renamed: dict[str, list[Any]] | None = None, **said: Any) -> Recorded:
    args = GcpFoundationArgs.model_validate(PLAIN | said)
    calls = {"gcp:storage/getProjectServiceAccount:getProjectServiceAccount": {"emailAddress": "gs@google.com"}}
    return made(lambda: GcpFoundation("ground", args, renamed=renamed or ALIASES).made.document(), calls=calls)


def one(recorded: Recorded, name: str) -> Registered:
    (found,) = [it for it in recorded.resources if it.name == f"ground-{name}"]
    return found


def kinds(recorded: Recorded) -> Counter[str]:
    return Counter(it.type.rpartition(":")[2] for it in recorded.resources)


def sound(recorded: Recorded) -> None:
    """What holds whatever was asked for."""
    names = [it.name for it in recorded.resources]
    assert len(set(names)) == len(names)
    for it in recorded.resources:
        assert not it.type.endswith(("IAMBinding", "IAMPolicy", "IamBinding", "IamPolicy"))
        assert "allUsers" not in str(it.inputs)
        assert "allAuthenticatedUsers" not in str(it.inputs)
        assert it.name == "ground" or it.type.startswith("pulumi:") or it.parent.endswith("::ground")
    for it in recorded.of("gcp:projects/service:Service"):
        assert it.inputs["disableOnDestroy"] is False


def test_a_plain_one() -> None:
    recorded = built()
    sound(recorded)
    bucket = one(recorded, "bucket")
    assert bucket.inputs["name"] == "acme-ml-tradewind-prod"
    assert bucket.inputs["uniformBucketLevelAccess"] is True
    assert bucket.inputs["publicAccessPrevention"] == "enforced"
    assert bucket.inputs["versioning"] == {"enabled": True}
    assert bucket.protect
    assert any("api-storage" in it for it in bucket.dependencies)
    assert one(recorded, "foundation-json").inputs["name"] == "tradewind/foundation.json"
    document = json.loads(recorded.outputs)
    assert document["root"] == "gs://acme-ml-tradewind-prod/tradewind"
    assert document["outputs"]["project"] == "acme-ml"
    absent = {"CryptoKey", "Network", "Budget", "AlertPolicy", "WorkloadIdentityPool", "NotificationChannel"}
    assert not absent & set(kinds(recorded))


def test_old_versions_of_ledger_and_bundles_stay() -> None:
    rules = one(built(scratch_days=3, old_version_days=7), "bucket").inputs["lifecycleRules"]
    scratch, old = rules[0]["condition"], rules[1]["condition"]
    assert (scratch["age"], scratch["matchesPrefixes"]) == (3, ["tradewind/scratch/"])
    assert old["daysSinceNoncurrentTime"] == 7
    assert not [it for it in old["matchesPrefixes"] if "ledger" in it or "bundles" in it]


@pytest.mark.parametrize("who", ["planner", "deployer", "runtime"])
@pytest.mark.parametrize("at", ["project", "bucket", "registry", "secret"])
def test_roles_are_the_table(who: Any, at: Any) -> None:
    allowed = actions.permissions(who, when=("secrets",), on=at)
    roles = [it for it in built().resources if it.name == f"ground-role-{who}-{at}"]
    assert [it.inputs["permissions"] for it in roles] == ([list(allowed)] if allowed else [])


def test_deployer_acts_as_runtime_alone() -> None:
    acting = [it for it in built().resources if it.inputs.get("role") == "roles/iam.serviceAccountUser"]
    assert [(it.name, it.type) for it in acting] == [
        ("ground-deployer-runtime", "gcp:serviceaccount/iAMMember:IAMMember")
    ]


def test_a_key_of_ones_own() -> None:
    recorded = built(key="own")
    assert one(recorded, "key").protect
    assert one(recorded, "key").inputs["rotationPeriod"] == "7776000s"
    assert kinds(recorded)["CryptoKeyIAMMember"] == 3
    assert one(recorded, "bucket").inputs["encryption"] == {"defaultKmsKeyName": "ground-key-id"}
    assert any(it.endswith("ground-key-storage") for it in one(recorded, "bucket").dependencies)


def test_a_network() -> None:
    recorded = built(network={"nat": True})
    assert one(recorded, "network").inputs["autoCreateSubnetworks"] is False
    assert one(recorded, "subnet").inputs["privateIpGoogleAccess"] is True
    assert one(recorded, "deny-ingress").inputs["denies"] == [{"protocol": "all"}]
    assert one(recorded, "apis-endpoint").inputs["target"] == "all-apis"
    assert kinds(recorded)["RouterNat"] == 1
    assert "RouterNat" not in kinds(built(network={}))
    assert "GlobalForwardingRule" not in kinds(built(network={"private_endpoints": False}))


def test_address_of_apis_is_outside_the_subnet() -> None:
    for cidr in ("10.0.0.0/16", "10.255.0.0/16", "172.31.0.0/16", "192.168.0.0/24"):
        asked = GcpFoundationArgs.model_validate(PLAIN | {"network": {"cidr": cidr}}).network
        assert asked is not None
        assert beside(asked) not in asked.cidr


def test_a_budget() -> None:
    inputs = one(built(**OPTIONS["budget"]), "budget").inputs
    amount = inputs["amount"]["specifiedAmount"]
    assert (amount["units"], amount["nanos"], amount["currencyCode"]) == ("99", 500_000_000, "USD")
    assert inputs["budgetFilter"]["projects"] == ["projects/acme-ml"]
    assert inputs["thresholdRules"][-1] == {"thresholdPercent": 1.0, "spendBasis": "FORECASTED_SPEND"}


def test_alarms() -> None:
    recorded = built(**OPTIONS["watch"])
    assert kinds(recorded)["AlertPolicy"] == 4
    errors = one(recorded, "alarm-fraud-errors").inputs["conditions"][0]["conditionThreshold"]
    assert 'response_code="5xx"' in errors["filter"]
    assert errors["thresholdValue"] == 0.05
    assert errors["denominatorAggregations"] == errors["aggregations"]
    assert one(recorded, "alarm-fraud-p95").inputs["conditions"][0]["conditionThreshold"]["thresholdValue"] == 200
    assert one(recorded, "alarm-fraud-idle").inputs["conditions"][0]["conditionAbsent"]["duration"] == "84600s"


def test_idle_for_longer_than_google_waits_is_refused() -> None:
    args = GcpFoundationArgs.model_validate(PLAIN | {"watch": [{"endpoint": "fraud", "idle": "2d"}]})
    with pytest.raises(ValueError, match="a day at most"):
        alerts.conditions(args.watch[0])


def test_github() -> None:
    recorded = built(**OPTIONS["github"])
    assert one(recorded, "github-provider").inputs["attributeCondition"] == 'assertion.repository == "acme/fraud"'
    member = one(recorded, "deployer-github-0").inputs["member"]
    assert member.startswith("principal://iam.googleapis.com/")
    assert member.endswith("/subject/repo:acme/fraud:ref:refs/heads/main")


def test_what_exists_is_used_and_not_made() -> None:
    mails = {who: f"{who}@acme-ml.iam.gserviceaccount.com" for who in ("planner", "deployer", "runtime")}
    existing = mails | {"bucket": "theirs", "kms_key": "k", "registry": "r", "network": "n", "alerts": "c"}
    recorded = built(existing=existing, network={})
    found = kinds(recorded)
    unmade = {"Bucket", "Account", "IAMCustomRole", "Repository", "Network", "CryptoKey", "NotificationChannel"}
    assert not unmade & set(found)
    assert json.loads(recorded.outputs)["outputs"]["runtime"] == mails["runtime"]


def test_labels_and_tags_that_cannot_be() -> None:
    recorded = built(tags={"Team": "ML"}, **OPTIONS["key"])
    for name in ("bucket", "key", "registry"):
        said = one(recorded, name).inputs["labels"]
        assert said["managed-by"] == "tradewind-infra"
        assert len(said) == 4
    args = GcpFoundationArgs.model_validate(PLAIN | {"tags": {"managed-by": "us"}})
    with pytest.raises(ValueError, match="own label"):
        ground.labels(args)


def test_a_renamed_resource_is_not_replaced() -> None:
    recorded = built(renamed={"bucket": ["ground-store"]})
    assert any("ground-store" in it for it in one(recorded, "bucket").aliases)


def test_protect_can_be_taken_off() -> None:
    assert not one(built(protect=False), "bucket").protect


@given(st.sets(st.sampled_from(sorted(OPTIONS.keys() - {"network"}))))
@settings(max_examples=12, deadline=None)
def test_any_options_together(chosen: set[str]) -> None:
    said: dict[str, Any] = {}
    for name in sorted(chosen):
        said |= OPTIONS[name]
    sound(built(**said))


@given(st.text(alphabet="abc-", min_size=1, max_size=80), st.integers(8, 63))
def test_cut_fits(text: str, limit: int) -> None:
    assert len(ground.cut(text, limit)) <= limit


def test_a_repository_whose_tokens_carry_ids_is_named_without_them_where_the_claim_has_none() -> None:
    recorded = built(github={"repository": "acme@123456/fraud@456789"})
    assert one(recorded, "github-provider").inputs["attributeCondition"] == 'assertion.repository == "acme/fraud"'
    member = one(recorded, "deployer-github-0").inputs["member"]
    assert member.endswith("/subject/repo:acme@123456/fraud@456789:ref:refs/heads/main")

"""What a foundation on Google Cloud makes, on Pulumi's mocks: the whole, the bucket, the key, the registry."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("pulumi_gcp")

import pulumi_aws as aws
import pulumi_gcp as gcp

from tests.infra.gcp.founding import (
    CALLS,
    OPTIONS,
    PLAIN,
    PROVIDER,
    answer,
    built,
    children,
    everything,
    kinds,
    one,
    sound,
)
from tests.infra.mocks import made
from tradewind.infra import checks, layout
from tradewind.infra.arguments import GcpFoundationArgs
from tradewind.infra.gcp import ground
from tradewind.infra.gcp.foundation import GcpFoundation


def test_a_plain_one() -> None:
    recorded = built()
    sound(recorded)
    bucket = one(recorded, "bucket")
    assert bucket.inputs["name"] == "acme-ml-tradewind-prod"
    assert bucket.inputs["location"] == "EUROPE-WEST4"
    assert bucket.inputs["uniformBucketLevelAccess"] is True
    assert bucket.inputs["publicAccessPrevention"] == "enforced"
    assert bucket.inputs["forceDestroy"] is False
    assert bucket.inputs["versioning"] == {"enabled": True}
    assert "encryption" not in bucket.inputs
    assert any("api-storage" in it for it in bucket.dependencies)
    absent = {"CryptoKey", "Network", "Budget", "AlertPolicy", "WorkloadIdentityPool", "NotificationChannel"}
    assert not absent & set(kinds(recorded))


def test_it_publishes_what_it_made() -> None:
    recorded = built(prefix="/ml/tradewind/")
    published = one(recorded, "foundation-json")
    assert published.inputs["name"] == "ml/tradewind/foundation.json"
    assert published.inputs["bucket"] == "acme-ml-tradewind-prod"
    assert published.inputs["content"] == recorded.outputs
    document = json.loads(recorded.outputs)
    assert document["root"] == "gs://acme-ml-tradewind-prod/ml/tradewind"
    assert document["region"] == "europe-west4"
    assert document["outputs"] == {
        "project": "acme-ml",
        "planner": "tradewind-prod-planner@acme-ml.iam.gserviceaccount.com",
        "deployer": "tradewind-prod-deployer@acme-ml.iam.gserviceaccount.com",
        "runtime": "tradewind-prod-runtime@acme-ml.iam.gserviceaccount.com",
        "registry": "europe-west4-docker.pkg.dev/acme-ml/tradewind-prod",
    }


def test_without_a_prefix_the_bucket_is_the_root() -> None:
    recorded = built(prefix="")
    assert json.loads(recorded.outputs)["root"] == "gs://acme-ml-tradewind-prod"
    assert one(recorded, "foundation-json").inputs["name"] == "foundation.json"


def test_what_is_scratch_goes_and_old_versions_of_ledger_and_bundles_stay() -> None:
    said: dict[str, Any] = {"scratch_days": 3, "old_version_days": 7, "projects": ["fraud"]}
    args = GcpFoundationArgs.model_validate(PLAIN | said)
    scratch, old, parts = one(built(**said), "bucket").inputs["lifecycleRules"]
    assert scratch["condition"] == {"age": 3, "withState": "LIVE", "matchesPrefixes": [layout.scratch(args)]}
    assert old["condition"] == {
        "daysSinceNoncurrentTime": 7,
        "withState": "ARCHIVED",
        "matchesPrefixes": list(layout.aging(args)),
    }
    assert {scratch["action"]["type"], old["action"]["type"]} == {"Delete"}
    assert parts == {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 7}}
    assert not [it for it in old["condition"]["matchesPrefixes"] if "ledger" in it or "bundles" in it]


def test_a_key_of_ones_own() -> None:
    recorded = built(key="own")
    sound(recorded)
    key = one(recorded, "key")
    assert key.inputs["rotationPeriod"] == "7776000s"
    # No name is said: neither ring nor key can be deleted, and their names cannot be had twice.
    assert "name" not in key.inputs
    assert "name" not in one(recorded, "ring").inputs
    granted = {it.name: it.inputs["member"] for it in recorded.of("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember")}
    assert granted == {
        "ground-key-storage": "serviceAccount:storage@google.com",
        "ground-key-aiplatform": "serviceAccount:ground-agent-aiplatform@google.com",
        "ground-key-artifactregistry": "serviceAccount:ground-agent-artifactregistry@google.com",
    }
    id = "projects/acme-ml/locations/europe-west4/keyRings/ring/cryptoKeys/key"
    assert one(recorded, "bucket").inputs["encryption"] == {"defaultKmsKeyName": id}
    assert one(recorded, "registry").inputs["kmsKeyName"] == id
    assert json.loads(recorded.outputs)["outputs"]["kms_key"] == id
    for user in ("bucket", "registry"):
        assert {it.rpartition("::")[2] for it in one(recorded, user).dependencies} >= granted.keys()


def test_what_cannot_take_another_key_is_not_made_again_for_one() -> None:
    """The engine would delete a repository with its images, and a log bucket with its logs."""
    recorded = built(key="own", log_days=90)
    assert one(recorded, "registry").ignored == ("kmsKeyName",)
    assert set(one(recorded, "logs").ignored) == {"bucketId", "cmekSettings"}


def test_what_exists_is_used_and_not_made() -> None:
    mails = {who: f"{who}@acme-ml.iam.gserviceaccount.com" for who in ("planner", "deployer", "runtime")}
    others = {
        "bucket": "theirs",
        "kms_key": "projects/keys/locations/europe-west4/keyRings/r/cryptoKeys/k",
        "registry": "europe-west4-docker.pkg.dev/acme-ml/images",
        "network": "projects/net/global/networks/shared",
        "alerts": "projects/acme-ml/notificationChannels/1",
    }
    subnets = ["projects/net/regions/europe-west4/subnetworks/a", "projects/net/regions/europe-west4/subnetworks/b"]
    recorded = built(existing=mails | others | {"subnets": subnets}, network={})
    sound(recorded)
    unmade = {
        *(
            "Bucket",
            "Account",
            "IAMCustomRole",
            "Repository",
            "Network",
            "Subnetwork",
            "Firewall",
            "CryptoKey",
            "KeyRing",
        ),
        *("NotificationChannel", "GlobalAddress", "BucketIAMMember", "IAMMember", "ManagedZone"),
    }
    assert not unmade & set(kinds(recorded))
    document = json.loads(recorded.outputs)
    assert document["root"] == "gs://theirs/tradewind"
    known = {**mails, **others, "project": "acme-ml", "subnets": ",".join(subnets)}
    del known["bucket"]
    assert document["outputs"] == known
    assert one(recorded, "foundation-json").inputs["bucket"] == "theirs"
    for it in recorded.of("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"):
        assert it.inputs["cryptoKeyId"] == others["kms_key"]


@pytest.mark.parametrize("renamed", [["ground-store"], [pulumi.Alias(name="ground-store")]])
def test_a_renamed_resource_is_not_replaced(renamed: list[Any]) -> None:
    recorded = built(renamed={"bucket": renamed})
    aliased = [it.name for it in children(recorded) if any("ground-store" in alias for alias in it.aliases)]
    assert aliased == ["ground-bucket"]


def test_a_bucket_goes_with_what_it_holds_where_that_is_said() -> None:
    assert one(built(keep_objects=False), "bucket").inputs["forceDestroy"] is True


def test_protect_can_be_taken_off() -> None:
    sound(built(protect=False, key="own"), protect=False)


def test_our_own_rules_find_nothing() -> None:
    rules = checks.Rules(regions=("europe-west4",), own_key=True, private=True)
    args = GcpFoundationArgs.model_validate(everything())
    recorded = made(lambda: GcpFoundation("ground", args).made.root, calls=CALLS, answer=answer)
    every = [checks.Resource(it.type, it.name, it.name, it.inputs) for it in recorded.resources]
    assert checks.violations(every, rules) == ()


# ---- whose provider


def test_a_provider_is_made_of_the_arguments() -> None:
    (provider,) = built().of(PROVIDER)
    assert provider.inputs == {
        "project": "acme-ml",
        "region": "europe-west4",
        "billingProject": "acme-ml",
        "userProjectOverride": "true",
    }


class Team(pulumi.ComponentResource):
    def __init__(self, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("acme:ml:Team", "team", None, opts)


def _theirs(giving: str) -> pulumi.ResourceOptions:
    own = gcp.Provider("theirs", project="acme-ml")
    if giving == "provider":
        return pulumi.ResourceOptions(provider=own)
    if giving == "providers":
        return pulumi.ResourceOptions(providers={"gcp": own})
    return pulumi.ResourceOptions(parent=Team(pulumi.ResourceOptions(providers={"gcp": own})))


@pytest.mark.parametrize("giving", ["provider", "providers", "parent"])
def test_a_program_gives_its_own_provider(giving: str) -> None:
    args = GcpFoundationArgs.model_validate(PLAIN)
    recorded = made(lambda: GcpFoundation("ground", args, _theirs(giving)).made.root, calls=CALLS, answer=answer)
    assert [it.name for it in recorded.of(PROVIDER)] == ["theirs"]
    assert all("::theirs::" in it.provider for it in children(recorded) if it.type.startswith("gcp:"))


def test_a_parent_that_has_none_leaves_it_to_the_arguments() -> None:
    args = GcpFoundationArgs.model_validate(PLAIN)
    recorded = made(
        lambda: GcpFoundation("ground", args, pulumi.ResourceOptions(parent=Team())).made.root,
        calls=CALLS,
        answer=answer,
    )
    assert [it.name for it in recorded.of(PROVIDER)] == ["ground-google"]


@pytest.mark.parametrize("giving", ["provider", "providers", "a list"])
def test_another_clouds_provider_is_none_for_google(giving: str) -> None:
    def whole() -> Any:
        other = aws.Provider("other", region="eu-west-1")
        given: Any = {"provider": other, "providers": {"aws": other}, "a list": [other]}[giving]
        opts = pulumi.ResourceOptions(**{giving if giving != "a list" else "providers": given})
        return GcpFoundation("ground", GcpFoundationArgs.model_validate(PLAIN), opts).made.root

    recorded = made(whole, calls=CALLS, answer=answer)
    assert [it.name for it in recorded.of(PROVIDER)] == ["ground-google"]
    assert all("::ground-google::" in it.provider for it in children(recorded) if it.type.startswith("gcp:"))


# ---- all together


@given(
    st.sets(st.sampled_from(sorted(OPTIONS))),
    st.from_regex(r"\A[a-z][a-z0-9-]{0,18}[a-z0-9]\Z").filter(lambda it: "google" not in it),
    st.from_regex(r"\A[a-z][a-z0-9-]{0,18}[a-z0-9]\Z").filter(lambda it: "google" not in it),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_options_together(chosen: set[str], name: str, environment: str) -> None:
    said: dict[str, Any] = {"name": name, "environment": environment}
    for option in sorted(chosen):
        said |= OPTIONS[option]
    sound(built(**said), protect="unprotected" not in chosen)


@given(st.text(alphabet="abc-", min_size=1, max_size=80), st.integers(8, 63))
def test_cut_fits(text: str, limit: int) -> None:
    assert len(ground.cut(text, limit)) <= limit


@given(st.text(alphabet="abc", min_size=64, max_size=80), st.text(alphabet="abc", min_size=64, max_size=80))
def test_cut_keeps_two_apart(one_text: str, other: str) -> None:
    assert (ground.cut(one_text, 63) == ground.cut(other, 63)) == (one_text == other)

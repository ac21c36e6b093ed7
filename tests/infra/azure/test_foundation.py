"""What a foundation on Azure makes, on Pulumi's mocks: option by option, and what holds for every combination of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.infra.azure.founding import (
    CALLS,
    NAMES,
    PLAIN,
    SOMEBODY,
    SUBSCRIPTION,
    answer,
    found,
    kind,
    named,
    of,
    one,
    plain,
)  # fmt: skip
from tests.infra.mocks import Recorded, made
from tradewind.infra.arguments import AzureFoundationArgs
from tradewind.infra.azure import names
from tradewind.infra.azure.foundation import AzureFoundation
from tradewind.storage.az import open_uri

WATCH = {"watch": [{"endpoint": "fraud", "p95": "2s", "max_replicas": 3}]}
# Option, and how many more of what it makes.
OPTIONS: dict[str, tuple[dict[str, Any], dict[str, int]]] = {
    "key": ({"key": "own"}, {"Key": 1, "UserAssignedIdentity": 1, "RoleAssignment": 1}),
    "network": (
        {"network": {}},
        {"VirtualNetwork": 1, "NetworkSecurityGroup": 1, "Subnet": 2, "PrivateEndpoint": 5, "PrivateDnsZoneGroup": 5,
         "PrivateZone": 6, "VirtualNetworkLink": 6, "RoleAssignment": 1},
    ),
    "open network": (
        {"network": {"private_endpoints": False, "zones": 3}},
        {"VirtualNetwork": 1, "NetworkSecurityGroup": 1, "Subnet": 3},
    ),
    "nat": (
        {"network": {"private_endpoints": False, "nat": True}},
        {"VirtualNetwork": 1, "NetworkSecurityGroup": 1, "Subnet": 2, "NatGateway": 1, "PublicIPAddress": 1},
    ),
    "mails": ({"mails": ["a@acme.com"]}, {"ActionGroup": 1}),
    "budget": ({"budget": {"month": "99.5"}, "mails": ["a@acme.com"]}, {"Budget": 1, "ActionGroup": 1}),
    "watch": (
        WATCH,
        {"DiagnosticSetting": 1, "MetricAlert": 1, "ScheduledQueryRule": 3, "UserAssignedIdentity": 1, "RoleAssignment": 1},
    ),
    "github": ({"github": {"repository": "acme/fraud"}}, {"FederatedIdentityCredential": 3}),
    "trusted": ({"trusted": {"deployer": [f"app:{SOMEBODY}"]}}, {"RoleAssignment": 3}),
    "secrets": ({"secrets": ["one", "two"]}, {"RoleAssignment": 1}),
    "projects": ({"projects": ["fraud"]}, {}),
    "tags": ({"tags": {"team": "ml"}}, {}),
    "unprotected": ({"protect": False}, {}),
}  # fmt: skip
UNTAGGED = {  # what Resource Manager takes no tags of
    "BlobContainer", "BlobServiceProperties", "ManagementPolicy", "Blob", "RoleDefinition", "RoleAssignment", "Subnet",
    "PrivateDnsZoneGroup", "FederatedIdentityCredential", "Budget", "DiagnosticSetting",
}  # fmt: skip


def counts(recorded: Recorded) -> Counter[str]:
    return Counter(it.type.rpartition(":")[2] for it in recorded.resources)


def sound(recorded: Recorded) -> None:
    """What holds whatever was asked for."""
    short = [it.name for it in recorded.resources]
    assert len(set(short)) == len(short)
    ours = [it for it in recorded.resources if kind(it.type) in NAMES]
    assert len(ours) == len(recorded.resources) - 2  # all but the component and its provider
    called = [(it.type, it.inputs.get("scope", ""), named(it.type, it.inputs).lower()) for it in ours]
    assert len(set(called)) == len(called)
    text = json.dumps([it.inputs for it in ours], default=str) + json.dumps(recorded.outputs, default=str)
    assert "SECRET" not in text
    for it in ours:
        assert it.parent.endswith("::ground"), it.name
        tags = it.inputs.get("tags", {})
        if it.type.rpartition(":")[2] in UNTAGGED:
            assert "tags" not in it.inputs
        else:
            assert tags["managed-by"] == "tradewind-infra", it.name
            assert {"tradewind-name", "tradewind-environment"} <= set(tags)
    for role in of(recorded, "authorization:RoleDefinition"):
        assert not [it for it in role.inputs["permissions"][0]["actions"] if "*" in it]
    for store in of(recorded, "storage:StorageAccount"):
        assert store.inputs["allowBlobPublicAccess"] is False
        assert store.inputs["minimumTlsVersion"] == "TLS1_2"
    for box in of(recorded, "storage:BlobContainer"):
        assert box.inputs["publicAccess"] == "None"


def test_a_plain_one() -> None:
    recorded = plain()
    sound(recorded)
    account = names.storage_account(SUBSCRIPTION, "tradewind", "dev")
    assert recorded.outputs["root"] == f"az://tradewind@{account}/tradewind"
    assert open_uri(recorded.outputs["root"], None).uri == recorded.outputs["root"]
    assert re.fullmatch("tradewind-dev-[0-9a-f]{6}", recorded.outputs["workspace"])
    assert recorded.outputs["runtime"].endswith("/tradewind-dev-runtime")
    document = json.loads(recorded.outputs["document"])
    assert document["outputs"] == {
        name: value for name, value in recorded.outputs.items() if name not in ("root", "document")
    }
    assert one(recorded, "published").inputs["blobName"] == "tradewind/foundation.json"
    provider = one(recorded, "azure").inputs
    assert (provider["subscriptionId"], provider["location"]) == (SUBSCRIPTION, "westeurope")


@pytest.mark.parametrize(("asked", "added"), OPTIONS.values(), ids=list(OPTIONS))
def test_an_option_makes_what_it_says_and_nothing_else(asked: dict[str, Any], added: dict[str, int]) -> None:
    recorded = found(**asked)
    sound(recorded)
    assert counts(recorded) - counts(plain()) == Counter(added)
    assert not counts(plain()) - counts(recorded)


@settings(max_examples=12, deadline=None)
@given(
    asked=st.sets(st.sampled_from(sorted(OPTIONS)), max_size=6),
    name=st.from_regex(r"\A[a-z][a-z0-9-]{0,18}[a-z0-9]\Z"),
    environment=st.from_regex(r"\A[a-z][a-z0-9-]{0,18}[a-z0-9]\Z"),
)
def test_whatever_is_asked_for_together_is_sound(asked: set[str], name: str, environment: str) -> None:
    said: dict[str, Any] = {"name": name, "environment": environment}
    for it in sorted(asked):
        said |= OPTIONS[it][0]
    sound(found(**said))


@given(
    name=st.from_regex(r"\A[a-z][a-z0-9-]{0,18}[a-z0-9]\Z"),
    environment=st.from_regex(r"\A[a-z][a-z0-9-]{0,18}[a-z0-9]\Z"),
)
def test_names_are_ones_that_azure_takes(name: str, environment: str) -> None:
    said = (SUBSCRIPTION, name, environment)
    assert re.fullmatch(r"[a-z0-9]{3,24}", names.storage_account(*said))
    assert re.fullmatch(r"(?=.{3,24}\Z)[a-z](-?[a-z0-9])*", names.key_vault(*said, "seed"))
    assert re.fullmatch(r"[a-z0-9]{5,50}", names.registry(*said))
    for seed in ("", "seed"):
        called = names.fresh(f"{name}-{environment}", names.WORKSPACE, seed)
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{2,32}", called)


def test_two_long_names_stay_two_workspaces() -> None:
    long = "a" * 20
    called = {one(found(name=long, environment=f"{'b' * 19}{it}"), "workspace").inputs["workspaceName"] for it in "xy"}
    assert len(called) == 2
    assert all(len(it) <= 33 for it in called)


def test_what_is_made_again_does_not_meet_what_is_deleted_and_hidden() -> None:
    first, again = (found(principals=it, key="own") for it in ("one", "two"))
    hidden = {"vault": "vaultName", "workspace": "workspaceName", "logs": "workspaceName", "key": "keyName"}
    for short, name in hidden.items():
        assert one(first, short).inputs[name] != one(again, short).inputs[name]
        assert one(first, short).ignored == (name,)  # an identity that is replaced does not take the vault with it
    assert one(first, "storage").inputs["accountName"] == one(again, "storage").inputs["accountName"]


def test_the_same_again_is_the_same() -> None:
    def rows(recorded: Recorded) -> list[tuple[str, str]]:
        kept = [it for it in recorded.resources if it.name != "ground-published"]  # no two assets are equal
        return sorted((it.name, json.dumps(it.inputs, sort_keys=True, default=str)) for it in kept)

    said = {"key": "own", "mails": ["a@b.co"], "budget": {"month": 10}, "network": {"nat": True}, **WATCH}
    assert rows(found(**said)) == rows(found(**said))


@pytest.mark.parametrize("protect", [True, False])
def test_storage_container_vault_and_key_are_protected(protect: bool) -> None:
    held = {it.name for it in found(key="own", protect=protect).resources if it.protect}
    assert held == ({f"ground-{it}" for it in ("storage", "container", "vault", "key")} if protect else set())


def test_a_renamed_resource_is_told_what_it_was() -> None:
    before = pulumi.Alias(name="ground-account")
    recorded = found(aliases={"storage": [before]})
    told = {it.name: set(it.aliases) - {""} for it in recorded.resources}  # the SDK's own are types of other versions
    assert {name: said for name, said in told.items() if said} == {"ground-storage": {"ground-account"}}


def test_tags_are_written_as_azure_takes_them_and_zones_have_those_that_zones_take() -> None:
    recorded = found(network={}, tags={"team": "ml", "cost/center": "7", "4711": "x"})
    assert one(recorded, "storage").inputs["tags"]["cost=2F=center"] == "7"
    zone = one(recorded, "blob-0-zone").inputs["tags"]
    assert set(zone) == {"team", "managed-by", "tradewind-name", "tradewind-environment"}


def test_what_can_be_written_with_stays_secret_and_goes_nowhere() -> None:
    def build() -> Any:
        args = AzureFoundationArgs.model_validate(PLAIN)
        return AzureFoundation("ground", args).made.document()

    recorded = made(build, calls=CALLS, answer=answer)
    assert "SECRET" not in json.dumps(recorded.outputs)
    hidden = {name for it in recorded.resources for name in it.hidden}
    assert hidden == {"connectionString", "instrumentationKey"}

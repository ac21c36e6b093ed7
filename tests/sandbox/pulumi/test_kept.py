"""What has no service behind it: kept, made up in the cloud's own forms, and the same again in another process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc  # type: ignore[import-untyped]
import pytest

from tests.sandbox.pulumi.talk import UNKNOWN, Talk
from tradewind.sandbox.pulumi import Attached, serve

BUCKET = "gcp:storage/bucket:Bucket"
VAULT, GROUP = "azure-native:keyvault:Vault", "azure-native:resources:ResourceGroup"
SUBSCRIPTION = "/subscriptions/11111111-2222-3333-4444-555555555555"


def test_a_life(google: Talk, attached: Attached) -> None:
    inputs = {"name": "kept-bucket", "location": "EU", "labels": {"team": "ml"}}
    made = google.create(BUCKET, inputs)
    assert made.state["url"] == "gs://kept-bucket"
    seen = google.read(made)
    assert seen is not None
    assert (seen.inputs, seen.state) == (made.inputs, made.state)
    with pytest.raises(grpc.RpcError, match="already exists"):
        google.create(BUCKET, inputs)

    attached.kept["gcp"].change(made.id, labels={"team": "theirs"})
    drifted = google.read(made)
    assert drifted is not None
    assert list(google.diff(drifted, inputs).diffs) == ["labels"]
    after = google.update(drifted, {**inputs, "labels": {"team": "other"}})
    again = google.read(after)
    assert again is not None
    assert again.state["labels"] == {"team": "other"}

    google.delete(after)
    assert google.read(after) is None
    google.delete(after)


def test_another_process_finds_it(tmp_path: Path) -> None:
    inputs = {"name": "a-bucket", "location": "EU"}
    with serve(azure=False, folder=tmp_path) as one:
        talk = Talk(one.ports["gcp"], project="acme-project")
        made = talk.create(BUCKET, inputs)
        talk.close()
    with serve(azure=False, folder=tmp_path) as other:
        talk = Talk(other.ports["gcp"], project="acme-project")
        seen = talk.read(made)
        talk.delete(made)
        gone = talk.read(made)
        talk.close()
    assert seen is not None
    assert seen.state == made.state
    assert gone is None


def test_two_processes_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    with serve(azure=False, folder=tmp_path) as one, serve(azure=False, folder=tmp_path) as other:
        talks = [Talk(it.ports["gcp"], project="acme-project") for it in (one, other)]
        with ThreadPoolExecutor(8) as many:
            wanted = [(talks[at % 2], {"name": f"b{at}", "location": "EU"}) for at in range(32)]
            made = list(many.map(lambda it: it[0].create(BUCKET, it[1]), wanted))
        assert one.kept["gcp"].held().keys() == other.kept["gcp"].held().keys() == {it.id for it in made}
        with pytest.raises(grpc.RpcError, match="already exists"):
            talks[1].create(BUCKET, wanted[0][1])
        for talk in talks:
            talk.close()


def test_what_azure_is_called_is_its_address(azure: Talk) -> None:
    group = azure.create(GROUP, {"resourceGroupName": "ground", "location": "westeurope"})
    assert group.id == f"{SUBSCRIPTION}/resourceGroups/ground"
    inputs = {"resourceGroupName": "ground", "workspaceName": "ml", "sku": {"name": "Basic"}}
    space = azure.create("azure-native:machinelearningservices:Workspace", inputs)
    assert space.id.startswith(f"{group.id}/providers/Microsoft.")
    assert space.id.endswith("/ml")
    assert space.state["name"] == "ml"
    other = azure.create(GROUP, {"resourceGroupName": "other", "location": "westeurope"})
    twin = azure.create("azure-native:machinelearningservices:Workspace", {**inputs, "resourceGroupName": "other"})
    assert twin.id != space.id
    for it in (twin, space, other, group):
        azure.delete(it)


def test_identities_are_asked_for_in_a_list_and_answered_in_a_map(azure: Talk) -> None:
    mine = f"{SUBSCRIPTION}/resourceGroups/ground/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mine"
    inputs = {
        "resourceGroupName": "ground",
        "accountName": "withidentity",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "identity": {"type": "SystemAssigned,UserAssigned", "userAssignedIdentities": [mine]},
    }
    token = "azure-native:storage:StorageAccount"
    seen = azure.create(token, inputs, preview=True).state["identity"]
    assert seen["principalId"] == UNKNOWN
    made = azure.create(token, inputs)
    identity = made.state["identity"]
    assert identity["userAssignedIdentities"][mine].keys() == {"clientId", "principalId"}
    assert identity["principalId"] not in ("", UNKNOWN)
    again = azure.read(made)
    assert again is not None
    assert again.inputs == made.inputs
    assert again.state["identity"] == identity
    azure.delete(made)


def test_what_is_a_thing_of_its_own_is_replaced(azure: Talk, google: Talk, aws: Talk) -> None:
    vault = azure.create(VAULT, {"resourceGroupName": "g", "vaultName": "v", "location": "westeurope", "properties": {
        "tenantId": "t", "sku": {"family": "A", "name": "standard"}}})  # fmt: skip
    other = {**vault.inputs, "vaultName": "w", "tags": {"a": "b"}}
    said = azure.diff(vault, other)
    assert (list(said.diffs), list(said.replaces)) == (["tags", "vaultName"], ["vaultName"])
    assert list(azure.diff(vault, {**vault.inputs, "location": "northeurope"}).replaces) == ["location"]
    azure.delete(vault)

    bucket = google.create(BUCKET, {"name": "of-a-place", "location": "EU"})
    assert list(google.diff(bucket, {"name": "of-a-place", "location": "US", "labels": {}}).replaces) == ["location"]
    grant = google.create(
        "gcp:storage/bucketIAMMember:BucketIAMMember", {"bucket": "b", "role": "r", "member": "user:a@acme.com"}
    )
    assert list(google.diff(grant, {**grant.inputs, "member": "user:b@acme.com"}).replaces) == ["member"]

    subnet = aws.create("aws:ec2/subnet:Subnet", {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"})
    moved = {**subnet.inputs, "cidrBlock": "10.0.1.0/24", "mapPublicIpOnLaunch": True}
    assert list(aws.diff(subnet, moved).replaces) == ["cidrBlock"]
    same = aws.diff(subnet, {**subnet.inputs, "mapPublicIpOnLaunch": True})
    assert (list(same.diffs), list(same.replaces)) == (["mapPublicIpOnLaunch"], [])
    assert not aws.diff(subnet, moved, ignore=("cidrBlock", "mapPublicIpOnLaunch")).diffs

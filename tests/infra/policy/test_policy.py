"""The documents that a security team is handed: what the clouds' own command lines take, and nothing more than the tables say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import get_args

import pytest

from tradewind.errors import Exit, SpecError
from tradewind.infra import policy
from tradewind.infra.policy import IDENTITIES, Identity, Where, document, documents
from tradewind.providers.aws import actions as aws
from tradewind.providers.azure import actions as azure
from tradewind.providers.gcp import actions as gcp

WHERE = Where(
    environment="prod", workload="churn", region="eu-west-1", account="123456789012", bucket="acme-ml",
    role="arn:aws:iam::123456789012:role/run", project="acme-ml-prod", resource_group="ml",
    subscription="00000000-0000-0000-0000-000000000000",
)  # fmt: skip


def test_the_identities_are_those_of_the_tables() -> None:
    assert (
        set(IDENTITIES) == set(get_args(aws.Identity)) == set(get_args(gcp.Identity)) == set(get_args(azure.Identity))
    )
    assert set(get_args(policy.When)) == set(get_args(aws.When))


@pytest.mark.parametrize("identity", IDENTITIES)
def test_aws_is_the_table_of_aws(identity: Identity) -> None:
    place = aws.Place("eu-west-1", "123456789012", "acme-ml", "churn", WHERE.role)
    found = document("aws", identity, WHERE)
    allowed = [it for it in found["Statement"] if it["Effect"] == "Allow"]
    assert {**found, "Statement": allowed} == aws.policy(aws.IDENTITIES[identity], place)


def test_what_says_where_everything_stands_is_spared_on_every_cloud() -> None:
    place = Where(bucket="acme-ml", prefix="ml", project="acme")
    (denied,) = [it for it in document("aws", "deployer", place)["Statement"] if it["Effect"] == "Deny"]
    assert denied["Resource"] == "arn:aws:s3:::acme-ml/ml/foundation.json"
    assert denied["Action"] == ["s3:DeleteObject", "s3:PutObject"]
    assert {it["Effect"] for it in document("aws", "caller", place)["Statement"]} == {"Allow"}
    plain, writing = [it for it in documents("gcp", "runtime", place) if it.at.startswith("bucket")]
    assert plain.condition == ""
    assert writing.condition == 'resource.name != "projects/_/buckets/acme-ml/objects/ml/foundation.json"'
    assert {"storage.objects.create", "storage.objects.delete"} <= set(writing.body["includedPermissions"])
    (group,) = documents("azure", "runtime", place)
    assert group.condition.endswith("blobs:path] StringNotEquals 'ml/foundation.json'))")
    assert {it.condition for it in documents("azure", "planner", place)} == {""}


def test_a_key_brings_its_own_rows() -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1"
    found = document("aws", "runtime", Where(key=key))
    assert {"kms:Decrypt", "kms:GenerateDataKey"} <= {
        action for it in found["Statement"] if it["Resource"] == key for action in it["Action"]
    }
    assert "kms:" not in json.dumps(document("aws", "runtime"))


def test_who_may_become_the_runtime_is_said_for_this_account_only() -> None:
    assert [it.at for it in documents("aws", "runtime", WHERE)] == ["account", "trust"]
    (statement,) = document("aws", "runtime", WHERE, at="trust")["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert [it.at for it in documents("aws", "deployer", WHERE)] == ["account"]


def test_a_role_of_google_is_what_gcloud_takes() -> None:
    found = documents("gcp", "deployer", WHERE)
    assert [it.at for it in found] == ["project", "bucket", "bucket-writing", "runtime", "registry"]
    for it in found:
        assert set(it.body) == {"title", "description", "stage", "includedPermissions"}
        assert it.body["stage"] == "GA"  # ALPHA, BETA, GA, DEPRECATED, DISABLED, EAP
        assert len(it.body["title"]) <= 100 and len(it.body["description"]) <= 300  # noqa: PT018
        if not it.at.startswith("bucket"):
            assert it.body["includedPermissions"] == list(gcp.permissions("deployer", on=it.at))  # type: ignore[arg-type]
        (role,) = re.findall(r"roles create (\S+) --project=acme-ml-prod", it.command)
        assert re.fullmatch(r"[a-zA-Z0-9_.]{3,64}", role)  # gcloud refuses a dash
    on_bucket = sorted(one for it in found[1:3] for one in it.body["includedPermissions"])
    assert on_bucket == sorted(gcp.permissions("deployer", on="bucket"))
    assert "storage." not in json.dumps(found[0].body)


def test_secrets_are_bound_one_by_one_and_only_where_there_are_some() -> None:
    assert "secret" not in [it.at for it in documents("gcp", "runtime", WHERE)]
    some = Where(secrets=("projects/acme/secrets/token",))
    assert document("gcp", "runtime", some, at="secret")["includedPermissions"] == ["secretmanager.versions.access"]
    assert "Microsoft.KeyVault/vaults/secrets/getSecret/action" in document("azure", "runtime", some)["DataActions"]


def test_a_role_of_azure_is_what_az_takes() -> None:
    group, subscription, runtime = documents("azure", "deployer", WHERE)
    assert set(group.body) == {
        "Name", "IsCustom", "Description", "Actions", "NotActions", "DataActions", "NotDataActions", "AssignableScopes",
    }  # fmt: skip
    assert group.body["AssignableScopes"] == ["/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ml"]
    assert subscription.body["AssignableScopes"] == ["/subscriptions/00000000-0000-0000-0000-000000000000"]
    assert subscription.body["DataActions"] == []
    assert runtime.body["AssignableScopes"] == group.body["AssignableScopes"]  # no role is for a single thing alone
    assert "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action" in runtime.body["Actions"]
    assert len({it.body["Name"] for it in (group, subscription, runtime)}) == 3  # unique in a tenant
    assert [it.at for it in documents("azure", "runtime", WHERE)] == ["group"]


def test_what_is_not_known_is_a_word_to_fill_in() -> None:
    assert "--project=PROJECT" in documents("gcp", "planner")[0].command
    assert document("azure", "planner")["AssignableScopes"] == [
        "/subscriptions/SUBSCRIPTION/resourceGroups/RESOURCE-GROUP"
    ]


@pytest.mark.parametrize(("cloud", "at"), [("aws", "bucket"), ("gcp", "trust"), ("azure", "project")])
def test_where_an_identity_needs_nothing_is_told(cloud: str, at: str) -> None:
    with pytest.raises(SpecError) as told:
        document(cloud, "planner", WHERE, at=at)
    assert told.value.exit == Exit.USAGE
    assert at in str(told.value)


def test_this_machine_has_no_identities() -> None:
    with pytest.raises(SpecError, match="aws, gcp or azure"):
        document("local", "planner")


def test_no_pulumi_is_loaded() -> None:
    code = "import sys, tradewind.infra.policy as it; it.document('azure', 'planner'); print('pulumi' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

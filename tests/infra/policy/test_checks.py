"""Checks of a preview: for each, what is refused on each cloud, the same thing done well, and what cannot be told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tradewind.errors import Exit, ProviderError
from tradewind.infra.checks import CHECKS, SECRET, UNKNOWN, Resource, Rules, Violation, refuse, violations

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
CLOSED = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
GCS, IAM = "gcp:storage/bucket:Bucket", "gcp:storage/bucketIAMMember:BucketIAMMember"
ACCOUNT, SPACE = "azure-native:storage:StorageAccount", "azure-native:machinelearningservices:Workspace"
SSE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
POLICY = "aws:iam/policy:Policy"
ROLE = "azure-native:authorization:RoleDefinition"
AWS_ROLE = "aws:iam/role:Role"
DEFINITIONS = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
PLAIN = Rules()
GOOD_GCS = {"publicAccessPrevention": "enforced", "uniformBucketLevelAccess": True}
GOOD_ACCOUNT = {"allowBlobPublicAccess": False, "minimumTlsVersion": "TLS1_2", "publicNetworkAccess": "Disabled"}


def judged(check: str, kind: str, inputs: dict[str, Any], rules: Rules = PLAIN) -> tuple[Violation, ...]:
    only = [it for it in CHECKS if it.name == check]
    assert only
    return violations([Resource(kind, "it", f"urn:pulumi:dev::p::{kind}::it", inputs)], rules, only)


def allowing(action: str, resource: str) -> dict[str, Any]:
    return {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})}


KEY, EU, PRIVATE = Rules(own_key=True), Rules(regions=("eu-west-1", "westeurope", "europe-west4")), Rules(private=True)


@pytest.mark.parametrize(
    ("check", "kind", "bad", "good", "rules"),
    [
        ("no-public-bucket", BLOCK, {**CLOSED, "blockPublicPolicy": False}, CLOSED, Rules()),
        ("no-public-bucket", BLOCK, {}, CLOSED, Rules()),
        ("no-public-bucket", "aws:s3/bucketAcl:BucketAcl", {"acl": "public-read"}, {"acl": "private"}, Rules()),
        ("no-public-bucket", GCS, {**GOOD_GCS, "publicAccessPrevention": "inherited"}, GOOD_GCS, Rules()),
        ("no-public-bucket", IAM, {"member": "allUsers"}, {"member": "group:ml@acme.com"}, Rules()),
        ("no-public-bucket", ACCOUNT, {**GOOD_ACCOUNT, "allowBlobPublicAccess": True}, GOOD_ACCOUNT, Rules()),
        ("no-public-bucket", ACCOUNT.replace(":Sto", "/v20240101:Sto"), {}, GOOD_ACCOUNT, Rules()),
        ("no-public-bucket", "azure-native:storage:BlobContainer", {"publicAccess": "Blob"}, {"publicAccess": "None"}, Rules()),
        ("encryption", SSE, {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
         {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}]}, KEY),
        ("encryption", "aws:kms/key:Key", {}, {"enableKeyRotation": True}, Rules()),
        ("encryption", GCS, {}, {"encryption": {"defaultKmsKeyName": UNKNOWN}}, KEY),
        ("encryption", ACCOUNT, {"minimumTlsVersion": "TLS1_0"}, GOOD_ACCOUNT, Rules()),
        ("tags", "aws:iam/role:Role", {"tags": {"team": "ml"}}, {"tags": {"managed-by": "x"}}, Rules()),
        ("tags", GCS, {}, {"labels": {"managed-by": "x"}}, Rules()),
        ("tags", SPACE, {"tags": None}, {"tags": {"managed-by": "x"}}, Rules()),
        ("regions", "aws:s3/bucket:Bucket", {"region": "us-east-1"}, {"region": "eu-west-1"}, EU),
        ("regions", GCS, {"location": "US"}, {"location": "EUROPE-WEST4"}, EU),
        ("regions", SPACE, {"location": "eastus"}, {"location": "West Europe"}, EU),
        ("no-wildcard-admin", POLICY, allowing("*", "*"), allowing("s3:GetObject", "*"), Rules()),
        ("no-wildcard-admin", POLICY, allowing("iam:*", "*"), allowing("s3:*", "arn:aws:s3:::b/*"), Rules()),
        ("no-wildcard-admin", "gcp:projects/iAMMember:IAMMember", {"role": "roles/owner"}, {"role": "roles/viewer"}, Rules()),
        ("no-wildcard-admin", ROLE, {"permissions": [{"actions": ["*"]}]}, {"permissions": [{"actions": ["a/read"]}]}, Rules()),
        ("no-wildcard-admin", POLICY,
         {"policy": json.dumps({"Statement": {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}})},
         {"policy": json.dumps({"Statement": {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}})}, Rules()),
        ("no-wildcard-admin", "aws:iam/userPolicy:UserPolicy", allowing("*", "*"), allowing("s3:GetObject", "*"), Rules()),
        ("no-wildcard-admin", AWS_ROLE, {"managedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
         {"managedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}, Rules()),
        ("no-wildcard-admin", AWS_ROLE, {"inlinePolicies": [allowing("*", "*")]},
         {"inlinePolicies": [allowing("s3:GetObject", "*")]}, Rules()),
        ("no-wildcard-admin", "aws:iam/userPolicyAttachment:UserPolicyAttachment",
         {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}, {"policyArn": "arn:aws:iam::aws:policy/X"}, Rules()),
        ("no-wildcard-admin", "gcp:organizations/iAMMember:IAMMember", {"role": "roles/owner"},
         {"role": "roles/viewer"}, Rules()),
        ("no-wildcard-admin", "gcp:folder/iAMBinding:IAMBinding", {"role": "roles/editor"}, {"role": "roles/viewer"}, Rules()),
        ("no-wildcard-admin", "azure-native:authorization:RoleAssignment", {"roleDefinitionId": f"{DEFINITIONS}/{OWNER}"},
         {"roleDefinitionId": f"{DEFINITIONS}/acdd72a7-3385-48ef-bd42-f606fba81ae7"}, Rules()),
        ("tags", "aws:sns/topic:Topic", {}, {"tags": {"managed-by": "x"}}, Rules()),
        ("tags", "gcp:monitoring/alertPolicy:AlertPolicy", {}, {"userLabels": {"managed-by": "x"}}, Rules()),
        ("private-network", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {"cidrIpv4": "0.0.0.0/0"},
         {"cidrIpv4": "10.0.0.0/8"}, PRIVATE),
        ("private-network", "aws:ec2/securityGroup:SecurityGroup", {"ingress": [{"ipv6CidrBlocks": ["::/0"]}]},
         {"ingress": [], "egress": [{"cidrBlocks": ["0.0.0.0/0"]}]}, PRIVATE),
        ("private-network", "aws:ec2/securityGroupRule:SecurityGroupRule", {"type": "ingress", "cidrBlocks": ["0.0.0.0/0"]},
         {"type": "egress", "cidrBlocks": ["0.0.0.0/0"]}, PRIVATE),
        ("private-network", "azure-native:network/v20240101:NetworkSecurityGroup",
         {"securityRules": [{"direction": "Inbound", "access": "Allow", "sourceAddressPrefix": "Internet"}]},
         {"securityRules": [{"direction": "Inbound", "access": "Deny", "sourceAddressPrefix": "*"}]}, PRIVATE),
        ("private-network", "azure-native:containerregistry:Registry", {}, {"publicNetworkAccess": "Disabled"}, PRIVATE),
        ("private-network", SPACE, {"publicNetworkAccess": "Enabled"}, {"publicNetworkAccess": "Disabled"}, PRIVATE),
        ("private-network", "aws:ec2/subnet:Subnet", {"mapPublicIpOnLaunch": True}, {}, PRIVATE),
        ("private-network", "gcp:compute/firewall:Firewall", {"sourceRanges": ["0.0.0.0/0"]},
         {"sourceRanges": ["10.0.0.0/8"]}, PRIVATE),
    ],
)  # fmt: skip
def test_bad_is_found_and_good_is_not(
    check: str, kind: str, bad: dict[str, Any], good: dict[str, Any], rules: Rules
) -> None:
    found = judged(check, kind, bad, rules)
    assert found
    assert all(it.known for it in found)
    assert judged(check, kind, good, rules) == ()


def test_what_is_not_asked_for_is_not_looked_at() -> None:
    assert judged("private-network", SPACE, {"publicNetworkAccess": "Enabled"}) == ()
    assert judged("regions", GCS, {"location": "US"}) == ()


@pytest.mark.parametrize("value", [UNKNOWN, SECRET])
@pytest.mark.parametrize(
    ("check", "kind", "path"),
    [("no-public-bucket", ACCOUNT, "allowBlobPublicAccess"), ("no-public-bucket", IAM, "member"),
     ("no-wildcard-admin", POLICY, "policy"), ("tags", SPACE, "tags"), ("regions", GCS, "location")],
)  # fmt: skip
def test_what_is_not_known_yet_is_no_good_value(check: str, kind: str, path: str, value: str) -> None:
    (found,) = judged(check, kind, {path: value}, EU)
    assert (found.known, found.severity) == (False, "advisory")
    assert "cannot tell" in found.text
    refuse([found])


def test_a_bucket_of_aws_needs_its_block_beside_it() -> None:
    bucket = Resource("aws:s3/bucket:Bucket", "b", "urn:b", {"tags": {"managed-by": "x"}})
    assert [it.check for it in violations([bucket], Rules())] == ["no-public-bucket"]
    assert violations([bucket, Resource(BLOCK, "block", "urn:block", CLOSED)], Rules()) == ()


def _bucket(name: Any) -> Resource:
    return Resource("aws:s3/bucket:Bucket", str(name), f"urn:{name}", {"bucket": name, "tags": {"managed-by": "x"}})


def _block(bucket: Any) -> Resource:
    return Resource(BLOCK, "block", f"urn:block-{bucket}", {**CLOSED, "bucket": bucket})


def test_the_block_of_another_bucket_is_not_enough() -> None:
    one, two = _bucket("one"), _bucket("two")
    (found,) = violations([one, two, _block("one")], Rules())
    assert (found.name, found.severity) == ("two", "mandatory")
    assert violations([one, two, _block("one"), _block(UNKNOWN)], Rules()) == ()
    assert {it.known for it in violations([one, two, _block(UNKNOWN)], Rules())} == {False}


def test_with_a_key_of_ones_own_a_bucket_says_its_encryption() -> None:
    bucket = _bucket("one")
    assert [it.check for it in violations([bucket, _block("one")], KEY)] == ["encryption"]


@pytest.mark.parametrize("more", [{"denies": [{"protocol": "all"}]}, {"direction": "EGRESS"}])
def test_a_rule_that_lets_nobody_in_is_not_open(more: dict[str, Any]) -> None:
    rule = {"sourceRanges": ["0.0.0.0/0"], **more}
    assert judged("private-network", "gcp:compute/firewall:Firewall", rule, Rules(private=True)) == ()


def test_mandatory_ends_with_6_and_names_all_of_them() -> None:
    found = judged("no-public-bucket", GCS, {})
    with pytest.raises(ProviderError) as told:
        refuse(found)
    assert (told.value.exit, told.value.code) == (Exit.CREDENTIALS, "TW850")
    assert all(it.said in str(told.value) for it in found)
    refuse(judged("tags", GCS, {}))


def test_another_clouds_or_an_unheard_of_thing_passes() -> None:
    assert violations([Resource("random:index/randomId:RandomId", "id", "urn:id", {})], KEY) == ()

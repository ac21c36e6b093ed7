"""Buckets, images and machine types."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.aws.preflight.scripted import ACCOUNT, OWN_IMAGE, Account, Answer, Refusal, run, want
from tradewind.providers.base import Check
from tradewind.spec.clouds.aws import Aws, AwsServe, AwsTrain, DataCapture, InstanceGroup
from tradewind.values import Artifact


def buckets(account: Account, *workload: Any) -> dict[str, Check]:
    names = [said["Bucket"] for call, said in account.calls if call == "s3.HeadBucket"]
    return {name: check for check in account.checks(*workload) if check.name == "bucket"
            for name in (*names, *(said["Bucket"] for call, said in account.calls if call == "s3.HeadBucket"))
            if name in check.detail.split()}  # fmt: skip


def test_every_bucket_of_the_workload_is_looked_at_once() -> None:
    job = run(inputs={"data": Artifact("s3://lake/churn", "sha256:1"), "more": Artifact("s3://lake/x", "sha256:2")},
              checkpoint="s3://marks/churn")  # fmt: skip
    capture = AwsServe(data_capture=DataCapture(uri="s3://captured/churn"))
    account = Account()
    assert set(buckets(account, job, want(options=capture))) == {"ground", "lake", "marks", "captured"}
    assert len([call for call, _ in account.calls if call == "s3.HeadBucket"]) == 4


@pytest.mark.parametrize(
    ("answer", "verdict", "said"),
    [
        ({"BucketRegion": "us-east-1"}, "ok", "ground is in us-east-1"),
        ({"BucketRegion": "eu-west-1"}, "will_fail", "is in eu-west-1"),
        (Refusal("404", "Not Found", 404), "will_fail", "there is no bucket ground"),
        (Refusal("403", "Forbidden", 403), "will_fail", "may not look into"),
        (Refusal("503", "Slow Down", 503), "cannot_tell", "look at bucket ground"),
    ],
)
def test_a_bucket(answer: Answer, verdict: str, said: str) -> None:
    found = Account(s3_HeadBucket=answer).check("bucket", run())
    assert found.verdict == verdict
    assert said in found.detail


@pytest.mark.parametrize(
    ("constraint", "region"), [(None, "us-east-1"), ("EU", "eu-west-1"), ("eu-north-1", "eu-north-1")]
)
def test_a_store_that_leaves_the_region_out_is_asked_for_it(constraint: str | None, region: str) -> None:
    account = Account(s3_HeadBucket={}, s3_GetBucketLocation={"LocationConstraint": constraint})
    assert f"is in {region}" in account.check("bucket", run()).detail


@pytest.mark.parametrize(
    ("image", "answer", "verdict", "said"),
    [
        (OWN_IMAGE, {"imageDetails": [{"imageSizeInBytes": 3 * 1024**3}]}, "ok", "(3.0 GiB)"),
        (
            OWN_IMAGE,
            Refusal("ImageNotFoundException", "The image with imageId ... does not exist"),
            "will_fail",
            "not there",
        ),
        (
            OWN_IMAGE,
            Refusal("RepositoryNotFoundException", "The repository 'team/train' does not exist"),
            "will_fail",
            "there",
        ),
        (OWN_IMAGE, Refusal("AccessDeniedException", "no"), "cannot_tell", "look for"),
        ("sagemaker/pytorch-training:2.6.0-gpu-py312", {}, "ok", "763104351884"),
        ("763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6", {}, "ok", "AWS's own"),
        ("999999999999.dkr.ecr.us-east-1.amazonaws.com/their:1", {}, "cannot_tell", "of account 999999999999"),
        ("docker.io/library/python:3.12", {}, "will_fail", "not in a private ECR"),
        ("python", {}, "will_fail", "not in a private ECR"),
        ("public.ecr.aws/docker/library/python:3.12", {}, "will_fail", "not in a private ECR"),
        (f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/team/train:3", {}, "cannot_tell", "not in us-east-1"),
    ],
)
def test_a_training_image(image: str, answer: Answer, verdict: str, said: str) -> None:
    found = Account(ecr_DescribeImages=answer).check("training image", run(image=image))
    assert found.verdict == verdict
    assert said in found.detail


def test_a_model_s_image_has_to_be_in_the_region() -> None:
    image = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/team/train:3"
    assert Account().check("serving image", None, want(image=image)).verdict == "will_fail"


def test_an_image_by_digest_and_one_without_a_tag() -> None:
    account = Account()
    digest = "sha256:" + "a" * 64
    bare = OWN_IMAGE.rpartition(":")[0]
    account.checks(run(image=f"{bare}@{digest}"), want(image=bare))
    asked = [said["imageIds"] for call, said in account.calls if call == "ecr.DescribeImages"]
    assert sorted(asked, key=str) == [[{"imageDigest": digest}], [{"imageTag": "latest"}]]


@pytest.mark.parametrize(
    ("kind", "offered", "verdict", "said"),
    [
        ("ml.m5.large", True, "ok", "EC2 has m5.large"),
        ("ml.p5.48xlarge", False, "cannot_tell", "EC2 has no p5.48xlarge"),
        ("ml.m5.lrage", True, "cannot_tell", "does not list"),
        ("ml.m6g.large", True, "will_fail", "for serving only"),
    ],
)
def test_a_training_machine(kind: str, offered: bool, verdict: str, said: str) -> None:
    listed = [{"InstanceType": kind.removeprefix("ml.")}] if offered else []
    found = Account(ec2_DescribeInstanceTypeOfferings={"InstanceTypeOfferings": listed}).check(
        "training machine", run(kind)
    )
    assert found.verdict == verdict
    assert said in found.detail


def test_a_slip_in_a_machine_s_name_is_seen() -> None:
    assert Account().check("training machine", run("ml.m5.lrage")).fix == "did you mean ml.m5.large?"


def test_each_kind_of_a_cluster_is_looked_at() -> None:
    groups = (
        InstanceGroup(name="a", instance_type="ml.m5.large"),
        InstanceGroup(name="b", instance_type="ml.g5.xlarge"),
    )
    found = [
        it.detail for it in Account().checks(run(options=AwsTrain(instance_groups=groups))) if "machine" in it.name
    ]
    assert [it.split(":")[0] for it in found] == ["ml.m5.large", "ml.g5.xlarge"]


def test_the_grounds_bucket_must_be_the_accounts_and_inputs_may_be_anybodys() -> None:
    job = run(inputs={"data": Artifact("s3://lake/churn", "sha256:1")})
    account = Account(Aws(account=ACCOUNT), s3_HeadBucket=Refusal("403", "Forbidden", 403))
    details = [check.detail for check in account.checks(job) if check.name == "bucket"]
    assert [f"it is not account {ACCOUNT}'s" in said for said in details] == [True, False]
    asked = {said["Bucket"]: said.get("ExpectedBucketOwner") for call, said in account.calls if call == "s3.HeadBucket"}
    assert asked["ground"] == ACCOUNT
    assert asked["lake"] is None

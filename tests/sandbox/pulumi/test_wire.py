"""What the wire carries besides plain values: what is not known yet, and what nobody may see."""

from __future__ import annotations

from pathlib import Path

import grpc  # type: ignore[import-untyped]
import pytest

from tests.sandbox.emulator import Emulator
from tests.sandbox.pulumi.conftest import REGION
from tests.sandbox.pulumi.talk import UNKNOWN, Talk, secret
from tradewind.sandbox.pulumi import Attached

BUCKET, PARAMETER = "aws:s3/bucket:Bucket", "aws:ssm/parameter:Parameter"


def test_a_preview_makes_nothing(aws: Talk, emulator: Emulator) -> None:
    made = aws.create(BUCKET, {"bucket": "only-seen", "tags": {"a": UNKNOWN}}, preview=True)
    assert made.state == {"bucket": "only-seen", "tags": {"a": UNKNOWN}}
    assert made.id == ""
    assert "only-seen" not in [it["Name"] for it in emulator.client("s3").list_buckets()["Buckets"]]


def test_a_preview_of_a_change_changes_nothing(aws: Talk) -> None:
    made = aws.create(BUCKET, {"bucket": "as-it-was", "tags": {"a": "b"}})
    seen = aws.update(made, {"bucket": "as-it-was", "tags": {"a": UNKNOWN}}, preview=True)
    assert seen.state["arn"] == made.state["arn"], "what stays is known"
    assert seen.state["tags"] == {"a": UNKNOWN}
    again = aws.read(made)
    assert again is not None
    assert again.inputs == made.inputs


def test_what_is_not_known_when_it_is_made_is_refused(aws: Talk) -> None:
    with pytest.raises(grpc.RpcError, match="not known yet"):
        aws.create(BUCKET, {"bucket": "never", "tags": {"a": UNKNOWN}})


def test_what_is_not_known_yet_may_replace(aws: Talk) -> None:
    made = aws.create(BUCKET, {"bucket": "to-be-renamed"})
    assert list(aws.diff(made, {"bucket": UNKNOWN}).replaces) == ["bucket"]


def test_a_secret_stays_one(aws: Talk, emulator: Emulator) -> None:
    inputs = {"name": "/hidden", "type": "SecureString", "value": secret("hush")}
    made = aws.create(PARAMETER, inputs)
    assert made.inputs["value"] == made.state["value"] == secret("hush")
    assert made.state["name"] == "/hidden"
    assert (
        emulator.client("ssm", REGION).get_parameter(Name="/hidden", WithDecryption=True)["Parameter"]["Value"]
        == "hush"
    )
    assert not aws.diff(made, inputs).diffs
    assert not aws.diff(made, {**inputs, "value": "hush"}).diffs, "a secret is its value"

    emulator.client("ssm", REGION).put_parameter(Name="/hidden", Value="theirs", Type="SecureString", Overwrite=True)
    seen = aws.read(made)
    assert seen is not None
    assert seen.inputs["value"] == seen.state["value"] == secret("theirs")
    after = aws.update(seen, {**inputs, "value": secret("again")})
    assert after.state["value"] == secret("again")
    shown = aws.update(after, {**inputs, "value": secret("seen")}, preview=True)
    assert shown.state["value"] == secret("seen")


def test_a_secret_inside_hides_all_of_its_property(aws: Talk) -> None:
    made = aws.create(BUCKET, {"bucket": "with-a-secret", "tags": {"a": secret("hush"), "b": "c"}})
    assert made.state["tags"] == made.state["tagsAll"] == secret({"a": "hush", "b": "c"})
    after = aws.update(made, {"bucket": "with-a-secret", "tags": {"a": secret("quiet")}})
    assert after.state["tagsAll"] == secret({"a": "quiet"})
    again = aws.read(after)
    assert again is not None
    assert again.state["tagsAll"] == secret({"a": "quiet"})


def test_a_secret_that_is_not_known_yet(aws: Talk) -> None:
    made = aws.create(PARAMETER, {"name": "/later", "type": "String", "value": secret(UNKNOWN)}, preview=True)
    assert made.state["value"] == secret(UNKNOWN)


def test_kept_secrets_are_for_their_owner_alone(google: Talk, attached: Attached, tmp_path: Path) -> None:
    inputs = {"secret": "projects/p/secrets/hub", "secretData": secret("hush")}
    made = google.create("gcp:secretmanager/secretVersion:SecretVersion", inputs)
    assert made.state["secretData"] == secret("hush")
    assert attached.kept["gcp"].file.stat().st_mode & 0o077 == 0


def test_the_wire_says_what_it_can(aws: Talk) -> None:
    said = aws.configured
    assert (said.acceptSecrets, said.supportsPreview, said.acceptResources, said.acceptOutputs) == (
        True,
        True,
        False,
        False,
    )


def test_two_providers_of_a_program_each_have_their_region(aws: Talk, attached: Attached, emulator: Emulator) -> None:
    other = Talk(attached.ports["aws"], region="ap-south-1")
    try:
        here = aws.create("aws:ecr/repository:Repository", {"name": "regional"})
        there = other.create("aws:ecr/repository:Repository", {"name": "regional"})
        told = aws.create("aws:ecr/repository:Repository", {"name": "regional", "region": "us-west-2"})
    finally:
        other.close()
    assert [it.state["arn"].split(":")[3] for it in (here, there, told)] == [REGION, "ap-south-1", "us-west-2"]
    assert aws.diff(told, {"name": "regional", "region": "us-west-1"}).replaces == ["region"]
    for region in (REGION, "ap-south-1", "us-west-2"):
        assert emulator.client("ecr", region).describe_repositories(repositoryNames=["regional"])["repositories"]

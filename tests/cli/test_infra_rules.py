"""The ground's rules over previews: each resource is judged with what is beside it, changed or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.shell import deploy

from tests.cli.test_infra import AWS, Fake, ground, step
from tradewind.infra.checks import Resource

__all__ = ["ground"]  # the fixture
BLOCKED = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)


def resource(kind: str, name: str, **inputs: Any) -> Resource:
    urn = f"urn:pulumi:dev::tradewind::tradewind:aws:Foundation$aws:s3/bucket:Bucket::{name}"
    return Resource(kind, name, urn, inputs)


BUCKET = resource("aws:s3/bucket:Bucket", "tradewind-bucket", bucket="mine", tags={"managed-by": "x"})
BLOCK = resource(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "tradewind-bucket-private", bucket="mine", **BLOCKED
)


def test_a_bucket_may_change_whose_protection_stays_as_it_is(ground: Fake) -> None:
    ground.steps = (step("update", "tradewind-bucket"), step("same", "tradewind-bucket-private"))
    ground.would = (BUCKET, BLOCK)
    said = deploy("infra", "preview", *AWS)
    assert "no-public-bucket" not in said.out + said.err


def test_a_bucket_that_stays_while_its_protection_goes_is_refused(ground: Fake) -> None:
    ground.steps = (step("same", "tradewind-bucket"), step("delete", "tradewind-bucket-private"))
    ground.would = (BUCKET,)
    said = deploy("infra", "up", *AWS, "--allow-delete", "--yes", "-o", "json")
    assert (said.code, said.json["code"], ground.verbs) == (6, "TW850", ["preview"])


@pytest.mark.parametrize(("op", "code"), [("same", 0), ("update", 6)])
def test_a_program_of_ones_own_is_held_to_the_rules_in_what_it_changes(ground: Fake, op: Any, code: int) -> None:
    Path("Pulumi.yaml").write_text("name: ours\nruntime: python\n")
    ground.steps, ground.would = (step(op, "tradewind-bucket"), step("create", "queue")), (BUCKET,)
    assert deploy("infra", "preview", "--stack", "dev").code == code

"""What SageMaker's requests take from the ground, and what a newcomer is told to write."""

from __future__ import annotations

from pathlib import Path

import yaml

from tradewind.engine import grounds
from tradewind.providers.aws.ground import ground
from tradewind.providers.aws.info import INFO
from tradewind.spec import loads


def test_what_a_newcomer_is_told_to_add_is_all_that_is_needed() -> None:
    hint = grounds.unknown(INFO, "default").hint
    lines = [line for line in hint.splitlines() if line.startswith((" ", "foundation:"))]
    said = "\n".join(lines).replace("ACCOUNT", "123456789012")
    assert yaml.safe_load(said)
    spec = loads(f"name: a\nprovider: aws\nserve: {{model: ./m}}\n{said}\n", environ={})
    found = grounds.find(spec, INFO, None, "default", Path())
    assert found is not None
    assert found.root == "s3://BUCKET/tradewind"
    assert ground(found, "us-east-1").role == "arn:aws:iam::123456789012:role/ROLE"
    assert "--sandbox" in hint

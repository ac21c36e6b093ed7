"""What `infra up` left is what `foundation: {stack: NAME}` reads, in the order that grounds tells."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from tradewind.engine import grounds
from tradewind.engine.open import Work, open_session
from tradewind.errors import SpecError
from tradewind.infra import publishing
from tradewind.infra.made import SCHEMA
from tradewind.providers.aws import info as aws
from tradewind.spec.loading import loads
from tradewind.spec.lock import DeployLock, LockedTarget
from tradewind.values import Foundation

SPEC = "name: churn\nprovider: aws\nserve: {model: m.pkl, framework: sklearn}\nfoundation: %s\n"


def document(root: str, schema: str = SCHEMA) -> str:
    return json.dumps({"schema": schema, "root": root, "region": "eu-west-1", "outputs": {"runtime": "r"}})


def find(folder: Path, said: str = "{stack: acme/infra/dev}") -> Foundation | None:
    spec = loads(SPEC % said, environ={})
    return grounds.find(spec, aws.INFO, None, "default", folder)


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEWIND_HOME", str(tmp_path / "home"))


def test_the_order(tmp_path: Path) -> None:
    assert find(tmp_path) is None
    path = publishing.remember("acme/infra/dev", document("s3://kept/p"))
    assert [it.name for it in path.parent.iterdir()] == [path.name]
    (tmp_path / "foundation.json").write_text(document("gs://other/p"))
    ground = find(tmp_path)
    assert ground is not None
    assert ground.root == "s3://kept/p"
    (tmp_path / "foundation.json").write_text(document("s3://beside/p"))
    ground = find(tmp_path)
    assert ground is not None
    assert ground.root == "s3://beside/p"
    assert grounds.pin(tmp_path, "aws", "default", Foundation("s3://locked/p", source="dev"))
    ground = find(tmp_path)
    assert ground is not None
    assert ground.root == "s3://locked/p"


def test_forgotten(tmp_path: Path) -> None:
    publishing.remember("acme/infra/dev", document("s3://kept/p"))
    publishing.forget("acme/infra/dev", "")
    publishing.forget("acme/infra/dev", "")
    assert find(tmp_path) is None


def test_pinning_changes_one_targets_foundation_only(tmp_path: Path) -> None:
    before = DeployLock().with_target("default", "aws", LockedTarget(region="eu-west-1", catalogue="2026-01-01"))
    before.with_target("prod", "gcp", LockedTarget(region="europe-west1")).write(tmp_path)
    ground = Foundation("s3://b/p", "eu-west-1", {"runtime": "r"}, "dev")
    assert grounds.pin(tmp_path, "aws", "default", ground)
    assert not grounds.pin(tmp_path, "aws", "default", ground)
    after = DeployLock.read(tmp_path)
    assert grounds.locked(tmp_path, "aws", "default") == ground
    target = after.target("default", "aws")
    assert target is not None
    assert target.catalogue == "2026-01-01"
    assert after.target("prod", "gcp") == LockedTarget(region="europe-west1")


def test_a_stack_of_which_nothing_is_known_leads_to_the_command_that_makes_it(tmp_path: Path) -> None:
    spec = loads(SPEC % "{stack: prod}", environ={})
    with pytest.raises(SpecError, match="nothing was published of stack 'prod'") as caught:
        open_session(Work(spec, tmp_path / "deploy.yaml"))
    assert "deploy infra up" in caught.value.hint


def test_a_newer_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "foundation.json").write_text(document("s3://b/p", "tradewind/foundation/2"))
    with pytest.raises(SpecError, match="newer tradewind") as caught:
        find(tmp_path)
    assert caught.value.code == "TW043"


def test_a_file_in_a_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="acme")
        client.put_object(Bucket="acme", Key="p/foundation.json", Body=document("s3://b/p").encode())
        client.put_object(Bucket="acme", Key="p/bad.json", Body=b"\xff[]")
        ground = find(tmp_path, "{file: 's3://acme/p/foundation.json'}")
        assert ground is not None
        assert (ground.root, ground.region, ground.outputs) == ("s3://b/p", "eu-west-1", {"runtime": "r"})
        for name, code in (("none.json", "TW041"), ("bad.json", "TW043")):
            with pytest.raises(SpecError) as caught:
                find(tmp_path, f"{{file: 's3://acme/p/{name}'}}")
            assert caught.value.code == code


def test_what_another_ground_of_that_name_published_stays() -> None:
    path = publishing.remember("prod", json.dumps({"root": "s3://theirs"}))
    publishing.forget("prod", "s3://ours")
    assert path.exists()
    publishing.forget("prod", "s3://theirs")
    assert not path.exists()

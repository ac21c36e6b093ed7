"""Where an environment stands: by hand, by file, by deploy.lock, or by what the provider knows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes.provider import FakeInfo
from fakes.stage import Stage

from tradewind.engine import grounds
from tradewind.engine.open import open_session
from tradewind.errors import SpecError
from tradewind.providers.gcp import info as gcp
from tradewind.spec.lock import DeployLock, LockedFoundation, LockedTarget
from tradewind.values import Foundation


def found(stage: Stage, *sets: str, free: bool = False) -> Foundation | None:
    work = stage.work(*sets)
    return grounds.find(work.spec, FakeInfo(stage.cloud, free=free), work.settings, "default", work.root)


def test_nothing_said_is_what_the_provider_knows(stage: Stage) -> None:
    ground = found(stage)
    assert ground is not None
    assert ground.source == "the fake cloud"


def test_by_hand_with_its_outputs(stage: Stage) -> None:
    ground = found(stage, "foundation={root: gs://bucket/prefix/, registry: images}")
    assert ground == Foundation("gs://bucket/prefix", outputs={"registry": "images"}, source="deploy.yaml")


def test_this_machine_stands_on_itself_unless_a_folder_is_named(stage: Stage, tmp_path: Path) -> None:
    own = found(stage)
    assert found(stage, "foundation.root=s3://bucket/x", free=True) == own
    assert found(stage, "foundation.stack=dev", free=True) == own
    ground = found(stage, f"foundation.root={tmp_path.as_uri()}", free=True)
    assert ground is not None
    assert ground.root == tmp_path.as_uri()


@pytest.mark.parametrize(
    ("root", "own"), [("s3://b/p", False), ("gs://b/p", True), ("az://b/p", False), ("file:///p", True)]
)
def test_a_foundation_on_another_cloud_is_no_ground(stage: Stage, root: str, own: bool) -> None:
    """It is where this store is read, or on this machine."""
    work, info = stage.work(f"foundation.root={root}"), gcp.INFO
    ground = grounds.find(work.spec, info, None, "default", work.root)
    assert (ground is not None) == own
    assert grounds.elsewhere(work.spec, info, None, "default", work.root) == ("" if own else root)


def test_a_foundation_on_another_cloud_is_named(stage: Stage) -> None:
    work = stage.work("provider=aws", "foundation.root=gs://b/p", info=None)
    with pytest.raises(
        SpecError, match=r"gs://b/p is on another cloud, and nothing says where .* Amazon SageMaker"
    ) as caught:
        open_session(work)
    assert "root: s3://BUCKET" in caught.value.hint


def test_by_file(stage: Stage) -> None:
    stage.write("ground.json", json.dumps({"root": "s3://b/p/", "region": "r", "outputs": {"runtime": "role"}}))
    assert found(stage, "foundation.file=ground.json") == Foundation(
        "s3://b/p", "r", {"runtime": "role"}, "ground.json"
    )


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"root": 1}', '{"root": "s3://b", "outputs": []}'])
def test_a_file_that_is_none(stage: Stage, body: str) -> None:
    stage.write("ground.json", body)
    with pytest.raises(SpecError) as caught:
        found(stage, "foundation.file=ground.json")
    assert caught.value.problems[0].path == "foundation.file"


def test_a_stack_is_remembered_by_deploy_lock_or_published_beside_it(stage: Stage) -> None:
    published = {"root": "s3://published", "region": "r"}
    stage.write("foundation.json", json.dumps(published))
    assert found(stage, "foundation.stack=dev") == Foundation("s3://published", "r", {}, "foundation.json")
    target = LockedTarget(foundation=LockedFoundation(root="s3://locked", region="q"))
    DeployLock().with_target("default", "fake", target).write(stage.root)
    ground = found(stage, "foundation.stack=dev")
    assert ground is not None
    assert ground.root == "s3://locked"

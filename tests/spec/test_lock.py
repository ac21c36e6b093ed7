"""deploy.lock: reviewable, stable, never half written, never misread."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.errors import SpecError
from tradewind.spec import DeployLock
from tradewind.spec.lock import NAME, LockedFoundation, LockedPart, LockedTarget

TARGET = LockedTarget(
    region="eu-west-1",
    runtime="0.1.0",
    catalogue="2026-11-20",
    train=LockedPart(machine="ml.g5.xlarge", image="registry/sklearn@sha256:00ff"),
    serve=LockedPart(machine="ml.m6i.large"),
    foundation=LockedFoundation(
        root="s3://bucket/prefix", outputs={"runtime": "arn:aws:iam::1:role/x", "kms_key": "k"}
    ),
    inputs={"train": "sha256:12e4", "eval": "sha256:0123456789"},
)
LOCK = (
    DeployLock()
    .with_target("prod", "aws", TARGET)
    .with_target("default", "local", LockedTarget())
    .with_last_provider("prod", "aws")
)


def test_a_file_that_people_can_review(tmp_path: Path) -> None:
    assert LOCK.write(tmp_path) is True
    assert (
        (tmp_path / NAME).read_text()
        == """\
# What deploy.yaml resolved to, so that it resolves to the same again. Made by tradewind: commit it, do not edit it.
# `deploy lock` shows what would change, `deploy lock --upgrade` changes it.
schema: tradewind/lock/1
environments:
  default:
    providers:
      local: {}
  prod:
    last_provider: aws
    providers:
      aws:
        catalogue: '2026-11-20'
        foundation:
          outputs:
            kms_key: k
            runtime: arn:aws:iam::1:role/x
          root: s3://bucket/prefix
        inputs:
          eval: sha256:0123456789
          train: sha256:12e4
        region: eu-west-1
        runtime: 0.1.0
        serve:
          machine: ml.m6i.large
        train:
          image: registry/sklearn@sha256:00ff
          machine: ml.g5.xlarge
"""
    )


def test_what_was_written_is_read_and_not_written_again(tmp_path: Path) -> None:
    LOCK.write(tmp_path)
    read = DeployLock.read(tmp_path / NAME)
    assert read == LOCK
    assert read.target("prod", "aws") == TARGET
    assert read.last_provider("prod") == "aws"
    assert read.write(tmp_path) is False
    assert [p.name for p in tmp_path.iterdir()] == [NAME]


def test_no_file_is_an_empty_lock(tmp_path: Path) -> None:
    lock = DeployLock.read(tmp_path)
    assert lock == DeployLock()
    assert lock.target("default", "local") is None
    assert lock.last_provider("default") is None
    assert DeployLock.parse(lock.text()) == lock


def test_targets_are_forgotten() -> None:
    assert LOCK.without("prod", "aws").target("prod", "aws") is None
    assert LOCK.without("prod", "aws").last_provider("prod") == "aws"
    assert LOCK.without("prod").environments.keys() == {"default"}
    assert LOCK.without("nowhere") == LOCK


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", "TW020", "is empty"),
        ("schema: tradewind/lock/2\n", "TW021", "newer tradewind"),
        ("schema: something/1\n", "TW020", "is no deploy.lock"),
        ("environments: {}\n", "TW020", "is no deploy.lock"),
        (
            "schema: tradewind/lock/1\nenvironments: {prod: {providers: {aws: {machine: x}}}}\n",
            "TW020",
            "environments.prod.providers.aws.machine",
        ),
        ("schema: tradewind/lock/1\nenvironments: [a]\n", "TW020", "environments"),
        (
            "<<<<<<< HEAD\nschema: tradewind/lock/1\n=======\nschema: tradewind/lock/1\n>>>>>>> x\n",
            "TW020",
            "is not YAML",
        ),
        ("schema: tradewind/lock/1\nschema: tradewind/lock/1\n", "TW020", "stands here twice"),
        ("\x00\x01", "TW020", "control character"),
    ],
)
def test_a_damaged_or_newer_lock_is_refused(tmp_path: Path, text: str, code: str, said: str) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(SpecError, match=said) as caught:
        DeployLock.read(tmp_path)
    assert caught.value.code == code
    assert caught.value.hint
    assert NAME in str(caught.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError) as caught:
        DeployLock.read(tmp_path)
    assert caught.value.code == "TW020"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    DeployLock().write(tmp_path)
    before = (tmp_path / NAME).read_bytes()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tradewind.spec.lock.os.fsync", full)
    with pytest.raises(SpecError, match="No space left") as caught:
        LOCK.write(tmp_path)
    assert caught.value.code == "TW022"
    assert (tmp_path / NAME).read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [NAME]


def test_readers_never_see_half(tmp_path: Path) -> None:
    locks = [LOCK, DeployLock()]
    locks[0].write(tmp_path)
    stop = threading.Event()

    def write() -> None:
        turn = 0
        while not stop.is_set():
            locks[(turn := turn + 1) % 2].write(tmp_path)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert all(DeployLock.read(tmp_path) in locks for _ in range(200))
    finally:
        stop.set()
        writer.join()


WORDS = st.text(max_size=12)


@given(
    name=st.sampled_from(["prod", "on", "null", "1", "é", "a b"]),
    machine=WORDS,
    outputs=st.dictionaries(WORDS, WORDS, max_size=3),
)
def test_any_text_comes_back(name: str, machine: str, outputs: dict[str, str]) -> None:
    target = LockedTarget(
        train=LockedPart(machine=machine), foundation=LockedFoundation(root="file:///x", outputs=outputs)
    )
    lock = DeployLock().with_target(name, "aws", target)
    assert DeployLock.parse(lock.text()) == lock

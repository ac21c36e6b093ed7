"""Disks that come with a machine, held against EC2's own list as moto ships it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import moto.ec2
import pytest

from tradewind.machines.facts import instances
from tradewind.providers.aws import disks

EC2 = json.loads(
    gzip.decompress((Path(moto.ec2.__file__).parent / "resources" / "instance_types.json.gz").read_bytes())
)
KNOWN = [it.id for it in instances("sagemaker") if it.id.removeprefix("ml.") in EC2]


def of_ec2(name: str) -> int:
    return int((EC2[name.removeprefix("ml.")].get("InstanceStorageInfo") or {}).get("TotalSizeInGB", 0))


def test_enough_are_known_to_compare() -> None:
    assert len(KNOWN) > 100


@pytest.mark.parametrize("name", KNOWN)
def test_as_ec2_has_it(name: str) -> None:
    assert disks.brings_disk(name) == bool(of_ec2(name))
    own = disks.own_gib(name)
    assert own is None or own == pytest.approx(of_ec2(name) * 1000**3 / 1024**3, abs=0.01)


def test_every_size_that_ec2_knows_is_listed() -> None:
    assert [name for name in KNOWN if of_ec2(name) and disks.own_gib(name) is None] == []

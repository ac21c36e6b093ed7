"""The region without the SDK is the one that the SDK finds."""

from __future__ import annotations

from pathlib import Path

import boto3
import botocore.session
import pytest

from tradewind.providers.aws.info import INFO
from tradewind.providers.aws.region import CONFIG, CREDENTIALS, of_environment
from tradewind.providers.base import Priced
from tradewind.spec.clouds.aws import Aws

BOTH = "[default]\nregion = eu-west-1\n[profile team]\nregion=eu-north-1\n[stray]\nregion = sa-east-1\n"


@pytest.mark.parametrize(
    ("config", "credentials", "environ", "profile"),
    [
        ("", "", {}, None),
        (BOTH, "", {}, None),
        (BOTH, "", {"AWS_DEFAULT_REGION": "us-west-2"}, "team"),
        (BOTH, "", {"AWS_REGION": "us-west-2"}, None),
        (BOTH, "", {"AWS_PROFILE": "team"}, None),
        (BOTH, "", {"AWS_PROFILE": "other", "AWS_DEFAULT_PROFILE": "team"}, None),
        (BOTH, "", {"AWS_PROFILE": "default"}, "team"),
        (BOTH, "[team]\naws_access_key_id = x\nregion = ap-south-1\n", {}, "team"),
        (BOTH, "[alone]\nregion = ap-south-1\n", {}, "alone"),
        ('[profile "with space"]\nregion = eu-central-1\n', "", {}, "with space"),
        ("[default]\noutput = json\n", "", {}, None),
    ],
)
def test_as_boto3_finds_it(
    config: str,
    credentials: str,
    environ: dict[str, str],
    profile: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, text in ((CONFIG, config), (CREDENTIALS, credentials)):
        file = tmp_path / name
        file.write_text(text)
        monkeypatch.setenv(name, str(file))
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    theirs = boto3.session.Session(botocore_session=botocore.session.Session(), profile_name=profile).region_name
    assert isinstance(INFO, Priced)
    assert INFO.region(Aws(profile=profile)) == theirs


def test_files_that_are_none_say_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "config"
    broken.write_bytes(b"\xff no section\n")
    nowhere = str(tmp_path / "nowhere")
    assert of_environment(None, {CONFIG: str(broken), CREDENTIALS: nowhere}) is None
    assert of_environment(None, {CONFIG: str(tmp_path), CREDENTIALS: nowhere, "HOME": nowhere}) is None


def test_the_spec_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    assert isinstance(INFO, Priced)
    assert INFO.region(Aws(region="eu-west-1")) == "eu-west-1"

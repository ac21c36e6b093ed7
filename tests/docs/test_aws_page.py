"""docs/providers/aws.md: its tables are what the code says, its programs run, and its claims are complete."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from fakes import pages
from fakes.shell import deploy

from docs.providers import aws_tables
from tradewind.engine import grounds, workload
from tradewind.providers.aws import actions, errors, llm, losses, shim_environment, train_losses
from tradewind.providers.aws.ground import Ground, ground
from tradewind.providers.aws.info import INFO
from tradewind.spec.models import FoundationRef, Spec

PAGE = aws_tables.PAGE.read_text("utf-8")
SPECS = pages.specs(PAGE)

DATA = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_tables_are_written_from_the_code() -> None:
    """Otherwise: python -m docs.providers.aws_tables"""
    assert aws_tables.filled(PAGE) == PAGE


@pytest.mark.parametrize("module", [losses, train_losses, llm, shim_environment], ids=lambda module: module.__name__)
def test_every_loss_there_is_stands_in_the_table(module: ModuleType) -> None:
    assert pages.unlisted(PAGE, module) == []


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in errors.WORDS], ids=lambda pattern: pattern.pattern[:40])
def test_everything_that_aws_says_in_words_has_a_line(pattern: re.Pattern[str]) -> None:
    assert any(pattern.search(text) for _, text in aws_tables.SAID)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.split()[1])
def test_a_spec_can_be_planned(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline, as who reads the page would first: there is a machine and an image, and no loss that was not agreed to."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deploy.yaml").write_text(spec)
    (tmp_path / "training").mkdir()
    for name in ("training/train.py", "serve.py"):
        (tmp_path / name).write_text("")
    plan = deploy("plan", "-o", "json").json
    assert (plan["looked"], plan["blockers"], plan["refusals"]) == (False, [], [])
    assert plan["changes"]


def test_the_foundations_file_is_the_ground_that_stands_above_it(tmp_path: Path) -> None:
    [said] = [text for text in DATA if "outputs" in text]
    (tmp_path / "foundation.json").write_text(said)
    by_hand = next(yaml.safe_load(text) for text in SPECS if "kms_key" in text)
    found = [
        grounds.find(Spec(name="fraud", provider="aws", foundation=one), INFO, None, "default", tmp_path)
        for one in (FoundationRef(file="foundation.json"), FoundationRef.model_validate(by_hand["foundation"]))
    ]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].root == found[1].root
    assert ground(found[0], "eu-central-1") == ground(found[1], "eu-central-1")
    assert ground(found[0], "eu-central-1") != Ground("eu-central-1", "")
    references = workload.secret_references(("DB_PASSWORD", "OTHER"), INFO, found[0])
    assert references == {"DB_PASSWORD": "ssm:/fraud/db-password", "OTHER": "fraud/OTHER"}


@pytest.mark.parametrize("identity", sorted(actions.IDENTITIES))
def test_the_program_prints_a_policy(identity: str) -> None:
    [program] = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    argv = [sys.executable, "-c", program.replace('"deployer"', repr(identity))]
    said = json.loads(subprocess.run(argv, capture_output=True, check=True, timeout=60).stdout)
    place = actions.Place(
        "eu-central-1", "123456789012", "acme-ml", "churn", "arn:aws:iam::123456789012:role/churn"
    )  # fmt: skip
    assert said == actions.policy(actions.IDENTITIES[identity], place)  # type: ignore[index]  # a name of its own


def test_the_trust_policy_is_one_that_the_preflight_takes() -> None:
    from tradewind.providers.aws.preflight.role import SERVICE, trusts

    [policy] = [text for text in DATA if "Statement" in text]
    assert trusts(json.loads(policy), SERVICE, "123456789012") == "yes"
    assert trusts(json.loads(policy), SERVICE, "999999999999") == "no"

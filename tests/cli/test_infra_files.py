"""`deploy infra policy` and `init`, which need no Pulumi."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from fakes.shell import deploy

from tradewind.cli.schemas import schemas
from tradewind.providers.aws import actions


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)


def test_a_policy_is_json_alone_and_the_providers_own_table() -> None:
    said = deploy("infra", "policy", "--for", "planner", "--cloud", "aws")
    assert (said.code, said.err) == (0, "")
    allowed = {
        action
        for statement in said.json["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    needed = {
        action
        for statement in actions.policy(
            actions.IDENTITIES["planner"], actions.Place(region="*", account="*", bucket="*")
        )["Statement"]
        for action in statement["Action"]
    }
    assert allowed == needed


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
@pytest.mark.parametrize("identity", ["planner", "deployer", "runtime"])
def test_every_identity_has_a_policy_on_every_cloud(cloud: str, identity: str) -> None:
    found = deploy("infra", "policy", "--for", identity, "--cloud", cloud).json
    if isinstance(found, list):
        assert len({it["at"] for it in found}) == len(found)
        assert len(found) > 1 or found[0]["condition"]
        for it in found:
            alone = deploy("infra", "policy", "--for", identity, "--cloud", cloud, "--at", it["at"])
            assert alone.json == it["body"]


def test_the_spec_narrows_a_policy() -> None:
    Path("deploy.yaml").write_text(
        json.dumps({"name": "churn", "provider": "aws", "aws": {"account": "123456789012", "region": "eu-west-1"}})
    )
    wide = deploy("infra", "policy", "--for", "deployer", "--cloud", "aws").out
    assert "123456789012" in wide
    assert "churn" in wide
    Path("deploy.yaml").write_text(
        json.dumps({"name": "churn", "provider": "aws", "foundation": {"root": "s3://acme-ml/there"}})
    )
    assert "arn:aws:s3:::acme-ml/there/foundation.json" in deploy("infra", "policy", "--for", "runtime").out


def test_what_is_not_there_is_a_slip() -> None:
    assert deploy("infra", "policy", "--for", "planner", "--cloud", "aws", "--at", "moon").code == 2
    assert deploy("infra", "policy", "--for", "planner").code == 2
    unsaid = deploy("infra", "policy")
    assert unsaid.code == 2
    assert "\t" not in unsaid.err
    near = deploy("infra", "policy", "--for", "runtime", "--cloud", "gcp", "--at", "bucke", "-o", "json")
    assert (near.code, near.json["problems"][0]["suggestion"]) == (2, "bucket")


def test_init_writes_a_project_and_overwrites_nothing() -> None:
    words = ["infra", "init", "ground", "--provider", "gcp", "-c", "project=acme-ml", "--region", "europe-west4"]
    said = deploy(*words, "-o", "json")
    assert said.code == 0
    jsonschema.validate(said.json, schemas()["infra-init"])
    assert set(said.json["files"]) >= {"Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py"}
    config = yaml.safe_load(Path("ground/Pulumi.dev.yaml").read_text())["config"]
    assert config["tradewind:project"] == "acme-ml"
    assert said.json["next"] == ["cd ground", "deploy infra preview --stack dev"]
    Path("ground/__main__.py").write_text("mine")
    again = deploy(*words, "-o", "json")
    assert (again.code, again.json["code"], Path("ground/__main__.py").read_text()) == (2, "TW006", "mine")
    assert deploy(*words, "--force").code == 0
    assert Path("ground/__main__.py").read_text() != "mine"


def test_init_writes_what_c_says_and_refuses_what_no_ground_can_have() -> None:
    words = ["init", "more", "--provider", "aws", "--region", "eu-west-1", "--stack", "acme/prod"]
    assert deploy("infra", *words, "-c", 'network={"nat": true}', "-c", "log_days=90").code == 0
    kept = yaml.safe_load(Path("more/Pulumi.prod.yaml").read_text())["config"]
    assert (kept["tradewind:network"], kept["tradewind:log_days"]) == ({"nat": True}, "90")
    for wrong in (["-c", "log_dys=90"], ["--name", "Bad Name!"], ["--stack", "ü"]):
        assert deploy("infra", "init", "bad", "--provider", "aws", "--region", "eu-west-1", *wrong).code == 2
    assert not Path("bad").exists()


def test_init_names_all_that_is_lacking() -> None:
    said = deploy("infra", "init", "--provider", "gcp", "-o", "json")
    assert [it["path"] for it in said.json["problems"]] == ["project", "region"]
    assert said.json["hint"] == "deploy infra init --provider gcp -c project=... -c region=..."
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    "words", [["infra", "--help"], ["infra", "up", "--help"], ["infra", "policy", "--for", "runtime", "--cloud", "aws"]]
)
def test_no_pulumi_is_loaded_for_help_and_policies(words: list[str]) -> None:
    code = (
        "import sys\nfrom tradewind.cli.main import main\n"
        "try:\n    main(sys.argv[1:], prog_name='deploy')\nexcept SystemExit as leave:\n    assert not leave.code\n"
        "assert not [name for name in sys.modules if name.startswith(('pulumi', 'grpc'))]\n"
    )
    subprocess.run([sys.executable, "-c", code, *words], check=True, capture_output=True, timeout=60)

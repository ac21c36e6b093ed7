"""`--sandbox`: the same command in the emulated account, and never a word between that and the user's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.shell import Said, deploy, process

from tests.cli.sandboxed import Overheard, overheard, pretend
from tradewind.sandbox import running

CANARY = "CANARY"
SPEC = """\
name: words
provider: aws
train:
  source: training/
  command: python train.py
  framework: sklearn
  max_runtime: 5m
"""
TRAIN = """\
import os, pathlib
print(sorted(os.environ.items()))
pathlib.Path(os.environ["TW_MODEL_DIR"], "model.txt").write_text("42")
"""
# Everything by which the user's own account could come in.
OWN = {
    "AWS_ACCESS_KEY_ID": "AKIACANARY", "AWS_SECRET_ACCESS_KEY": "secretCANARY", "AWS_SESSION_TOKEN": "tokenCANARY",
    "AWS_SECURITY_TOKEN": "tokenCANARY", "AWS_PROFILE": "CANARY", "AWS_DEFAULT_PROFILE": "CANARY",
    "AWS_ROLE_ARN": "arn:aws:iam::210987654321:role/CANARY", "AWS_WEB_IDENTITY_TOKEN_FILE": "/CANARY",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_USE_DUALSTACK_ENDPOINT": "true", "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
    "NO_PROXY": "", "no_proxy": "",
}  # fmt: skip
CONFIG = """\
[default]
region = eu-north-1
endpoint_url = http://127.0.0.1:9
ignore_configured_endpoint_urls = true
[profile CANARY]
region = eu-north-1
endpoint_url = http://127.0.0.1:9
"""
CREDENTIALS = """\
[default]
aws_access_key_id = AKIACANARY
aws_secret_access_key = secretCANARY
aws_session_token = tokenCANARY
[CANARY]
aws_access_key_id = AKIACANARY
aws_secret_access_key = secretCANARY
"""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One account for the whole file."""
    home = tmp_path_factory.mktemp("state")
    yield home
    running.stop(home / "sandbox" / "aws")


@pytest.fixture(autouse=True)
def home(state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRADEWIND_HOME", str(state))
    return state


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of this test's own name, so that nothing is there already."""
    where = tmp_path / "project"
    (where / "training").mkdir(parents=True)
    (where / "training" / "train.py").write_text(TRAIN)
    (where / "deploy.yaml").write_text(SPEC)
    monkeypatch.chdir(where)
    return where


@pytest.fixture
def own(tmp_path: Path) -> dict[str, str]:
    """A user who is signed in to a real account in every way there is."""
    aws = tmp_path / "user" / ".aws"
    aws.mkdir(parents=True)
    (aws / "config").write_text(CONFIG)
    (aws / "credentials").write_text(CREDENTIALS)
    return {**OWN, "HOME": str(aws.parent), "AWS_CONFIG_FILE": str(aws / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(aws / "credentials")}  # fmt: skip


@pytest.fixture
def listener(home: Path) -> Iterator[Overheard]:
    """The account as usual, and whatever is said to it."""
    deploy("sandbox", "start", "--speed", "600")
    folder = home / "sandbox" / "aws"
    address = (folder / running.ADDRESS).read_bytes()
    with overheard(running.last_address(folder)) as found:
        pretend(home, found.url)
        yield found
    (folder / running.ADDRESS).write_bytes(address)


def test_nothing_of_the_users_account_is_said_to_the_emulated_one(
    listener: Overheard, home: Path, own: dict[str, str]
) -> None:
    (Path.cwd() / "deploy.yaml").write_text(SPEC + "aws: {profile: CANARY, account: '210987654321'}\n")
    done = process("train", "run", "--sandbox", "--yes", "--set", "name=canary", env=own)
    assert done.code == 0, done.err
    logs = process("train", "logs", "--sandbox", "--set", "name=canary", env=own)
    assert "TW_MODEL_DIR" in logs.out
    assert any("CreateTrainingJob" in said for said in listener.said)
    assert listener.credentials == {"sandbox"}
    heard = "\n".join(listener.said)
    assert CANARY not in heard
    assert "x-amz-security-token" not in heard.lower()
    assert CANARY not in done.out + done.err + logs.out + logs.err


def test_nothing_of_it_is_kept_by_the_emulator_either(tmp_path: Path, own: dict[str, str]) -> None:
    """Started by somebody who is signed in: neither its files nor the jobs that it runs hold a key of theirs."""
    env = {**own, "TRADEWIND_HOME": str(tmp_path / "home")}
    try:
        done = process("train", "run", "--sandbox", "--yes", env=env)
        assert done.code == 0, done.err
        assert "answers at http://127.0.0.1:" in done.err
        assert CANARY not in process("train", "logs", "--sandbox", env=env).out
        process("sandbox", "stop", env=env)
        held = [p for p in (tmp_path / "home").rglob("*") if p.is_file()]
        assert len(held) > 5
        assert [p for p in held if CANARY.encode() in p.read_bytes()] == []
    finally:
        running.stop(tmp_path / "home" / "sandbox" / "aws")


def test_a_job_finds_no_key_of_the_users_in_their_home(tmp_path: Path, own: dict[str, str]) -> None:
    """Without a network it gets none of the account's either: the SDK would look into HOME next."""
    (Path.cwd() / "training" / "train.py").write_text(
        "import boto3\nprint('found', getattr(boto3.Session().get_credentials(), 'access_key', None))\n" + TRAIN
    )
    env = {**own, "TRADEWIND_HOME": str(tmp_path / "home")}
    try:
        done = process("train", "run", "--sandbox", "--yes", "--set", "aws.train.network_isolation=true", env=env)
        assert done.code == 0, done.err
        assert "found None" in process("train", "logs", "--sandbox", env=env).out
    finally:
        running.stop(tmp_path / "home" / "sandbox" / "aws")


def test_the_variables_of_the_process_are_the_users_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "CANARY")
    before = dict(os.environ)
    said = deploy("plan", "--sandbox", "-o", "json")
    assert said.code == 0, said.err
    assert dict(os.environ) == before


def test_a_plan_says_that_it_is_a_rehearsal_and_what_gave_way() -> None:
    more = (
        "foundation: {root: s3://theirs/x}\n"
        "aws:\n  profile: prod\n  region: eu-west-1\n"
        "  train: {role: 'arn:aws:iam::210987654321:role/theirs', subnets: [subnet-1], tensorboard: s3://theirs/tb}\n"
        "  serve: {kms_key: theirs, alarms: [theirs]}\n"
    )
    (Path.cwd() / "deploy.yaml").write_text(SPEC + more)
    said = deploy("plan", "--sandbox", "-o", "json")
    assert said.code == 0, said.err
    assert (said.json["provider"], said.json["region"], said.json["looked"]) == ("aws", "eu-west-1", True)
    (note,) = [note for note in said.json["notes"] if "emulated" in note]
    for part in ("nothing is billed", "aws.profile", "aws.train.role", "aws.train.subnets", "aws.train.tensorboard",
                 "aws.serve.kms_key", "aws.serve.alarms", "foundation"):  # fmt: skip
        assert part in note
    assert "aws.region" not in note


def test_a_run_leaves_no_pin_and_its_next_commands_lead_back(folder: Path) -> None:
    done = deploy("train", "run", "--sandbox", "--yes", "--set", "name=pins", "-o", "json")
    assert done.code == 0, done.err
    assert done.json["model"].startswith("s3://tradewind-sandbox/pins/default/")
    assert all("--sandbox" in command for command in done.json["next"])
    assert not (folder / "deploy.lock").exists()
    locked = deploy("lock", "--sandbox", "-o", "json")
    assert (locked.code, locked.json["code"]) == (2, "TW002")
    assert not (folder / "deploy.lock").exists()


def test_a_region_of_its_own_has_a_bucket_of_its_own() -> None:
    done = deploy("train", "run", "--sandbox", "--yes", "--region", "ap-south-1", "-o", "json")
    assert done.code == 0, done.err
    assert done.json["model"].startswith("s3://tradewind-sandbox-ap-south-1/")
    assert done.json["region"] == "ap-south-1"
    seen = deploy("sandbox", "status", "-o", "json").json["account"]
    assert seen["ap-south-1"]["training jobs"] == 1


def test_a_region_that_is_none_is_refused_and_leaves_nothing() -> None:
    said = deploy("plan", "--sandbox", "--region", "eu-west-9", "-o", "json")
    assert said.code == 2, said.out
    assert "did you mean" in said.json["message"]
    assert "eu-west-9" not in deploy("sandbox", "status", "-o", "json").json["account"]


def heard_where(said: Said, listener: Overheard) -> None:
    assert said.code == 0, said.err
    assert listener.said
    assert listener.credentials == {"sandbox"}


@pytest.mark.parametrize("how", ["block", "variable"])
def test_an_address_that_was_given_wins(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str) -> None:
    """That account is worked in: no other one is started."""
    deploy("sandbox", "start", "--speed", "600")
    with overheard(running.last_address(home / "sandbox" / "aws")) as elsewhere:
        monkeypatch.setenv("TRADEWIND_HOME", str(tmp_path / "other"))
        sets = ["--set", f"aws.endpoint_url={elsewhere.url}"] if how == "block" else []
        if how == "variable":
            monkeypatch.setenv("AWS_ENDPOINT_URL", elsewhere.url)
        done = deploy("train", "run", "--sandbox", "--yes", "--set", f"name={how}", *sets)
        heard_where(done, elsewhere)
    assert running.find(tmp_path / "other" / "sandbox" / "aws") is None


def test_an_address_of_one_service_wins_for_that_service(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy("sandbox", "start", "--speed", "600")
    with overheard(running.last_address(home / "sandbox" / "aws")) as elsewhere:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", elsewhere.url)
        done = deploy("train", "run", "--sandbox", "--yes", "--set", "name=service")
        heard_where(done, elsewhere)
        assert any("/tradewind-sandbox/service/" in said for said in elsewhere.said)
        assert not any("CreateTrainingJob" in said for said in elsewhere.said)


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"])
def test_an_address_of_the_real_cloud_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "https://s3.eu-west-1.amazonaws.com")
    said = deploy("plan", "--sandbox", "-o", "json")
    assert (said.code, said.json["code"]) == (2, "TW010")


def test_an_address_where_nobody_is_says_so() -> None:
    said = deploy("train", "run", "--sandbox", "--yes", "--set", "aws.endpoint_url=http://127.0.0.1:9", "-o", "json")
    assert said.code == 1
    assert "http://127.0.0.1:9" in said.json["message"]
    assert "Traceback" not in said.err


@pytest.mark.parametrize("provider", ["gcp", "vertex", "azure"])
def test_other_clouds_come_later(provider: str) -> None:
    said = deploy("endpoint", "status", "words", "--provider", provider, "--sandbox", "-o", "json")
    assert (said.code, said.json["code"]) == (2, "TW007")


def test_this_machine_needs_none() -> None:
    said = deploy("plan", "--provider", "local", "--sandbox", "-o", "json")
    assert said.code == 0
    assert "nothing to do" in said.err


def test_by_name_in_a_region_that_is_none() -> None:
    said = deploy("endpoint", "status", "words", "--provider", "aws", "--sandbox", "--region", "north", "-o", "json")
    assert said.code == 2
    assert "us-east-1" in said.json["message"]


@pytest.mark.parametrize("provider", ["local", "aws", "gcp"])
def test_a_plan_of_every_provider_looks_into_sandboxes_alone(
    listener: Overheard, own: dict[str, str], provider: str
) -> None:
    """Whichever provider the spec names: an account that is not emulated is not looked at."""
    said = process("plan", "--all", "--sandbox", "--provider", provider, "-o", "json", env=own)
    assert said.code == 0, said.err
    plans = {plan["provider"]: plan for plan in said.json["plans"]}
    assert set(plans) == {"local", "aws"}
    assert plans["aws"]["looked"]
    assert any("emulated account" in note for note in plans["aws"]["notes"])
    assert not any("emulated account" in note for note in plans["local"]["notes"])
    assert {other["code"] for other in said.json["unplanned"]} == {"TW007"}
    assert listener.credentials == {"sandbox"}
    assert CANARY not in "\n".join(listener.said)

"""What `providers` and `doctor` find, here and where something is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fakes.shell import deploy

SPEC = "name: churn\nprovider: local\nsecrets: [A_TOKEN]\ntrain: {command: 'true'}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def findings(*words: str) -> tuple[int, dict[str, dict[str, str]]]:
    said = deploy("doctor", "-o", "json", *words)
    return said.code, {one["name"]: one for one in said.json["findings"]}


def test_a_folder_without_a_spec_is_no_fault() -> None:
    code, found = findings()
    assert code == 0
    assert found["deploy.yaml"]["verdict"] == "unknown"
    assert "deploy init" in found["deploy.yaml"]["fix"]
    assert found["Python"]["verdict"] == found["state folder"]["verdict"] == "ok"


def test_a_good_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "deploy.yaml").write_text(SPEC)
    monkeypatch.setenv("A_TOKEN", "s3cr3t-value")
    said = deploy("doctor")
    assert said.code == 0
    assert "Ready." in said.out
    assert "s3cr3t-value" not in said.out + said.err


def test_a_missing_secret_is_named_with_its_fix(folder: Path) -> None:
    (folder / "deploy.yaml").write_text(SPEC)
    code, found = findings()
    assert code == 1
    assert found["secrets"]["verdict"] == "bad"
    assert "A_TOKEN" in found["secrets"]["detail"]


def test_a_broken_spec(folder: Path) -> None:
    (folder / "deploy.yaml").write_text("name: churn\nprovder: local\n")
    code, found = findings()
    assert code == 1
    assert "deploy.yaml:2:1" in found["deploy.yaml"]["detail"]


def test_a_provider_that_comes_later(folder: Path) -> None:
    (folder / "deploy.yaml").write_text("name: churn\nprovider: gcp\ntrain: {command: 'true', framework: sklearn}\n")
    code, found = findings()
    assert code == 1
    assert found["provider"]["verdict"] == "bad"
    assert "planning and prices only" in found["provider"]["detail"]
    assert "credentials" not in found


def test_a_provider_that_only_plans_says_what_it_could_do() -> None:
    (one,) = deploy("providers", "gcp", "-o", "json").json["providers"]
    assert (one["state"], one["hint"]) == ("plans only", "")
    assert "planning and prices only" in one["reason"]
    abilities = {it["name"]: it for it in one["capabilities"]}
    assert abilities["spot"]["can"]
    assert abilities["shares of traffic"]["can"]
    assert not abilities["scaling to zero"]["can"]
    assert "plans only" in deploy("providers", "gcp").out


@pytest.mark.parametrize(
    "verb", [["status"], ["train", "list"], ["endpoint", "list"], ["down", "--yes"], ["up", "--yes"]]
)
def test_whoever_would_connect_there_is_told_and_exits_2(folder: Path, verb: list[str]) -> None:
    (folder / "deploy.yaml").write_text("name: churn\nprovider: gcp\ntrain: {command: 'true', framework: sklearn}\n")
    said = deploy(*verb, "-o", "json")
    assert (said.code, said.json["code"]) == (2, "TW063")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_state_folder_that_cannot_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.chmod(0o500)
    monkeypatch.setenv("TRADEWIND_HOME", str(folder / "home"))
    _, found = findings()
    assert found["state folder"]["verdict"] == "bad"
    assert "TRADEWIND_HOME" in found["state folder"]["fix"]


def test_a_state_folder_that_is_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "file").write_text("")
    monkeypatch.setenv("TRADEWIND_HOME", str(folder / "file"))
    code, found = findings()
    assert code == 1
    assert found["state folder"]["verdict"] == "bad"


def test_doctor_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = folder / "home"
    monkeypatch.setenv("TRADEWIND_HOME", str(home))
    deploy("doctor")
    assert list(folder.iterdir()) == []


def test_providers_lists_our_own_and_says_what_local_cannot() -> None:
    listed = {one["name"]: one for one in deploy("providers", "-o", "json").json["providers"]}
    assert {"local", "aws", "gcp", "azure"} <= set(listed)
    assert listed["local"]["state"] == "ready"
    assert listed["local"]["free"] is True
    assert listed["aws"]["aliases"] == ["sagemaker"]
    abilities = {one["name"]: one for one in listed["local"]["capabilities"]}
    assert abilities["training"]["can"]
    assert abilities["shares of traffic"]["can"]
    assert not abilities["several machines"]["can"]
    assert abilities["several machines"]["path"] == "train.nodes"
    assert abilities["several machines"]["reason"]


def test_a_cloud_without_its_sdk_is_known_and_not_ready(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its plan needs no SDK; connecting does, and both verbs say what to install."""
    monkeypatch.setattr("tradewind.providers.registry.importlib.util.find_spec", lambda _name: None)
    (one,) = deploy("providers", "aws", "-o", "json").json["providers"]
    assert (one["state"], one["hint"]) == ("not installed", "pip install 'tradewind[aws]'")
    assert "boto3" in one["reason"]
    assert one["capabilities"]
    (folder / "deploy.yaml").write_text("name: churn\nprovider: aws\ntrain: {command: 'true', framework: sklearn}\n")
    code, found = findings()
    assert (code, found["provider"]["verdict"]) == (1, "bad")
    assert found["provider"]["fix"] == "pip install 'tradewind[aws]'"


def test_a_cloud_without_ground_says_what_to_write(folder: Path) -> None:
    (folder / "deploy.yaml").write_text("name: churn\nprovider: aws\ntrain: {command: 'true', framework: sklearn}\n")
    code, found = findings()
    assert (code, found["foundation"]["verdict"]) == (1, "bad")
    assert "root: s3://BUCKET" in found["foundation"]["fix"]


def test_one_provider_by_name_or_alias() -> None:
    assert [one["name"] for one in deploy("providers", "vertex", "-o", "json").json["providers"]] == ["gcp"]
    wrong = deploy("providers", "locla", "-o", "json")
    assert wrong.code == 2
    assert wrong.json["problems"][0]["suggestion"] == "local"


def test_a_strangers_provider_is_asked_too() -> None:
    from fakes.provider import FakeInfo

    from tradewind.providers import registry

    with registry.registered(registry.Entry("sky", "x:y", source="sky-plugin"), FakeInfo()):
        found = deploy("providers", "sky", "-o", "json").json["providers"][0]
        assert (found["state"], found["source"]) == ("ready", "sky-plugin")
        assert found["capabilities"]


def test_a_broken_provider_is_told_of_and_does_not_hide_the_others() -> None:
    from tradewind.providers import registry

    with registry.registered(
        registry.Entry("sky", "no_such_module_of_sky:INFO", hint="pip install sky", source="sky-plugin")
    ):
        listed = {one["name"]: one for one in deploy("providers", "-o", "json").json["providers"]}
        assert listed["sky"]["state"] in ("broken", "not installed")
        assert listed["sky"]["reason"]
        assert listed["local"]["state"] == "ready"

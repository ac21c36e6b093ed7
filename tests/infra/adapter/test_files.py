"""A slip in a file of Pulumi's is told with its place, and is no defect."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradewind.errors import SpecError
from tradewind.infra.adapter import configuration, workspace
from tradewind.infra.adapter.stack import Ground
from tradewind.infra.adapter.workspace import Place


@pytest.mark.parametrize(
    ("written", "said"),
    [(b"config: {a: [\n", "line 2"), (b"\xff\xfe", "no YAML"), (b"- one\n", "keys"), (b"config: [1]\n", "`config`")],
)
def test_of_a_stack(written: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_bytes(written)
    with pytest.raises(SpecError) as caught:
        configuration.kept(Place("acme/dev", settings=tmp_path))
    assert caught.value.code == "TW801"
    assert said in caught.value.message
    assert str(tmp_path / "Pulumi.dev.yaml") in caught.value.message


def test_an_empty_one_keeps_nothing(tmp_path: Path) -> None:
    for text in ("", "config:\n"):
        (tmp_path / "Pulumi.dev.yaml").write_text(text)
        assert configuration.kept(Place("dev", settings=tmp_path)) == {}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"name: [\n", "no YAML"),
        (b"", "no name and no runtime"),
        (b"name: mine\n", "no runtime"),
        (b"\xff\n", "no YAML"),
        (b"name: mine\nruntime: python\nbackend: here\n", "`backend`"),
    ],
)
def test_of_a_project(written: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_bytes(written)
    with pytest.raises(SpecError) as caught:
        Ground.open(Place("dev", folder=tmp_path))
    assert said in caught.value.message


def test_a_backend_below_a_folder_with_a_space_makes_no_other_folder(tmp_path: Path) -> None:
    state = tmp_path / "my state"
    workspace.variables(Place("dev", backend=state.as_uri(), environ={"PULUMI_CONFIG_PASSPHRASE": "x"}))
    assert list(tmp_path.glob("*state")) == [state]
    workspace.variables(Place("dev", folder=tmp_path, backend="file://here", environ={"PULUMI_CONFIG_PASSPHRASE": "x"}))
    assert (tmp_path / "here").is_dir()  # as Pulumi reads it: from the project's folder


def test_what_is_said_of_a_folder_is_below_where_it_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", "word")
    found, _ = workspace.variables(Place("dev", backend="file://./here"))
    assert found["PULUMI_BACKEND_URL"] == f"file://{tmp_path}/here"
    assert found["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(tmp_path / "word")


def test_whoever_is_signed_in_by_another_file_or_a_token_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "none"))
    assert workspace.said(Place("dev")) == ""
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "pul-0")
    assert workspace.said(Place("dev")) == "https://api.pulumi.com"
    (tmp_path / "credentials.json").write_text('{"current": "s3://acme-state"}')
    monkeypatch.setenv("PULUMI_CREDENTIALS_PATH", str(tmp_path))
    assert workspace.said(Place("dev")) == "s3://acme-state"

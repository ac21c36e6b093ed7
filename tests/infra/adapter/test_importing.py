"""What is taken into a state, where: rows of a preview's file; and on the real engine, after a state was lost."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tradewind.errors import Exit, SpecError
from tradewind.home import home
from tradewind.infra.adapter import importing
from tradewind.infra.adapter.importing import Import
from tradewind.infra.adapter.stack import Ground
from tradewind.infra.adapter.workspace import Place
from tradewind.sandbox.pulumi import serve

BUCKET, KEY = "gcp:storage/bucket:Bucket", "gcp:kms/cryptoKey:CryptoKey"
FILE: dict[str, Any] = {
    "nameTable": {"old": "urn:pulumi:dev::p::t::old"},
    "resources": [
        {"type": "pulumi:providers:gcp", "name": "google", "inputs": {"project": "acme"}},
        {"type": "tradewind:gcp:Foundation", "name": "ground", "component": True},
        {"type": BUCKET, "name": "box", "id": "<PLACEHOLDER>", "parent": "ground", "provider": "google"},
        {"type": BUCKET, "name": "boxBucket", "logicalName": "box-two", "id": "<PLACEHOLDER>", "parent": "old"},
        {"type": KEY, "name": "key", "id": "<PLACEHOLDER>", "parent": "ground", "provider": "google"},
    ],
}


def test_a_row_comes_with_what_it_lies_under_and_its_id() -> None:
    rows = importing.chosen(FILE, [Import(BUCKET, "box", "acme-box"), Import(BUCKET, "box-two", "other")], "")
    assert [row["name"] for row in rows] == ["ground", "google", "box", "boxBucket"]
    assert [row.get("id") for row in rows] == [None, None, "acme-box", "other"]
    assert rows[3]["parent"] == "old"
    assert FILE["resources"][2]["id"] == "<PLACEHOLDER>"


def test_what_the_program_would_not_make_is_told_at_once() -> None:
    with pytest.raises(SpecError) as told:
        importing.chosen(FILE, [Import(BUCKET, "boxx", "a"), Import("gcp:kms/cryptokey:CryptoKey", "key", "b")], "")
    assert told.value.exit == Exit.USAGE
    assert [it.suggestion for it in told.value.problems] == ["box", KEY]
    assert importing.file(Path("absent.json")) == {}


def test_an_environment_that_was_broken_off_is_made_anew() -> None:
    path = home() / "infra" / "python"
    (path / "bin").mkdir(parents=True)
    (path / "pyvenv.cfg").touch()
    (path / "bin" / "python").symlink_to(path / "gone")
    importing.project("mine")
    python = path / "bin" / "python"
    assert subprocess.run([python, "-m", "pip", "--version"], check=False, capture_output=True).returncode == 0
    made = python.lstat().st_ino
    importing.project("mine")
    assert python.lstat().st_ino == made


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="no `pulumi` on PATH: the real engine is not exercised")
def test_what_stands_is_found_again_after_the_state_was_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PULUMI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TRADEWIND_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi"))
    config = {"cloud": "gcp", "project": "acme-ml", "region": "us-central1", "protect": "false"}
    with serve(aws=None, gcp=True, azure=False, folder=tmp_path / "kept") as attached:

        def ground(state: str) -> Ground:
            (tmp_path / state).mkdir(exist_ok=True)
            return Ground.open(Place("dev", None, config, (tmp_path / state).as_uri(), environ=attached.environ))

        ground("first").up()
        resources = ground("first")._stack().export_stack().deployment["resources"]
        ids = {(it["type"], it["urn"].rpartition("::")[2]): it.get("id") for it in resources}
        wanted = [(BUCKET, "tradewind-bucket"), ("gcp:serviceaccount/account:Account", "tradewind-runtime")]
        found = ground("second").import_([Import(kind, name, ids[kind, name]) for kind, name in wanted])
        assert [(it.op, it.type, it.name) for it in found.steps] == [("import", *it) for it in wanted]
        left = ground("second").preview()
        assert {it.op for it in left.changes} <= {"create", "update"}
        assert not {it.name for it in left.changes if it.op == "create"} & {name for _, name in wanted}
        with pytest.raises(SpecError):
            ground("second").import_([Import(BUCKET, "tradewind-bucket", "again")])
    gc.collect()

"""The documents: schemas on disk are those of the models, and what is printed is what they say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from fakes.shell import deploy

from tradewind.cli.schemas import documents, schemas, text
from tradewind.errors import EXIT_OF_KIND, Exit

ROOT = Path(__file__).parents[2]
SCHEMAS = schemas()


@pytest.mark.parametrize("noun", SCHEMAS)
def test_the_schema_on_disk_is_current(noun: str) -> None:
    """`python -m tradewind.cli.schemas docs/schemas` writes them anew."""
    path = ROOT / "docs" / "schemas" / f"{noun}.json"
    assert path.read_text(encoding="utf-8") == text(SCHEMAS[noun])
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[noun])


def test_no_schema_is_left_over_and_each_is_in_the_page() -> None:
    folder = ROOT / "docs" / "schemas"
    assert {p.stem for p in folder.glob("*.json")} == set(SCHEMAS)
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    assert {noun for noun in SCHEMAS if f"schemas/{noun}.json" not in page} == set()


def test_every_document_names_its_schema_and_version() -> None:
    for noun, model in documents().items():
        assert model.model_fields["schema_"].default == f"tradewind/{noun}/1"
        assert "schema" in SCHEMAS[noun]["required"]


def test_the_page_of_exit_codes_agrees_with_the_enum() -> None:
    page = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    rows = {int(code): name for code, name in re.findall(r"^\| (\d+) \| ([a-z ]+) \|", page, re.MULTILINE)}
    assert rows == {code.value: code.name.lower().replace("_", " ") for code in Exit}
    assert set(EXIT_OF_KIND.values()) <= set(Exit)


def test_the_page_names_every_kind_of_error() -> None:
    page = " ".join((ROOT / "docs" / "json.md").read_text(encoding="utf-8").split())
    listed = re.search(r"`kind` is one of `([a-z_ ]+)`", page)
    assert listed is not None
    assert set(listed[1].split()) == set(EXIT_OF_KIND)


@pytest.mark.parametrize(
    ("words", "noun"),
    [
        (["explain", "TW900"], "explanations"),
        (["providers"], "providers"),
        (["doctor"], "doctor"),
        (["init"], "init"),
        (["status"], "error"),
        (["nonsense"], "error"),
    ],
)
def test_what_is_printed_validates(
    words: list[str], noun: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = deploy(*words, "--output", "json")
    jsonschema.validate(said.json, SCHEMAS[noun])
    assert said.json["schema"] == f"tradewind/{noun}/1"


def test_schema_prints_the_grammar_of_the_spec() -> None:
    found = deploy("schema").json
    jsonschema.Draft202012Validator.check_schema(found)
    assert {"name", "train", "serve", "environments"} <= set(found["properties"])


def test_schema_of_a_document() -> None:
    assert deploy("schema", "--document", "plan").json == SCHEMAS["plan"]
    assert deploy("schema", "--document", "tradewind/up/1").json["$id"] == "tradewind/up/1"
    assert deploy("schema", "--list").out.split() == sorted(SCHEMAS)
    wrong = deploy("schema", "--document", "plam", "-o", "json")
    assert wrong.code == 2
    assert wrong.json["problems"][0]["suggestion"] == "plan"


def test_the_example_in_the_page_is_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    block = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert block is not None
    monkeypatch.chdir(tmp_path)
    shown, real = json.loads(block[1]), deploy("status", "-o", "json").json
    assert {k: v for k, v in shown.items() if k not in ("message", "problems")} == {
        k: v for k, v in real.items() if k not in ("message", "problems")
    }

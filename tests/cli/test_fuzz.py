"""Whatever stands on the command line or in the spec: no traceback, a documented exit code, and JSON where it was asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes.shell import deploy, walk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradewind.cli.verbs import ENDPOINT, ROOT, SANDBOX, TRAIN
from tradewind.errors import Exit

SPEC = """\
name: churn
provider: local
train: {command: "python train.py --n {n}", parameters: {n: 1}}
environments: {prod: {}}
"""
# Verbs that only look: fuzzing must not start anything or write into the project.
LOOK = [
    w for w in walk() if w[-1] in ("plan", "status", "history", "list", "explain", "providers", "schema", "completion")
]
OPTIONS = [
    "-f", "--file", "--provider", "--env", "--region", "--set", "--output", "-o", "--sandbox", "--debug", "--lock-timeout",
    "--yes", "--exit-code", "--all", "--accept", "--help", "--version", "--limit", "--document", "--list", "--locked", "--",
]  # fmt: skip
VALUES = [
    "deploy.yaml", "nowhere.yaml", ".", "local", "aws", "prod", "nope", "json", "ndjson", "table", "name=x", "train.nodes=2",
    "train.parameters.n=", "a.b.c", "=", "[", "{", "10m", "-1", "0", "TW900", "", " ", "\x00", "é", "\udcff", "💥", "a" * 5000,
]  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(OPTIONS), st.sampled_from(VALUES), st.text(max_size=12),
    st.sampled_from([w for words in LOOK for w in words]),
)  # fmt: skip
LINES = st.one_of(
    st.tuples(st.sampled_from(LOOK), st.lists(WORDS, max_size=6)).map(lambda it: [*it[0], *it[1]]),
    st.tuples(st.lists(WORDS, max_size=3), st.sampled_from(LOOK), st.lists(WORDS, max_size=3)).map(
        lambda it: [*it[0], *it[1], *it[2]]
    ),
)
CODES = {int(code) for code in Exit}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deploy.yaml").write_text(SPEC)
    return tmp_path


def acts(words: list[str]) -> bool:
    """Whether some word may be taken for a verb that writes; `deploy` alone means `up`."""
    return bool(
        set(words) & (set(ROOT) | set(TRAIN) | set(ENDPOINT) | set(SANDBOX)) - {w for words in LOOK for w in words}
    )


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=LINES)
def test_no_command_line_is_a_traceback(folder: Path, words: list[str]) -> None:
    if acts(words):
        return
    said = deploy(*words)
    assert said.code in CODES
    assert "a defect of ours" not in said.err, said.err
    if "--debug" not in words:
        assert "Traceback" not in said.err
    if said.code not in (0, 3):
        assert said.err


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=LINES)
def test_with_json_stdout_is_one_document_or_help(folder: Path, words: list[str]) -> None:
    if acts(words) or {"--help", "-h", "--version", "-o", "--output"} & set(words):
        return
    if {"schema", "completion"} & set(words):
        return
    said = deploy("--output", "json", *words)
    assert said.code in CODES
    assert said.out.count("\n") == 1
    assert json.loads(said.out)["schema"].startswith("tradewind/")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200), at=st.integers(0, len(SPEC)))
def test_no_spec_is_a_traceback(folder: Path, data: bytes, at: int) -> None:
    """Bytes of any kind anywhere in the file."""
    raw = SPEC.encode()
    (folder / "deploy.yaml").write_bytes(raw[:at] + data + raw[at:])
    said = deploy("plan", "--output", "json")
    assert said.code in (0, 2)
    assert json.loads(said.out)["schema"] in ("tradewind/plan/1", "tradewind/error/1")
    assert "Traceback" not in said.err

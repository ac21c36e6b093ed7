"""docs/infra.md: its table is what the code says, its python runs, its commands are there."""

from __future__ import annotations

import re

import pytest
from fakes.shell import deploy

from docs import infra_tables
from tradewind.infra import arguments

PAGE = infra_tables.PAGE.read_text("utf-8")


def test_the_table_is_written_from_the_code() -> None:
    """Otherwise: python -m docs.infra_tables"""
    assert infra_tables.filled(PAGE) == PAGE


def test_its_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    for text in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        exec(compile(text, "infra.md", "exec"), {})
    assert "gcloud iam roles create tradewind_prod_deployer" in capsys.readouterr().out


@pytest.mark.parametrize("verb", sorted(set(re.findall(r"deploy infra (\w+)", PAGE)) - {"needs"}))
def test_its_commands_are_there(verb: str) -> None:
    done = deploy("infra", verb, "--help")
    if "No such command 'infra'" in done.err:
        pytest.skip("this command line has no `infra` yet")
    assert done.code == 0, done.err


def test_what_may_be_brought_is_named() -> None:
    for name in arguments.Existing.model_fields:
        assert f"`{name}`" in PAGE


def test_what_it_says_of_days_is_so() -> None:
    fields = arguments.Foundation.model_fields
    assert f"kept for {fields['old_version_days'].default} days" in PAGE
    assert f"after {fields['scratch_days'].default}, logs after {fields['log_days'].default}" in PAGE


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_no_permission_is_a_wildcard_or_changes_rights(cloud: str) -> None:
    for permission, *_ in infra_tables.rows(cloud):
        assert "*" not in permission
        assert not re.search(r"(?i)setIamPolicy|PutRolePolicy|AttachRolePolicy|Authorization/", permission)

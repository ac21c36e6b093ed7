"""docs/infra.md: its tables are what the code says, its python runs, its commands do what it says they do."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.shell import deploy

from docs import infra_costs, infra_tables
from tradewind.codes import CODES
from tradewind.errors import Exit
from tradewind.infra import arguments, checks
from tradewind.providers.aws import actions

PAGE = infra_tables.PAGE.read_text("utf-8")
SHELL = "\n".join(re.findall(r"^ *```sh\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL))
COMMANDS = [
    shlex.split(line, comments=True) for line in map(str.strip, SHELL.splitlines()) if line.startswith("deploy ")
]


def test_the_tables_are_written_from_the_code() -> None:
    """Otherwise: python -m docs.infra_tables"""
    assert infra_tables.filled(PAGE) == PAGE


def test_its_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    for text in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        exec(compile(text, "infra.md", "exec"), {})
    assert "gcloud iam roles create tradewind_prod_deployer" in capsys.readouterr().out


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_its_commands_are_taken(words: list[str]) -> None:
    """`--help` is answered only where every option before it is known."""
    done = deploy(*words[1:], "--help")
    assert done.code == 0, done.err


def test_its_table_has_every_verb() -> None:
    from tradewind.cli.verbs import INFRA

    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == set(INFRA)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="no `pulumi` on PATH: the real engine is not exercised")
def test_its_commands_run_in_order_on_the_emulated_account(tmp_path: Path) -> None:
    env = {**os.environ, "TRADEWIND_HOME": str(tmp_path / "home"), "PULUMI_HOME": str(tmp_path / "pulumi"),
           "PULUMI_SKIP_UPDATE_CHECK": "true", "NO_COLOR": "1"}  # fmt: skip
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]])
    ran = [words for words in COMMANDS if "--sandbox" in words or words[1] == "sandbox"]
    assert {words[2] for words in ran} == {"preview", "up", "outputs", "drift", "destroy", "stop"}
    try:
        for words in ran:
            done = subprocess.run(
                words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=200, check=False
            )
            assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}{done.stderr}"
    finally:
        subprocess.run(
            ["deploy", "sandbox", "stop"], cwd=tmp_path, env=env, capture_output=True, timeout=60, check=False
        )


def test_what_may_be_brought_is_named() -> None:
    for kind in (arguments.AwsExisting, arguments.GcpExisting, arguments.AzureExisting):
        for name in kind.model_fields:
            assert f"`{name}`" in PAGE


def test_what_it_says_of_days_is_so() -> None:
    fields = arguments.Foundation.model_fields
    for name in ("scratch_days", "old_version_days", "log_days"):
        assert re.search(rf"\b{fields[name].default}\b[^;]*\(`{name}`\)", PAGE), name


def test_what_it_says_of_github_is_so() -> None:
    trusted = arguments.GitHub(repository="acme/churn")
    assert (trusted.planner, trusted.deployer) == (("pull_request", "ref:refs/heads/main"), ("ref:refs/heads/main",))
    for said in re.findall(r"'github=(\{.*?\})'", PAGE):
        arguments.GitHub.model_validate_json(said)
    assert arguments.GitHub(repository="acme@123456/churn@456789").named == "acme/churn"


def test_what_it_says_of_rules_is_so() -> None:
    advice = {it.name for it in checks.CHECKS if it.severity == "advisory"}
    assert advice == {"tags"}
    assert len(checks.CHECKS) == 6


def test_its_exit_codes_and_errors_are_there() -> None:
    told = re.search(r"^## Exit codes\n(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    assert told is not None
    assert {int(it) for it in re.findall(r"^\| (\d+) \|", told[1], re.MULTILINE)} <= {int(it) for it in Exit}
    assert set(re.findall(r"TW\d{3}", PAGE)) <= set(CODES)


def test_what_bills_is_counted_from_what_is_made() -> None:
    months = {(it.cloud, it.what): it.month for it in infra_costs.ROWS}
    assert months["aws", "addresses of services"] == infra_costs.D("131.40")  # nine, in two zones
    assert months["azure", "addresses of services"] == infra_costs.D("36.50")
    assert months["gcp", "address of Google's APIs"] is None
    assert "| unknown: see the page | unknown |" in PAGE


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_no_permission_is_a_wildcard_or_changes_rights(cloud: str) -> None:
    for permission, *_ in infra_tables.rows(cloud):
        assert "*" not in permission
        assert not re.search(r"(?i)setIamPolicy|PutRolePolicy|AttachRolePolicy|Authorization/", permission)


def test_nobody_deletes_versions_on_aws() -> None:
    assert not any("Version" in it.action for it in actions.ROWS)

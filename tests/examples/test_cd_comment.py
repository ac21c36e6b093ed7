"""The comment of plan and cost: one for each environment, updated in place, nobody else's touched, its token told to nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.forges import TOKEN, Forge, GitHub, GitLab, Kept, environ, kept

SCRIPT = Path(__file__).parents[2] / "examples" / "cd" / "comment.py"
BOTH = pytest.mark.parametrize("kind", [GitHub, GitLab])
MARKER = "<!-- tradewind plan prod -->"


def comment(kind: type[Forge], url: str, folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "CI_", "GITLAB_"))}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *(words or ("prod", "plan.txt", "cost.md"))],
        cwd=folder,
        env={**clean, **environ(kind, url), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert TOKEN not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def others(kind: type[Forge]) -> Kept:
    """Somebody else's, three pages of them; one says what ours begins with."""
    whose = {"user": {"login": "mallory"}} if kind is GitHub else {"author": {"id": 3}}
    return [{"id": at, "body": f"{MARKER} {at}" if at == 2 else f"looks good {at}", **whose} for at in range(1, 6)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plan.txt").write_text("create endpoint\n", "utf-8")
    (tmp_path / "cost.md").write_text("| a |\n", "utf-8")
    return tmp_path


@BOTH
def test_one_comment_is_made_and_then_updated_in_place(kind: type[Forge], folder: Path) -> None:
    rows = others(kind)
    before = [dict(it) for it in rows]
    with kept(kind, rows) as (url, asked):
        assert comment(kind, url, folder).returncode == 0
        made = str(rows[5]["body"])
        assert made == f"{MARKER}\n\n### Plan for prod\n\n```text\ncreate endpoint\n```\n\n| a |"
        (folder / "plan.txt").write_text("nothing to do", "utf-8")
        assert comment(kind, url, folder).returncode == 0
        (folder / "plan.txt").write_text("of another environment", "utf-8")
        assert comment(kind, url, folder, "staging", "plan.txt").returncode == 0
    assert rows[:5] == before
    assert "nothing to do" in str(rows[5]["body"])
    assert "of another environment" in str(rows[6]["body"])
    assert len(rows) == 7
    assert sum(it.startswith("POST") for it in asked) == 2


@BOTH
def test_what_is_missing_long_or_fenced(kind: type[Forge], folder: Path) -> None:
    (folder / "plan.txt").write_text("```\n" + "x" * 100_000, "utf-8")
    (folder / "cost.md").unlink()
    rows: Kept = []
    with kept(kind, rows) as (url, _):
        assert comment(kind, url, folder).returncode == 0
    said = str(rows[0]["body"])
    assert len(said) < 65_536
    assert "````text\n```\nxxx" in said
    assert "x\n````\n\n(cut; the whole is in the job's log)" in said
    assert "**No cost**: what writes it failed" in said


@BOTH
@pytest.mark.parametrize("left", [None, "", "\n"])
def test_a_plan_that_failed_is_told_and_is_no_empty_box(kind: type[Forge], folder: Path, left: str | None) -> None:
    rows: Kept = []
    with kept(kind, rows) as (url, _):
        assert comment(kind, url, folder).returncode == 0
        (folder / "plan.txt").unlink()
        if left is not None:
            (folder / "plan.txt").write_text(left, "utf-8")
        assert comment(kind, url, folder).returncode == 0
    said = str(rows[0]["body"])
    assert "**No plan**: what writes it failed, or never ran. The job's log says why." in said
    assert "```" not in said
    assert "| a |" in said  # what went well is there all the same


@BOTH
@pytest.mark.parametrize("status", [401, 403, 404, 502])
def test_a_refusal_is_one_line(kind: type[Forge], folder: Path, status: int) -> None:
    with kept(kind, [], refuse=status) as (url, _):
        done = comment(kind, url, folder)
    assert done.returncode == 1
    assert done.stderr.startswith(f"comment: GET {url}/")
    assert str(status) in done.stderr


@BOTH
def test_the_token_goes_nowhere_else(kind: type[Forge], folder: Path) -> None:
    with kept(kind, [], refuse=302) as (url, asked):
        assert comment(kind, url, folder).returncode == 1
    assert len(asked) == 1


def test_nobody_there_and_nothing_said(folder: Path) -> None:
    with kept(GitHub, []) as (url, _):
        pass
    done = comment(GitHub, url, folder)
    assert (done.returncode, done.stderr.startswith(f"comment: GET {url}")) == (1, True)
    assert comment(GitHub, url, folder, GITHUB_TOKEN="").stderr == "comment: GITHUB_TOKEN is not set\n"
    pushed = comment(GitHub, url, folder, GITHUB_REF="refs/heads/main")
    assert pushed.stderr == "comment: refs/heads/main is no pull request\n"

"""Which commit a folder is at, without running git."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tradewind.engine.commit import commit_of


def git(folder: Path, *words: str) -> str:
    said = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false", *words]
    return subprocess.run(said, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_text("x")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def test_it_agrees_with_git_loose_packed_detached_and_in_a_worktree(repository: Path, tmp_path_factory) -> None:
    head = git(repository, "rev-parse", "HEAD")
    assert commit_of(repository / "a") == head
    git(repository, "pack-refs", "--all")
    assert commit_of(repository) == head
    other = tmp_path_factory.mktemp("trees") / "tree"
    git(repository, "worktree", "add", "-q", str(other), "-b", "side")
    assert commit_of(other) == head
    git(repository, "checkout", "-q", "--detach")
    assert commit_of(repository) == head


def test_no_repository_an_empty_one_and_a_broken_one_have_none(tmp_path: Path) -> None:
    assert commit_of(tmp_path) == ""
    git(tmp_path, "init", "-q")
    assert commit_of(tmp_path) == ""
    (tmp_path / ".git" / "HEAD").write_text("ref: ../../../../etc/passwd\n")
    assert commit_of(tmp_path) == ""
